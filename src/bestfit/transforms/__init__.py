"""Columns to numbers: fitted on training rows, replayed exactly at prediction.

The order of the imports is the order of a row's numbers.
"""

from ..registry import open_room

from . import affine, quantile, power, bins, impute  # isort: skip
from . import one_hot, frequency, ordinal, target_mean, hashing, index, words  # isort: skip
from . import topics, pixels  # isort: skip
from .affine import MaxAbs, MinMax, Robust, Standard, Unscaled
from .base import Fitted, Transform, fitted_from_state, transform
from .bins import Bins
from .choice import Choice, Encoding, choose
from .dates import Dates
from .encoder import Encoder, Features, Layout, Places, fit_encoder
from .frequency import Frequency
from .hashing import Hashing
from .impute import Constant, Imputer, Mean, Median, MostFrequent
from .index import Index
from .made import FORMULAS, Formula, Made, fit_made, title, with_made
from .one_hot import OneHot
from .ordinal import Ordinal
from .pixels import Grid, Pixels
from .power import Power
from .proposals import proposals
from .quantile import Quantile
from .scaling import FittedScaler, Scaler
from .scikit_learn import ScikitLearn
from .scikit_text import written
from .target import TargetScale
from .target_mean import TargetMean
from .topics import Topics
from .words import Words

__all__ = [
    "FORMULAS",
    "Bins",
    "Choice",
    "Constant",
    "Dates",
    "Encoder",
    "Encoding",
    "Features",
    "Fitted",
    "FittedScaler",
    "Formula",
    "Frequency",
    "Grid",
    "Hashing",
    "Imputer",
    "Index",
    "Layout",
    "Made",
    "MaxAbs",
    "Mean",
    "Median",
    "MinMax",
    "MostFrequent",
    "OneHot",
    "Ordinal",
    "Pixels",
    "Places",
    "Power",
    "Quantile",
    "Robust",
    "Scaler",
    "ScikitLearn",
    "Standard",
    "TargetMean",
    "TargetScale",
    "Topics",
    "Transform",
    "Unscaled",
    "Words",
    "affine",
    "bins",
    "choose",
    "fit_encoder",
    "fit_made",
    "fitted_from_state",
    "frequency",
    "hashing",
    "impute",
    "index",
    "one_hot",
    "ordinal",
    "pixels",
    "power",
    "proposals",
    "quantile",
    "target_mean",
    "title",
    "topics",
    "transform",
    "with_made",
    "words",
    "written",
]

open_room(__name__, transform)
