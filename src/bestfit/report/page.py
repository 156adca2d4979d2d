"""One self-contained page from a run folder: no script, no request, every name escaped."""

import base64
import hashlib
from collections.abc import Callable
from functools import cache
from importlib import resources
from pathlib import Path

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from ..files import write_bytes
from ..folder import RunFolder
from .run_data import RunData, read_run
from .sections.cleaning import cleaning
from .sections.cover import cover
from .sections.data import data
from .sections.gradients import gradients
from .sections.importance import importance, more_rows
from .sections.judgement import anchors, findings, verdict
from .sections.learning import learning
from .sections.members import members
from .sections.quality import quality
from .sections.repairs import repairs
from .sections.usage import environment, settings, usage
from .text import cut
from .words import Glossary

__all__ = ["page", "policy", "template", "templates", "write_report"]

Values = dict[str, object]
SECTIONS: tuple[tuple[str, str, Callable[[RunData], Values | None]], ...] = (
    ("data", "What the data was", data),
    ("cleaning", "What was changed", cleaning),
    ("repairs", "What was repaired", repairs),
    ("learning", "How it learnt", learning),
    ("gradients", "Gradients", gradients),
    ("quality", "How good it is", quality),
    ("importance", "Which columns matter", importance),
    ("more_rows", "Would more data help?", more_rows),
    ("members", "The members", members),
    ("findings", "Findings", findings),
    ("verdict", "The verdict", verdict),
    ("anchors", "Next to simple models", anchors),
    ("usage", "How to predict with it", usage),
    ("settings", "All settings", settings),
    ("environment", "Where it ran", environment),
)


def write_report(folder: RunFolder) -> Path:
    """Write ``report.html`` into a run folder, whole or not at all.

    Args:
        folder: a run, finished or not; only its files are read.
    Returns:
        The path of the page.
    Raises:
        FolderError: there is no run in the folder.
    """
    html = page(read_run(folder))
    write_bytes(folder.report, html.encode("utf-8", errors="replace"))
    return folder.report


def page(run: RunData) -> str:
    """The whole page as text."""
    built = [(name, title, build(run)) for name, title, build in SECTIONS]
    style = "\n".join(line.strip() for line in template("page.css").splitlines() if line.strip())
    return (
        templates()
        .get_template("page.html")
        .render(
            title=f"{cut(run.target, 40) or 'Run'} from {run.table}",
            run_name=cut(run.path.resolve().name, 60),
            version=cut(run.environment["bestfit"].text, 20),
            cover=cover(run),
            sections=[section for section in built if section[2] is not None],
            absent=absent(run),
            style=Markup(style),
            policy=policy(style),
            term=Glossary(),
        )
    )


def policy(style: str) -> str:
    """The page may use its own style sheet and images within itself, and nothing else."""
    found = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{found}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def absent(run: RunData) -> list[str]:
    """The files that a finished run has and this folder lacks, or that cannot be read."""
    present = {
        "profile.json": bool(run.profile),
        "cleaning.json": bool(run.cleaning),
        "split.json": bool(run.split),
        "findings.json": run.findings.value is not None,
        "metrics.json": bool(run.metrics),
        "history.sqlite": bool(run.curves),
        "predictions.parquet": run.predictions.height > 0,
        "environment.json": bool(run.environment),
    }
    return [name for name, there in present.items() if not there]


@cache
def templates() -> Environment:
    """Compiled once: that takes longer than to draw a page."""
    return Environment(
        loader=FunctionLoader(template),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def template(name: str) -> str:
    """The text of a file in ``templates``."""
    return resources.files(__package__).joinpath("templates", name).read_text(encoding="utf-8")
