"""What is chosen from rows, columns and clock."""

import time

import pytest
import torch

from bestfit.config import configure
from bestfit.run.sizes import LOOKS, default_bins, default_epochs, measure_pace, resolve_sizes
from bestfit.transforms import Layout

LAYOUT = Layout(tuple("abc"), ((), (0.0, 1.0, 2.0), ()), ())


@pytest.fixture(autouse=True)
def _threads_as_they_were():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("n_rows", [12, 500, 5_000, 50_000, 5_000_000])
def test_without_a_clock_everything_follows_from_the_rows(n_rows):
    config = resolve_sizes(configure(target="y"), n_rows, LAYOUT)
    assert config == resolve_sizes(configure(target="y"), n_rows, LAYOUT)
    assert config.training.epochs >= 8 and config.training.looks == LOOKS
    assert None not in (config.training.batch_size, config.model.width, config.optimizer.lr)
    assert 8 <= default_bins(n_rows, 10) <= 48


def test_what_was_asked_for_is_kept():
    asked = configure(target="y", lr=0.5, batch_size=7, epochs=3, optimizer="sgd")
    config = resolve_sizes(asked, 1000, LAYOUT)
    assert (config.optimizer.lr, config.optimizer.spread) == (0.5, 1.0)
    assert (config.training.batch_size, config.training.epochs) == (7, 3)


def test_wider_networks_get_fewer_epochs():
    assert default_epochs(50_000, LAYOUT, 16, 512, 3) < default_epochs(50_000, LAYOUT, 4, 64, 1)


def test_the_pace_fills_the_time():
    """A step of 2 ms and a look of 10 ms, 20 steps an epoch, 4 s."""
    pace = measure_pace(lambda: time.sleep(0.002), lambda: time.sleep(0.01), 20, 4.0, (1,))
    assert pace.threads == 1 and pace.looks == LOOKS
    needed = pace.epochs * 20 * 0.002 + pace.looks * 0.01
    assert 2.0 < needed < 4.2


def test_looks_that_take_long_are_made_less_often():
    pace = measure_pace(lambda: time.sleep(0.001), lambda: time.sleep(0.1), 20, 4.0, (1,))
    assert pace.looks == 8


def test_the_faster_number_of_threads_is_kept():
    def step() -> None:
        time.sleep(0.001 if torch.get_num_threads() == 1 else 0.02)

    assert measure_pace(step, lambda: None, 20, 2.0, (2, 1)).threads == 1
