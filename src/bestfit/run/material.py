"""What a training works on: rows as tensors, the look at the validation rows, the loss."""

from dataclasses import dataclass

import numpy as np

from ..batching import Rows
from ..config import RunConfig
from ..losses import Loss
from ..metrics import metric
from ..models import Population
from ..rng import seed_of
from ..table import Target
from ..training import TrainState, encoded_once
from ..transforms import Layout, TargetScale
from .look import Look
from .populate import Members, build_loss, device_of, fresh_population
from .rows import Encoded, Parts

__all__ = ["Material"]


@dataclass(frozen=True, eq=False)
class Material:
    """What a training works on.

    Args:
        rows: the training rows, encoded where they fit into memory.
        y: (N,) their targets, class index or target units.
        look: at the validation rows.
        loss: minimised.
        layout: of the inputs.
        target: what is predicted.
        scale: of a regression's target.
        n_rows: of all parts together.
        columns: of the cleaned table.
        digest: of the rows as read.
    """

    rows: Rows
    y: np.ndarray
    look: Look
    loss: Loss
    layout: Layout
    target: Target
    scale: TargetScale | None
    n_rows: int
    columns: int
    digest: str

    @classmethod
    def of(cls, encoded: Encoded, parts: Parts, config: RunConfig) -> "Material":
        """Move what is needed to the device, once."""
        device, target = device_of(config), parts.target
        loss, _ = build_loss(config, target)
        layout = encoded.encoder.layout
        one = fresh_population(config, Members(config, 0), [0], layout, target, seed=0)
        train, valid = (
            encoded_once(
                Rows.of(encoded.features[part], encoded.training_target(part), device), one
            )
            for part in ("train", "valid")
        )
        scored_by = metric[config.selection.metric or ""]()
        return cls(
            rows=train,
            y=encoded.y["train"],
            look=Look(valid, encoded.y["valid"], target, scored_by, encoded.scale),
            loss=loss,
            layout=layout,
            target=target,
            scale=encoded.scale,
            n_rows=sum(len(y) for y in encoded.y.values()),
            columns=len(parts.cleaned.plan.schema.columns),
            digest=parts.data_digest,
        )

    def state(self, config: RunConfig, members: Members, n_steps: int) -> TrainState:
        """A population and its optimizers before the first of so many steps."""
        numbers, seed = range(len(members)), config.training.seed
        population = fresh_population(config, members, numbers, self.layout, self.target, seed)
        precision = config.training.precision or "float32"
        return TrainState(population, members.seats(numbers), n_steps, seed, precision)

    def newcomer(self, config: RunConfig, members: Members, number: int) -> Population:
        """A network with fresh weights of its own, to take a place among others."""
        seed = seed_of(config.training.seed, "newcomer", number)
        return fresh_population(config, members, [number], self.layout, self.target, seed)
