"""What a training works on: rows as tensors, the look at the validation rows, the loss."""

from dataclasses import dataclass

import numpy as np
import torch

from ..batching import Rows
from ..config import RunConfig
from ..losses import Loss
from ..metrics import metric
from ..rng import stream
from ..table import Target
from ..training import encoded_once
from .look import Look
from .populate import Ends, Members, build_loss, device_of, fresh_population
from .rest import Teachers
from .rows import Encoded

__all__ = ["Material", "material_of"]

MAX_SAMPLE = 32_768  # rows in memory, of a table that is not


@dataclass(frozen=True, eq=False)
class Material:
    """What a training works on.

    Args:
        rows: the training rows, encoded where they fit into memory.
        y: (N,) their targets, class index or target units.
        look: at the validation rows.
        loss: minimised.
        sample: of a table too large for memory, the same with rows of its sample only.
    """

    rows: Rows
    y: np.ndarray
    look: Look
    loss: Loss
    sample: "Material | None" = None

    @property
    def in_memory(self) -> "Material":
        """Itself, or its sample."""
        return self.sample or self


def material_of(
    encoded: Encoded, target: Target, config: RunConfig, teachers: Teachers | None = None
) -> Material:
    """Rows of a table, moved to the device once; those of a large one stay on the disk."""
    device, (loss, _) = device_of(config), build_loss(config, target, encoded.y["train"])
    ends = Ends(encoded.encoder.layout, target.n_outputs)
    one = fresh_population(config, Members(config, 0), [0], ends, seed=0)
    train, valid = (
        Rows.of(encoded.features[part], encoded.training_target(part), device)
        for part in ("train", "valid")
    )
    y, seen = encoded.y, encoded.y["train"]
    if teachers is not None and len(train) > MAX_SAMPLE:
        drawn = stream(config.training.seed, "sample").choice(len(train), MAX_SAMPLE, replace=False)
        train, seen = train.take(torch.from_numpy(np.sort(drawn)).to(device)), seen[np.sort(drawn)]
    train, valid = (encoded_once(rows, one) for rows in (train, valid))
    scored_by = metric[config.selection.metric or ""]()
    look = Look(valid, y["valid"], target, scored_by, encoded.scale)
    sample = Material(train, seen, look, loss)
    if teachers is None:
        return sample
    rows = Rows.of(teachers.features, teachers.target, device, teachers.pages)
    return Material(rows, teachers.y, look, loss, sample)
