"""The one place where a name becomes a class."""

import sys
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from types import ModuleType
from typing import Any, Generic, TypeVar

from .errors import ConfigError

__all__ = ["Registry", "open_room"]

T = TypeVar("T")


class Registry(Mapping[str, type[T]], Generic[T]):
    """A room's components by name: a mapping, and the decorator that fills it.

    Args:
        room: what a component is called in messages, for instance ``"optimizer"``.

    >>> shape: Registry[object] = Registry("shape")
    >>> @shape("disc")
    ... class Disc: ...
    >>> shape["disc"].__name__, list(shape)
    ('Disc', ['disc'])
    """

    def __init__(self, room: str) -> None:
        self.room = room
        self._classes: dict[str, type[T]] = {}

    def __call__(self, name: str) -> Callable[[type[T]], type[T]]:
        """Register a class under a name; the class learns it as ``cls.name``."""

        def add(cls: type[T]) -> type[T]:
            if name in self._classes:
                raise ConfigError(f"two {self.room} classes are called {name!r}")
            cls.name = name  # type: ignore[attr-defined]  # declared by each room's base class
            self._classes[name] = cls
            return cls

        return add

    def __getitem__(self, name: str) -> type[T]:
        try:
            return self._classes[name]
        except KeyError:
            near = get_close_matches(str(name), self._classes, n=1)
            hint = f"{near[0]!r}" if near else ", ".join(sorted(self._classes))
            raise ConfigError(f"no {self.room} is called {name!r}", hint=hint) from None

    def __contains__(self, name: object) -> bool:
        return name in self._classes

    def __iter__(self) -> Iterator[str]:
        return iter(self._classes)

    def __len__(self) -> int:
        return len(self._classes)


class Room(ModuleType):
    """A room's module, which also answers ``room["name"]`` and ``list(room)``."""

    registry: Registry[Any]

    def __getitem__(self, name: str) -> type[Any]:
        return self.registry[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.registry)

    def __contains__(self, name: object) -> bool:
        return name in self.registry


def open_room(module: str, registry: Registry[Any]) -> None:
    """Let ``module["name"]`` find a component, as in ``bestfit.optimizers["ftrl"]``."""
    room = sys.modules[module]
    room.__class__ = Room
    vars(room)["registry"] = registry
