"""Packages that only some sources need."""

from importlib import import_module
from typing import Any

from ..errors import MachineError

__all__ = ["needed"]


def needed(module: str, extra: str) -> Any:
    """A module of an extra.

    Raises:
        MachineError: it is not installed; the line says how to.

    >>> needed("json", "sql").__name__
    'json'
    """
    try:
        return import_module(module)
    except ImportError:
        hint = f'pip install "bestfit[{extra}]"'
        raise MachineError(f"{module} is not installed", hint=hint) from None
