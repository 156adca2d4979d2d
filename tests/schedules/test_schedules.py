"""Laws of the schedules, and each shape beside a closed form or torch's own."""

import math

import pytest
import torch

from bestfit.errors import ConfigError
from bestfit.schedules import OneCycle, ReduceOnPlateau, schedule


@pytest.mark.parametrize("name", schedule)
def test_a_factor_is_finite_and_lies_between_zero_and_one(name):
    made = schedule[name]()
    values = [made.at(i / 500) for i in range(501)]
    assert all(0 <= v <= 1 for v in values) and max(values) > 0.99


def test_one_cycle_is_torchs():
    w, total, lr = torch.nn.Parameter(torch.zeros(1)), 101, 0.5
    opt = torch.optim.SGD([w], lr=lr)
    theirs = torch.optim.lr_scheduler.OneCycleLR(opt, lr, total, cycle_momentum=False)
    for i in range(total):
        assert lr * OneCycle().at(i / (total - 1)) == pytest.approx(
            opt.param_groups[0]["lr"], rel=0.05, abs=1e-6
        )
        opt.step()
        if i < total - 1:
            theirs.step()


def test_shapes_follow_their_formulas():
    assert schedule["exponential"](last=0.01).at(0.5) == pytest.approx(0.1)
    assert schedule["step"](factor=0.1, falls=3).at(0.99) == pytest.approx(1e-3)
    assert schedule["wsd"](warm_up=0.0, decay=0.25).at(0.875) == pytest.approx(1 - math.sqrt(0.5))
    cyclic = schedule["cyclic_cosine"](cycles=4)
    assert cyclic.at(0.0) == pytest.approx(0) and cyclic.at(1.0) == pytest.approx(0)
    assert cyclic.at((2**3.5 - 1) / 15) == pytest.approx(1)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [("step", {"factor": 0.0}), ("exponential", {"last": 2.0}), ("one_cycle", {"rise": 0.0}),
     ("wsd", {"decay": 0.0}), ("reduce_on_plateau", {"factor": 1.0})],
)  # fmt: skip
def test_numbers_out_of_range_are_refused(name, wrong):
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        schedule[name](**wrong)


def test_a_plateau_counts_as_keras_does():
    """Waits of Keras' ReduceLROnPlateau: it falls when wait reaches patience, then counts anew."""
    made, lr, wait, falls = ReduceOnPlateau(patience=3), 1.0, 0, []
    for look, gained in enumerate([1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0]):
        wait = 0 if gained else wait + 1
        if made.falls(wait):
            lr *= made.factor
            falls.append(look)
    assert falls == [3, 6, 10]
