"""Delimited text: every dialect is found, every mended line is counted."""

import csv
import io
import random

import pytest

from bestfit.errors import BestfitError, SourceError
from bestfit.sources import read
from bestfit.sources.dialect import sniff


@pytest.fixture
def read_text(tmp_path):
    """Reads text, or bytes, from a file without a telling name."""

    def read_it(text, **options):
        path = tmp_path / "table"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read(path, **options)

    return read_it


def cells(table):
    return table.frame.to_dict(as_series=False)


PLAIN = {"a": ["1", "3"], "b": ["x", "y"]}


DIALECTS_OF_ONE_TABLE = {
    "plain": ("a,b\n1,x\n3,y\n", {"format": "csv", "delimiter": ",", "header": True}),
    "no last newline": ("a,b\n1,x\n3,y", {}),
    "windows lines": ("a,b\r\n1,x\r\n3,y\r\n", {}),
    "old mac lines": ("a,b\r1,x\r3,y\r", {}),
    "mixed lines": ("a,b\r\n1,x\r3,y\n", {}),
    "semicolons": ("a;b\n1;x\n3;y\n", {"format": "delimited", "delimiter": ";"}),
    "tabs": ("a\tb\n1\tx\n3\ty\n", {"format": "tsv", "delimiter": "\t"}),
    "pipes": ("a|b\n1|x\n3|y\n", {"delimiter": "|"}),
    "quotes": ('"a","b"\n"1","x"\n"3","y"\n', {"quote": '"'}),
    "single quotes": ("a,b\n'1','x'\n'3','y'\n", {"quote": "'"}),
    "blanks before quotes": ('a, b\n1, "x"\n3, "y"\n', {"delimiter": ", "}),
    "byte order mark": (b"\xef\xbb\xbfa,b\n1,x\n3,y\n", {"encoding": "utf-8"}),
    "utf-16": ("a,b\n1,x\n3,y\n".encode("utf-16"), {"encoding": "utf-16"}),
    "utf-16 little": ("a,b\n1,x\n3,y\n".encode("utf-16-le"), {"encoding": "utf-16-le"}),
    "utf-16 big": ("a,b\n1,x\n3,y\n".encode("utf-16-be"), {"encoding": "utf-16-be"}),
    "utf-32": ("a,b\n1,x\n3,y\n".encode("utf-32"), {"encoding": "utf-32"}),
    "a NUL byte": (b"a,b\n1,x\x00\n3,y\n", {"nul_bytes": 1}),
    "blank lines": ("a,b\n\n1,x\n\n\n3,y\n\n", {"blank_lines": 4}),
    "comments above": ("# made by hand\n# in May\na,b\n1,x\n3,y\n", {"preamble_lines": 2}),
    "a title above": ("The report\n\na,b\n1,x\n3,y\n", {"preamble_lines": 2}),
    "an open end": ("a,b\n1,x,\n3,y,\n", {"renamed": {"column_3": ""}}),
}


@pytest.mark.parametrize("name", DIALECTS_OF_ONE_TABLE)
def test_every_dialect_is_the_same_table(read_text, name):
    text, noted = DIALECTS_OF_ONE_TABLE[name]
    table = read_text(text)
    got = {column: values for column, values in cells(table).items() if any(values)}
    assert got == PLAIN
    assert {key: table.reading[key] for key in noted} == noted


def test_labels_come_byte_for_byte(read_text):
    text = "a,b\n01,NA\nTrue,null\nnégatif,1.0\n"
    assert cells(read_text(text)) == {"a": ["01", "True", "négatif"], "b": ["NA", "null", "1.0"]}


@pytest.mark.parametrize(
    ("encoding", "text"), [("cp1252", "a,b\n1,é\n2,€\n"), ("latin-1", "a,b\n1,é\n2,\x81\n")]
)
def test_single_byte_text_is_told_from_utf8(read_text, encoding, text):
    table = read_text(text.encode(encoding))
    assert table.frame["b"][0] == "é" and table.reading["encoding"] == encoding


