"""Members and their settings."""

from dataclasses import replace

import numpy as np
import pytest

from bestfit.config import configure
from bestfit.run.populate import Members
from bestfit.run.sizes import resolve_sizes, usual_lr
from bestfit.transforms import Layout

LAYOUT = Layout(tuple("abc"), ((), (), ()), ())


def members(also=()):
    config = configure(target="y", epochs=5)
    config = replace(
        config,
        model=replace(config.model, members=8),
        optimizer=replace(config.optimizer, name="adamw", also=also),
    )
    return Members(resolve_sizes(config, 5_000, 1_000, LAYOUT), seed=0)


def test_a_newcomer_is_half_way_from_the_sick_one_to_the_best():
    made = members()
    number = made.add(parent=3, best=5)
    assert number == 8 and len(made) == 9
    assert made.lr[number] == pytest.approx(np.sqrt(made.lr[3] * made.lr[5]))
    assert made.dropout[number] == pytest.approx((made.dropout[3] + made.dropout[5]) / 2)


def test_step_sizes_of_two_rules_are_compared_by_what_is_usual_for_each():
    made = members(also=("sgd",))
    assert [rule.name for rule in made.rules] == ["adamw", "sgd"]
    number = made.add(parent=7, best=0)
    far = made.lr[7] / usual_lr("sgd")
    assert made.settings(number)["optimizer"] == "adamw"
    assert made.lr[number] == pytest.approx(usual_lr("adamw") * np.sqrt(far))
