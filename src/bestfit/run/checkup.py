"""Are the settings that were asked for at fault? Short trainings tell, and prove what helps."""

import time
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from torch import nn

from ..config import RunConfig, digest, dump, parse, to_dict
from ..diagnoses import Finding
from ..files import read_json, write_bytes, write_json
from ..folder import RunFolder
from ..repairs import Job
from ..rng import stream
from .events import Clock
from .material import Material, material_of
from .populate import SAMPLE, Ends, Members, build_loss, build_plan, fresh_population
from .remedies import REMEDIES
from .repairing import Repairing
from .rows import Encoded, Parts, encode
from .sizes import kind_of, resolve_sizes
from .trial import Trial

__all__ = ["Checkup", "Outcome", "checked"]

ASKED = {  # settings that can keep a network from learning, where somebody chose them
    "model": ("activation", "blocks", "dropout", "init", "width"),
    "loss": ("options",),
    "optimizer": ("name", "lr", "weight_decay", "options"),
    "schedule": ("name", "options"),
    "penalty": ("name", "options"),
    "transform": ("scale", "columns"),
    "training": ("batch_size", "clip_norm", "clip", "clip_options"),
}
TRIED_EPOCHS = 10.0  # where a clock decides how many there will be
SHARE = 0.15  # of the time of a run that a check may take
TRAININGS = 3.0  # that it takes, as a rule
TIMED = 0.02  # of a training, which is timed
MOST_TAUGHT, MOST_JUDGED = 50_000, 20_000  # rows


@dataclass(frozen=True)
class Outcome:
    """What a check brought.

    Args:
        config: to go on with.
        findings: what is at fault, as in ``findings.json``.
        attempts: each short training, as it is written down.
    """

    config: RunConfig
    findings: list[dict[str, Any]] = field(default_factory=list)
    attempts: list[dict[str, Any]] = field(default_factory=list)

    @property
    def number(self) -> int:
        """Of the attempt that is trained: the second, if the first is known to be at fault."""
        return 2 if self.findings else 1


def checked(
    folder: RunFolder, parts: Parts, encoded: Encoded, config: RunConfig, clock: Clock
) -> Outcome:
    """The config after a check, where one is due; a run that goes on has had its own.

    Args:
        folder: of the run; ``repairs.json`` is written there.
        parts: the rows.
        encoded: as numbers.
        config: as asked for.
        clock: hears of it.
    """
    if folder.repairs.is_file():
        known = read_json(folder.repairs)
        if config.training.repair is not False:
            config = parse(known["config"])
        return Outcome(config, known["findings"], known["attempts"])
    if not _due(config):
        return Outcome(_settled(config))
    with clock.stage("check", "are the settings sound? short trainings tell"):
        outcome = Checkup(parts, encoded, config).run()
    if outcome.findings:
        folder.attempt(1).mkdir(parents=True, exist_ok=True)
        write_bytes(folder.attempt(1) / "config.toml", dump(config).encode())
    told: dict[str, Any] = {"parent": digest(config), "config": to_dict(outcome.config)}
    told |= {"findings": outcome.findings, "attempts": outcome.attempts}
    write_json(folder.repairs, told)
    return outcome


def _settled(config: RunConfig) -> RunConfig:
    """The config of a run in which nothing is to be checked any more."""
    return replace(config, training=replace(config.training, repair=False))


def _due(config: RunConfig) -> bool:
    """Whether a check is asked for, or settings that may be at fault."""
    if config.training.repair is not None:
        return config.training.repair
    usual = RunConfig()
    return any(
        getattr(getattr(config, section), name) != getattr(getattr(usual, section), name)
        for section, names in ASKED.items()
        for name in names
    )


