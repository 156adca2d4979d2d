"""Networks: every one a population of k members in one program."""

from .base import Model, Population, model
from .mlp import MLP, Linear

__all__ = ["MLP", "Linear", "Model", "Population", "model"]
