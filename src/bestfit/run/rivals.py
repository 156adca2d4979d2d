"""The simple models beside the network: fitted and judged before it trains."""

import time
from typing import Any, NamedTuple

from ..config import RunConfig
from ..metrics import metric
from ..table import Target
from . import records
from .anchors import Anchor, anchors
from .rows import Encoded

__all__ = ["Rivals", "find_rivals"]


class Rivals(NamedTuple):
    """Simple models.

    Args:
        anchors: their answers.
        records: what ``metrics.json`` says of each.
        judging_s: seconds that it took to judge one of them, on two parts of the rows.
    """

    anchors: list[Anchor]
    records: list[dict[str, Any]]
    judging_s: float


def find_rivals(encoded: Encoded, target: Target, config: RunConfig) -> Rivals:
    """Fit the simple models on the training rows, and judge them on the others."""
    features = {part: rows.tabular() for part, rows in encoded.features.items()}
    seed = config.training.seed
    found = anchors(
        features["train"], encoded.y["train"], features["valid"], features["test"],
        task=target.task, n_classes=len(target.classes), seed=seed, time_s=config.training.time_s,
    )  # fmt: skip
    begun, scored_by = time.perf_counter(), metric[config.selection.metric or ""]()
    judged = [
        records.anchor_record(anchor, encoded.y, target.task, scored_by, seed) for anchor in found
    ]
    return Rivals(found, judged, (time.perf_counter() - begun) / len(found))
