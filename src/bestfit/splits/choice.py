"""Which split suits a table, and why."""

from dataclasses import fields

import numpy as np

from ..errors import ConfigError
from ..table import Table, Target
from .base import Splitter, split
from .strata import strata
from .stratified import MIN_CLASS_ROWS

__all__ = ["choose"]

USUAL = {"--group": "group", "--order": "time", "--part": "given"}


def choose(
    table: Table,
    target: Target,
    *,
    name: str | None = None,
    group: str | None = None,
    order: str | None = None,
    part: str | None = None,
    valid_fraction: float | None = None,
    test_fraction: float | None = None,
) -> tuple[Splitter, str]:
    """A split and the reason for it, as a sentence.

    Args:
        table: the cleaned rows.
        target: what is predicted.
        name: a component of this room; None goes by what is given: a group, an order, parts,
            else the target's proportions.
        group: a column whose equal values stay together.
        order: a column that grows with time.
        part: a column that says what each row is for.
        valid_fraction: share of the rows that tune; None is automatic.
        test_fraction: share of the rows that judge; None is automatic, 0 holds none back.
    Raises:
        ConfigError: what is given does not fit together.

    >>> table = Table.of({"y": ["a", "b"] * 20})
    >>> chosen, reason = choose(table, Target("y", "binary", ("a", "b")))
    >>> chosen.name, reason
    ('stratified', "every part holds the classes of 'y' in the same proportions")
    """
    given = {"group": group, "order": order, "part": part}
    both = [f"--{option}" for option, column in given.items() if column is not None]
    if len(both) > 1:
        raise ConfigError(f"rows cannot be divided by {both[0]} and by {both[1]}", hint="drop one")
    named = name
    if name is None:
        name = USUAL[both[0]] if both else "stratified"
    cls = split[name]
    known = {field.name for field in fields(cls)}
    for option, column in given.items():
        if (column is not None) != (option in known):
            raise ConfigError(
                f"the {name} split {'needs' if option in known else 'does not go by'} --{option}"
            )
    columns = {option: column for option, column in given.items() if column is not None}
    chosen = cls(valid_fraction=valid_fraction, test_fraction=test_fraction, **columns)
    reason = _reason(name, table, target, columns)
    return chosen, f"as asked: {reason}" if named else reason


def _reason(name: str, table: Table, target: Target, columns: dict[str, str]) -> str:
    if name == "group":
        return (
            f"rows with the same {columns['group']!r} stay together, so that the model is judged"
            " on groups it has never seen"
        )
    if name == "time":
        return f"the latest rows by {columns['order']!r} judge what the earlier ones teach"
    if name == "given":
        return f"column {columns['part']!r} says what each row is for"
    if name != "stratified":
        return "chance alone decides where a row goes"
    if target.task == "regression":
        return f"every part holds low, middle and high {target.name!r} in the same proportions"
    reason = f"every part holds the classes of {target.name!r} in the same proportions"
    count = np.bincount(strata(table, target), minlength=len(target.classes))
    rare = int(((count > 0) & (count < MIN_CLASS_ROWS)).sum())
    if not rare:
        return reason
    which, teach = ("1 class has", "teaches") if rare == 1 else (f"{rare} classes have", "teach")
    return f"{reason}; {which} fewer than {MIN_CLASS_ROWS} rows and only {teach}"