def test_a_few_bad_bytes_in_utf8_are_counted(read_text):
    table = read_text("a,b\n1,éééééé\n2,".encode() + b"\xff\n")
    assert table.frame["b"].to_list() == ["éééééé", "�"]
    assert (table.reading["encoding"], table.reading["bad_bytes"]) == ("utf-8", 1)


def test_decimal_commas_do_not_make_columns(read_text):
    assert cells(read_text("a;b\n1,5;2\n3,5;4\n")) == {"a": ["1,5", "3,5"], "b": ["2", "4"]}


def test_cells_may_hold_delimiters_quotes_and_lines(read_text):
    table = read_text('a,b\n1,"x, ""y""\nz"\n2,w\n')
    assert cells(table) == {"a": ["1", "2"], "b": ['x, "y"\nz', "w"]}


@pytest.mark.parametrize(
    ("text", "rows", "notes"),
    [
        ("a,b,c\n1,2,3\n4,5\n6,7,8\n", 3, {"padded_lines": 1}),
        ("a,b,c\n1,2,3\n4,5,6,\n6,7,8\n", 3, {"cut_lines": 1}),
        ("a,b,c\n1,2,3\n4,5,6,7\n6,7,8\n", 2, {"skipped_lines": 1, "skipped_at": [3]}),
        ('a,b,c\n1,2,3\n4,"5,6\n6,7,8\n', 3, {"broken_quotes": 1}),
        ('a,b,c\n1,2,3\n4,5" pipe,6\n6,7,8\n', 3, {"broken_quotes": 1}),
        ('a,b,c\n1,2,3\n4,5,6\n6,7,"8', 3, {"broken_quotes": 1}),
        ('a,b,c\n1,"x\ny",3\n\n4,5\n6,7,8,9\n', 2,
         {"padded_lines": 1, "blank_lines": 1, "skipped_lines": 1, "skipped_at": [6]}),
    ],
)  # fmt: skip
def test_every_mended_line_is_counted(read_text, text, rows, notes):
    table = read_text(text)
    kept = {"padded_lines", "cut_lines", "blank_lines", "broken_quotes", "skipped_lines"}
    assert table.n_rows == rows
    assert {k: v for k, v in table.reading.items() if k in kept | {"skipped_at"}} == notes


def test_a_short_line_is_filled_with_missing_cells(read_text):
    assert cells(read_text("a,b,c\n1,2,3\n4\n"))["c"] == ["3", None]


def test_a_broken_quote_costs_no_other_row(read_text):
    lines = [f"{i},name {i},{i / 2}" for i in range(500)]
    lines[100] = '100,"name 100,50'
    lines[300] = '300,name" 300,150'
    table = read_text("\n".join(["id,name,half", *lines]))
    assert table.frame["id"].to_list() == [str(i) for i in range(500)]
    assert table.reading["broken_quotes"] == 2


def test_a_text_with_the_wrong_header_is_refused(read_text):
    with pytest.raises(SourceError, match="3 of 3 lines have more than the 2 cells"):
        read_text("a,b\n1,2,3\n4,5,6\n7,8,9\n")


def test_row_names_without_a_header_get_one(read_text):
    assert read_text("a,b\nr1,1,2\nr2,3,4\n").columns == ["column_1", "a", "b"]


@pytest.mark.parametrize(
    ("first", "is_header"),
    [
        ("name,size,2", True),
        ("x,1.5,2", False),
        ("1,2,3", True),
        ("2019,2020,2021", True),
        ("7,9,3", False),
        (",0,1", True),
    ],
)
def test_a_header_is_told_from_a_row(read_text, first, is_header):
    table = read_text(f"{first}\nx,1.5,2\ny,2.5,3\n" if first[0] in "nx," else f"{first}\n4,5,6\n")
    assert table.reading["header"] is is_header
    assert (table.columns[1] == "column_2") is not is_header


def test_names_are_made_unique_and_reported(read_text):
    table = read_text("a,a,, b \n1,2,3,4\n")
    assert table.columns == ["a", "a_2", "column_3", "b"]
    assert table.reading["renamed"] == {"a_2": "a", "column_3": "", "b": " b "}


