"""A loss of the user's own."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from ..errors import ShapeError
from .base import Loss, Share, slope_by_autograd

__all__ = ["Custom"]


@dataclass(frozen=True)
class Custom(Loss):
    """Any function of outputs (B, T) and targets that gives one number a row, or their mean.

    Args:
        function: for instance a module of ``torch.nn`` or a lambda; differentiable.
        takes: what it takes outputs for: ``logits``, ``probabilities``, ``log_probabilities`` or
            ``numbers``; ``""`` where that is not known.
    """

    function: Callable[[Tensor, Tensor], Any]
    takes: str = ""
    name = "custom"
    tasks = ("binary", "multiclass", "regression")

    def __call__(self, prediction: Tensor, target: Tensor) -> Tensor:
        """(…, B, T) predictions and their targets → (…, B).

        Raises:
            ShapeError: the function gives neither one number nor one a row.
        """
        if prediction.dim() > 2:
            return self(prediction.squeeze(0), target).unsqueeze(0)
        if (
            isinstance(self.function, nn.BCEWithLogitsLoss | nn.BCELoss)
            and not target.is_floating_point()
        ):
            target = target.to(prediction.dtype).unsqueeze(1)
        value = self.function(prediction, target)
        rows = prediction.shape[:1]
        if isinstance(value, Tensor) and value.shape == (*rows, 1):
            value = value.squeeze(1)
        if not isinstance(value, Tensor) or value.shape not in ((), rows):
            found = tuple(value.shape) if isinstance(value, Tensor) else type(value).__name__
            raise ShapeError(
                f"the loss gives {found} for {len(prediction)} rows",
                hint="a loss that returns their mean, or one number a row",
            )
        return value.expand(rows)

    def slope(self, prediction: Tensor, target: Tensor, share: Share = 1.0) -> Tensor:
        return slope_by_autograd(self, prediction, target, share)
