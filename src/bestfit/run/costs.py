"""What a step, a look and the finish cost on this machine: measured on throwaway populations."""

import time
from collections.abc import Callable
from itertools import islice
from typing import NamedTuple

import torch

from ..config import RunConfig
from ..training import Plan, TrainState, train
from .curve import CURVE_LOOKS, curve_config, curve_members, curve_plan, curve_share
from .importance import most_rows
from .material import Material
from .measuring import most_seen
from .memory import give_back
from .populate import Ends, Members, build_plan, fresh_state, sampler_of

__all__ = ["Bench", "Costs"]

ENDLESS = 1_000_000  # steps: the schedule of a trial does not matter
DOUBLE = 2.5  # times the look: an answer of the bundle is computed in double precision


class Costs(NamedTuple):
    """Seconds.

    Args:
        step: of a step.
        look: of a look at the validation rows.
        curve: of the learning curve, for each step of the run.
    """

    step: float
    look: float
    curve: float

    @property
    def curve_looks(self) -> int:
        """Looks of the learning curve, if there is to be one."""
        return CURVE_LOOKS if self.curve else 0

    def steps_in(self, seconds: float, looks: int) -> float:
        """Steps that fit, with the learning curve."""
        rest = seconds - (looks + self.curve_looks) * self.look
        return max(rest, 0.25 * seconds) / (self.step + self.curve)

    def training_share(self, steps: float, looks: int) -> float:
        """Of the seconds of training and learning curve together, those of training."""
        training = steps * self.step + looks * self.look
        curve = steps * self.curve + self.curve_looks * self.look
        return training / (training + curve)


class Bench:
    """Tries populations on the rows of a run.

    Args:
        material: of the run.
        ends: of the networks.
        n_columns: of the table, each of which is weighed at the end.
        n_judged: rows that the finished model is judged by.
    """

    def __init__(self, material: Material, ends: Ends, n_columns: int, n_judged: int) -> None:
        self.material, self.ends = material, ends
        self.n_columns, self.n_judged = n_columns, n_judged

    def costs(self, config: RunConfig, seconds: float) -> Costs:
        """Of this config, measured for about so many seconds."""
        share = curve_share(config)
        curve_s = self._curve_step_s(config, 0.2 * seconds) if share else 0.0
        if self.material.sample is not None:  # memory is what such a table is short of
            give_back()
        state, look = (
            fresh_state(config, Members(config, 0), self.ends, ENDLESS),
            self.material.look,
        )
        return Costs(
            step=_time(self._step(state, self._plan(config)), 0.6 * seconds),
            look=self._all_looked_at * _time(lambda: look.criterion(look(state)[1]), 0.2 * seconds),
            curve=share * curve_s,
        )

    @property
    def _all_looked_at(self) -> float:
        """Rows of a look for each validation row: training rows are scored, too.

        Only of pictures these matter; of other rows a look is mostly what it takes to begin.
        """
        rows, n_valid = self.material.rows, len(self.material.look.rows)
        return 1 + most_seen(rows) / n_valid if rows.pictures else 1.0

    def _curve_step_s(self, config: RunConfig, seconds: float) -> float:
        """Of a step of the learning curve."""
        small, sample = curve_config(config), self.material.in_memory
        curve = fresh_state(small, curve_members(small), self.ends, ENDLESS)
        return _time(self._step(curve, curve_plan(small, sample, ENDLESS), sample), seconds)

    def step_s(self, config: RunConfig, seconds: float) -> float:
        """Of a step alone."""
        state = fresh_state(config, Members(config, 0), self.ends, ENDLESS)
        return _time(self._step(state, self._plan(config)), seconds)

    @property
    def multiplies_bfloat16(self) -> bool:
        """Whether the device has products of bfloat16 of its own."""
        if self.material.rows.device.type == "cpu":
            asked = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
            return any(getattr(torch.cpu, name, bool)() for name in asked)
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))

    def learns(self, config: RunConfig, steps: int) -> float:
        """What the best member has learnt after so many steps: its criterion above ignorance."""
        state, look = (
            fresh_state(config, Members(config, 0), self.ends, ENDLESS),
            self.material.look,
        )
        for _ in islice(train(state, self._plan(config), self.material.rows), steps):
            pass
        return float(look.criterion(look(state)[1]).max()) - look.ignorance

    def steps_per_epoch(self, config: RunConfig) -> int:
        """Of the training rows."""
        return sampler_of(config, len(self.material.rows)).steps_per_epoch

    def finish(self, look_s: float, explain_s: float) -> tuple[float, int]:
        """Seconds of the answers that the finished model gives, and rows that weigh columns.

        Args:
            look_s: of a look.
            explain_s: that weighing the columns may take.
        """
        n_valid = len(self.material.look.rows)
        answer_s = DOUBLE * look_s / (self._all_looked_at * n_valid)
        rows, shuffles_s = most_rows(self.n_columns, n_valid, answer_s, explain_s)
        return self.n_judged * answer_s + shuffles_s, rows

    def _plan(self, config: RunConfig) -> Plan:
        return build_plan(config, self.material.loss, len(self.material.rows), ENDLESS)

    def _step(
        self, state: TrainState, plan: Plan, material: Material | None = None
    ) -> Callable[[], object]:
        steps = train(state, plan, (material or self.material).rows)
        return lambda: next(steps)


def _time(work: Callable[[], object], seconds: float) -> float:
    """Seconds that the work takes, over about so many seconds."""
    work()  # the first call also allocates
    begun, times = time.perf_counter(), 0
    while not times or time.perf_counter() - begun < seconds:
        work()
        times += 1
    return (time.perf_counter() - begun) / times