class Checkup:
    """A run before it begins: its central network alone, in short trainings.

    Args:
        parts: the rows.
        encoded: as numbers.
        asked: the config as asked for.
    """

    def __init__(self, parts: Parts, encoded: Encoded, asked: RunConfig) -> None:
        self.parts, self.asked = parts, asked
        self._ready: dict[str, tuple[Encoded, Material]] = {}
        self._keep(encoded, asked)

    def run(self) -> Outcome:
        """Train for a while, treat what does badly, and say what helped."""
        job = self.job(self.asked, self._epochs())
        look = self._ready[_key(self.asked)][1].look
        repairing = Repairing(job, look, Clock(), prescribe=self.prescribe)
        kept = repairing.run() if self.asked.training.repair else repairing.early()
        config: RunConfig = kept.job.options["config"]
        findings = [finding.record() for finding in repairing.findings if finding.repair]
        return Outcome(_settled(config), findings, repairing.race.attempts)

    def prescribe(self, job: Job, finding: Finding) -> list[Job]:
        """The same training with other settings."""
        if finding.name not in REMEDIES:
            return []
        asked: RunConfig = job.options["config"]
        changes = REMEDIES[finding.name](asked, self._resolved(asked))
        if not kind_of(asked.model).hidden:  # nothing of a hidden layer can be changed
            changes = (change for change in changes if change[1].model == asked.model)
        return [
            replace(self.job(config, job.options["tried_epochs"]), words=(*job.words, words))
            for words, config in changes
        ]

    def job(self, asked: RunConfig, epochs: float) -> Job:
        """The training of the central network alone; of so many epochs where none are asked for."""
        if _key(asked) not in self._ready:
            self._keep(*encode(self.parts, asked))
        (encoded, material), config = self._ready[_key(asked)], self._resolved(asked)
        target, training = self.parts.target, config.training
        chosen, _ = build_loss(config, target, encoded.y["train"])
        plan = build_plan(config, chosen, len(material.rows), 1)
        members = Members(config, training.seed)
        options = {
            "config": asked, "tried_epochs": epochs, "optimizer": members.rules[0],
            "lr": config.optimizer.lr, "weight_decay": config.optimizer.weight_decay,
            "batch_size": plan.sampler.batch_size, "epochs": training.epochs or epochs,
            "schedule": plan.schedule, "clip_norm": plan.clip_norm, "clipper": plan.clipper,
            "penalty": plan.penalty, "regularizers": plan.regularizers, "patience": None,
            "microbatch": plan.microbatch, "precision": training.precision or "float32",
            "seed": training.seed,
        }  # fmt: skip
        return Job(
            module=_network(config, members, encoded, material), train=material.rows,
            valid=material.look.rows, loss=chosen, options=options, task=target.task,
            n_outputs=target.n_outputs, n_classes=len(target.classes),
        )  # fmt: skip

    def _epochs(self) -> float:
        """As many as there is time for."""
        time_s = self.asked.training.time_s
        if time_s is None:
            return TRIED_EPOCHS
        job = self.job(self.asked, TRIED_EPOCHS)
        trial = Trial(job, self._ready[_key(self.asked)][1].look)
        trial.advance(0.0)  # a first step pays for what is loaded
        start = time.perf_counter()
        steps = trial.advance(TIMED)
        if not steps:
            return TRIED_EPOCHS
        step_s = (time.perf_counter() - start) / steps
        affordable = SHARE * time_s / TRAININGS / step_s / trial.plan.sampler.steps_per_epoch
        return min(TRIED_EPOCHS, affordable)

    def _keep(self, encoded: Encoded, config: RunConfig) -> None:
        material = material_of(encoded, self.parts.target, self._sized(config, encoded))
        self._ready[_key(config)] = encoded, _some(material, config.training.seed)

    def _resolved(self, asked: RunConfig) -> RunConfig:
        return self._sized(asked, self._ready[_key(asked)][0])

    @staticmethod
    def _sized(asked: RunConfig, encoded: Encoded) -> RunConfig:
        n_train, n_valid = (len(encoded.y[part]) for part in ("train", "valid"))
        return resolve_sizes(asked, n_train, n_valid, encoded.encoder.layout)


def _network(
    config: RunConfig, members: Members, encoded: Encoded, material: Material
) -> nn.Module:
    """The central network as a plain module of rows that are encoded once."""
    few = material.rows.take(slice(0, SAMPLE))
    ends = Ends(encoded.encoder.layout, material.look.target.n_outputs, few)
    population = fresh_population(config, members, [0], ends, config.training.seed)
    lifted: Any = population.lift_encoded(0)
    if kind_of(config.model).pictures:  # which reach a network of one's own as numbers in [0, 1]
        lifted.mean, lifted.deviation = lifted.mean / 255, lifted.deviation / 255
    module: nn.Module = lifted.to(material.rows.device)
    return module


def _some(material: Material, seed: int) -> Material:
    """Material of fewer rows, where there are many: a fault of settings shows in any part."""
    look, random = material.look, stream(seed, "check")
    taught, judged = (
        np.sort(random.permutation(len(rows))[:most])
        for rows, most in ((material.rows, MOST_TAUGHT), (look.rows, MOST_JUDGED))
    )
    rows, valid = (
        part.take(torch.from_numpy(index).to(part.device))
        for part, index in ((material.rows, taught), (look.rows, judged))
    )
    look = replace(look, rows=valid, y=look.y[judged])
    return replace(material, rows=rows, y=material.y[taught], look=look)


def _key(config: RunConfig) -> str:
    return repr((config.transform.scale, config.transform.columns))
