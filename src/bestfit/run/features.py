"""Which columns are learnt from: some are made of others, some may be left out."""

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from ..cleaners import Change
from ..config import RunConfig
from ..errors import ConfigError
from ..selectors import Selected, selector
from ..selectors.thinning import is_wide, ranked, thinned
from ..table import Schema
from ..transforms import Encoder, Encoding, Formula, fit_encoder, title
from .engineering import made_by_trial
from .events import Clock
from .rows import Parts

__all__ = ["with_features"]

MIN_TIME_S = 20.0  # of a run: a trial takes three to five
MANY_COLUMNS = 2_000  # more are thinned out unasked
KEPT_OF_MANY = 1_000


def with_features(parts: Parts, config: RunConfig, clock: Clock) -> tuple[Parts, RunConfig]:
    """Parts whose schema names what is learnt from, and the config with what is made.

    What was tried and found is written into the profile.

    Raises:
        ConfigError: a formula or a selector does not fit the columns.
    """
    if config.transform.made is None:
        with clock.stage("features", "trying columns made of others"):
            config = _engineered(parts, config)
    name, k, thin = config.select.name, config.select.k, config.select.thin
    if name is None and k is not None:
        raise ConfigError("select.k needs select.name", hint=", ".join(selector))
    n_columns, time_s = len(parts.cleaned.plan.schema.columns), config.training.time_s
    many, short = n_columns > MANY_COLUMNS, time_s is not None and time_s < MIN_TIME_S
    if name is None and thin and many and short:
        name, k = "f", KEPT_OF_MANY
    if name is not None:
        with clock.stage("select", f"scoring columns by {name}"):
            return _left_out(parts, config, _scored(parts, config, name, k))
    if not thin or short or not (many or is_wide(n_columns, len(parts.split.train))):
        return parts, config
    with clock.stage("select", "trying with fewer columns"):
        return _left_out(parts, config, _tried(parts, config))


def _engineered(parts: Parts, config: RunConfig) -> RunConfig:
    schema, profile = parts.cleaned.plan.schema, parts.cleaned.profile
    kept: tuple[Formula, ...] = ()
    time_s = config.training.time_s
    if time_s is not None and time_s < MIN_TIME_S:
        found: dict[str, Any] = {"tried": 0, "reason": f"a run of {time_s:g} s has no time for it"}
    else:
        tables = {part: parts.table(part) for part in ("train", "valid")}
        y = {part: parts.labels(table) for part, table in tables.items()}
        frames = tables["train"].frame, tables["valid"].frame
        trial = made_by_trial(schema, frames[0], frames[1], y, config.training.seed)
        kept = trial.kept
        found = {"tried": trial.tried, "gain": trial.gain, "reason": trial.reason}
    profile["engineering"] = {**found, "kept": [title(formula) for formula in kept]}
    return replace(config, transform=replace(config.transform, made=kept))


class _Choice(NamedTuple):
    """Columns with the score of each, those that stay, and by what."""

    selector: str
    scores: dict[str, float]
    stay: set[str]
    reason: str | None = None


def _left_out(parts: Parts, config: RunConfig, found: _Choice) -> tuple[Parts, RunConfig]:
    """The parts without the columns that do not stay, and what is told of them."""
    schema, made = parts.cleaned.plan.schema, config.transform.made or ()
    order = ranked(found.scores)
    stay = found.stay | {column.name for column in schema.columns if column.kind == "picture"}
    made = tuple(formula for formula in made if title(formula) in stay)
    stay |= {column for formula in made for column in formula[1:]}
    gone = [c.name for c in schema.columns if c.name not in stay]
    if len(gone) == len(schema.columns):
        raise ConfigError(
            f"the selector {found.selector!r} leaves no column", hint="another, or select.k"
        )
    place = {column: i + 1 for i, column in enumerate(order)}
    changes = tuple(
        Change(
            "select", column,
            f"dropped: {found.selector} score {found.scores[column]:.3g}, "
            f"rank {place[column]} of {len(order)}",
        )
        for column in gone
    )  # fmt: skip
    cleaned = parts.cleaned
    profile = {**cleaned.profile, "selection": {
        "selector": found.selector, "reason": found.reason,
        "scores": [[column, _plain(found.scores[column])] for column in order],
    }}  # fmt: skip
    reasons = {change.column: change.what for change in changes}
    profile["fields"] = [
        field | {"role": "dropped", "reason": reasons[field["name"]]}
        if field["name"] in reasons
        else field
        for field in profile["fields"]
    ]
    rest = Schema(tuple(c for c in schema.columns if c.name in stay), schema.target)
    plan = replace(cleaned.plan, schema=rest)
    cleaned = replace(
        cleaned, plan=plan, changes=(*cleaned.changes, *changes), profile=profile
    )  # fmt: skip
    config = replace(config, transform=replace(config.transform, made=made))
    return replace(parts, cleaned=cleaned), config


