"""Tables larger than memory: all rows on the disk, a fair sample of them, and nothing lost."""

import gzip

import numpy as np
import polars as pl
import pytest

from bestfit.sources import delimited, file, open_table, read, stored


@pytest.fixture(autouse=True)
def small(monkeypatch, tmp_path):
    """Everything is large here."""
    monkeypatch.setenv("BESTFIT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(stored, "LARGE_BYTES", 200_000)
    monkeypatch.setattr(stored, "SAMPLE_BYTES", 40_000)
    monkeypatch.setattr(stored, "PIECE_BYTES", 50_000)
    blocks = file.File.blocks
    monkeypatch.setattr(file.File, "blocks", lambda self, size=20_000: blocks(self, size))


FRAME = pl.DataFrame(
    {
        "n": np.arange(20_000),
        "x": np.random.default_rng(0).normal(size=20_000).round(3),
        "what": [f"word {i % 7}, {i % 3}" if i % 5 else None for i in range(20_000)],
    }
)
TEXT = FRAME.write_csv()


def whole(table):
    return pl.concat([piece.frame for piece in table.stored.pieces()])


@pytest.mark.parametrize("pack", [str.encode, lambda text: gzip.compress(text.encode())])
def test_all_rows_are_stored_and_a_sample_is_drawn(tmp_path, pack):
    path = tmp_path / "t.csv"
    path.write_bytes(pack(TEXT))
    table = open_table(path)
    assert table.stored.n_rows == table.reading["rows"] == table.reading["rows_in_file"] == 20_000
    assert whole(table).equals(FRAME.cast(pl.String))
    assert 500 < table.n_rows == table.reading["sample_rows"] < 3_000
    assert table.frame["n"].cast(int).to_list() == table.row_numbers.tolist()
    drawn = table.row_numbers
    assert abs(drawn.mean() - 10_000) < 1_000 and (np.diff(drawn) > 0).all()


def test_a_file_is_stored_once_until_it_changes(tmp_path, monkeypatch):
    path = tmp_path / "t.csv"
    path.write_text(TEXT)
    first = open_table(path)
    monkeypatch.setattr(delimited.Delimited, "chunks", lambda self: pytest.fail("read again"))
    again = open_table(path)
    assert again.frame.equals(first.frame) and again.reading == first.reading
    monkeypatch.undo()
    monkeypatch.setenv("BESTFIT_CACHE", str(tmp_path / "cache"))
    path.write_text(TEXT + "20000,1.5,last\n")
    assert open_table(path).n_rows == 20_001, "and small again without the patches"


def test_parquet_is_stored_with_its_types(tmp_path):
    path = tmp_path / "t.parquet"
    FRAME.write_parquet(path, row_group_size=3_000)
    table = open_table(path)
    assert whole(table).equals(FRAME)


def test_parts_whose_types_differ_fit_together(tmp_path):
    FRAME.write_parquet(tmp_path / "1.parquet")
    FRAME.select(pl.col("n").cast(pl.String) + "x", extra=pl.lit(1)).write_parquet(
        tmp_path / "2.parquet"
    )
    frame = whole(open_table(tmp_path))
    assert frame.height == 40_000 and frame["n"][-1] == "19999x" and frame["n"][0] == "0"
    assert frame["extra"].null_count() == 20_000


def test_dirty_rows_are_mended_in_every_block(tmp_path):
    lines = TEXT.split("\n")
    for at in (50, 9_000, 19_000):
        lines[at] = lines[at] + ","
    lines[12_000] = lines[12_000].replace(",", ";", 1) + ",5,6,7,8"
    lines[15_000] = f'15000,"{"x" * 500}\n{"y" * 500}",z'
    path = tmp_path / "t.csv"
    path.write_text("\n".join(lines))
    table = open_table(path)
    reading = table.reading
    assert reading["cut_lines"] == 3 and reading["skipped_lines"] == 1
    assert reading["rows_in_file"] == 20_000 == table.stored.n_rows + 1
    assert whole(table)["x"].str.len_bytes().max() == 1001
    assert read(path).n_rows == 19_999


def test_a_small_table_is_read_as_it_is(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b\n1,2\n")
    assert open_table(path).stored is None
    assert open_table(FRAME).stored is None
    assert not (tmp_path / "cache").exists()


def test_what_nobody_asks_for_is_deleted(tmp_path, monkeypatch):
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(TEXT)
        monkeypatch.setattr(stored, "KEPT_S", -1.0)
        open_table(tmp_path / name)
    assert len(list((tmp_path / "cache" / "tables").iterdir())) == 1
