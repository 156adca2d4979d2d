"""Mend rows, learn nothing: what is decided once is written down and replayed.

The order of the imports is the order of the way through the cleaners.
"""

from ..registry import open_room

from . import blanks, markers, numbers, sentinels, dates, texts, labels  # isort: skip
from . import without_target, duplicates, left_out, constants, ids, copies, leaks  # isort: skip
from .base import Change, Cleaner, Settings, cleaner
from .giveaways import strengths
from .plan import Cleaned, Plan
from .preparing import prepare

__all__ = [
    "Change",
    "Cleaned",
    "Cleaner",
    "Plan",
    "Settings",
    "blanks",
    "cleaner",
    "constants",
    "copies",
    "dates",
    "duplicates",
    "ids",
    "labels",
    "leaks",
    "left_out",
    "markers",
    "numbers",
    "prepare",
    "sentinels",
    "strengths",
    "texts",
    "without_target",
]

open_room(__name__, cleaner)
