"""The main job: raw rows in; a tested model, its bundle and the files of a run out."""

from .events import Clock, Event
from .job import resume, train
from .result import Run

__all__ = ["Clock", "Event", "Run", "resume", "train"]
