"""Delimited text as people and programs leave it: no fault goes untold, no row is lost."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bestfit.errors import SourceError
from bestfit.sources import File, read, source
from bestfit.sources.cells import Look, shape


def table_of(text, **options):
    """What is read of a text."""
    content = text if isinstance(text, bytes) else text.encode()
    return source["delimited"](File.of(content, "text"), **options).read()


def rows_of(text, **options):
    return [tuple(row) for row in table_of(text, **options).frame.rows()]


ORDERS = [
    (f"{1 + i % 28:02}/0{1 + i % 9}/2024", f"{i % 24:02}:15", str(i), f"AB-{1000 + i}",
     f"${i}.50", f"Boots for hiking, size {i}" if i % 3 else "Rain coat", "")
    for i in range(40)
]  # fmt: skip
NAMES = ("day", "time", "n", "code", "price", "what", "remark")


def written(rows=ORDERS, names=NAMES, **dialect):
    file = io.StringIO()
    csv.writer(file, lineterminator="\n", **dialect).writerows([names, *rows] if names else rows)
    return file.getvalue()


def wanted(rows=ORDERS):
    return [tuple(cell or None for cell in row) for row in rows]


def spoilt(at, change):
    """The text of the orders with one row changed, from 0; the header is row −1."""
    lines = written().split("\n")
    lines[at + 1] = change(lines[at + 1])
    return "\n".join(lines)


def parted(line, by):
    """The line with other delimiters; the comma inside a cell stays."""
    return line.replace("hiking, ", "hiking\0").replace(",", by).replace("\0", ", ")


FAULTS = {
    "a delimiter too many": lambda line: line.replace(",AB", ",,AB"),
    "a delimiter at the start": lambda line: f",{line}",
    "a delimiter at the end": lambda line: f"{line},",
    "a delimiter lost": lambda line: line.replace(",AB", "AB"),
    "blanks as delimiters": lambda line: line.replace(",", " ").replace(
        "hiking  size", "hiking, size"
    ),
    "semicolons as delimiters": lambda line: (
        line.replace("hiking, size", "\0").replace(",", ";").replace("\0", "hiking, size")
    ),
    "a cell without its quotes": lambda line: line.replace('"', ""),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("at", [1, 20, 38])
def test_a_spoilt_row_is_laid_over_the_columns(fault, at):
    table = table_of(spoilt(at, FAULTS[fault]))
    got = [tuple(row) for row in table.frame.rows()]
    assert got == wanted()
    assert table.reading.get("realigned_lines", 0) + table.reading.get("cut_lines", 0) == 1


@pytest.mark.parametrize("column", range(7))
@pytest.mark.parametrize("at", [4, 39])
def test_a_stray_quote_is_a_character_of_its_cell(column, at):
    cells = list(ORDERS[at])
    cells[column] = f'"{cells[column]}'
    row = [f'"{cell}"' if "," in cell else cell for cell in ORDERS[at]]
    row[column] = f'"{row[column]}'
    table = table_of(spoilt(at, lambda _: ",".join(row)))
    assert table.frame.row(at) == tuple(cell or None for cell in cells)
    assert table.n_rows == 40 and table.reading["broken_quotes"] == 1


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        ("Sales of 2024\n\n" + written(), {"preamble_lines": 2}),
        ("Sales of 2024,,,,,,\n,,,,,,\n" + written(), {"preamble_lines": 2}),
        ("Orders, by day, of 2024\n" + written(), {"preamble_lines": 1}),
        ("sep=,\n" + written(), {"preamble_lines": 1}),
        (written() + "(40 rows)\n", {"footer_lines": 1}),
        (written() + "\nSource: the shop\nas of May\n", {"footer_lines": 3}),
        (written().replace("\n05/", "\n# checked by hand\n05/", 1), {"comment_lines": 1}),
        (written() + written(ORDERS[:0]), {"repeated_headers": 1}),
        (written() + "id,name\n1,a\n2,b\n3,c\n4,d\n", {"lines_of_another_table": 5}),
        (written().replace("\n", "\n\n"), {"blank_lines": 41}),
        (written().replace("\n", "\n" + ",".join(["-" * 5] * 7) + "\n", 1), {"rules": 1}),
    ],
)  # fmt: skip
def test_what_is_no_row_is_passed_over_and_counted(text, notes):
    table = table_of(text)
    assert [tuple(row) for row in table.frame.rows()] == wanted()
    assert {key: table.reading.get(key) for key in notes} == notes
    assert table.columns == list(NAMES)


def test_tables_without_names_begin_with_their_first_row():
    table = table_of(written(names=None))
    assert table.reading["header"] is False and table.n_rows == 40
    assert table.reading["evidence"]["header"] == "the first row is like the others in 5 columns"
    words = "red,yes\nblue,no\nred,no\nred,yes\n"
    assert table_of(words).reading["header"] is False
    assert table_of("colour,old\n" + words).reading["header"] is True


def test_names_over_two_rows_are_joined():
    rows = [(f"{i}.5", str(i), "x y") for i in range(30)]
    units = "weight,size,what\nkg,cm,text\n" + "\n".join(map(",".join, rows))
    table = table_of(units)
    assert table.columns == ["weight kg", "size cm", "what text"] and table.n_rows == 30
    assert table.reading["header_rows"] == 2
    groups = "left,,right\nkg,cm,kg\n" + "\n".join(f"{i},{i}.5,{i}" for i in range(9))
    assert table_of(groups).columns == ["left kg", "left cm", "right kg"]
    missing = "weight,size,what\nNA,NA,text\n" + "\n".join(map(",".join, rows))
    assert table_of(missing).n_rows == 31


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        (written(delimiter="^"), "^"),
        (written(delimiter="~"), "~"),
        (written(delimiter="\x1f"), "\x1f"),
        (written(delimiter=";"), ";"),
        (written().replace(",", ", ").replace("hiking,  size", "hiking, size"), ", "),
        (written(quotechar="'"), ","),
        (written(escapechar="\\", doublequote=False), ","),
    ],
)
def test_other_marks_are_found(text, delimiter):
    table = table_of(text)
    assert [tuple(row) for row in table.frame.rows()] == wanted()
    assert table.reading["delimiter"] == delimiter


def test_escaped_quotes_are_told_from_backslashes():
    rows = [(str(i), f'{i}" wide, "so to say"', f"C:\\dir{i}\\") for i in range(20)]
    escaped = written(rows, ("n", "what", "path"), escapechar="\\", doublequote=False,
                      quoting=csv.QUOTE_ALL).replace("\\\\", "\\")  # fmt: skip
    doubled = written(rows, ("n", "what", "path"), quoting=csv.QUOTE_ALL)
    assert rows_of(doubled) == rows
    assert table_of(doubled).reading["escape"] == '"'
    assert [row[1] for row in rows_of(escaped.replace('\\"\n', '"\n'))] == [row[1] for row in rows]


def test_options_override_each_guess():
    text = "note\n; no row\n'a';'b'\n'1,5';'it\\'s'\n'2,5';'x'\n"
    table = table_of(text, delimiter=";", quote="'", escape="\\", header=True, skip=2)
    assert table.frame.to_dict(as_series=False) == {"a": ["1,5", "2,5"], "b": ["it's", "x"]}
    told = table_of("a,b\n% remark, of three, parts\n1,2\n", comment="%")
    assert told.n_rows == 1 and told.reading["comment_lines"] == 1
    assert table_of("1,2\n3,4\n", header=True).columns == ["1", "2"]


def test_german_exports_are_read_as_they_stand():
    rows = [(f"1.{i:03},50", f"{i},5 %", "Müller; Söhne") for i in range(30)]
    text = written(rows, ("Umsatz", "Anteil", "Kunde"), delimiter=";")
    assert rows_of(text.encode("cp1252")) == rows
    assert rows_of(text.encode("utf-16")) == rows


def test_markdown_and_bars():
    table = table_of("| a | b |\n|---|---|\n| 1 | x |\n| 2 | y |\n")
    values = {n: c for n, c in table.frame.to_dict(as_series=False).items() if any(c)}
    assert [[cell.strip() for cell in column] for column in values.values()] == [
        ["1", "2"],
        ["x", "y"],
    ]
    assert list(values) == ["a", "b"] and table.reading["rules"] == 1


@pytest.mark.parametrize(
    "text",
    [
        "a\n1\n2\n",
        "only one line",
        ",".join(f"c{i}" for i in range(5000)) + "\n" + ",".join(map(str, range(5000))) + "\n",
        'a,b\n1,"' + "x" * 10_000_000 + '"\n2,y\n',
        'a,b\n1,"' + "line\n" * 49 + '"\n2,y\n',
        "a,b\n" + '"' * 1001 + "\n1,2\n",
        "a,b\n" + "," * 10_000 + "\n1,2\n",
        '"\n' * 300,
        "''\n" * 300,
        "\ufeff\ufeffa,b\n1,2\n",
        "a,b\r\r\n1,2\r\r\n",
    ],
    ids=range(11),
)
def test_odd_texts_are_tables_or_one_line(text):
    try:
        table = table_of(text)
    except SourceError as error:
        assert len(str(error)) <= 300 and "\n" not in str(error)
    else:
        assert table.n_rows >= 1


CELLS = st.text(
    st.characters(codec="utf-8", exclude_characters="\0\r\x1f", exclude_categories=["Cc", "Cs"]),
    max_size=8,
)


@settings(max_examples=150, deadline=None)
@given(
    rows=st.lists(st.tuples(st.integers(-999, 999), CELLS, CELLS), min_size=3, max_size=20),
    delimiter=st.sampled_from(",;\t|"),
    quote=st.sampled_from("\"'"),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_what_is_written_with_all_quotes_is_read_back(rows, delimiter, quote, end, encoding):
    file = io.StringIO()
    writer = csv.writer(file, delimiter=delimiter, quotechar=quote, lineterminator=end,
                        quoting=csv.QUOTE_ALL)  # fmt: skip
    writer.writerows([("number", "first", "second"), *rows])
    got = rows_of(file.getvalue().encode(encoding), delimiter=delimiter, quote=quote)
    assert got == [tuple(str(cell) or None for cell in row) for row in rows]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_damage_raises_anything_but_a_source_error(data):
    content = bytearray(written().encode())
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(content)))
        gone = data.draw(st.integers(0, 3))
        content[at : at + gone] = data.draw(st.binary(max_size=4))
    try:
        table = table_of(bytes(content))
    except SourceError as error:
        assert len(str(error)) <= 300
    else:
        assert table.n_rows > 0


def test_shapes_and_looks():
    assert [shape(c) for c in ("1,234.5", "12%", "https://a.b/c", "2024-05-01 10:00")] == [
        "9", "9", "a://a.a/a", "9-9-9 9:9",
    ]  # fmt: skip
    look = Look(["1", "2", "3", "", "x"])
    assert look.strong == "" and Look(["1", "2", "3", ""] * 5).strong == "9"
    assert look.cost("4") < look.cost("y") < look.cost("2024-05-01")


def test_a_file_and_its_evidence(tmp_path):
    path = tmp_path / "orders"
    path.write_text(written())
    evidence = read(path).reading["evidence"]
    assert evidence["delimiter"].startswith("',' parts 41 of 41 rows into 7 cells")
    assert "encloses" in evidence["quote"] and "below the names" in evidence["header"]


def test_notes_below_a_table_may_hold_no_cell():
    """Found by fuzzing."""
    lines = (
        b'\xef5","","yes"\n"15","say ""15""","2024-04-16","5.0","no"\n',
        b'"16","O\'Neil, 16","2024-05-17","5.333333333333333","yes"\n',
        b'"17","O\'Neil, 17","2024-06-18","5.666666666666667","no"\n',
        b'"18","say ""18""","2024-07-19","6Report\n\nid;name;when;x;y\n0;"say "',
    )
    assert table_of(b"".join(lines)).n_rows >= 1
