"""From a source to encoded parts: read, clean, split, encode; each learnt on training rows."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from ..cleaners import Cleaned, prepare
from ..cleaners.base import warned
from ..config import RunConfig
from ..errors import ConfigError, TargetError
from ..files import digest
from ..losses import loss
from ..repeats import by_chance
from ..sources import open_table, read
from ..splits import Split, Splitter, choose
from ..table import Table, Target
from ..transforms import Encoder, Features, TargetScale, fit_encoder
from .events import Clock
from .sizes import default_bins

__all__ = ["Encoded", "Parts", "encode", "gather"]

MIN_ROWS = 10


@dataclass(frozen=True, eq=False)
class Parts:
    """A table ready to learn from.

    Args:
        cleaned: the table, what was changed, and the plan that replays it.
        split: which rows of the cleaned table do what.
        test: the rows that judge, cleaned: of the table itself or of a second source.
        test_rows: (N,) their numbers in that source.
        why: the split in a sentence.
        splitter: what divided them.
        target: the column to predict.
        data_digest: of the rows as read.
        group: the column whose equal values stay together.
        order: the column such that later rows judge.
        sampled: (N,) of a table too large for memory, where the rows of its sample stand in it.
    """

    cleaned: Cleaned
    split: Split
    test: Table
    test_rows: np.ndarray
    why: str
    splitter: Splitter
    target: Target
    data_digest: str
    group: str | None = None
    order: str | None = None
    sampled: np.ndarray | None = None

    def labels(self, table: Table) -> np.ndarray:
        """(N,) class index or number of each row's target."""
        return labels(table.frame[self.target.name], self.target)

    def table(self, part: str) -> Table:
        """The cleaned rows of ``train``, ``valid`` or ``test``."""
        if part == "test":
            return self.test
        return self.cleaned.table.take(getattr(self.split, part))

    def rows_of(self, part: str) -> np.ndarray:
        """(N,) numbers of a part's rows in the source."""
        if part == "test":
            return self.test_rows
        return np.asarray(self.cleaned.rows[getattr(self.split, part)])

    def folds(self, config: RunConfig) -> Callable[[], np.ndarray]:
        """What draws (N,) the fold of each training row, for what learns from the target."""
        return lambda: self.splitter.fold_numbers(
            self.table("train"), self.target, config.training.seed
        )

    def describe(self, seed: int) -> dict[str, Any]:
        """What ``split.json`` holds."""
        parts = {
            part: {
                "rows": len(self.rows_of(part)),
                "digest": digest(np.ascontiguousarray(self.rows_of(part)).tobytes()),
            }
            for part in ("train", "valid", "test")
        }
        return {"name": self.splitter.name, "reason": self.why, "seed": seed, "parts": parts}


def gather(source: object, test: object | None, config: RunConfig, clock: Clock) -> Parts:
    """Read, clean and split."""
    data = config.data
    with clock.stage("read", f"reading {data.source}"):
        table = open_table(source, **data.options)
        _check_target(data.target, table)
        other = data.options if data.test_options is None else data.test_options
        second = None if test is None else read(test, **other)
    with clock.stage("clean", f"cleaning {table.n_rows:,} rows"):
        reserve = tuple(c for c in (data.group, data.order, data.part) if c)
        cleaned = prepare(table, data.target or None, replace(config.clean, reserve=reserve))
    target = cleaned.plan.schema.target
    assert target is not None  # there is one, as was checked
    if cleaned.table.n_rows < MIN_ROWS:
        raise TargetError(
            f"{cleaned.table.n_rows} rows are too few to train, validate and test",
            where=table.origin,
            hint=f"at least {MIN_ROWS} rows with a target",
        )
    with clock.stage("split", "dividing rows into train, validation and test"):
        splitter, why, division = _divide(cleaned, target, config, second is not None)
        if second is None:
            judges, judge_rows = cleaned.table.take(division.test), cleaned.rows[division.test]
        else:
            judges, judge_rows = _labelled(cleaned, second, target, data.group)
            cleaned.profile["warnings"] += _shared(cleaned, division, judges, data.group)
        if not len(division.train) or not len(division.valid) or not judges.n_rows:
            raise TargetError("too few rows to train, validate and test", where=table.origin)
    return Parts(
        cleaned=cleaned,
        split=division,
        test=judges,
        test_rows=np.asarray(judge_rows),
        why=why,
        splitter=splitter,
        target=target,
        data_digest=table.digest(),
        group=data.group,
        order=data.order,
        sampled=None if table.stored is None else table.row_numbers,
    )


def _check_target(asked: str, table: Table) -> None:
    """Refuse rows of which nobody says what is to be predicted."""
    if not asked and table.target is None:
        columns = ", ".join(table.columns[:8]) + (" …" if len(table.columns) > 8 else "")
        problem = "no column to predict is named"
        raise TargetError(problem, where=table.origin, hint=f"--target COLUMN, of {columns}")


