"""Candidates side by side on the user's own data: raw rows in, a ranking with its proof out."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from .. import __version__
from ..config import RunConfig, to_dict
from ..errors import ConfigError, TargetError
from ..files import write_json
from ..folder import RunFolder
from ..metrics import Interval
from ..rng import stream
from ..stopping import StopRequest
from ..transforms import TargetScale
from .arms import AXES, Arm, arms_of
from .contest import Course, Terms, contest, link_of, network_of, same_start
from .cores import threads_kept
from .events import Clock, Progress
from .job import opened
from .landscape import AT_ONCE, landscape
from .material import Material, material_of
from .populate import Ends, build_loss
from .ranking import ranked
from .rows import Encoded, encode
from .sizes import resolve_sizes

__all__ = ["COMPARISON", "Wish", "compare"]

COMPARISON = "comparison.json"
WIDTH, BLOCKS, BINS = 64, 2, 8  # of the networks that are compared, where none are asked for
MOST_EPOCHS, TIME_S = 20.0, 90.0
MAX_JUDGES = 4_000  # validation rows
DIGITS = 6
SHOWN = 8  # paths in one picture


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What is to be compared.

    Args:
        axis: ``optimizers``, ``losses``, ``regularizers``, ``schedules``, ``inits`` or ``models``.
        names: of the candidates; ``all`` stands for every one that suits.
        seeds: first weights that each is trained from; ≥ 1.
        rates: step sizes that are tried for each; None: 5 for optimizers, else 3.
        rows: training rows at most; ≥ 20.
    """

    axis: str
    names: tuple[str, ...]
    seeds: int = 3
    rates: int | None = None
    rows: int = 20_000

    @classmethod
    def of(cls, options: dict[str, Any]) -> "Wish":
        """Take out of some options what is about the comparison.

        Raises:
            ConfigError: not exactly one thing is compared.
        """
        given = {name: options.pop(name, None) for name in (*AXES, "seeds", "rates", "rows")}
        given = {name: value for name, value in given.items() if value is not None}
        axes = [axis for axis in AXES if axis in given]
        if len(axes) != 1:
            problem = "compare one thing at a time" if axes else "nothing to compare"
            raise ConfigError(problem, hint="--optimizers all, or another of " + ", ".join(AXES))
        names = given.pop(axes[0])
        words = names.split(",") if isinstance(names, str) else names
        return cls(axis=axes[0], names=tuple(w.strip() for w in words if w.strip()), **given)

    def __post_init__(self) -> None:
        for name, least in (("seeds", 1), ("rates", 1), ("rows", 20)):
            value = getattr(self, name)
            if value is not None and value < least:
                raise ConfigError(f"{name} must be ≥ {least}, not {value}")


