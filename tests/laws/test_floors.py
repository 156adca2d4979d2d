"""Imports go downwards only, and what must stay light stays light."""

import os
import subprocess
import sys

import pytest

FLOOR_0 = ("errors", "registry", "frames", "table", "history", "folder", "rng")
FLOOR_1 = ("sources", "cleaners", "splits", "transforms")
HEAVY = ("torch", "sklearn")


def run(code: str, *words: str) -> str:
    """Standard output of a fresh interpreter; what it writes to stderr fails the test."""
    environment = {**os.environ, "COLUMNS": "100"}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, *words],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("room", [*FLOOR_0, *FLOOR_1, "report"])
def test_a_light_room_never_loads_torch_or_sklearn(room):
    code = f"import sys, bestfit.{room}; print([m for m in {HEAVY} if m in sys.modules])"
    assert run(code).strip() == "[]"


def test_the_floors_hold():
    """The layers and bans of pyproject.toml, by import-linter."""
    from importlinter.application.use_cases import lint_imports
    from importlinter.configuration import configure

    configure()
    assert lint_imports(config_filename="pyproject.toml", cache_dir=None)


def test_importing_bestfit_loads_nothing_but_itself():
    code = (
        "import sys; before = set(sys.modules); import bestfit;"
        "print(sorted(m for m in set(sys.modules) - before if '.' in m and 'bestfit' in m))"
    )
    assert run(code).strip() == "[]"
