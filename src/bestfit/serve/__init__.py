"""What a bundle is good for: predictions of raw rows, and their scores on labelled ones."""

from ..bundle import Predictor, load
from .evaluate import evaluate

__all__ = ["Predictor", "evaluate", "load"]
