"""What is chosen from rows and columns."""

import pytest

from bestfit.config import configure
from bestfit.models import MLP
from bestfit.run.sizes import (
    default_bins,
    default_epochs,
    default_looks,
    few_threads,
    resolve_sizes,
)
from bestfit.transforms import Layout

LAYOUT = Layout(tuple("abc"), ((), (0.0, 1.0, 2.0), ()), ())


def resolved(config, n_rows):
    return resolve_sizes(config, n_rows, n_rows // 5, LAYOUT)


@pytest.mark.parametrize("n_rows", [12, 500, 5_000, 50_000, 5_000_000])
def test_without_a_clock_everything_follows_from_the_rows(n_rows):
    config = resolved(configure(target="y"), n_rows)
    assert config == resolved(configure(target="y"), n_rows)
    assert config.training.epochs >= 8 and 8 <= config.training.looks <= 40
    assert None not in (config.training.batch_size, config.model.width, config.optimizer.lr)
    assert 8 <= default_bins(n_rows, 10) <= 48


def test_what_was_asked_for_is_kept():
    asked = configure(target="y", lr=0.5, batch_size=7, epochs=3, optimizer="sgd")
    config = resolved(asked, 1000)
    assert (config.optimizer.lr, config.optimizer.spread) == (0.5, 1.0)
    assert (config.training.batch_size, config.training.epochs) == (7, 3)


def test_the_clock_is_left_what_it_decides():
    config = resolved(configure(target="y", time_s=60.0), 1000)
    assert config.training.epochs is None and config.training.looks is None


def test_wider_networks_get_fewer_epochs():
    wide, narrow = MLP(width=512, blocks=3), MLP(width=64, blocks=1)
    few = default_epochs(50_000, wide.products(LAYOUT), 16)
    assert few < default_epochs(50_000, narrow.products(LAYOUT), 4)


def test_looks_cost_a_share_of_the_training():
    assert default_looks(1_000, 1_000_000, 100) == 40
    assert default_looks(1, 1_000, 1_000_000) == 8
    assert 8 < default_looks(4, 40_000, 7_000) < 40


@pytest.mark.parametrize(("members", "width", "batch", "threads"), [
    (1, 64, 32, 1), (16, 128, 256, 4), (1, 512, 1024, 4), (1, 128, "full", 4),
])  # fmt: skip
def test_products_that_are_too_small_to_share_get_one_thread(members, width, batch, threads):
    text = {"members": members, "width": width}
    config = configure(target="y", batch_size=batch)
    model = config.model.__class__(**text)
    config = config.__class__(model=model, training=config.training)
    assert few_threads(config, LAYOUT, 4) == threads
