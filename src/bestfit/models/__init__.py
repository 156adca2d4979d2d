"""Networks: every one a population of k members in one program."""

from ..registry import open_room
from .base import Model, Population, model
from .mlp import MLP, Linear

__all__ = ["MLP", "Linear", "Model", "Population", "model"]

open_room(__name__, model)
