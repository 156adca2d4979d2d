"""What training would do with the columns: how they become numbers, what would be tried."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..cleaners import Cleaned

__all__ = ["foreseen", "proposal_lines"]

SHOWN = 3


def foreseen(cleaned: "Cleaned") -> dict[str, Any]:
    """``encoding`` and ``proposals`` as plain JSON values."""
    from ..cleaners import strengths
    from ..transforms import FORMULAS, choose, proposals, title

    frame, schema = cleaned.table.frame, cleaned.plan.schema
    found: dict[str, Any] = {
        "encoding": [choice.to_dict() for choice in choose(frame, schema)],
        "proposals": [],
    }
    if schema.target is not None:
        kinds = {column.name: column.kind for column in schema.columns}
        told = strengths(frame.select(*kinds, schema.target.name), schema.target.name)
        ranked = [name for name in told if kinds[name] == "number"]
        found["proposals"] = [
            {"formula": how[0], "column": title(how), "reason": FORMULAS[how[0]].reason}
            for how in proposals(frame, schema, ranked)
        ]
    return found


def proposal_lines(profile: dict[str, Any]) -> list[str]:
    """Each kind of formula with its reason and the first of its columns.

    >>> proposal_lines({"proposals": [{"formula": "sum", "column": "a + b", "reason": "why"}]})
    ['why: a + b']
    """
    alike: dict[str, list[str]] = {}
    for proposal in profile.get("proposals", []):
        alike.setdefault(proposal["reason"], []).append(proposal["column"])
    return [
        f"{reason}: {', '.join(columns[:SHOWN])}"
        + (f" and {len(columns) - SHOWN} more" if len(columns) > SHOWN else "")
        for reason, columns in alike.items()
    ]
