"""Where files lie on this machine: patterns, folders of parts, archives, standard input."""

import gzip
import io
import subprocess
import sys
import zipfile

import polars as pl
import pytest

from bestfit.errors import ConfigError, SourceError
from bestfit.sources import read


@pytest.fixture
def lay(tmp_path):
    def lay_it(**contents):
        for name, content in contents.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return tmp_path

    return lay_it


def zipped(members, **options):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


PARTS = {"part-1.csv": b"a,b\n1,x\n", "part-10.csv": b"a,b\n3,z\n", "part-2.csv": b"b,a\ny,2\n"}


@pytest.mark.parametrize("pattern", ["", "*.csv", "part-*", "**/*.csv"])
def test_parts_are_one_table_in_their_natural_order(lay, pattern):
    folder = lay(**PARTS, **{"_SUCCESS": b"done", ".hidden.csv": b"a,b\n9,9\n", "empty.csv": b""})
    table = read(folder / pattern if pattern else folder)
    assert table.frame.to_dict(as_series=False) == {"a": ["1", "2", "3"], "b": ["x", "y", "z"]}
    assert table.reading["parts"] == 3
    assert table.reading["bytes"] == sum(map(len, PARTS.values()))
    assert table.reading["format"] == "csv"
    assert table.origin == str(folder / pattern if pattern else folder)


def test_folders_called_name_equals_value_add_a_column(lay):
    folder = lay(**{"year=2023/a.csv": b"x\n1\n", "year=2024/b.csv": b"x\n2\n3\n"})
    table = read(folder)
    assert table.frame.to_dict(as_series=False) == {
        "x": ["1", "2", "3"],
        "year": ["2023", "2024", "2024"],
    }
    assert read(folder / "year=*" / "*.csv").frame.equals(table.frame)


def test_a_column_that_a_part_lacks_is_missing_there_and_said(lay):
    table = read(lay(**{"1.csv": b"a,b\n1,x\n", "2.csv": b"a\n2\n", "3.csv": b"a,c\n3,?\n"}))
    assert table.frame["b"].to_list() == ["x", None, None]
    assert table.reading["missing_in_parts"] == {"b": 2, "c": 2}


def test_a_type_that_differs_between_parts_becomes_text(lay):
    frames = pl.DataFrame({"a": [1, 2]}), pl.DataFrame({"a": ["x", "007"]})
    folder = lay()
    for i, frame in enumerate(frames):
        frame.write_parquet(folder / f"{i}.parquet")
    assert read(folder).frame["a"].to_list() == ["1", "2", "x", "007"]


def test_parts_of_different_formats_and_packings_fit_together(lay):
    packed = gzip.compress(b"a,b\n1,x\n")
    table = read(lay(**{"1.csv": packed, "2.json": b'[{"a": "2", "b": "y"}]'}))
    assert table.frame["a"].to_list() == ["1", "2"]
    assert table.reading["format"] == "csv, json"


def test_a_broken_part_is_named(lay):
    with pytest.raises(SourceError, match=r"a picture beside files.*b\.csv"):
        read(lay(**{"a.csv": b"a\n1\n", "b.csv": b"\x89PNG\r\n\x1a\n\x00\x00"}))


def test_options_go_to_every_part(lay):
    table = read(lay(**{"1": b"1;2\n3;4\n", "2": b"5;6\n"}), delimiter=";", header="no")
    assert table.frame.rows() == [("1", "2"), ("3", "4"), ("5", "6")]


def test_nothing_that_matches_is_said(lay):
    folder = lay(**{"a.csv": b"a\n1\n"})
    with pytest.raises(SourceError, match=r"no file matches: .*\*\.tsv"):
        read(folder / "*.tsv")


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(lay):
    assert read(lay(**{"a[1].csv": b"a,b\n1,2\n", "a1.csv": b"c\n9\n"}) / "a[1].csv").columns == [
        "a",
        "b",
    ]


