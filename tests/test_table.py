"""Tables: every kind of frame comes in, and answers go out in kind."""

import datetime as dt
import decimal
import subprocess
import sys

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from bestfit.errors import SchemaError, SourceError
from bestfit.table import Column, Schema, Table, Target, like

PLAIN = {"size": [1, 2, 3], "name": ["a", "b", None]}


class Capsule:
    """A foreign frame that speaks Arrow and nothing else."""

    def __init__(self, frame):
        self.frame = frame

    def __arrow_c_stream__(self, requested_schema=None):
        return self.frame.__arrow_c_stream__(requested_schema)


KINDS = {
    "polars": lambda: pl.DataFrame(PLAIN),
    "polars lazy": lambda: pl.LazyFrame(PLAIN),
    "pandas": lambda: pd.DataFrame(PLAIN),
    "pandas nullable": lambda: pd.DataFrame(PLAIN).convert_dtypes(dtype_backend="numpy_nullable"),
    "pandas arrow": lambda: pd.DataFrame(PLAIN).convert_dtypes(dtype_backend="pyarrow"),
    "pandas object": lambda: pd.DataFrame(PLAIN, dtype=object),
    "arrow": lambda: pa.table(PLAIN),
    "arrow capsule": lambda: Capsule(pl.DataFrame(PLAIN)),
    "columns": lambda: PLAIN,
    "columns of arrays": lambda: {"size": np.array([1, 2, 3]), "name": pd.Series(PLAIN["name"])},
    "records": lambda: [{"size": 1, "name": "a"}, {"size": 2, "name": "b"}, {"size": 3}],
    "structured": lambda: np.array(
        [(1, "a"), (2, "b"), (3, None)], dtype=[("size", "i4"), ("name", "O")]
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_frame_is_the_same_table(kind):
    table = Table.of(KINDS[kind]())
    assert table.columns == ["size", "name"]
    assert table.frame["size"].to_list() == PLAIN["size"]
    assert table.frame["name"].to_list() == PLAIN["name"]
    assert (table.origin, table.reading) == ("memory", {"format": "memory"})


@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_comes_back_in_kind(kind):
    data = KINDS[kind]()
    answer = like(data, pl.DataFrame({"prediction": ["x", "y", "z"], "p:x": [0.5, 0.25, 1.0]}))
    expected = {
        "polars lazy": pl.LazyFrame,
        "arrow": pa.Table,
        "structured": np.ndarray,
    }.get(kind, pd.DataFrame if kind.startswith("pandas") else pl.DataFrame)
    assert type(answer) is expected


def test_a_pandas_index_comes_back():
    frame = pd.DataFrame({"a": [1, 2]}, index=["x", "y"])
    answer = like(frame, pl.DataFrame({"prediction": [0.5, None]}))
    assert answer.index.tolist() == ["x", "y"]
    assert answer["prediction"].isna().tolist() == [False, True]
    assert like(frame, pl.DataFrame({"prediction": [1.0]})).index.tolist() == [0]


def test_one_column_answers_a_vector_or_a_series():
    answer = pl.DataFrame({"prediction": ["no", "yes"]})
    assert like(np.zeros((2, 2)), answer).tolist() == ["no", "yes"]
    assert isinstance(like(pd.Series([1, 2]), answer), pd.Series)
    assert isinstance(like(pl.Series([1, 2]), answer), pl.Series)


def test_pandas_is_read_without_pyarrow():
    code = (
        "import sys; sys.modules['pyarrow'] = None\n"
        "import pandas as pd\n"
        "from bestfit.table import Table, like\n"
        "frame = pd.DataFrame({'a': ['x', None], 'b': pd.Categorical(['u', 'v']),"
        " 'c': pd.to_datetime(['2020-01-01', None]), 'd': pd.array([1, None], dtype='Int64')})\n"
        "table = Table.of(frame)\n"
        "assert table.frame['a'].to_list() == ['x', None]\n"
        "assert table.frame['b'].to_list() == ['u', 'v']\n"
        "assert table.frame['c'].null_count() == table.frame['d'].null_count() == 1\n"
        "assert isinstance(like(frame, table.frame), pd.DataFrame)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


PANDAS_COLUMNS = {
    "int": (pd.Series([1, 2]), [1, 2]),
    "float": (pd.Series([1.5, None]), [1.5, None]),
    "bool": (pd.Series([True, False]), [True, False]),
    "nullable bool": (pd.array([True, None], dtype="boolean"), [True, None]),
    "nullable int": (pd.array([1, None], dtype="Int64"), [1, None]),
    "nullable float": (pd.array([1.5, None], dtype="Float64"), [1.5, None]),
    "string": (pd.array(["a", None], dtype="string"), ["a", None]),
    "object texts": (pd.Series(["a", np.nan], dtype=object), ["a", None]),
    "object mixed": (pd.Series([1, "a"], dtype=object), ["1", "a"]),
    "object floats": (pd.Series([1.0, "a"], dtype=object), ["1", "a"]),
    "object bools": (pd.Series([True, None], dtype=object), [True, None]),
    "object bytes": (pd.Series([b"a", b"\xc3\xa9"], dtype=object), ["a", "é"]),
    "object lists": (pd.Series([[1, "b"], None], dtype=object), ["1, b", None]),
    "decimal": (pd.Series([decimal.Decimal("1.5"), None], dtype=object), [1.5, None]),
    "categories": (pd.Series(["a", None], dtype="category"), ["a", None]),
    "number categories": (pd.Series([2, 1], dtype="category"), ["2", "1"]),
    "float categories": (pd.Series([2.0, None], dtype="category"), ["2", None]),
    "sparse": (pd.arrays.SparseArray([0, 1]), [0, 1]),
    "day": (pd.to_datetime(["2020-01-02", None]), [dt.datetime(2020, 1, 2), None]),
    "zone": (
        pd.to_datetime(["2020-07-02", None]).tz_localize("Europe/Berlin"),
        [dt.datetime(2020, 7, 1, 22), None],
    ),
    "object dates": (
        pd.Series([dt.date(2020, 1, 2), None], dtype=object),
        [dt.datetime(2020, 1, 2), None],
    ),
    "period": (pd.period_range("2020-01", periods=2, freq="M"), ["2020-01", "2020-02"]),
    "span": (pd.to_timedelta([90, None], unit="s"), [dt.timedelta(seconds=90), None]),
}


@pytest.mark.parametrize("kind", PANDAS_COLUMNS)
def test_every_pandas_type_is_read(kind):
    column, expected = PANDAS_COLUMNS[kind]
    assert Table.of(pd.DataFrame({"a": column})).frame["a"].to_list() == expected


ARRAYS = {
    "int8": (np.array([1, 2], dtype=np.int8), [1, 2]),
    "uint64": (np.array([1, 2**63], dtype=np.uint64), [1, 2**63]),
    "float16": (np.array([0.5, np.nan], dtype=np.float16), [0.5, None]),
    "long double": (np.array([0.5, np.nan], dtype=np.longdouble), [0.5, None]),
    "big endian": (np.array([1.5, 2.5], dtype=">f8"), [1.5, 2.5]),
    "text": (np.array(["a", "b"]), ["a", "b"]),
    "bytes": (np.array([b"a", b"b"]), ["a", "b"]),
    "objects": (np.array([1, None], dtype=object), [1, None]),
    "masked": (np.ma.array([1, 2], mask=[False, True]), [1, None]),
    "days": (np.array(["2020-01-02", "NaT"], dtype="M8[D]"), [dt.datetime(2020, 1, 2), None]),
}


@pytest.mark.parametrize("kind", ARRAYS)
def test_every_array_type_is_read(kind):
    array, expected = ARRAYS[kind]
    assert Table.of(array).frame["x0"].to_list() == expected


def test_the_columns_of_an_array_are_numbered():
    assert Table.of(np.zeros((2, 3))).columns == ["x0", "x1", "x2"]


def test_cells_that_are_nested_become_flat():
    records = [{"a": {"b": 1, "c": {"d": "x"}}, "e": [1, 2]}, {"a": None, "e": [{"f": 1}]}]
    flat = {"a.b": [1, None], "a.c.d": ["x", None], "e": ["1, 2", '{"f": 1}']}
    assert Table.of(records).frame.select(list(flat)).to_dict(as_series=False) == flat
    frame = pl.DataFrame({"a": [{"b": 1, "c": {"d": "x"}}, None], "e": [[1, 2], [3]]})
    assert Table.of(frame).columns == ["a.b", "a.c.d", "e"]


def test_records_may_be_uneven_and_deep():
    deep = {"v": 1}
    for _ in range(900):
        deep = {"d": deep}
    table = Table.of([{"a": {"b": 1}, "a.b": 2}, {"a": 3, "deep": deep}])
    assert table.frame["a.b"].to_list() == [1, None]
    assert table.frame["a"].to_list() == [None, 3]
    assert table.frame["a.b_2"].to_list() == [2, None]
    assert table.frame[-1, -1].endswith("}" * 800)


def test_a_dict_of_scalars_is_one_row():
    table = Table.of({"age": 30, "name": "a", "when": dt.date(2020, 1, 2), "none": None})
    assert table.n_rows == 1 and table.frame["age"].to_list() == [30]


def test_names_are_made_unique_and_reported():
    frame = pd.DataFrame([[1, 2, 3, 4, 5]], columns=["a", "a", " b ", 7, ""])
    table = Table.of(frame)
    assert table.columns == ["a", "a_2", "b", "7", "column_5"]
    assert table.reading["renamed"] == {"a_2": "a", "b": " b ", "column_5": ""}
    assert Table.of(pd.DataFrame([[1, 2, 3]], columns=["a", "a_2", "a"])).columns == [
        "a",
        "a_2",
        "a_3",
    ]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (3, "int"),
        (None, "NoneType"),
        ([1, 2], "list"),
        ([], "list"),
        (np.zeros((2, 2, 2, 2, 2)), "5"),
        ({"a": [1], "b": [1, 2]}, "different lengths"),
        ({"a": [1], "b": 3}, "a column must be"),
        (pd.Index([1, 2]), "Index"),
        (pd.DataFrame([[1]], columns=pd.MultiIndex.from_tuples([("a", "b")])), "2 levels"),
    ],
)
def test_what_is_no_table_is_refused_in_one_line(data, message):
    with pytest.raises(SourceError, match=message) as caught:
        Table.of(data)
    assert "\n" not in str(caught.value)


def test_rows_remember_where_they_came_from():
    table = Table.of({"a": [10, 20, 30, 40]})
    some = table.take([3, 1]).filter(pl.Series([True, False]))
    assert some.frame["a"].to_list() == [40]
    assert some.row_numbers.tolist() == [3] and some.row_numbers.dtype == np.int64


def test_the_digest_sees_every_cell_its_place_and_its_type():
    def digest(data):
        return Table.of(data).digest()

    one = digest({"a": ["x", None, "y"], "b": [1, 2, None]})
    assert one == digest(pl.DataFrame({"a": ["x", None, "y"], "b": [1, 2, None]}))
    others = [
        {"a": ["x", None, "z"], "b": [1, 2, None]},
        {"a": ["x", "", "y"], "b": [1, 2, None]},
        {"a": ["xy", None, ""], "b": [1, 2, None]},
        {"a": [None, "x", "y"], "b": [1, 2, None]},
        {"a": ["x", None, "y"], "b": [1, 2, 0]},
        {"a": ["x", None, "y"], "b": [1.0, 2.0, None]},
        {"b": [1, 2, None], "a": ["x", None, "y"]},
        {"a": ["x", None, "y"], "c": [1, 2, None]},
    ]
    assert len({one, *map(digest, others)}) == 1 + len(others)


def test_the_digest_does_not_depend_on_how_a_frame_lies_in_memory():
    parts = [pl.DataFrame({"a": [1, 2], "b": ["x", "y"]}), pl.DataFrame({"a": [3], "b": ["z"]})]
    whole = pl.DataFrame({"a": [1, 2, 3], "b": ["x", "y", "z"]})
    assert Table(pl.concat(parts, rechunk=False)).digest() == Table(whole).digest()


SCHEMA = Schema(
    (Column("a", "number"), Column("b", "text")), Target("y", "multiclass", ("01", "1", "NA"))
)


def test_a_schema_survives_json():
    assert Schema.from_dict(SCHEMA.to_dict()) == SCHEMA
    assert Schema.from_dict(Schema(SCHEMA.columns).to_dict()).target is None


@pytest.mark.parametrize(
    "spoil",
    [
        lambda d: d | {"more": 1},
        lambda d: {"columns": d["columns"]},
        lambda d: d | {"columns": "a"},
        lambda d: d | {"columns": [{"name": "a", "kind": "sound"}]},
        lambda d: d | {"columns": [{"name": "a"}]},
        lambda d: d | {"columns": [{"name": 1, "kind": "number"}]},
        lambda d: d | {"columns": d["columns"] * 2},
        lambda d: d | {"target": {"name": "y", "task": "binary"}},
        lambda d: d | {"target": d["target"] | {"task": "rank"}},
        lambda d: d | {"target": d["target"] | {"classes": [1]}},
        lambda d: [],
    ],
)
def test_a_spoilt_schema_is_refused(spoil):
    with pytest.raises(SchemaError):
        Schema.from_dict(spoil(SCHEMA.to_dict()))


def test_missing_columns_are_named_up_to_five():
    table = Table.of({"a": [1]})
    with pytest.raises(SchemaError, match=r"'b', 'c', 'd', 'e', 'f' and 2 more"):
        table.select(["a", *"bcdefgh"])
