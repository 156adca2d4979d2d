"""One attempt, from encoded rows to the finished folder."""

from dataclasses import replace
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..bundle import Predictor, save
from ..config import RunConfig, digest, dump
from ..files import write_bytes, write_json
from ..folder import RunFolder
from ..metrics import Interval, interval
from ..models import Population
from ..stopping import StopRequest
from ..training import Member
from . import records
from .anchors import Anchor
from .case import Rival, rival
from .checkup import Outcome
from .curve import learning_curve
from .events import Clock
from .findings import findings_of
from .finish import assemble, held_back, judge
from .fit import ENSEMBLE, Fit, Settings
from .importance import MAX_ROWS, importance
from .lives import Life
from .material import Material
from .pace import Pacer
from .populate import SAMPLE, Ends, Members, build_plan, fresh_state, newcomer, steps_in_all
from .rivals import Rivals
from .rows import Encoded, Parts
from .verdict import Verdict, verdict

__all__ = ["Attempt", "Watch"]


class Watch(NamedTuple):
    """Who listens to a training, and may interfere.

    Args:
        clock: times the stages.
        stop: whether a signal came.
        pacer: keeps a timed run in its time; None where the clock decides nothing any more.
    """

    clock: Clock
    stop: StopRequest
    pacer: Pacer | None


