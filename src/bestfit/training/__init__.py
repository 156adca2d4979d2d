"""Step, loop, state and checkpoint: the only training loop in the package."""

from .best import Best
from .checkpoint import Snapshot, load_checkpoint
from .loop import encoded_once, train
from .members import Member
from .predict import outputs
from .state import Plan, TrainState
from .step import Step, gradients, take_step

__all__ = [
    "Best",
    "Member",
    "Plan",
    "Snapshot",
    "Step",
    "TrainState",
    "encoded_once",
    "gradients",
    "load_checkpoint",
    "outputs",
    "take_step",
    "train",
]
