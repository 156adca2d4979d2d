"""How to predict with the model; the settings and the environment of the run."""

import os
import shlex
from pathlib import Path

from ..run_data import RunData
from ..text import cut, plain, seconds

__all__ = ["environment", "settings", "usage"]


def usage(run: RunData) -> dict[str, object] | None:
    """Commands and code with the run's own name, and the columns that it needs."""
    if not run.metrics:
        return None
    path = short_path(run.path)
    needed = [
        (cut(node["name"].text, 48), cut(node["kind"].text, 16))
        for node in run.profile["fields"]
        if node["role"].text == "feature"
    ]
    return {
        "shell": shlex.quote(path),
        "python": repr(path),
        "classifier": run.task in ("binary", "multiclass"),
        "target": cut(run.target, 60),
        "needed": needed,
    }


def short_path(path: Path) -> str:
    """The folder as seen from where the command ran, or only its name: no private paths.

    >>> short_path(Path("runs/adult-1"))
    'runs/adult-1'
    """
    relative = os.path.relpath(path)
    return cut(path.resolve().name if relative.startswith("..") else relative, 120)


def settings(run: RunData) -> dict[str, object] | None:
    """The config as it was resolved."""
    lines = [cut(line, 400) for line in run.config_text[:60_000].splitlines()]
    return {"text": "\n".join(lines)} if any(lines) else None


def environment(run: RunData) -> dict[str, object] | None:
    """Versions and machine, and where the seconds went."""
    rows = [
        (cut(key.replace("_", " "), 40), plain(value, 80))
        for key, value in run.environment.items()
        if value.value is not None
    ]
    took = [
        (cut(key.replace("_", " "), 24), seconds(number))
        for key, value in run.metrics["seconds"].items()
        if (number := value.number) is not None
    ]
    return {"rows": rows, "seconds": took} if rows or took else None
