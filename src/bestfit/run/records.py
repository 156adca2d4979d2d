"""What a run writes down: each JSON file of its folder, as plain values."""

import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

import numpy as np
import torch

from ..config import RunConfig
from ..metrics import Interval, Metric, intervals, scores
from .anchors import Anchor
from .fit import Fit
from .lives import Life
from .populate import Members, device_of
from .rows import Parts

__all__ = ["anchor_record", "cleaning", "environment", "interval_record", "members", "part_scores"]

PACKAGES = ("torch", "polars", "numpy", "scikit-learn")


def environment(parts: Parts, config: RunConfig) -> dict[str, Any]:
    """``environment.json``: what the result hangs on besides the config."""
    return {
        "bestfit": version("bestfit"),
        "python": platform.python_version(),
        **{name: version(name) for name in PACKAGES},
        "platform": f"{sys.platform} {platform.machine()}",
        "device": str(device_of(config)),
        "threads": torch.get_num_threads(),
        "seed": config.training.seed,
        "data_digest": parts.data_digest,
    }


def cleaning(parts: Parts) -> dict[str, Any]:
    """``cleaning.json``: each change, counted, and the plan that replays them."""
    cleaned = parts.cleaned
    return {
        "rows_before": cleaned.profile["rows"],
        "rows_after": cleaned.table.n_rows,
        "changes": [
            {**asdict(change), "examples": list(change.examples)} for change in cleaned.changes
        ],
        "plan": cleaned.plan.to_dict(),
    }


def part_scores(
    prediction: np.ndarray, y: np.ndarray, task: str, chosen: Metric, seed: int
) -> dict[str, dict[str, float | None]]:
    """Every reported metric with its interval, the deciding one first."""
    reported = [chosen, *(m for m in scores(task) if m.name != chosen.name)]
    found = intervals(reported, prediction, y, seed)
    return {m.name: interval_record(i) for m, i in zip(reported, found, strict=True)}


def interval_record(found: Interval) -> dict[str, float | None]:
    """An interval with None for what is not a number."""
    return {key: finite(value) for key, value in found._asdict().items()}


def anchor_record(
    anchor: Anchor, y: Mapping[str, np.ndarray], task: str, chosen: Metric, seed: int
) -> dict[str, Any]:
    """One anchor with its scores on the rows that tune and that judge."""
    return {
        "name": anchor.name,
        "label": anchor.label,
        "valid": part_scores(anchor.valid, y["valid"], task, chosen, seed),
        "test": part_scores(anchor.test, y["test"], task, chosen, seed),
        "seconds": round(anchor.seconds, 3),
        "rows": anchor.rows,
        "note": anchor.note,
    }


def members(fitting: Fit, drawn: Members, weights: Sequence[float]) -> list[dict[str, Any]]:
    """Each member: its hyper-parameters, its best look, its weight in the ensemble."""
    best, look = fitting.best, fitting.look
    predictions = look.predictions(best.outputs)
    per_epoch = fitting.plan.sampler.steps_per_epoch
    return [
        {
            "member": j,
            "best_epoch": round(float(best.step[j]) / per_epoch, 3),
            "valid_metric": finite(look.score(predictions[j])),
            "weight": float(weights[j]),
            "settings": drawn.settings(j),
            "skipped_steps": int(fitting.state.skipped[j]),
            **_lived(fitting.lives.all[j], per_epoch),
        }
        for j in range(len(best.score))
    ]


def finite(value: float) -> float | None:
    """A number for JSON: None in place of NaN and the infinities."""
    return float(value) if np.isfinite(value) else None


def _lived(life: Life, per_epoch: int) -> dict[str, Any]:
    """When a member came and left, in epochs, and why."""
    ended = None if life.ended is None else round(life.ended / per_epoch, 3)
    return {
        "place": life.place,
        "born_epoch": round(life.born / per_epoch, 3),
        "ended_epoch": ended,
        "ended": life.why,
        "parent": life.parent,
    }
