"""Columns to numbers: fitted on training rows, replayed exactly at prediction."""

from ..registry import open_room
from .affine import MinMax, Robust, Standard, Unscaled
from .base import Fitted, Transform, fitted_from_state, transform
from .categories import Frequency, Index, OneHot
from .dates import Dates
from .encoder import Encoder, Features, Layout, Places, fit_encoder
from .pixels import Grid, Pixels
from .quantile import Quantile
from .scaling import FittedScaler, Scaler
from .target import TargetScale
from .words import Words

__all__ = [
    "Dates",
    "Encoder",
    "Features",
    "Fitted",
    "FittedScaler",
    "Frequency",
    "Grid",
    "Index",
    "Layout",
    "MinMax",
    "OneHot",
    "Pixels",
    "Places",
    "Quantile",
    "Robust",
    "Scaler",
    "Standard",
    "TargetScale",
    "Transform",
    "Unscaled",
    "Words",
    "fit_encoder",
    "fitted_from_state",
    "transform",
]

open_room(__name__, transform)
