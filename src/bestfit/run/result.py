"""A finished run: the files of its folder as Python values, and its model."""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import FolderError
from ..files import read_json
from ..folder import RunFolder

if TYPE_CHECKING:
    from ..bundle import Predictor

__all__ = ["Run"]


class Run:
    """What a run folder says.

    Args:
        path: the folder.
    """

    def __init__(self, path: str | Path) -> None:
        self.folder = RunFolder.existing(path)
        self.path = self.folder.path

    def __repr__(self) -> str:
        return f"Run({str(self.path)!r})"

    @cached_property
    def metrics(self) -> dict[str, Any]:
        """Everything in ``metrics.json``: scores with intervals, anchors, members, seconds."""
        return dict(read_json(self.folder.metrics))

    @property
    def verdict(self) -> str:
        """``bestfit``, ``overfit`` or ``underfit``; the evidence is in ``metrics["verdict"]``."""
        return str(self.metrics["verdict"]["name"])

    @cached_property
    def findings(self) -> list[dict[str, Any]]:
        """All findings, as in ``findings.json``."""
        return list(read_json(self.folder.findings))

    @property
    def attempts(self) -> list[Path]:
        """The folder of each attempt, in order."""
        return sorted((self.path / "attempts").glob("[0-9][0-9]"))

    @property
    def report(self) -> Path:
        """The page for people.

        Raises:
            FolderError: it is not written yet.
        """
        if not self.folder.report.is_file():
            raise FolderError("no report yet", where=str(self.path), hint="bestfit report RUN")
        return self.folder.report

    @cached_property
    def model(self) -> "Predictor":
        """The model of the bundle."""
        from ..bundle import load

        return load(self.folder.model)

    def predict(self, data: Any) -> Any:
        """The label or number of each raw row, in the caller's own kind."""
        return self.model.predict(data)

    def predict_proba(self, data: Any) -> Any:
        """The probability of each class, in the caller's own kind."""
        return self.model.predict_proba(data)
