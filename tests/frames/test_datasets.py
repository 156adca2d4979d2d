"""Data sets of torch as tables; torch's own classes are the inputs, NumPy judges."""

import itertools

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.dataset
import pytest
import torch
from PIL import Image
from torch.utils.data import (
    ConcatDataset,
    DataLoader,
    Dataset,
    IterableDataset,
    Subset,
    TensorDataset,
    random_split,
)

import bestfit
from bestfit.errors import SourceError
from bestfit.frames.pictures import picture_shape, pixels_of
from bestfit.table import Table

X = np.random.default_rng(0).normal(size=(30, 3)).astype(np.float32)
Y = np.arange(30) % 3


class Items(Dataset):
    """Whatever items there are."""

    def __init__(self, items, classes=None):
        self.items = items
        if classes is not None:
            self.classes = classes

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        if not 0 <= i < len(self.items):
            raise IndexError(i)
        return self.items[i]


class Stream(IterableDataset):
    def __init__(self, items):
        self.items = items

    def __iter__(self):
        return iter(self.items)


def pictures(n=6, shape=(8, 9, 3)):
    return np.random.default_rng(1).integers(0, 256, (n, *shape), dtype=np.uint8)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda t: t,
        lambda t: DataLoader(t, batch_size=7, shuffle=True),
        lambda t: Subset(t, list(range(30))),
        lambda t: ConcatDataset([Subset(t, range(11)), Subset(t, range(11, 30))]),
        lambda t: Items([t[i] for i in range(len(t))]),
        lambda t: Stream([t[i] for i in range(len(t))]),
    ],
)
def test_rows_of_numbers(wrap):
    table = Table.of(wrap(TensorDataset(torch.from_numpy(X), torch.from_numpy(Y))))
    assert (table.columns, table.target) == (["x0", "x1", "x2", "label"], "label")
    assert np.array_equal(table.frame.select("x0", "x1", "x2").to_numpy(), X.astype(np.float64))
    assert table.frame["label"].to_list() == Y.tolist()


def test_pictures_of_every_kind_are_the_same_cells():
    x = pictures()
    floats = torch.from_numpy(x).permute(0, 3, 1, 2).float() / 255  # as ToTensor gives them
    kinds = [
        Items([(Image.fromarray(one), i % 2) for i, one in enumerate(x)], ["cat", "dog"]),
        Items([(one, i % 2) for i, one in enumerate(floats)], ("cat", "dog")),
        Items([(one, torch.tensor(i % 2)) for i, one in enumerate(x)], ["cat", "dog"]),
        Items([{"picture": one, "label": ["cat", "dog"][i % 2]} for i, one in enumerate(x)]),
        Stream([(one, ["cat", "dog"][i % 2]) for i, one in enumerate(x)]),
    ]
    for data in kinds:
        table = Table.of(data)
        assert (table.columns, table.target) == (["picture", "label"], "label")
        assert np.array_equal(np.stack([pixels_of(c) for c in table.frame["picture"]]), x)
        assert table.frame["label"].to_list() == ["cat", "dog"] * 3


def test_a_random_part_knows_the_names_of_its_classes():
    whole = Items([(one, i % 2) for i, one in enumerate(pictures())], ["cat", "dog"])
    part, _ = random_split(whole, [4, 2], torch.Generator().manual_seed(0))
    expected = [["cat", "dog"][i % 2] for i in part.indices]
    assert Table.of(part).frame["label"].to_list() == expected


def test_standardised_pictures_keep_their_order_of_brightness():
    x = torch.linspace(-2.5, 2.5, 64).view(1, 1, 8, 8).repeat(3, 1, 1, 1)
    table = Table.of(TensorDataset(x, torch.tensor([0, 1, 0])))
    seen = pixels_of(table.frame["picture"][0]).ravel()
    assert (np.diff(seen.astype(int)) >= 0).all() and seen[-1] > seen[0]


def test_several_features_and_answers_of_other_kinds():
    items = [(one, np.float32([i, 2 * i]), 0.5 * i) for i, one in enumerate(pictures())]
    table = Table.of(Items(items))
    assert table.columns == ["picture", "x0", "x1", "label"]
    assert table.frame["label"].to_list() == [0.5 * i for i in range(6)]
    texts = Table.of(Items([("some words", "good"), ("more words", "bad")]))
    assert (texts.columns, texts.target) == (["text", "label"], "label")
    alone = Table.of(Items(list(pictures())))
    assert (alone.columns, alone.target) == (["picture"], None)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (Items([]), "holds no items"),
        (Items([{"a": 1}, {"b": 1}]), "not all of one form"),
        (Items([(np.zeros(3), 1), (np.zeros(4), 1)]), "not all of one length"),
        (Items([(np.zeros((2, 2, 2, 2)), 1)]), "is no cell of a table"),
    ],
)
def test_what_is_no_table_is_told(data, problem):
    with pytest.raises(SourceError, match=problem):
        Table.of(data)


def test_pictures_of_many_sizes_in_one_set():
    items = [(np.zeros((4 + i, 5, 3), np.uint8), i % 2) for i in range(4)]
    cells = Table.of(Items(items)).frame["picture"]
    assert [picture_shape(cell)[0] for cell in cells] == [4, 5, 6, 7]


def test_arrow_data_sets_and_streams_of_records(tmp_path):
    frame = pl.DataFrame({"a": [1, 2, 3], "b": ["x", "y", "z"]})
    frame.write_parquet(tmp_path / "t.parquet")
    data = pyarrow.dataset.dataset(tmp_path / "t.parquet")
    for source in (
        data,
        data.scanner(),
        pa.RecordBatchReader.from_batches(data.schema, data.to_batches()),
        (row for row in frame.iter_rows(named=True)),
        itertools.chain(frame.to_dicts()),
    ):
        assert Table.of(source).frame.equals(frame)


def test_a_data_set_is_trained_without_naming_a_target(tmp_path):
    data = TensorDataset(torch.from_numpy(X).repeat(4, 1), torch.from_numpy(Y).repeat(4))
    run = bestfit.train(data, epochs=1, out=tmp_path / "run")
    assert run.metrics["target"] == "label"
    assert len(bestfit.load(run.path).predict(data)) == 120


def test_torchvision_by_name(tmp_path):
    pytest.importorskip("torchvision", reason="no CPU build of torchvision for this torch")
    table = bestfit.sources.read("torchvision:FakeData")
    assert table.target == "label"


def test_without_torchvision_it_says_so():
    try:
        import torchvision  # noqa: F401
    except ImportError:
        from bestfit.errors import MachineError

        with pytest.raises(MachineError, match="not installed"):
            bestfit.sources.read("torchvision:MNIST")
