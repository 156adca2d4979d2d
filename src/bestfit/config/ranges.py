"""What a setting may be, beyond its type: one line per setting, one check for all."""

import dataclasses
import math
from typing import NamedTuple

from ..errors import ConfigError
from .run_config import RunConfig

__all__ = ["RANGES", "Range", "check_ranges"]


class Range(NamedTuple):
    """An interval; None is no bound.

    >>> str(Range(above=0, below=1)), str(Range(at_least=1))
    ('> 0 and < 1', '≥ 1')
    """

    at_least: float | None = None
    above: float | None = None
    below: float | None = None

    def holds(self, value: float) -> bool:
        """Whether a finite value lies inside."""
        return (
            math.isfinite(value)
            and (self.at_least is None or value >= self.at_least)
            and (self.above is None or value > self.above)
            and (self.below is None or value < self.below)
        )

    def __str__(self) -> str:
        bounds = (("≥", self.at_least), (">", self.above), ("<", self.below))
        return " and ".join(f"{sign} {bound:g}" for sign, bound in bounds if bound is not None)


RANGES = {
    "data.rows": Range(at_least=1),
    "split.valid_fraction": Range(above=0, below=1),
    "split.test_fraction": Range(above=0, below=1),
    "select.k": Range(at_least=1),
    "transform.max_levels": Range(at_least=2),
    "transform.bins": Range(at_least=0),
    "transform.side": Range(at_least=8, below=513),
    "model.members": Range(at_least=1),
    "model.width": Range(at_least=1),
    "model.blocks": Range(at_least=1),
    "model.dropout": Range(at_least=0, below=1),
    "model.activation_spread": Range(at_least=1),
    "model.embedding_spread": Range(at_least=1),
    "optimizer.lr": Range(above=0),
    "optimizer.weight_decay": Range(at_least=0),
    "optimizer.spread": Range(at_least=1),
    "training.batch_size": Range(at_least=1),
    "training.microbatch": Range(at_least=1),
    "training.epochs": Range(above=0),
    "training.revised": Range(above=0),
    "training.looks": Range(at_least=1),
    "training.patience": Range(at_least=1),
    "training.clip_norm": Range(above=0),
    "training.time_s": Range(above=0),
    "training.seed": Range(at_least=0),
    "training.threads": Range(at_least=1, below=1025),  # far more crash OpenMP
    "selection.max_members": Range(at_least=1),
    "selection.explain_rows": Range(at_least=1),
}


def check_ranges(config: RunConfig) -> RunConfig:
    """The config itself, when every number in it lies where it may.

    Raises:
        ConfigError: a number does not; the message names the setting and the range.
    """
    for section in dataclasses.fields(config):
        part = getattr(config, section.name)
        for setting in dataclasses.fields(part):
            name, value = f"{section.name}.{setting.name}", getattr(part, setting.name)
            for number in _numbers(value):
                if name in RANGES and not RANGES[name].holds(number):
                    raise ConfigError(f"should be {RANGES[name]}, not {number}", where=name)
    return config


def _numbers(value: object) -> list[float]:
    """A number, or those in nested tuples; of everything else none."""
    if isinstance(value, tuple):
        return [number for part in value for number in _numbers(part)]
    return [value] if isinstance(value, int | float) and not isinstance(value, bool) else []
