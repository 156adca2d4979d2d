"""The bundle: a finished model as plain data, raw rows in, predictions out."""

from .disk import load, save
from .ensemble import greedy_weights, temperature
from .predictor import Predictor

__all__ = ["Predictor", "greedy_weights", "load", "save", "temperature"]
