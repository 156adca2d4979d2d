"""The bundle: a finished model as plain data, raw rows in, predictions out."""

from .disk import load, save
from .ensemble import apply_temperature, greedy_weights, temperature
from .predictor import Predictor, to_predictions

__all__ = [
    "Predictor",
    "apply_temperature",
    "greedy_weights",
    "load",
    "save",
    "temperature",
    "to_predictions",
]
