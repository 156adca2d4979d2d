"""One law for all rooms: registered, imported, described, documented."""

import dataclasses
import importlib
import pkgutil
from pathlib import Path

import pytest

import bestfit
from bestfit.registry import Registry

ROOT = Path(__file__).parents[2]


def registries():
    """The registry of each room that has one."""
    for module in pkgutil.iter_modules(bestfit.__path__):
        if module.ispkg:
            room = importlib.import_module(f"bestfit.{module.name}")
            found = [value for value in vars(room).values() if isinstance(value, Registry)]
            yield from ((module.name, registry) for registry in found[:1])


COMPONENTS = [
    (room, name, cls) for room, registry in registries() for name, cls in registry.items()
]
IDS = [f"{room}-{name}" for room, name, _ in COMPONENTS]


def test_the_rooms_of_the_main_job_have_components():
    rooms = {room for room, _, _ in COMPONENTS}
    needed = {"sources", "cleaners", "splits", "transforms", "models", "losses", "metrics"}
    assert needed | {"optimizers", "schedules"} <= rooms


@pytest.mark.parametrize(("room", "name", "cls"), COMPONENTS, ids=IDS)
class TestComponent:
    def test_is_known_by_its_own_name(self, room, name, cls):
        assert cls.name == name
        assert cls.__module__.startswith(f"bestfit.{room}.")

    def test_is_a_frozen_dataclass(self, room, name, cls):
        assert dataclasses.is_dataclass(cls)
        assert cls.__dataclass_params__.frozen

    def test_explains_each_field(self, room, name, cls):
        assert not (cls.__doc__ or f"{cls.__name__}(").startswith(f"{cls.__name__}("), "none given"
        text = "\n".join(base.__doc__ or "" for base in cls.__mro__)
        missing = [f.name for f in dataclasses.fields(cls) if f.init and f"{f.name}: " not in text]
        assert missing == []

    def test_has_its_place_in_the_docs(self, room, name, cls):
        page = (ROOT / "docs" / "rooms" / f"{room}.md").read_text(encoding="utf-8")
        assert f"\n## {name}\n" in page


def test_every_registered_file_is_imported_by_its_room():
    """A component's file holds a decorator ``@room("name")``; its room knows that name."""
    known = {(room, name) for room, name, _ in COMPONENTS}
    for room, registry in registries():
        folder = Path(bestfit.__path__[0]) / room
        for file in folder.rglob("*.py"):
            for line in file.read_text().splitlines():
                if line.startswith(f'@{registry.room}("'):
                    assert (room, line.split('"')[1]) in known, f"{file.name} is not imported"


def test_public_names_are_found_and_described():
    for name in bestfit.__all__:
        value = getattr(bestfit, name)
        assert isinstance(value, str) or value.__doc__, name
    with pytest.raises(AttributeError):
        bestfit.no_such_name  # noqa: B018
