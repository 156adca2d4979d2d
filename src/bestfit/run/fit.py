"""Train the population: step, look, keep the best, let members go and come, save, and go on."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from ..history import History
from ..models import Population
from ..schedules import ReduceOnPlateau
from ..stopping import StopRequest
from ..training import Best, Member, Plan, Snapshot, Step, TrainState, load_checkpoint, train
from .events import Clock
from .lives import Life, Lives
from .material import Material
from .measuring import ENSEMBLE, Measuring
from .saver import Saver

__all__ = ["ENSEMBLE", "Fit", "Recruit", "Settings"]

REFILL_UNTIL = 0.5  # of the run: later a newcomer has too little time

Recruit = Callable[[Life], tuple[Member, Population]]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How a training is watched and kept.

    Args:
        patience: looks without a better score after which a member is dropped; None lets nobody
            go, the sick neither.
        folder: for the history and checkpoints; None keeps nothing on disk.
        history: whether the history is kept there, too.
        identity: what must be the same for a checkpoint to be continued.
        recruit: makes the newcomer that begins a life; None lets the places of the sick be empty.
        revised: steps, and how many steps the run has in all from there on.
        revise: asked after each look for another number of steps in all; None keeps to the plan.
    """

    patience: int | None
    folder: Path | None = None
    history: bool = True
    identity: Mapping[str, Any] | None = None
    recruit: Recruit | None = None
    revised: Sequence[tuple[int, int]] = ()
    revise: Callable[[int, int], int | None] | None = None


class Fit:
    """One training on its way: the state, its best, its history, its checkpoint.

    Args:
        state: fresh.
        plan: what to do.
        material: rows, and the look at the validation rows.
        settings: how it is watched and kept.
    """

    def __init__(
        self, state: TrainState, plan: Plan, material: Material, settings: Settings
    ) -> None:
        self.state, self.plan, self.material, self.look = state, plan, material, material.look
        self.settings, folder = settings, settings.folder
        self.best, self.lives = Best.empty(len(state.members)), Lives(len(state.members))
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        kept = folder is not None and settings.history
        self.history = History(folder / "history.sqlite" if folder and kept else None)
        self._measuring = Measuring(material, plan)
        self._first_rates = {member.number: member.lr for member in state.members}
        self._steps: Iterator[Step] | None = None
        self._before: dict[str, Tensor] = {}
        self._saver: Saver | None = None
        if folder is not None:
            self._saver = Saver(folder / "checkpoint", self.history.flush)
            self._load(folder / "checkpoint")

    def run(self, clock: Clock, stop: StopRequest | None = None) -> None:
        """Take the steps that are left.

        Raises:
            Stopped: a signal came; the state is saved.
        """
        if stop is not None:
            with stop.deferring():
                self._run(clock, stop)
            if stop.number is not None:
                self._save(wait=True)
                raise stop.error()
        else:
            self._run(clock, None)
        self.lives.end(self.state.numbers, self.state.step, "finished")
        self._save(wait=True)

    def advance(self, until: int, clock: Clock) -> None:
        """Take steps up to this one, and no further; a later call goes on."""
        self._run(clock, None, until)

    def _run(self, clock: Clock, stop: StopRequest | None, until: int | None = None) -> None:
        if self._steps is None:
            self._steps = train(self.state, self.plan, self.material.rows)
        layers = self.state.population.layers()
        while until is None or self.state.step < until:
            if (step := next(self._steps, None)) is None:
                return
            if step.validate:
                self._look(step, self._before)
                layers = self.state.population.layers()
                self._say(clock, step)
                self._before = {}
            # The step before a look: what it moves is what update_ratio measures.
            elif (step.number + 1) % self.plan.validate_every == 0:
                self._before = {name: w.detach().clone() for name, w in layers.items()}
            if not self._before:  # what the next look compares with is not in a checkpoint
                self._save_if_due(stop)

    def _look(self, step: Step, before: Mapping[str, Tensor]) -> None:
        state, look = self.state, self.look
        with state.judged():
            raw, predictions = look(state)
            scores = look.criterion(predictions)
            self.best.look(state, scores, raw)
        measures, self._news = self._measuring(state, raw, predictions, before)
        self.history.record(measures)
        if step.number < state.n_steps:
            if isinstance(self.plan.schedule, ReduceOnPlateau):
                self._reduce(self.plan.schedule)
            if self.settings.patience is not None:
                self._part(scores, self.settings.patience)
            self._revise()

    def _reduce(self, schedule: ReduceOnPlateau) -> None:
        """Lower the step sizes of members that have not gained for a while."""
        state, rates = self.state, {}
        for member in state.members:
            least = schedule.least * self._first_rates.setdefault(member.number, member.lr)
            if schedule.falls(int(self.best.stale[member.number])) and member.lr > least:
                rates[member.number] = max(least, member.lr * schedule.factor)
        state.set_rates(rates)

    def _part(self, scores: np.ndarray, patience: int) -> None:
        """Let the sick and the stale go, and newcomers come."""
        state = self.state
        sick = self.lives.sick(state.numbers, scores, self.look.ignorance)
        self.lives.end(sick, state.step, "sick")
        if self.settings.recruit is not None and state.step < REFILL_UNTIL * state.n_steps:
            best = int(np.argmax(self.best.score))
            for number in sick:
                newcomer = self.lives.begin(state.step, number, best)
                member, donor = self.settings.recruit(newcomer)
                state.replace(state.numbers.index(number), member, donor)
            sick = []
        stale = self.best.stale
        alive = [
            i for i, number in enumerate(state.numbers)
            if number not in sick
            and (number >= len(stale) or stale[number] < patience)
        ]  # fmt: skip
        # Dropping costs a copy of everything: it waits until a quarter of the members are stale.
        if sick or len(alive) <= 0.75 * len(state.members):
            gone = {m for i, m in enumerate(state.numbers) if i not in alive}
            self.lives.end(sorted(gone - set(sick)), state.step, "stopped")
            state.keep(alive)

    def _revise(self) -> None:
        """Another number of steps in all, where it was decided so before or the clock says so."""
        state = self.state
        for step, n_steps in self.settings.revised:
            if step == state.step:
                state.n_steps = n_steps
        if self.settings.revise is not None:
            state.n_steps = self.settings.revise(state.step, state.n_steps) or state.n_steps

    def _save_if_due(self, stop: StopRequest | None) -> None:
        asked = stop is not None and stop.number is not None
        if asked or (self._saver is not None and self._saver.due()):
            self._save(wait=asked)
        if asked and stop is not None:
            raise stop.error()

    def _save(self, *, wait: bool) -> None:
        identity, notes = self.settings.identity or {}, {"lives": self.lives.state()}
        if self._saver is not None:
            self._saver.save(
                lambda: Snapshot(self.state, self.best, identity, notes), wait=wait
            )  # fmt: skip

    def _load(self, folder: Path) -> None:
        notes = load_checkpoint(folder, self.state, self.best, self.settings.identity or {})
        if notes is None:
            self.history.forget_after(-1)
            return
        self.lives.restore(notes["lives"])
        for life in self.lives.all:
            if life.parent is not None and self.settings.recruit is not None:
                self.settings.recruit(life)  # so that the numbers go on from there
        self.history.forget_after(self.state.step)

    def _say(self, clock: Clock, step: Step) -> None:
        per_epoch = self.plan.sampler.steps_per_epoch
        clock.say(
            "train",
            f"epoch {step.number / per_epoch:.0f}",
            step.number / self.state.n_steps,
            epoch=step.number / per_epoch,
            epochs=self.state.n_steps / per_epoch,
            members=len(self.state.members),
            **self._news,
        )
