"""Columns made of others: proposed from the schema, kept only if they help on validation rows."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from ..cleaners.strength import Goal, strength
from ..rng import stream
from ..table import Schema
from ..threads import growing
from ..transforms import Encoding, Formula, fit_encoder, fit_made, proposals, title

__all__ = ["Trial", "made_by_trial"]

MIN_ROWS, MAX_ROWS = 300, 8_000  # that the trial learns from; more are evenly drawn
MAX_FOREST_ROWS = 4_000
MAX_COLUMNS = 300  # that trees are given beside those made; the strongest
MAX_BOOSTED = 4  # classes: boosted trees take as long for each, a forest does not
AT_ONCE = (6, 2)  # columns that are tried together
ALIKE = 0.98
ERRORS, RANK_ERRORS = 2.0, 3.0  # standard errors that a gain must exceed
LEAST = 0.01  # of the loss: less is not worth a column


@dataclass(frozen=True)
class Trial:
    """What came of it.

    Args:
        kept: formulas that help.
        tried: how many were proposed.
        gain: share of the loss on validation rows that went with the kept ones.
        reason: a plain sentence.
    """

    kept: tuple[Formula, ...]
    tried: int
    gain: float
    reason: str


def _strongest(schema: Schema, frame: pl.DataFrame, y: Any) -> Schema:
    """The columns that tell most of the target, in order; without pictures, which are no cells."""
    goal = Goal.of(pl.Series(y if y.dtype.kind == "f" else [str(label) for label in y]))
    columns = [column for column in schema.columns if column.kind != "picture"]
    told = {column.name: strength(frame[column.name], goal) for column in columns}
    ranked = sorted(columns, key=lambda column: -told[column.name])
    return Schema(tuple(ranked[:MAX_COLUMNS]), schema.target)


def _proposed(schema: Schema, frame: pl.DataFrame) -> list[Formula]:
    """Formulas about the numbers that tell most, which are the first."""
    numbers = [column.name for column in schema.columns if column.kind == "number"]
    found = proposals(frame, schema, numbers)
    named = {title(formula): formula for formula in found}  # two may have one title
    taken = {column.name for column in schema.columns}
    return [formula for name, formula in named.items() if name not in taken]


def made_by_trial(
    schema: Schema, train: pl.DataFrame, valid: pl.DataFrame, y: dict[str, Any], seed: int
) -> Trial:
    """Screen proposals on training rows, then see whether they help.

    Boosted trees with the best of them must beat boosted trees without on the validation rows,
    beyond two standard errors of the paired difference.

    Args:
        schema: of the features.
        train: rows that teach.
        valid: rows that decide.
        y: ``train`` and ``valid``: class index (int) or amounts (float).
        seed: of the rows that are drawn where there are many.
    """
    place = np.sort(stream(seed, "engineering").permutation(train.height)[:MAX_ROWS])
    train, y_train = train[place], y["train"][place]
    if train.height < MIN_ROWS or len(np.unique(y_train)) < 2:
        return Trial((), 0, 0.0, "too few rows to tell what helps")
    schema = _strongest(schema, train, y_train)
    proposed = _proposed(schema, train)
    if not proposed:
        return Trial((), 0, 0.0, "no columns to make others of")
    valid, y_valid = valid[:MAX_ROWS], y["valid"][:MAX_ROWS]
    plain = Encoding(scale="none", encode="ordinal", made=())
    encoder, features = fit_encoder(train, schema, plain)
    base = {"train": features.dense, "valid": encoder.apply(valid).dense}
    made, _ = fit_made(train, schema, proposed)
    columns = {
        part: np.column_stack([_bounded(m.of(frame).to_numpy()) for m in made])
        for part, frame in (("train", train), ("valid", valid))
    }
    with growing(base["train"].size):
        return _judged(proposed, base, columns, {"train": y_train, "valid": y_valid}, seed)


def _judged(
    proposed: list[Formula], base: dict[str, Any], columns: dict[str, Any], y: dict[str, Any],
    seed: int,
) -> Trial:  # fmt: skip
    """What trees say of the proposals, whose ``columns`` stand beside those of ``base``."""
    ranked = _screened(base["train"], columns["train"], y["train"], seed)
    before = _losses(base["train"], y["train"], base["valid"], y["valid"])
    if not before.any():
        return Trial((), len(proposed), 0.0, "trees are right without any")
    for n in AT_ONCE:
        some = ranked[:n]
        both = {part: np.column_stack([base[part], columns[part][:, some]]) for part in base}
        gain = before - _losses(both["train"], y["train"], both["valid"], y["valid"])
        share = float(gain.mean() / before.mean())
        if some and _beyond_chance(gain) and share > LEAST:
            kept = tuple(proposed[i] for i in some)
            return Trial(kept, len(proposed), share, f"trees lose {share:.1%} less with them")
    return Trial((), len(proposed), 0.0, "none helped trees on the validation rows beyond chance")


def _screened(base: Any, columns: Any, y: Any, seed: int) -> list[int]:
    """Positions of the proposals that promise most, unlike each other.

    In turn the one that explains most of what trees leave unexplained, and the one that a forest
    divides rows by most: the first finds what refines, the second what replaces several columns.
    """
    orders = (_by_rest(base, columns, y, seed), _by_forest(base, columns, y))
    chosen: list[int] = []
    for i in (int(i) for both in zip(*orders, strict=True) for i in both):
        if len(chosen) == AT_ONCE[0]:
            break
        if i not in chosen and all(_likeness(columns[:, i], columns[:, j]) < ALIKE for j in chosen):
            chosen.append(i)
    return chosen


def _by_rest(base: Any, columns: Any, y: Any, seed: int) -> Any:
    """Half of the rows teach trees, what is left of the other half is explained."""
    half = stream(seed, "engineering", 1).permutation(len(y)) < len(y) // 2
    model, away = _trees(y).fit(base[half], y[half]), ~half
    if y.dtype.kind == "f":
        left = y[away] - model.predict(base[away])
    else:
        common = np.bincount(y).argmax()
        place = list(model.classes_).index(common)
        left = (y[away] == common) - model.predict_proba(base[away])[:, place]
    goal = Goal.of(pl.Series(np.asarray(left, dtype=float)))
    told = [strength(pl.Series(x).fill_nan(None), goal) for x in columns[away].T]
    return np.argsort(-np.array(told), kind="stable")


def _by_forest(base: Any, columns: Any, y: Any) -> Any:
    from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor

    kind = ExtraTreesRegressor if y.dtype.kind == "f" else ExtraTreesClassifier
    forest = kind(30, max_depth=8, min_samples_leaf=5, max_features=0.3, random_state=0)
    some = slice(None, None, -(-len(y) // MAX_FOREST_ROWS))
    matters = forest.fit(np.column_stack([base, columns])[some], y[some]).feature_importances_
    return np.argsort(-matters[base.shape[1] :], kind="stable")


def _bounded(x: Any) -> Any:
    """(N,) float32, that no number overflows."""
    return np.clip(x, -1e30, 1e30).astype(np.float32)


def _likeness(a: Any, b: Any) -> float:
    known = np.isfinite(a) & np.isfinite(b)
    if known.sum() < 2 or np.ptp(a[known]) == 0 or np.ptp(b[known]) == 0:
        return 1.0
    first, second = (pl.Series(x[known]).rank().to_numpy() for x in (a, b))
    return abs(float(np.corrcoef(first, second)[0, 1]))


def _trees(y: Any) -> Any:
    from sklearn.ensemble import (
        HistGradientBoostingClassifier,
        HistGradientBoostingRegressor,
        RandomForestClassifier,
    )

    if y.dtype.kind != "f" and len(np.unique(y)) > MAX_BOOSTED:
        return RandomForestClassifier(100, min_samples_leaf=3, random_state=0)

    kind = HistGradientBoostingRegressor if y.dtype.kind == "f" else HistGradientBoostingClassifier
    return kind(max_iter=80, learning_rate=0.1, early_stopping=False, random_state=0)


def _losses(train: Any, y: Any, valid: Any, y_valid: Any) -> Any:
    """(N,) of each validation row: squared error, or minus the log of the right probability."""
    model = _trees(y).fit(train, y)
    if y.dtype.kind == "f":
        return (model.predict(valid) - y_valid) ** 2
    p = model.predict_proba(valid)
    place = {label: i for i, label in enumerate(model.classes_)}
    right = np.array([p[i, place[c]] if c in place else 1e-6 for i, c in enumerate(y_valid)])
    return -np.log(np.clip(right, 1e-6, 1.0))


def _beyond_chance(gain: Any) -> bool:
    """Whether rows gain on average, by the paired t statistic or, where few rows with huge losses
    hide everything, by Wilcoxon's signed ranks."""
    if gain.mean() > ERRORS * float(gain.std()) / np.sqrt(len(gain)):
        return True
    ranks = np.sign(gain) * pl.Series(np.abs(gain)).rank().to_numpy()
    return bool(ranks.sum() > RANK_ERRORS * np.sqrt((ranks**2).sum()))
