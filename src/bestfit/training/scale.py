"""Loss scaling for half precision: gradients are lifted out of the range that rounds to zero.

Micikevicius et al., "Mixed Precision Training", ICLR 2018.
"""

from dataclasses import dataclass, field

import torch
from torch import Tensor

__all__ = ["LossScale"]

FIRST, LEAST, MOST = 2.0**13, 1.0, 2.0**24
PATIENCE = 500  # good steps after which the scale doubles


@dataclass
class LossScale:
    """A factor on the loss of each member: halved when its gradient overflows, else grown.

    Args:
        members: k.
        device: of the training.
        factor: (k,) at present.
        good: (k,) steps since it last changed.
    """

    members: int
    device: torch.device
    factor: Tensor = field(init=False)
    good: Tensor = field(init=False)

    def __post_init__(self) -> None:
        self.factor = torch.full((self.members,), FIRST, device=self.device)
        self.good = torch.zeros(self.members, device=self.device)

    def update(self, finite: Tensor) -> None:
        """After a step whose gradients were finite or not, (k,) bool; no device is waited for."""
        self.good = torch.where(finite, self.good + 1, 0)
        grown = self.good >= PATIENCE
        changed = torch.where(finite, torch.where(grown, 2.0, 1.0), 0.5)
        self.factor = (self.factor * changed).clamp_(LEAST, MOST)
        self.good = torch.where(grown, 0, self.good)

    def keep(self, index: Tensor) -> None:
        """Go on with the members at these positions."""
        self.members = len(index)
        self.factor, self.good = self.factor[index], self.good[index]
