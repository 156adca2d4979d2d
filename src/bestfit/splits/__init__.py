"""Which rows teach, tune and judge: one way to divide them per file."""

from ..registry import open_room
from .base import Split, Splitter, split
from .choice import choose
from .given import Given
from .group import Group
from .random import Random
from .stratified import Stratified
from .time import Time

__all__ = ["Given", "Group", "Random", "Split", "Splitter", "Stratified", "Time", "choose", "split"]

open_room(__name__, split)
