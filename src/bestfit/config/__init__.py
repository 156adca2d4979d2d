"""A whole run as frozen data; TOML and YAML in, TOML out; a digest."""

from .options import CompareOptions, Options, configure
from .ranges import RANGES
from .run_config import (
    DataConfig,
    LossConfig,
    ModelConfig,
    OptimizerConfig,
    RunConfig,
    ScheduleConfig,
    SelectConfig,
    SelectionConfig,
    SplitConfig,
    TrainingConfig,
)
from .toml import digest, dump, load, parse, set_value, to_dict

__all__ = [
    "RANGES",
    "CompareOptions",
    "DataConfig",
    "LossConfig",
    "ModelConfig",
    "OptimizerConfig",
    "Options",
    "RunConfig",
    "ScheduleConfig",
    "SelectConfig",
    "SelectionConfig",
    "SplitConfig",
    "TrainingConfig",
    "configure",
    "digest",
    "dump",
    "load",
    "parse",
    "set_value",
    "to_dict",
]
