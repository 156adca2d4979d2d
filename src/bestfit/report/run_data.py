"""Everything a report needs from a run folder; what is missing is simply absent."""

import tomllib
from dataclasses import dataclass
from pathlib import Path, PurePath

import numpy as np
import polars as pl

from ..errors import FolderError
from ..files import read_json
from ..folder import RunFolder
from .curves import Curves, read_curves
from .measures import Floats
from .node import Node
from .text import cut, score
from .words import higher_is_better

__all__ = ["RunData", "Score", "read_run"]


@dataclass(frozen=True)
class Score:
    """A metric with its 95 % interval, where it has one."""

    value: float
    low: float | None = None
    high: float | None = None

    @classmethod
    def of(cls, node: Node) -> "Score | None":
        """From ``{"value", "low", "high"}`` or a bare number; None when there is no value."""
        value = node.number if node["value"].number is None else node["value"].number
        if value is None:
            return None
        return cls(value, node["low"].number, node["high"].number)

    @property
    def words(self) -> str:
        return score(self.value)

    @property
    def interval(self) -> str:
        """``"0.922 to 0.932"``, or "" without an interval."""
        if self.low is None or self.high is None:
            return ""
        return f"{score(self.low)} to {score(self.high)}"


@dataclass(frozen=True)
class RunData:
    """The files of one run, parsed."""

    path: Path
    config: Node
    config_text: str
    environment: Node
    profile: Node
    cleaning: Node
    split: Node
    repairs: Node
    findings: Node
    metrics: Node
    curves: Curves
    predictions: pl.DataFrame

    @property
    def target(self) -> str:
        """The name of the column to predict; "" when unknown."""
        named = self.metrics["target"], self.profile["target"]["name"]
        return next((node.text for node in named if node.text), "")

    @property
    def task(self) -> str:
        return self.metrics["task"].text or self.profile["target"]["task"].text

    @property
    def classes(self) -> list[str]:
        return [node.text for node in self.metrics["classes"]]

    @property
    def metric(self) -> str:
        return self.metrics["metric"].text or self.config["selection"]["metric"].text

    @property
    def higher_is_better(self) -> bool:
        told = self.metrics["higher_is_better"].value
        return told if isinstance(told, bool) else higher_is_better(self.metric)

    @property
    def table(self) -> str:
        """What the rows came from, as a short name."""
        source = self.profile["source"].text or self.config["data"]["source"].text
        return cut(PurePath(source).name or source or "table", 48)

    @property
    def judged_on(self) -> str:
        """The part whose metrics are the last word: test, or validation where there is no test."""
        return next((p for p in ("test", "valid", "train") if self.metrics[p][self.metric]), "")

    def score(self, part: str, metric: str = "") -> Score | None:
        """A metric of the model on a part of the rows; the run's own metric when none is named."""
        return Score.of(self.metrics[part][metric or self.metric])

    def test_rows(self) -> pl.DataFrame:
        """Held-back rows with predictions: test rows, or else validation rows."""
        if not {"target", "prediction"} <= set(self.predictions.columns):
            return pl.DataFrame()
        if "part" not in self.predictions.columns:
            return self.predictions
        test = self.predictions.filter(pl.col("part").cast(pl.String) == "test")
        return test if test.height else self.predictions

    def probabilities(self, rows: pl.DataFrame) -> Floats | None:
        """(N, C) in the order of ``classes``; None when a class has no column."""
        names = [f"p:{label}" for label in self.classes]
        if not names or not set(names) <= set(rows.columns):
            return None
        numbers = rows.select(pl.col(name).cast(pl.Float64, strict=False) for name in names)
        found: Floats = numbers.to_numpy().astype(np.float64)
        return np.nan_to_num(found)


def read_run(folder: RunFolder) -> RunData:
    """Read a run folder.

    Raises:
        FolderError: there is neither a config nor metrics: this is no run.
    """
    if not folder.config.is_file() and not folder.metrics.is_file():
        raise FolderError("no run here", where=str(folder.path), hint="bestfit runs lists the runs")
    config_text = _text(folder.config)
    return RunData(
        path=folder.path,
        config=_toml(config_text),
        config_text=config_text,
        environment=_json(folder.environment),
        profile=_json(folder.profile),
        cleaning=_json(folder.cleaning),
        split=_json(folder.split),
        repairs=_json(folder.repairs),
        findings=_json(folder.findings),
        metrics=_json(folder.metrics),
        curves=_last_attempt(folder),
        predictions=_predictions(folder.predictions),
    )


def _last_attempt(folder: RunFolder) -> Curves:
    """The curves of the last attempt that has any."""
    attempts = sorted((folder.path / "attempts").glob("*/history.sqlite"), reverse=True)
    return next((curves for path in attempts if (curves := read_curves(path))), Curves())


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _json(path: Path) -> Node:
    try:
        return Node(read_json(path))
    except FolderError:
        return Node()


def _toml(text: str) -> Node:
    try:
        return Node(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, RecursionError):
        return Node()


def _predictions(path: Path) -> pl.DataFrame:
    if not path.is_file():
        return pl.DataFrame()
    try:
        return pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError):
        return pl.DataFrame()
