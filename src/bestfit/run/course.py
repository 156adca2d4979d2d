"""One network of a comparison, and what all of them have in common."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from torch import Tensor

from ..config import RunConfig
from ..losses import loss
from ..models import Population
from ..rng import seed_of
from .arms import Arm
from .populate import Ends
from .sizes import kind_of

__all__ = ["Course", "Terms", "link_of", "network_of", "same_start"]


@dataclass(frozen=True)
class Terms:
    """What is the same for all arms.

    Args:
        ends: where networks begin and end.
        seeds: how many first weights each arm is trained from.
        epochs: passes over the rows; None: as many as the time allows, up to ``most``.
        time_s: for all training.
        most: epochs at most, where the time decides.
        halves: (2, …) places of the validation rows that choose, and of those that judge.
    """

    ends: Ends
    seeds: int
    epochs: float | None
    time_s: float
    most: float
    halves: tuple[np.ndarray, np.ndarray]


@dataclass
class Course:
    """What one network did: an arm, a step size, a seed.

    Args:
        arm: which.
        rate: place of the step size in the arm's grid.
        seed: place of its first weights.
        epochs: at each look, how many passes were done; for a rule that searches, evaluations.
        seconds: its share of the time until then.
        train_loss: mean since the look before.
        valid_loss: on all validation rows.
        scores: the metric on the half that chooses.
        best: the look with the best of these.
        judged: predictions of the half that judges, at that look.
        path: the weights at each look, flat, where they are asked for.
    """

    arm: Arm
    rate: int
    seed: int
    epochs: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    train_loss: list[float] = field(default_factory=list)
    valid_loss: list[float] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    best: int = -1
    judged: np.ndarray = field(default_factory=lambda: np.zeros(0))
    path: list[Tensor] = field(default_factory=list)


def network_of(config: RunConfig, ends: Ends, members: int, seed: int) -> Population:
    """Networks of a comparison, with the first weights of a seed."""
    wanted = config.model
    kind = kind_of(wanted)
    options: dict[str, Any] = {}
    if kind.hidden:
        options = {
            "width": wanted.width, "blocks": wanted.blocks, "activation": wanted.activation,
            "dropout": wanted.dropout or 0.0,
        }  # fmt: skip
    drawn = seed_of(config.training.seed, "compare", seed)
    return kind(**options).build(ends.layout, ends.n_outputs, members, drawn)


def link_of(arm: Arm) -> str:
    """How the loss of an arm sees the target."""
    return loss[arm.config.loss.name or ""].link


def same_start(arms: Sequence[Arm]) -> bool:
    """Whether all arms begin with the same weights and lower the same loss."""
    first = arms[0].config
    return all(
        (a.config.model, a.config.loss, a.config.penalty)
        == (first.model, first.loss, first.penalty)
        for a in arms
    )
