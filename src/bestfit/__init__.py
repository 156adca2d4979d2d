"""Raw data in; a tested neural network, a report and a bundle out.

Every public name is loaded at its first use, so that ``import bestfit`` costs next to nothing.

>>> import bestfit
>>> sorted(set(bestfit.__all__) & {"train", "load", "RunConfig"})
['RunConfig', 'load', 'train']
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .config import RunConfig
    from .errors import (
        BestfitError,
        ConfigError,
        FolderError,
        InputError,
        MachineError,
        SchemaError,
        ShapeError,
        SourceError,
        Stopped,
        TargetError,
    )
    from .face import compare, find_lr, fit, inspect, load, resume, train, watch
    from .run import Run
    from .table import Table

__all__ = [
    "BestfitError",
    "ConfigError",
    "FolderError",
    "InputError",
    "MachineError",
    "Run",
    "RunConfig",
    "SchemaError",
    "ShapeError",
    "SourceError",
    "Stopped",
    "Table",
    "TargetError",
    "__version__",
    "compare",
    "find_lr",
    "fit",
    "inspect",
    "load",
    "resume",
    "train",
    "watch",
]

__version__ = "0.1.0"

_ROOMS = {
    "face": ("compare", "find_lr", "fit", "inspect", "load", "resume", "train", "watch"),
    "run": ("Run",),
    "config": ("RunConfig",),
    "table": ("Table",),
    "errors": tuple(name for name in __all__ if name.endswith("Error") or name == "Stopped"),
}


_CATALOGUES = ("cleaners", "clippers", "initializers", "losses", "metrics", "models",
               "optimizers", "penalties", "regularizers", "schedules", "selectors", "sources",
               "splits", "transforms")  # fmt: skip


def __getattr__(name: str) -> object:
    if name in _CATALOGUES:
        return import_module(f".{name}", __name__)
    for room, names in _ROOMS.items():
        if name in names:
            value: object = getattr(import_module(f".{room}", __name__), name)
            globals()[name] = value
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