def test_zip_archives_are_their_members(lay):
    content = zipped({**PARTS, "__MACOSX/part-1.csv": b"\0\0", "notes/": b"", ".x": b"1"})
    table = read(lay(**{"data.bin": content}) / "data.bin")
    assert table.frame["a"].to_list() == ["1", "3", "2"]
    assert table.reading["parts"] == 3


def test_zips_that_cannot_be_read_are_said_in_one_line(lay, monkeypatch):
    monkeypatch.setattr("bestfit.sources.archive.FREE_BYTES", 1 << 20)
    bomb = zipped({"a.csv": b"0" * 50_000_000})
    locked = bytearray(zipped({"a.csv": b"a\n1\n"}))
    for mark in (b"PK\x03\x04", b"PK\x01\x02"):  # say that the member is encrypted
        at = locked.index(mark)
        locked[at + (6 if mark[2] == 3 else 8)] |= 1
    cases = {
        "cut": (zipped(PARTS)[:-40], "damaged"),
        "bomb": (bomb, "this archive unpacks to more than any table"),
        "locked": (bytes(locked), "locked by a password"),
        "empty": (zipped({"folder/": b""}), "holds no files"),
    }
    folder = lay(**{name: content for name, (content, _) in cases.items()})
    for name, (_, message) in cases.items():
        with pytest.raises(SourceError, match=message):
            read(folder / name)


def test_a_bomb_of_gzip_is_refused(lay, monkeypatch):
    monkeypatch.setattr("bestfit.sources.file.FREE_BYTES", 1 << 20)
    monkeypatch.setattr("bestfit.sources.file.MAX_RATIO", 100)
    with pytest.raises(SourceError, match="unpacks to far more than any table"):
        read(lay(bomb=gzip.compress(b"0" * 50_000_000)) / "bomb")


def test_the_command_line_shows_how_parts_are_written(lay):
    folder = lay(**PARTS, **{"part-3.csv": b"a,b\n5,q\n6,r\n"})
    command = [sys.executable, "-m", "bestfit", "inspect", f"{folder}/*.csv"]
    told = subprocess.run(command, capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    assert ": 5 rows, 2 columns" in told.stdout and "delimiter: ',' parts" in told.stdout


def test_what_is_piped_in_is_read():
    command = [sys.executable, "-m", "bestfit", "inspect", "-", "--json"]
    told = subprocess.run(command, input=gzip.compress(b"a,b\n1,x\n"), capture_output=True)
    assert told.returncode == 0
    assert b'"standard input"' in told.stdout
    nothing = subprocess.run(command, input=b"", capture_output=True)
    assert (nothing.returncode, nothing.stderr.count(b"\n")) == (2, 1)


def test_sheets_of_a_workbook_by_name(tmp_path):
    import xlsxwriter

    path = tmp_path / "book.bin"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("empty")
        first, second = book.add_worksheet("first"), book.add_worksheet("2024 (€)")
        for r, row in enumerate([["a", "b"], [1, "x"], [2.5, None]]):
            first.write_row(r, 0, row)
        second.write_row(0, 0, ["c"])
        second.write_row(1, 0, ["007"])
    table = read(path)
    assert table.frame.to_dict(as_series=False) == {"a": ["1", "2.5"], "b": ["x", None]}
    assert table.reading["sheet"] == "first"
    assert table.reading["other_sheets"] == ["empty", "2024 (€)"]
    assert read(path, sheet="2024 (€)").frame.to_dict(as_series=False) == {"c": ["007"]}
    with pytest.raises(SourceError, match=r"no sheet is called '2023'.*'first'"):
        read(path, sheet="2023")
    with pytest.raises(SourceError, match="no rows"):
        read(path, sheet="empty")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"table": "x"}, "csv|delimited files take no option 'table'"),
        ({"header": "maybe"}, "'maybe' is not what header takes"),
    ],
)
def test_options_that_do_not_fit_are_refused(lay, options, message):
    with pytest.raises(ConfigError, match=message):
        read(lay(**{"a.csv": b"a\n1\n"}) / "a.csv", **options)