def _tried(parts: Parts, config: RunConfig) -> _Choice:
    """As many columns as do best on rows held back; of very many at most a thousand."""
    x, y, encoder = _numbers(parts, config, "standard", "target_mean")
    places = {column: encoder.places(column).dense for column in _names(parts, encoder)}
    found = thinned(x, y, {c: p for c, p in places.items() if len(p)}, config.training.seed)
    order = ranked(found.scores)
    k, reason = found.k, f"{found.share:.0%} less is lost with them on rows held back"
    if not found.sure:
        reason = "fewer columns were not better on rows held back"
        k = KEPT_OF_MANY if len(order) > MANY_COLUMNS else len(order)
    return _Choice(found.ranking, found.scores, {*order[:k], *(places.keys() - order)}, reason)


def _scored(parts: Parts, config: RunConfig, name: str, k: int | None) -> _Choice:
    """The k columns of the highest score, or those that the selector would keep."""
    x, y, encoder = _numbers(
        parts, config, "min_max" if name == "chi2" else "standard",
        "target_mean" if name not in ("chi2", "variance") else "one_hot",
    )  # fmt: skip
    if name == "chi2":
        x -= x.min(axis=0)  # signed places of texts, too
    found: Selected = selector[name]().of(x, y, encoder.layout.names)
    columns = _names(parts, encoder)
    scores, kept = dict.fromkeys(columns, -np.inf), dict.fromkeys(columns, False)
    for column in columns:
        for place in encoder.places(column).dense:
            score = found.scores[place]
            scores[column] = max(scores[column], score if np.isfinite(score) else -np.inf)
            kept[column] |= found.kept[place]
    stay = (
        set(ranked(scores)[:k]) if k is not None else {column for column in columns if kept[column]}
    )
    return _Choice(name, scores, stay)


def _names(parts: Parts, encoder: Encoder) -> list[str]:
    """Columns of the table that have numbers, and those made of them."""
    columns = [c.name for c in parts.cleaned.plan.schema.columns if c.kind != "picture"]
    return [*columns, *(made.name for made in encoder.made)]


def _numbers(parts: Parts, config: RunConfig, scale: str, encode: str) -> tuple[Any, Any, Encoder]:
    """(N, F) training rows as numbers, (N,) their target, and what made them."""
    schema = Schema(
        tuple(c for c in parts.cleaned.plan.schema.columns if c.kind != "picture"), parts.target
    )
    train = parts.table("train")
    y = parts.labels(train)
    wanted = replace(config.transform, scale=scale, encode=encode, columns={}, bins=0)
    wanted = _with_switches(train.frame, schema, wanted)
    encoder, features = fit_encoder(train.frame, schema, wanted, y=y, folds=parts.folds(config))
    return features.dense.astype(np.float64), y, encoder


def _with_switches(frame: Any, schema: Schema, wanted: Encoding) -> Encoding:
    """Categories of few levels as switches, whatever those of many become."""
    few = {
        column.name: "one_hot" for column in schema.columns
        if column.kind == "category" and frame[column.name].n_unique() <= wanted.max_levels
    }  # fmt: skip
    return replace(wanted, columns=few)


def _plain(score: float) -> float | None:
    return float(score) if np.isfinite(score) else None
