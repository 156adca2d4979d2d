"""Components by the names and options of a config, refused in one line where they do not fit."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from ..errors import ConfigError
from ..registry import Registry

__all__ = ["checked_options", "made"]

T = TypeVar("T")


def checked_options(
    section: str, chosen: type[Any], options: Mapping[str, Any], besides: Sequence[str] = ()
) -> dict[str, Any]:
    """The options of a component.

    Args:
        section: of the config, for messages.
        chosen: the component.
        options: by name.
        besides: hyper-parameters that have a setting of their own.
    Raises:
        ConfigError: it has no such option.
    """
    able = sorted({f.name for f in fields(chosen)} - set(besides))
    for option in options.keys() - set(able):
        where = f"{section}.options.{option}"
        raise ConfigError(f"no option of {chosen.name}", where=where, hint=", ".join(able))
    hints = get_type_hints(chosen)
    for option, value in options.items():
        if not _is_a(value, hints[option]):
            where = f"{section}.options.{option}"
            raise ConfigError(f"should be {_said(hints[option])}, not {value!r}", where=where)
    return dict(options)


def _said(hint: Any) -> str:
    """What a field takes, in words."""
    if get_origin(hint) is Literal:
        return " or ".join(repr(word) for word in get_args(hint))
    if get_origin(hint) is tuple:
        return f"a list of {_said(get_args(hint)[0]).removeprefix('a ')}s"
    if parts := get_args(hint):
        return " or ".join(_said(part) for part in parts if part is not type(None))
    return {float: "a number", int: "a whole number", bool: "true or false"}.get(hint, "a word")


def _is_a(value: object, hint: Any) -> bool:
    """Whether a value from a file is what a field takes."""
    parts = get_args(hint)
    if get_origin(hint) is Literal:
        return value in parts
    if get_origin(hint) is tuple:
        return isinstance(value, tuple) and all(_is_a(v, parts[0]) for v in value)
    if parts:
        return any(_is_a(value, part) for part in parts)
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, hint)


def made(room: Registry[T], name: str | None, options: Mapping[str, Any]) -> T | None:
    """The component of this name, if one is asked for."""
    return room[name](**options) if name else None
