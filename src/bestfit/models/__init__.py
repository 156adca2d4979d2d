"""Networks: every one a population of k members in one program."""

from ..registry import open_room
from .base import Inputs, Model, Population, model
from .chain import Chain, propagation_of
from .cnn import CNN
from .dropout import Dropout
from .mlp import MLP, Linear
from .own import Own
from .packed import affine_maps
from .propagation import PRECISIONS, Autograd, Propagation

__all__ = [
    "CNN",
    "MLP",
    "PRECISIONS",
    "Autograd",
    "Chain",
    "Dropout",
    "Inputs",
    "Linear",
    "Model",
    "Own",
    "Population",
    "Propagation",
    "affine_maps",
    "model",
    "propagation_of",
]

open_room(__name__, model)
