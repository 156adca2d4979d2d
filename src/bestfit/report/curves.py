"""What was measured in training, read once from an attempt's history."""

import math
import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["ENSEMBLE", "Curves", "Points", "read_curves"]

ENSEMBLE = -1
Points = list[tuple[float, float]]
QUERY = "SELECT name, member, subject, step, epoch, value FROM measures ORDER BY step, rowid"


@dataclass(frozen=True)
class Curves:
    """Every series of an attempt, over epochs (over steps where all epochs are zero)."""

    series: dict[tuple[str, int, str], Points] = field(default_factory=dict)
    unit: str = "epoch"

    def __bool__(self) -> bool:
        return bool(self.series)

    def of(self, name: str, member: int = ENSEMBLE, subject: str = "") -> Points:
        """One series; empty when it was not measured."""
        return self.series.get((name, member, subject), [])

    def members(self, name: str) -> dict[int, Points]:
        """The series of all members, without the ensemble's."""
        return {
            member: points
            for (found, member, subject), points in sorted(self.series.items())
            if found == name and member >= 0 and not subject
        }

    def layers(self, name: str) -> dict[str, Points]:
        """The series per layer in the order of the network; the ensemble's, else member 0's."""
        for wanted in (ENSEMBLE, 0):
            found = {
                subject: points
                for (spelt, member, subject), points in self.series.items()
                if spelt == name and member == wanted and subject
            }
            if found:
                return found
        return {}


def read_curves(path: Path) -> Curves:
    """All series of a history file, read-only, so that a run in progress is not disturbed.

    A missing or broken file reads as no curves: the report leaves the section out.
    """
    if not path.is_file():
        return Curves()
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as db:
            return _gathered(db.execute(QUERY))
    except sqlite3.Error:
        return Curves()


def _gathered(rows: Iterable[tuple[object, ...]]) -> Curves:
    over_steps: dict[tuple[str, int, str], Points] = defaultdict(list)
    over_epochs: dict[tuple[str, int, str], Points] = defaultdict(list)
    for name, member, subject, step, epoch, value in rows:
        number = float(value) if isinstance(value, int | float) else math.nan
        if not (isinstance(step, int) and isinstance(epoch, int | float)):
            continue
        key = (str(name), int(member) if isinstance(member, int) else 0, str(subject))
        over_steps[key].append((float(step), number))
        over_epochs[key].append((float(epoch), number))
    spread = {epoch for points in over_epochs.values() for epoch, _ in points}
    if len(spread) > 1:
        return Curves(dict(over_epochs), "epoch")
    return Curves(dict(over_steps), "step")
