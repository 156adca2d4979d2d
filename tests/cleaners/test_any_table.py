"""Whatever a table holds, it is prepared and replayed exactly, or refused in one line."""

import datetime as dt
import json
import random

import polars as pl
import pytest

from bestfit.cleaners import Plan, Settings, prepare
from bestfit.errors import InputError
from bestfit.sources import read
from bestfit.table import Table

DAY = dt.datetime(2020, 1, 1)
TEXTS = (
    "", " ", "?", "NA", "none", "-", "+", "0", "1", "01", "1.0", "1,5", "1.234,5", "1,234", "$3",
    "5 %", "inf", "nan", "1e400", "True", "FALSE", "yes", "Yes.", "no", "é", "e\u0301", "a b c d",
    "\u200b", "x\ny", "2020-01-01", "1/2/2020", "31/12/2020", "10:30", "20200131", "9" * 20, "-1",
    "999", "👍", "=1+1", "\x00",
)  # fmt: skip


def column(draw, n):
    """One column of a random kind, dirt and type."""
    pool = draw.sample(TEXTS, draw.randint(1, 6))
    makers = [
        lambda: [draw.choice(pool) for _ in range(n)],
        lambda: [draw.choice([*pool, str(draw.gauss(0, 9))]) for _ in range(n)],
        lambda: [draw.choice([None, draw.randint(-3, 3)]) for _ in range(n)],
        lambda: [draw.choice([None, draw.gauss(0, 1e9), float("inf")]) for _ in range(n)],
        lambda: [draw.random() < 0.5 for _ in range(n)],
        lambda: [
            draw.choice([None, DAY + dt.timedelta(hours=draw.randint(0, 9999))]) for _ in range(n)
        ],
        lambda: [f"{DAY + dt.timedelta(days=draw.randint(0, 999)):%d.%m.%Y}" for _ in range(n)],
        lambda: pl.Series([draw.choice("abc") for _ in range(n)], dtype=pl.Categorical),
        lambda: pl.Series([draw.choice("123") for _ in range(n)], dtype=pl.Categorical),
        lambda: [None] * n,
        lambda: list(range(n)),
        lambda: [f"{i:06d}" for i in range(n)],
        lambda: [{"a": draw.randint(0, 3), "b": [1, 2]} for _ in range(n)],
        lambda: [dt.timedelta(seconds=draw.randint(0, 99)) for _ in range(n)],
        lambda: [dt.time(draw.randint(0, 23), 30) for _ in range(n)],
        lambda: [2**53 + draw.randint(0, 99) for _ in range(n)],
        lambda: [f"{draw.randint(0, 9999):,}".replace(",", draw.choice(" .,")) for _ in range(n)],
    ]
    return draw.choice(makers)()


@pytest.mark.parametrize("seed", range(150))
def test_any_table_is_prepared_or_refused_and_replayed_exactly(seed):
    draw = random.Random(seed)
    n = draw.choice([1, 2, 5, 30, 120])
    table = Table.of({f"c{i}": column(draw, n) for i in range(draw.randint(1, 6))})
    target = draw.choice([None, *table.columns])
    try:
        cleaned = prepare(table, target)
    except InputError as error:
        assert len(str(error)) <= 300 and "\n" not in str(error)
        return
    plan = Plan.from_dict(json.loads(json.dumps(cleaned.plan.to_dict())))
    names = [c.name for c in plan.schema.columns] + ([target] if target else [])
    again = plan.replay(table)
    assert (
        again.frame[cleaned.rows.tolist()].select(names).equals(cleaned.table.frame.select(names))
    )
    pieces = [plan.replay(table.take([i])).frame for i in range(0, n, 11)]
    assert pl.concat(pieces).equals(again.frame[list(range(0, n, 11))])
    json.dumps(cleaned.profile, allow_nan=False)


@pytest.mark.parametrize("seed", range(60))
def test_the_same_rows_from_a_text_file_and_from_a_frame_agree(seed, tmp_path):
    """Trained on one, asked with the other: every cell is the same."""
    draw = random.Random(seed)
    n = 100
    frame = pl.DataFrame(
        {
            "int": [draw.choice([None, draw.randint(-3, 300)]) for _ in range(n)],
            "float": [draw.choice([None, round(draw.gauss(0, 9), 3)]) for _ in range(n)],
            "truth": [draw.choice([None, True, False]) for _ in range(n)],
            "word": [draw.choice(["a", "b c", "é", None]) for _ in range(n)],
            "day": [DAY + dt.timedelta(days=draw.randint(0, 999)) for _ in range(n)],
            "when": [DAY + dt.timedelta(seconds=draw.randint(0, 10**8)) for _ in range(n)],
            "y": [draw.choice([0, 1]) for _ in range(n)],
        }
    )
    frame.write_csv(tmp_path / "t.csv", null_value="")
    text = Table(pl.read_csv(tmp_path / "t.csv", infer_schema=False))
    for one, other in ((text, Table(frame)), (Table(frame), text)):
        plan = prepare(one, "y").plan
        assert plan.replay(one).frame.equals(plan.replay(other).frame)


NAMES = (
    "count", "value", "rows", "x", "y", "text", "number", "literal", "index", "len", "*", "^.*$",
    "^c", "c$", "a.b", "é", "=1+1", "<b>", "__row__", "none", "True", "0", "-1", "a'b", 'a"b',
    "a,b", "a\nb",
)  # fmt: skip


@pytest.mark.parametrize("target", NAMES)
def test_a_column_may_have_any_name(target, tmp_path):
    draw = random.Random(target)
    makers = [
        lambda: [
            draw.choice(["?", f"{draw.gauss(0, 1):.3f}".replace(".", ",")]) for _ in range(60)
        ],
        lambda: [draw.choice(["yes", "Yes", "no", ""]) for _ in range(60)],
        lambda: [f"{DAY + dt.timedelta(days=draw.randint(0, 999)):%d.%m.%Y}" for _ in range(60)],
        lambda: [draw.choice("abc") for _ in range(60)],
    ]
    cells = {name: draw.choice(makers)() for name in NAMES}
    cells[target] = ["a", "b", "b"] * 20
    pl.DataFrame(cells).write_csv(tmp_path / "t")
    table = read(tmp_path / "t")
    assert table.columns == [{"*": "[*]", "^.*$": "[^.*$]"}.get(n, n) for n in NAMES]
    cleaned = prepare(table, target, Settings(drop=(NAMES[0 if target != NAMES[0] else 1],)))
    target = cleaned.plan.schema.target.name
    names = [column.name for column in cleaned.plan.schema.columns]
    assert len(names) == len(NAMES) - 2
    again = cleaned.plan.replay(table).take(cleaned.rows).select([*names, target])
    assert again.frame.equals(cleaned.table.select([*names, target]).frame)