class Attempt:
    """A training with everything around it.

    Args:
        folder: of the run, locked.
        parts: the rows.
        encoded: the rows as numbers.
        material: the rows as tensors, and what they are judged by.
        config: resolved.
        rivals: the simple models beside it.
        watch: the clock and who listens.
        outcome: of the check before it.
    """

    def __init__(
        self,
        folder: RunFolder,
        parts: Parts,
        encoded: Encoded,
        material: Material,
        config: RunConfig,
        rivals: Rivals,
        watch: Watch,
        outcome: Outcome,
    ) -> None:
        self.folder, self.parts, self.encoded, self.config = folder, parts, encoded, config
        self.clock, self.stop, self.pacer = watch
        self.rivals, self.repaired = rivals, outcome.findings
        self.place = folder.attempt(outcome.number)
        self.material, self.metric = material, material.look.metric
        self.members = Members(config, config.training.seed)
        few = material.in_memory.rows.take(slice(0, SAMPLE))
        self.ends = Ends(encoded.encoder.layout, parts.target.n_outputs, few)

    def run(self) -> None:
        """Train, choose, judge, explain, write."""
        self.place.mkdir(parents=True, exist_ok=True)
        self._write_config()
        model = self.config.model
        text_of_stage = f"{model.members} networks"
        if model.width is not None:
            text_of_stage += f" of {model.blocks} × {model.width} units"
        with self.clock.stage("train", text_of_stage):
            fitting = self._fit(self.place)
            fitting.run(self.clock, self.stop)
        with self.clock.stage("curve", "would more rows help?"):
            settings = Settings(
                patience=None, folder=self.place / "curve", history=False,
                identity={"data": self.parts.data_digest, "config": digest(self.config)},
            )  # fmt: skip
            curve = learning_curve(
                self.config, self.material, self.ends, self.clock, fitting.state.n_steps, settings
            )
        with self.clock.stage("evaluate", "judging on the test rows, once"):
            self._finish(fitting, curve)
        fitting.history.close()
        self.clock.say("done", str(self.folder.path), 1.0)

    def _write_config(self) -> None:
        text = dump(self.config).encode()
        write_bytes(self.folder.config, text)
        write_bytes(self.place / "config.toml", text)

    def _fit(self, attempt: Path) -> Fit:
        config, wanted = self.config, self.config.training
        n_rows = len(self.material.rows)
        n_steps = steps_in_all(config, n_rows)
        plan = build_plan(config, self.material.loss, n_rows, n_steps)
        state = fresh_state(config, self.members, self.ends, n_steps)
        per_epoch = plan.sampler.steps_per_epoch
        settings = Settings(
            patience=wanted.patience or 1,
            folder=attempt,
            identity={"data": self.parts.data_digest, "config": digest(first_plan(config))},
            recruit=self._recruit if wanted.refill else None,
            revised=[(step, round(epochs * per_epoch)) for step, epochs in wanted.revised],
            revise=None if self.pacer is None else partial(self._revise, per_epoch),
        )
        return Fit(state, plan, self.material, settings)

    def _recruit(self, life: Life) -> tuple[Member, Population]:
        """The newcomer that begins this life."""
        assert life.parent is not None and life.best is not None
        number = self.members.add(life.parent, life.best)
        donor = newcomer(self.config, self.members, self.ends, number)
        return self.members.seats([number], born=life.born)[0], donor

    def _revise(self, per_epoch: int, step: int, n_steps: int) -> int | None:
        """Ask the pacer; what it decides is on disk before it is done."""
        assert self.pacer is not None
        revised = self.pacer.revise(step, n_steps, per_epoch)
        if revised is not None:
            training = self.config.training
            all_of_them = (*training.revised, (step, revised / per_epoch))
            self.config = replace(self.config, training=replace(training, revised=all_of_them))
            self._write_config()
        return revised

    def _finish(self, fitting: Fit, curve: list[dict[str, Any]]) -> None:
        predictor, weights = assemble(
            fitting, self.encoded, self.parts, self.members, self.config
        )  # fmt: skip
        predictions = judge(predictor, self.encoded)
        judged = self._verdict(fitting, predictions, curve)
        found = self._found(predictor, predictions)
        found |= {"verdict": judged._asdict(), "learning_curve": curve}
        found["members"] = records.members(fitting, self.members, weights.tolist())
        found["skipped_steps"] = int(fitting.state.skipped.sum())
        found["model"] = {
            "name": self.config.model.name,
            "members": len(predictor.weights),
            "parameters": sum(p.numel() for p in predictor.population.parameters()),
            "bytes": save(predictor, self.folder.model),
        }
        buffer = BytesIO()
        held_back(self.parts, predictions).write_parquet(buffer)
        write_bytes(self.folder.predictions, buffer.getvalue())
        noticed = self.repaired + findings_of(
            self.parts.cleaned.profile["warnings"], judged, found["skipped_steps"],
            fitting.state.step,
        )  # fmt: skip
        for path in (self.folder.findings, self.place / "findings.json"):
            write_json(path, noticed)
        seconds = {k: round(v, 3) for k, v in self.clock.seconds.items()}
        found["seconds"] = {**seconds, "total": round(self.clock.elapsed, 3)}
        write_json(self.folder.metrics, found)

    def _interval(self, prediction: np.ndarray, part: str) -> Interval:
        return interval(self.metric, prediction, self.encoded.y[part], self.config.training.seed)

    def _rival(self, anchor: Anchor, prediction: np.ndarray) -> Rival:
        return rival(
            anchor.name, anchor.label, self.metric, prediction, anchor.valid,
            self.encoded.y["valid"], self.config.training.seed,
            train=self.metric.score(anchor.train, self.encoded.y["train"][anchor.seen]),
        )  # fmt: skip

    def _verdict(
        self, fitting: Fit, predictions: dict[str, np.ndarray], curve: list[dict[str, Any]]
    ) -> Verdict:
        return verdict(
            self.metric,
            *(self._interval(predictions[part], part) for part in ("train", "valid")),
            rivals=[self._rival(anchor, predictions["valid"]) for anchor in self.rivals.anchors],
            course=fitting.history.series(f"valid_{self.metric.name}", member=ENSEMBLE),
            curve=curve,
        )

    def _found(self, predictor: Predictor, predictions: dict[str, np.ndarray]) -> dict[str, Any]:
        seed, target, y = self.config.training.seed, self.parts.target, self.encoded.y
        columns = [column.name for column in self.parts.cleaned.plan.schema.columns]
        encoder = self.encoded.encoder
        places = {c: encoder.places(c) for c in (*columns, *(m.name for m in encoder.made))}
        matters = importance(
            predictor.values_of, self.encoded.features["valid"], y["valid"], places,
            self.metric, seed,
            max_rows=self.config.selection.explain_rows or MAX_ROWS,
        )  # fmt: skip
        return {
            "task": target.task,
            "target": target.name,
            "classes": list(target.classes),
            "rows": {part: len(values) for part, values in predictions.items()}
            | {"train": len(self.material.rows)},
            "columns": len(columns),
            "metric": self.metric.name,
            "higher_is_better": self.metric.higher_is_better,
            **{
                part: records.part_scores(values, y[part], target.task, self.metric, seed)
                for part, values in predictions.items()
            },
            "anchors": self.rivals.records,
            "importance": [item._asdict() for item in matters],
            "temperature": predictor.temperature if target.classes else None,
            "threshold": 0.5 if target.task == "binary" else None,
        }


def first_plan(config: RunConfig) -> RunConfig:
    """The config without what was revised on the way: by it a checkpoint knows its run."""
    return replace(config, training=replace(config.training, revised=()))
