"""Candidates side by side on the user's own data: raw rows in, a ranking with its proof out."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import __version__
from ..config import RunConfig, to_dict
from ..files import write_json
from ..folder import RunFolder
from ..metrics import Interval
from ..stopping import StopRequest
from .contest import contest
from .cores import threads_kept
from .course import Course, network_of, same_start
from .events import Clock, Progress
from .ground import Ground, Wish, ground_of
from .landscape import AT_ONCE, landscape
from .populate import build_loss
from .ranking import ranked
from .sizes import kind_of

__all__ = ["COMPARISON", "compare"]

COMPARISON = "comparison.json"
DIGITS = 6
NAMES = 60  # characters of names in one line
SHOWN = 8  # paths in one picture


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
    with threads_kept():
        ground = ground_of(source, config, wish, clock)
        k = sum(len(arm.rates) for arm in ground.arms) * wish.seeds

        def tell(names: str, share: float) -> None:
            if stop.number is not None:
                raise stop.error()
            clock.say("train", names if len(names) < NAMES else names[: NAMES - 1] + "…", share)

        with clock.stage("train", f"{len(ground.arms)} {wish.axis}, {k} networks"):
            courses, epochs = contest(
                ground.arms, ground.materials, ground.terms, ground.target, tell
            )
        with clock.stage("judge", "on rows that chose nothing"):
            look, seed = ground.some.look, ground.config.training.seed
            y = look.y[ground.terms.halves[1]]
            rows = ranked(ground.arms, courses, look.metric, y, seed)
            # Six hundred networks are asked for the picture: of convolutions that takes minutes.
            shows = same_start(ground.arms) and not kind_of(ground.config.model).pictures
            seen = _landscape(rows, ground) if shows else None
    found = _plain(
        {
            **_described(ground, wish, k), "epochs": epochs,
            "seconds": {name: round(s, 3) for name, s in clock.seconds.items()},
            "ranking": [_row(row, courses) for row in rows], "landscape": seen,
        }
    )  # fmt: skip
    write_json(folder.path / COMPARISON, found)
    clock.say("done", str(folder.path), 1.0)
    return dict(found)


def _described(ground: Ground, wish: Wish, networks: int) -> dict[str, Any]:
    """What was compared, on what."""
    metric, halves = ground.some.look.metric, ground.terms.halves
    return {
        "bestfit": __version__, "axis": wish.axis, "task": ground.target.task,
        "target": ground.target.name, "source": ground.config.data.source, "metric": metric.name,
        "higher_is_better": metric.higher_is_better, "seeds": wish.seeds, "networks": networks,
        "rows": {
            "train": len(ground.some.rows), "choose": len(halves[0]), "judge": len(halves[1])
        },
        "same_loss": len({repr(arm.config.loss) for arm in ground.arms}) == 1,
        "config": to_dict(ground.config),
    }  # fmt: skip


def _landscape(rows: list[dict[str, Any]], ground: Ground) -> dict[str, Any] | None:
    config = ground.arms[0].config
    networks = network_of(config, ground.terms.ends, AT_ONCE, 0)
    first = [c for row in rows[:SHOWN] for c in row["courses"] if c.seed == 0]
    loss, _ = build_loss(config, ground.target, None)
    return landscape(first, networks, ground.some, loss)


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
