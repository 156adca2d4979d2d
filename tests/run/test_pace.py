"""What the clock decides, on a bench whose costs are known; and how a run keeps to its time."""

from dataclasses import dataclass, field

import pytest
import torch

from bestfit.config import ModelConfig, configure
from bestfit.models import MLP
from bestfit.run.costs import Costs
from bestfit.run.pace import Pacer, decide_pace
from bestfit.run.sizes import MAX_EPOCHS, resolve_sizes
from bestfit.transforms import Layout

LAYOUT = Layout(tuple("abc"), ((), (), ()), ())


@pytest.fixture(autouse=True)
def _threads_as_they_were():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@dataclass
class Clock:
    """Stands still until it is moved."""

    elapsed: float = 0.0
    loading_s: float = 2.0


@dataclass
class Bench:
    """A step costs by the numbers of the population."""

    per_weight_s: float = 1e-7
    per_epoch: int = 50
    look: float = 0.01
    finish_s: float = 1.0
    many_threads: float = 0.5
    multiplies_bfloat16: bool = False
    half_step: float = 0.5
    half_learns: float = 1.0
    tried: list = field(default_factory=list)

    def costs(self, config, seconds):
        self.tried.append((config.model.members, config.model.width))
        return Costs(self.step_s(config, seconds), self.look, 0.2 * self.step_s(config, seconds))

    def step_s(self, config, seconds):
        shared = self.many_threads if torch.get_num_threads() > 1 else 1.0
        model = config.model
        half = self.half_step if config.training.precision == "bfloat16" else 1.0
        return model.members * model.width**2 * self.per_weight_s * shared * half

    def learns(self, config, steps):
        assert steps > 0
        return self.half_learns if config.training.precision == "bfloat16" else 1.0

    def steps_per_epoch(self, config):
        return self.per_epoch

    def finish(self, look_s, explain_s):
        return self.finish_s, 700


def decided(bench, time_s=60.0, asked=None, elapsed=5.0):
    config = resolve_sizes(configure(target="y", time_s=time_s), 5_000, 1_000, LAYOUT)
    return decide_pace(config, asked or ModelConfig(), bench, Clock(elapsed), 2, judging_s=0.2)


def test_the_time_is_filled_and_not_more():
    bench = Bench()
    config, pacer = decided(bench)
    costs, training = bench.costs(config, 0), config.training
    steps = training.epochs * bench.per_epoch
    needed = steps * (costs.step + costs.curve) + (training.looks + 10) * costs.look
    assert 40 < needed < 60 - 5 - bench.finish_s
    assert config.selection.explain_rows == 700
    assert pacer.ends_s < 60 - bench.finish_s


@pytest.mark.parametrize(("has", "step", "learns", "precision"), [
    (False, 0.5, 1.0, None),
    (True, 0.5, 1.0, "bfloat16"),
    (True, 0.95, 1.0, "float32"),
    (True, 0.5, 0.9, "float32"),
])  # fmt: skip
def test_bfloat16_must_be_faster_and_learn_as_much(has, step, learns, precision):
    bench = Bench(multiplies_bfloat16=has, half_step=step, half_learns=learns)
    config, _ = decided(bench)
    assert config.training.precision == precision


def test_the_usual_size_stays_where_it_bears_enough_epochs():
    config, _ = decided(Bench())
    assert (config.model.members, config.model.width) == (16, 128)


def test_little_time_takes_a_smaller_population_and_much_a_larger_one():
    few, _ = decided(Bench(per_weight_s=1e-6))
    assert (few.model.members, few.model.width) in MLP.sizes[:3]
    many, _ = decided(Bench(per_weight_s=1e-9))
    assert (many.model.members, many.model.width) == MLP.sizes[-1]
    assert many.training.epochs <= MAX_EPOCHS


def test_a_larger_population_must_bear_enough_epochs():
    config, _ = decided(Bench(per_weight_s=2.2e-8))
    assert (config.model.members, config.model.width) == (32, 128)


def test_a_size_that_was_asked_for_stays():
    bench = Bench(per_weight_s=1e-9)
    decided(bench, asked=ModelConfig(members=16))
    assert set(bench.tried) == {(16, 128)}


def test_the_faster_number_of_threads_is_kept():
    assert decided(Bench(many_threads=0.5))[0].training.threads == 2
    assert decided(Bench(many_threads=3.0))[0].training.threads == 1


def test_looks_that_take_long_are_made_less_often():
    assert decided(Bench(look=1.0))[0].training.looks == 8
    assert decided(Bench(look=0.01))[0].training.looks == 40


def test_what_came_before_may_have_taken_all_the_time():
    config, pacer = decided(Bench(), time_s=10.0, elapsed=30.0)
    assert config.training.epochs > 0 and pacer.ends_s > 30


def paced(factor, n_steps=1000, pace_s=0.02):
    """The steps of a run whose machine becomes slower by a factor, and when it ends."""
    clock = Clock(10.0)
    pacer, step = Pacer(clock, 10.0 + n_steps * pace_s), 0
    while step < n_steps:
        step += 25
        clock.elapsed += 25 * pace_s * (factor if step > 300 else 1.0)
        n_steps = pacer.revise(step, n_steps, 50) or n_steps
    return step, clock.elapsed


def test_a_run_on_a_steady_machine_is_not_revised():
    assert paced(1.0)[0] == 1000


@pytest.mark.parametrize("factor", [0.7, 1.5, 3.0])
def test_a_run_keeps_its_time_when_the_machine_does_not(factor):
    steps, ended = paced(factor)
    assert ended == pytest.approx(30.0, rel=0.08)
    assert (steps > 1000) == (factor < 1)


def test_a_run_gets_longer_within_reason_only():
    assert paced(0.01)[0] <= 1525
