"""From a training to what diagnoses look at: numbers of rows, network, settings and course."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import nn

from ..batching import Rows
from ..diagnoses import Case, Course, Setting
from ..graph import Graph
from ..probes.network import PROBED, sight_of
from ..probes.rows import Part
from ..repairs import Job
from .trial import Trial

__all__ = ["case_of", "part_of", "setting_of"]

Measures = dict[tuple[str, str], float]
DROPOUTS = nn.modules.dropout._DropoutNd


def part_of(rows: Rows, y: np.ndarray | None = None) -> Part:
    """Rows as facts are taken of them; classes as whole numbers."""
    target = rows.target
    if y is not None and np.asarray(y).dtype.kind in "iu" and target.is_floating_point():
        target = torch.from_numpy(np.asarray(y)).to(target.device)
    return Part(rows.inputs, target)


def sight(job: Job, module: nn.Module) -> tuple[Graph, Measures]:
    """A look at a network of this job."""
    inputs, target = job.probed(), job.train.target[:PROBED]
    return sight_of(module, inputs, target, job.loss)


def setting_of(job: Job, takes: str, metric: str) -> Setting:
    """What a job was told, as plain numbers."""
    options, rule = job.options, job.options["optimizer"]
    decay = options["weight_decay"]
    betas = getattr(rule, "betas", None)
    drops = [float(p.p) for p in job.module.modules() if isinstance(p, DROPOUTS)]
    if job.graph is not None and any(op.function == "dropout" for op in job.graph.operations):
        drops += functional_dropout(job)
    per_epoch = max(1, len(job.train) // job.batch_size)
    penalty = options["penalty"]
    told = "" if penalty is None else penalty.name
    told = told or (options["regularizers"][0].name if options["regularizers"] else "")
    return Setting(
        task=job.task, loss=job.loss.name, takes=takes, optimizer=rule.name, lr=job.lr,
        usual_lr=job.usual_lr, batch_size=job.batch_size, epochs=float(options["epochs"]),
        n_steps=max(1, round(options["epochs"] * per_epoch)), metric=metric,
        momentum=float(
            getattr(rule, "momentum", None) or getattr(rule, "beta", None)
            or (betas[0] if betas else 0.0)
        ),
        weight_decay=float(rule.weight_decay if decay is None else decay),
        penalty=told, dropout=max(drops, default=0.0),
        decays=options["schedule"].name not in ("constant", "cyclic_cosine"),
        mean_step=options["schedule"].mean,
        norm_momentum=_oddest(job.module),
    )  # fmt: skip


def _oddest(module: nn.Module) -> float:
    """The momentum of running statistics that is farthest from the usual; NaN without any."""
    known = [
        1.0 if part.momentum is None else float(part.momentum)
        for part in module.modules() if isinstance(part, nn.modules.batchnorm._BatchNorm)
    ]  # fmt: skip
    return min(known, key=lambda m: min(m, 1 - m), default=math.nan)


def functional_dropout(job: Job) -> list[float]:
    """The shares that functions called in ``forward`` drop; seen by what is zero on some rows."""
    assert job.graph is not None
    from torch.overrides import TorchFunctionMode

    found: list[float] = []

    class Asking(TorchFunctionMode):
        def __torch_function__(
            self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            kwargs = kwargs or {}
            if getattr(func, "__name__", "").startswith("dropout"):
                p = kwargs.get("p", args[1] if len(args) > 1 else 0.5)
                found.append(float(p))
            return func(*args, **kwargs)

    with torch.no_grad(), torch.random.fork_rng([]), Asking():
        job.network()(*job.probed(4))
    return found


def case_of(trial: Trial, rows: dict[str, float], now: Measures, reference: float) -> Case:
    """Everything that is known of a training so far, of which a look was had before."""
    job, look = trial.job, trial.look
    return Case(
        setting=setting_of(job, look.takes, look.metric.name), rows=rows, graph=job.graph,
        first=dict(job.first or {}), now=now, course=course_of(trial), baseline=baseline_of(trial),
        constant=trial.liked, reference=reference, step=trial.step,
    )  # fmt: skip


def baseline_of(trial: Trial) -> float:
    """The training loss of the best constant answer, where that has a closed form."""
    job = trial.job
    if job.n_classes and trial.look.takes == "logits":
        y = trial.material.y
        share = np.bincount(y) / len(y)
        share = share[share > 0]
        return float(-(share * np.log(share)).sum())
    target = job.train.target
    if job.n_classes or job.loss.name == "custom":
        return math.nan
    middle = target.median(dim=0).values if job.loss.name == "mae" else target.mean(dim=0)
    with torch.no_grad():
        return float(job.loss(middle.expand_as(target), target).mean())


def course_of(trial: Trial) -> Course:
    """The looks of a training so far."""
    history, metric = trial.fit.history, trial.look.metric.name

    def values(name: str, member: int = 0) -> dict[int, float]:
        return dict(history.series(name, member=member))

    losses, valid = values("train_loss"), values("valid_loss")
    scores, own = values(f"valid_{metric}"), values(f"train_{metric}", -1)
    worst = trial.look.score(trial.constant)
    worst = worst if math.isfinite(worst) else 0.0
    sign = 1.0 if trial.look.metric.higher_is_better else -1.0

    def skill(score: float) -> float:
        return sign * (score - worst) / trial.span if math.isfinite(score) else -1.0

    steps = sorted(losses)
    looked = sorted(scores)
    skills = [skill(scores[s]) for s in looked]
    if not looked or looked[-1] != trial.step:
        skills = [*skills, trial.skill(trial.now)]
    return Course(
        steps=steps or [trial.step], train_loss=[losses[s] for s in steps] or trial.losses_seen,
        valid_loss=[valid[s] for s in steps], skill=skills,
        train_skill=[skill(own[s]) for s in sorted(own)],
        ratios=trial.ratios, skipped=int(trial.state.skipped.sum()),
    )  # fmt: skip