def test_options_overrule_what_would_be_found(read_text):
    assert cells(read_text("a:b\n1:x\n3:y\n", delimiter=":")) == PLAIN
    assert read_text("a,b\n1,x\n", header=False).n_rows == 2
    assert read_text("a,b\n1,ж\n".encode("koi8-r"), encoding="koi8-r").frame["b"][0] == "ж"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b" \n\t\n", "nothing but blanks"),
        (b"a,b\n", "only a header, no rows"),
        (b"a,b", "only a header, no rows"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "this picture cannot be read"),
        (b"\x7fELF\x02\x01\x01\x00", "a program"),
        (b"PK\x03\x04\x14\x00", "this zip archive is damaged"),
        (b"%PDF-1.7\n", "a PDF document"),
        (b"SQLite format 3\x00", "file is not a database"),
        (b"\x80\x04\x95\x00\x00", "a pickle, which is never opened"),
        (b"<!DOCTYPE html>\n<html>", "a web page"),
        (random.Random(0).randbytes(5000), "binary data"),
        (random.Random(1).randbytes(64), "binary data"),
    ],
)
def test_what_is_no_table_is_named_in_one_line(read_text, content, message):
    with pytest.raises(SourceError, match=message) as caught:
        read_text(content)
    assert "\n" not in str(caught.value) and caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"delimiter": "::"}, "one character"),
        ({"encoding": "utf-8"}, "not utf-8 throughout"),
        ({"encoding": "no-such"}, "no encoding 'no-such'"),
        ({"sep": ";"}, "no option 'sep'"),
    ],
)
def test_a_bad_option_is_refused(read_text, options, message):
    with pytest.raises(BestfitError, match=message):
        read_text(b"a,b\n1,\xe9\n", **options)


DIALECTS = [
    {"delimiter": delimiter, "lineterminator": end, "quoting": quoting}
    for delimiter in ",;\t|"
    for end in ("\n", "\r\n")
    for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_ALL)
]


@pytest.mark.parametrize("dialect", DIALECTS, ids=str)
def test_whatever_python_writes_is_read_back(read_text, dialect):
    """The csv module is the judge: random cells full of quotes, delimiters, lines and accents."""
    draw = random.Random(repr(dialect))
    pool = ["", "x", "1", "2.5", 'say "hi"', "a,b;c\td|e", "two\nlines", "é", "  pad ", "'s", "😀"]
    rows = [[draw.choice(pool) for _ in range(4)] for _ in range(60)]
    rows = [row for row in rows if any(row)]
    file = io.StringIO(newline="")
    csv.writer(file, **dialect).writerows([["one", "two", "three", "four"], *rows])
    table = read_text(file.getvalue())
    assert [list(row) for row in table.frame.iter_rows()] == [
        [cell or None for cell in row] for row in rows
    ]


@pytest.mark.parametrize("seed", range(60))
def test_a_spoilt_file_is_read_or_refused_but_never_a_crash(read_text, seed):
    """A mutated file is a table whose rows are all accounted for, or one line of error."""
    draw = random.Random(seed)
    data = bytearray("".join(f'{i},"name {i}",{i / 2}\n' for i in range(40)), "ascii")
    for _ in range(draw.randint(1, 6)):
        at = draw.randrange(len(data))
        data[at : at + draw.randint(0, 3)] = draw.choice(
            [b'"', b",", b"\n", b"\r", b"\xff", b"", b"\0", b"\xef\xbb\xbf", b"''", b";;"]
        )
    try:
        table = read_text(b"id,name,half\n" + data)
    except SourceError as error:
        assert len(str(error)) <= 300
    else:
        noted = table.reading
        lost = sum(noted.get(k, 0) for k in ("skipped_lines", "blank_lines"))
        assert 36 <= table.n_rows + lost <= 48
        assert table.frame.width == 3


def test_sniffing_looks_at_a_bounded_part():
    text = "a,b\n" + "1,2\n" * 200_000
    assert sniff(text).names == ("a", "b")


def test_line_ends_of_windows_are_no_part_of_a_name(read_text):
    table = read_text("a,b,y\r\n1,2,x\r\n3,4,z\r\n5,6,x\r\n")
    assert table.frame.columns == ["a", "b", "y"] and "renamed" not in table.reading
