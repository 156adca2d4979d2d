"""How wrong a prediction is, row by row; not reduced, so weights still apply."""

from abc import ABC, abstractmethod
from typing import ClassVar

from torch import Tensor

from ..errors import ShapeError
from ..registry import Registry

__all__ = ["Loss", "loss", "same_shape"]


class Loss(ABC):
    """A loss; its fields are its hyper-parameters.

    ``tasks`` names what it can be trained on; ``outputs`` says how many numbers a network gives.
    """

    name: ClassVar[str]
    tasks: ClassVar[tuple[str, ...]]

    @abstractmethod
    def __call__(self, prediction: Tensor, target: Tensor) -> Tensor:
        """(…, B, T) predictions and (B, …) targets → (…, B), one loss a row."""


loss: Registry[Loss] = Registry("loss")


def same_shape(prediction: Tensor, target: Tensor) -> None:
    """Refuse a prediction (…, B, T) whose last two sizes are not those of the target (B, T).

    Raises:
        ShapeError: the sizes differ; nothing is broadcast in silence.
    """
    if prediction.shape[-2:] != target.shape:
        raise ShapeError(
            f"predictions {tuple(prediction.shape)} do not fit targets {tuple(target.shape)}",
            hint="predictions (..., B, T) and targets (B, T)",
        )
