"""Files are told by their content; what cannot be read is said in one line."""

import bz2
import gzip
import io
import json
import lzma
import os

import polars as pl
import pytest

from bestfit.errors import ConfigError, SourceError
from bestfit.sources import read, source

FRAME = pl.DataFrame({"a": [1, 2, 3], "b": ["x", "y", None], "c": [0.5, None, 1.5]})
ROWS = FRAME.to_dicts()


def written(write):
    file = io.BytesIO()
    write(file)
    return file.getvalue()


FILES = {
    "parquet": written(FRAME.write_parquet),
    "arrow": written(FRAME.write_ipc),
    "arrow stream": written(FRAME.write_ipc_stream),
    "json_lines": "\n".join(map(json.dumps, ROWS)).encode(),
    "json": json.dumps(ROWS, indent=1).encode(),
    "json inside": json.dumps({"meta": {"n": 3}, "rows": ROWS}).encode(),
    "json columns": json.dumps(FRAME.to_dict(as_series=False)).encode(),
    "delimited": FRAME.write_csv().encode(),
    "excel": written(FRAME.write_excel),
}
PACKERS = {"gzip": gzip.compress, "bzip2": bz2.compress, "xz": lzma.compress}


def test_each_source_has_a_file_here():
    databases = {"duckdb", "duckdb_file", "mysql", "postgresql", "sqlite", "sqlite_file"}
    elsewhere = databases | {"pictures", "torchvision"}
    assert set(source) - elsewhere == {name for name in FILES if " " not in name}


@pytest.fixture
def lay(tmp_path):
    """Writes bytes under a name that tells nothing, or something false."""

    def lay_it(content, name="data.png"):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return lay_it


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("packer", [None, *PACKERS])
def test_every_file_is_the_same_table(lay, kind, packer):
    path = lay(PACKERS[packer](FILES[kind]) if packer else FILES[kind])
    table = read(path)
    assert table.reading["compression"] == packer
    assert table.reading["bytes"] == path.stat().st_size
    assert table.origin == str(path)
    expected = FRAME.cast(pl.String) if kind in ("delimited", "excel") else FRAME
    assert table.frame.equals(expected)


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("packer", PACKERS)
def test_cut_off_compressed_data_is_refused(lay, kind, packer):
    packed = PACKERS[packer](FILES[kind])
    with pytest.raises(SourceError, match=f"the {packer} data is damaged or cut off"):
        read(lay(packed[: len(packed) * 2 // 3]))


def test_zstd_text_is_read(lay):
    # What the zstd program makes of b"a,b\r\n1,2\r\n"; Python has no zstd before 3.14.
    packed = bytes.fromhex("28b52ffd0458510000612c620d0a312c320d0a6c00c6a5")
    table = read(lay(packed))
    assert table.frame.to_dict(as_series=False) == {"a": ["1"], "b": ["2"]}
    with pytest.raises(SourceError, match="zstd data is damaged"):
        read(lay(packed[:-6]))


@pytest.mark.parametrize("kind", ["parquet", "arrow", "arrow stream"])
@pytest.mark.parametrize("cut", [8, 40, -100])
def test_a_damaged_columnar_file_is_refused(lay, kind, cut):
    with pytest.raises(SourceError) as caught:
        read(lay(FILES[kind][:cut]))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[{"a": 1},', "broken at line 1, column"),
        ("[]", "empty"),
        ("[[1, 2], [3, 4]]", "does not hold objects"),
        ("[" * 100_000, "nested too deep"),
        ('{"a": 1}\n{"a"\n{"b\n{"c\n', "3 lines are no JSON objects, the first is line 2"),
    ],
)
def test_broken_json_is_refused_in_one_line(lay, text, message):
    with pytest.raises(SourceError, match=message):
        read(lay(text.encode()))


def test_broken_json_lines_are_left_out_and_counted(lay):
    table = read(lay(b'{"a": 1}\n\n{"a": \n{"a": "x", "b": {"c": 2}}\n{"a"'))
    assert table.frame.to_dict(as_series=False) == {"a": ["1", "x"], "b.c": [None, 2]}
    assert (table.reading["skipped_lines"], table.reading["skipped_at"]) == (2, [3, 5])


def test_columns_that_come_late_and_change_their_type_are_kept(lay):
    lines = [json.dumps({"a": i}) for i in range(500)] + ['{"a": "last", "late": true}']
    table = read(lay("\n".join(lines).encode()))
    assert table.frame["a"][-1] == "last" and table.frame["a"][0] == "0"
    assert table.frame["late"].to_list() == [None] * 500 + [True]


def test_nested_columns_of_parquet_become_flat(lay):
    frame = pl.DataFrame({"a": [{"b": 1}, {"b": 2}], "c": [["x", "y"], []]})
    table = read(lay(written(frame.write_parquet)))
    assert table.frame.to_dict(as_series=False) == {"a.b": [1, 2], "c": ["x, y", ""]}


def test_a_file_without_rows_is_refused(lay):
    with pytest.raises(SourceError, match="no rows"):
        read(lay(written(FRAME.head(0).write_parquet)))


def test_a_missing_file_is_said_with_what_may_be_meant(lay):
    path = lay(b"a,b\n1,2\n", "adult.csv")
    with pytest.raises(SourceError, match=r"no such file: .*adlut\.csv .*did you mean adult\.csv"):
        read(path.with_name("adlut.csv"))
    with pytest.raises(SourceError, match="does not exist either"):
        read(path.parent / "none" / "adult.csv")


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(SourceError, match="no files in this folder"):
        read(tmp_path)


def test_a_file_that_may_not_be_read_is_said(lay, monkeypatch):
    path = lay(b"a,b\n1,2\n")

    def refuse(self, *_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", refuse)
    with pytest.raises(SourceError, match="no permission"):
        read(path)


@pytest.mark.parametrize("name", ["", "\0", "a" * 5000, "ftp://bucket/key", "~nobody/here"])
def test_odd_names_are_refused_in_one_line(name):
    with pytest.raises(SourceError) as caught:
        read(name)
    assert "\n" not in str(caught.value) and len(str(caught.value)) <= 300


def test_a_path_may_be_a_path_or_text_with_a_home(lay, monkeypatch):
    path = lay(b"a,b\n1,2\n", "t.csv")
    monkeypatch.setenv("HOME", str(path.parent))
    assert read(path).n_rows == read(str(path)).n_rows == read(os.path.join("~", "t.csv")).n_rows


def test_tables_in_memory_are_taken_as_they_are():
    assert read(FRAME).frame.equals(FRAME)
    with pytest.raises(ConfigError, match="no option 'delimiter'"):
        read(FRAME, delimiter=";")


def test_an_option_of_another_kind_of_file_is_refused(lay):
    with pytest.raises(ConfigError, match="parquet files take no option 'delimiter'"):
        read(lay(FILES["parquet"]), delimiter=";")
