"""Which columns are worth learning from, by a score of each."""

from ..registry import open_room

from . import variance, f, chi2, mutual_information, l1, permutation, forest  # isort: skip
from .base import Selected, Selector, selector
from .chi2 import Chi2
from .f import F
from .forest import Forest
from .l1 import L1
from .mutual_information import MutualInformation
from .permutation import Permutation
from .variance import Variance

__all__ = [
    "L1",
    "Chi2",
    "F",
    "Forest",
    "MutualInformation",
    "Permutation",
    "Selected",
    "Selector",
    "Variance",
    "chi2",
    "f",
    "forest",
    "l1",
    "mutual_information",
    "permutation",
    "selector",
    "variance",
]

open_room(__name__, selector)