def compare(
    source: object,
    config: RunConfig,
    wish: Wish,
    folder: RunFolder,
    stop: StopRequest,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Train all candidates, rank them, and write ``comparison.json`` into the folder.

    Args:
        source: a path, or a table in memory.
        config: what is the same for all.
        wish: what is compared.
        folder: locked.
        stop: whether a signal came.
        progress: called with each event.
    Raises:
        InputError: the rows, the config or a name is at fault.
    """
    clock = Clock(progress)
    asked = config
    parts, config = opened(source, None, config, clock)
    task = parts.target.task
    with threads_kept():
        bins = BINS if config.transform.bins is None else config.transform.bins
        config = replace(config, transform=replace(config.transform, bins=bins))
        with clock.stage("encode", "turning columns into numbers"):
            encoded, config = encode(parts, config)
        config = _settled(config, asked, encoded)
        arms = arms_of(wish.axis, wish.names, config, task, wish.rates)
        arms, encodings = _by_link(arms, encoded, wish)
        materials = {
            link: _few(material_of(e, parts.target, config), wish.rows, config.training.seed)
            for link, e in encodings.items()
        }
        some = next(iter(materials.values()))
        random = stream(config.training.seed, "compare")
        order = random.permutation(len(some.look.y))
        halves = np.sort(order[::2]), np.sort(order[1::2])
        terms = Terms(
            ends=Ends(encoded.encoder.layout, parts.target.n_outputs),
            seeds=wish.seeds,
            epochs=config.training.epochs,
            time_s=config.training.time_s or TIME_S,
            most=MOST_EPOCHS,
            halves=halves,
        )

        def tell(names: str, share: float) -> None:
            if stop.number is not None:
                raise stop.error()
            clock.say("train", names if len(names) < 60 else names[:57] + "…", share)

        k = sum(len(arm.rates) for arm in arms) * wish.seeds
        with clock.stage("train", f"{len(arms)} {wish.axis}, {k} networks"):
            courses, epochs = contest(arms, materials, terms, parts.target, tell)
        with clock.stage("judge", "on rows that chose nothing"):
            metric, y = some.look.metric, some.look.y[halves[1]]
            rows = ranked(arms, courses, metric, y, config.training.seed)
            seen = _landscape(rows, arms, some, terms) if same_start(arms) else None
    described = {
        "bestfit": __version__, "axis": wish.axis, "task": task, "target": parts.target.name,
        "source": config.data.source, "metric": metric.name,
        "higher_is_better": metric.higher_is_better, "seeds": wish.seeds, "epochs": epochs,
        "rows": {"train": len(some.rows), "choose": len(halves[0]), "judge": len(halves[1])},
        "networks": k, "same_loss": len({repr(arm.config.loss) for arm in arms}) == 1,
        "seconds": {name: round(s, 3) for name, s in clock.seconds.items()},
        "ranking": [_row(row, courses) for row in rows], "landscape": seen,
        "config": to_dict(config),
    }  # fmt: skip
    found = _plain(described)
    write_json(folder.path / COMPARISON, found)
    clock.say("done", str(folder.path), 1.0)
    return dict(found)


def _settled(config: RunConfig, asked: RunConfig, encoded: Encoded) -> RunConfig:
    """Small plain networks, where nothing else is asked for."""
    wanted = config.model
    hidden: dict[str, Any] = {"width": wanted.width or WIDTH, "blocks": wanted.blocks or BLOCKS}
    if wanted.name == "linear":
        hidden = {}
    config = replace(
        config,
        model=replace(wanted, members=1, dropout=wanted.dropout or 0.0, **hidden),
        schedule=asked.schedule if asked.schedule != RunConfig().schedule
        else replace(asked.schedule, name="constant"),
        training=replace(config.training, epochs=config.training.epochs or 1.0, augment=()),
    )  # fmt: skip
    n_rows, n_valid = len(encoded.y["train"]), len(encoded.y["valid"])
    sized = resolve_sizes(config, n_rows, n_valid, encoded.encoder.layout)
    training = replace(
        sized.training, epochs=asked.training.epochs, batch_size=asked.training.batch_size or 256
    )
    return replace(sized, optimizer=asked.optimizer, training=training)


def _by_link(arms: list[Arm], encoded: Encoded, wish: Wish) -> tuple[list[Arm], dict[str, Encoded]]:
    """The arms whose loss can see the target, and the target as each kind of loss sees it."""
    able, encodings = [], {}
    for arm in arms:
        link = link_of(arm)
        try:
            if encoded.scale is not None:
                scale = TargetScale.fit(encoded.y["train"], link)
                encodings[link] = replace(encoded, scale=scale)
            else:
                encodings[link] = encoded
        except TargetError:
            if arm.name in wish.names:
                raise
            continue  # not asked for by its name
        able.append(arm)
    return able, encodings


def _few(material: Material, rows: int, seed: int) -> Material:
    """The same with fewer rows."""
    look = material.look
    if len(material.rows) > rows:
        random = stream(seed, "compare", "rows")
        chosen = np.sort(random.choice(len(material.rows), rows, replace=False))
        picked = material.rows.take(torch.from_numpy(chosen).to(material.rows.device))
        material = replace(material, rows=picked, y=material.y[chosen])
    if len(look.y) > MAX_JUDGES:
        random = stream(seed, "compare", "judges")
        chosen = np.sort(random.choice(len(look.y), MAX_JUDGES, replace=False))
        picked = look.rows.take(torch.from_numpy(chosen).to(look.rows.device))
        material = replace(material, look=replace(look, rows=picked, y=look.y[chosen]))
    return material


def _landscape(
    rows: list[dict[str, Any]], arms: Sequence[Arm], material: Material, terms: Terms
) -> dict[str, Any] | None:
    config = arms[0].config
    networks = network_of(config, terms.ends, AT_ONCE, 0)
    first = [c for row in rows[:SHOWN] for c in row["courses"] if c.seed == 0]
    loss, _ = build_loss(config, material.look.target, None)
    return landscape(first, networks, material, loss)


def _row(row: dict[str, Any], courses: Sequence[Course]) -> dict[str, Any]:
    """One arm as it is written down."""
    own: list[Course] = row["courses"]

    def mean(name: str) -> list[float]:
        """Over the seeds, as long as all are there."""
        each = zip(*(getattr(c, name) for c in own), strict=False)
        return [float(np.mean(values)) for values in each]

    return {
        "name": row["name"], "place": row["place"], "tied": row["tied"],
        "score": row["score"], "behind": row["behind"],
        "seeds": row["seeds"], "lr": row["lr"], "at_edge": row["at_edge"],
        "rates": row["rates"], "by_rate": row["by_rate"], "epochs": mean("epochs"),
        "seconds": mean("seconds"), "train_loss": mean("train_loss"),
        "valid_loss": mean("valid_loss"), "metric": mean("scores"),
        "failed": sum(c.best < 0 or math.isnan(c.scores[-1])
                      for c in courses if c.arm.name == row["name"]),
        "networks": sum(c.arm.name == row["name"] for c in courses),
    }  # fmt: skip


def _plain(value: Any) -> Any:
    """What JSON can hold: no number that is not finite, six digits of each."""
    if isinstance(value, dict):
        return {key: _plain(v) for key, v in value.items()}
    if isinstance(value, Interval | list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, float | np.floating):
        return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None
    return value.item() if isinstance(value, np.generic) else value