def _divide(
    cleaned: Cleaned, target: Target, config: RunConfig, has_test: bool
) -> tuple[Splitter, str, Split]:
    wanted, data = config.split, config.data
    chosen, why = choose(
        cleaned.table,
        target,
        name=wanted.name,
        group=data.group,
        order=data.order,
        part=data.part,
        valid_fraction=wanted.valid_fraction,
        test_fraction=0.0 if has_test else wanted.test_fraction,
    )
    return chosen, why, chosen.split(cleaned.table, target, config.training.seed)


def _labelled(
    cleaned: Cleaned, second: Table, target: Target, group: str | None
) -> tuple[Table, np.ndarray]:
    """The rows of a second source that have a known target, cleaned as the first."""
    if target.name not in second.columns:
        raise TargetError(f"no column {target.name!r} to judge by", where=second.origin)
    table = cleaned.plan.replay(second, keep=[group] if group in second.columns else [])
    kept = np.flatnonzero(table.frame[target.name].is_not_null().to_numpy())
    if not len(kept):
        raise TargetError(f"no row has a {target.name!r} to judge by", where=second.origin)
    judges = table.take(kept)
    labels(judges.frame[target.name], target, where=second.origin)
    return judges, kept


def _shared(
    cleaned: Cleaned, division: Split, judges: Table, group: str | None
) -> list[dict[str, Any]]:
    """Warnings about rows of a second source that teach as well, or whose group does."""
    known = cleaned.table.take(np.concatenate([division.train, division.valid])).frame
    found = []
    features = [column.name for column in cleaned.plan.schema.columns]
    taught = known.select(features).hash_rows().unique().implode()
    same = int(judges.frame.select(features).hash_rows().is_in(taught).sum())
    if same and not by_chance(known.select(features)):
        what = f"{same:,} of {judges.n_rows:,} rows that judge are among those that teach"
        found.append(warned("data_leakage", None, what, rows=same, source=judges.origin))
    if group is not None and group in judges.columns:
        groups = known[group].drop_nulls().unique().implode()
        same = int(judges.frame[group].is_in(groups).fill_null(False).sum())
        if same:
            what = f"{same:,} rows that judge are of a {group!r} that teaches"
            found.append(warned("data_leakage", group, what, rows=same, source=judges.origin))
    return found


def labels(column: pl.Series, target: Target, where: str = "") -> np.ndarray:
    """(N,) int64 class index, or float64 number, of each row.

    Raises:
        TargetError: a label is not among the classes; ``where`` names their source.
    """
    if not target.classes:
        return column.cast(pl.Float64).to_numpy(writable=True)
    place = {label: i for i, label in enumerate(target.classes)}
    unknown = [label for label in column.unique().to_list() if label not in place]
    if unknown:
        raise TargetError(
            f"the label {min(unknown)!r} of {target.name!r} is none of those to learn",
            where=where,
            hint=f"one of {', '.join(target.classes[:5])}",
        )
    return column.replace_strict(place, return_dtype=pl.Int64).to_numpy(writable=True)


@dataclass(frozen=True, eq=False)
class Encoded:
    """Features and targets of each part."""

    encoder: Encoder
    features: dict[str, Features]
    y: dict[str, np.ndarray]
    scale: TargetScale | None

    def training_target(self, part: str) -> np.ndarray:
        """(N,) class index, or the target in training units."""
        y = self.y[part]
        return y if self.scale is None else self.scale.apply(y)


def encode(parts: Parts, config: RunConfig) -> tuple[Encoded, RunConfig]:
    """Fit the transforms on training rows and apply them to every part."""
    schema, wanted = parts.cleaned.plan.schema, config.transform
    if not schema.columns:
        raise ConfigError(
            "no column is left to learn from",
            where=config.data.source,
            hint="keep some with --set clean.keep='[\"COLUMN\"]'",
        )
    train = parts.table("train")
    numbers = sum(column.kind == "number" for column in schema.columns)
    bins = default_bins(train.n_rows, numbers) if wanted.bins is None else wanted.bins
    config = replace(config, transform=replace(wanted, bins=bins))
    tables = {part: parts.table(part) for part in ("valid", "test")}
    y = {part: parts.labels(table) for part, table in {"train": train, **tables}.items()}
    encoder, taught = fit_encoder(
        train.frame, schema, config.transform, y=y["train"], folds=parts.folds(config)
    )
    encoded = {part: encoder.apply(table.frame) for part, table in tables.items()}
    features = {"train": taught, **encoded}
    scale = None
    if parts.target.task == "regression":
        scale = TargetScale.fit(y["train"], loss[config.loss.name or "mse"].link)
    return Encoded(encoder, features, y, scale), config
