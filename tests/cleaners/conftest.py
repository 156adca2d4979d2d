"""A dirty table with one column for each kind of dirt, made here and nowhere else."""

import datetime as dt
import random

import pytest

from bestfit.table import Table

ROWS = 240


def columns(rows=ROWS, seed=0):
    """Texts as a CSV file would hold them."""
    draw = random.Random(seed)
    label = [draw.choice([" yes", "no", "Yes", "no."]) for _ in range(rows)]
    day = dt.datetime(2020, 1, 1)
    return {
        "uid": [f"u-{i:05d}" for i in range(rows)],
        "row": [str(i + 1) for i in range(rows)],
        "age": [draw.choice(["?", f" {draw.randint(1, 90)}"]) for _ in range(rows)],
        "price": [f"${draw.uniform(1, 9000):,.2f}" for _ in range(rows)],
        "ratio": [f"{draw.gauss(0, 1):.4f}".replace(".", ",") for _ in range(rows)],
        "score": [draw.choice(["inf", str(draw.random())]) for _ in range(rows)],
        "days": [draw.choice(["-1", str(draw.randint(0, 400))]) for _ in range(rows)],
        "when": [f"{day + dt.timedelta(hours=7 * i):%d/%m/%Y %H:%M}" for i in range(rows)],
        "city": [draw.choice(["Paris", "paris ", "Rome", "", "NA"]) for _ in range(rows)],
        "code": [draw.choice(["01", "02", "10"]) for _ in range(rows)],
        "flag": [draw.choice(["true", "false"]) for _ in range(rows)],
        "prose": [f"sentence {draw.random()} of some words" for _ in range(rows)],
        "same": ["x"] * rows,
        "void": [draw.choice(["", "n/a"]) for _ in range(rows)],
        "twin": ["1" if "y" in text.lower() else "0" for text in label],
        "label": label,
    }


@pytest.fixture(scope="session")
def table():
    """The table, with a row that repeats another, one that does so under an id of its own, and two
    without a label."""
    cells = columns()
    for name, column in cells.items():
        column.append("u-99999" if name == "uid" else column[2])
        column.append(column[0])
        column += ["", ""] if name == "label" else [column[1]] * 2
    return Table.of(cells, "dirty.csv")
