"""``bestfit.fit(..., repair=True)``: from what the user gives to a job, and back to a result."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import asdict, replace
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import nn

from ..batching import Rows
from ..diagnoses import Case, Finding, Setting, diagnosis
from ..errors import InputError
from ..losses import Custom
from ..metrics import default_metric
from ..models import Own
from ..probes.rows import Part, facts_of_rows
from ..repairs import Job, repair
from ..table import Target
from .cores import threads_kept
from .events import Clock
from .examined import setting_of, sight
from .fitted import Fitted, fitted
from .look import Look
from .lr_finder import find_step_size
from .material import Material
from .module_rows import inputs_of, lengths, like_of, loss_of
from .pairing import flaw_of
from .repairing import Repairing
from .sensible import sensibly_judged
from .sizes import threads_for

__all__ = ["fit_repaired"]

HELD_BACK = 0.2  # of the training rows, where no validation rows are given
Pair = tuple[Any, Any]
Opened = Callable[[nn.Module, Pair, Pair | None, Mapping[str, Any]], tuple[Material, np.ndarray]]


def fit_repaired(
    module: nn.Module, train: Pair, valid: Pair | None, wanted: dict[str, Any], opened: Opened
) -> Fitted:
    """Train, diagnose, repair; give what is proved to be the best.

    Args:
        module: with its first weights.
        train: inputs and targets.
        valid: the same of the rows that judge; None holds back a fifth.
        wanted: settled options.
        opened: makes rows and a look of them, or refuses.
    """
    if valid is None:
        train, valid = divided(train, wanted["seed"])
    train, valid, known = without_gaps(train, valid)
    refused = ""
    try:
        material, labels = opened(module, train, valid, wanted)
    except InputError as error:
        refused = str(error)
        material, labels = forgiving(module, train, valid, wanted, error)
    decided: dict[str, Any] = {"compile": {"used": False, "why": "with repair it never is"}}
    if wanted["lr"] == "find":
        found_lr = find_step_size(partial(deepcopy, module), material.rows, material.loss, wanted)
        wanted["lr"], decided["lr"] = found_lr.lr, asdict(found_lr)
    look = material.look
    job = Job(
        module=module, train=material.rows, valid=look.rows, loss=material.loss,
        options=wanted, task=look.target.task, n_outputs=outputs_of(module, material.rows),
        n_classes=len(look.target.classes), scale=look.scale,
    )  # fmt: skip
    if not refused:
        refused, job = looked_at(job)
    flaw = flaw_found(job, look)
    refused = refused or (f"the loss is {flaw}" if flaw else "")
    job, found = mended(job, look, refused, flaw)
    look = sensibly_judged(job, look)
    known = [*known, *found]
    refused = refused or ("gaps" if known else "")
    repairing = Repairing(job, look, Clock(wanted["progress"]), refused, known)
    population = Own(job.network(), job.train.inputs)
    largest = job.batch_size * population.largest_map
    with threads_kept(threads_for(largest, torch.get_num_threads()) if largest else None):
        kept = repairing.run()
        decided["threads"] = torch.get_num_threads()
    result = fitted(kept.module, kept.fit, labels, decided, keeps_best=True)
    return replace(
        result,
        findings=[f.record() for f in repairing.findings] + result.findings,
        attempts=repairing.race.attempts,
        steps_of_inputs=kept.job.steps_of_inputs,
    )


def flaw_found(job: Job, look: Look) -> str:
    """``unbounded`` or ``unrelated``, where a loss is not least at the right answers."""
    flaw = look.takes if look.target.classes else flaw_of(job.loss, job.train.target)
    return flaw if flaw in ("unbounded", "unrelated") else ""


def looked_at(job: Job) -> tuple[str, Job]:
    """Why the network cannot be looked at, ``""`` where it can; and the job with what is seen."""
    try:
        graph, first = sight(job, job.module)
    except (RuntimeError, ValueError, TypeError, IndexError) as error:
        return " ".join(str(error).split()), job
    return "", replace(job, graph=graph, first=first)


def divided(train: Pair, seed: int) -> tuple[Pair, Pair]:
    """The rows that teach, and a fifth that judges.

    Raises:
        ShapeError: inputs and targets are not as long as each other.
    """
    y = train[1]
    for x in train[0] if isinstance(train[0], tuple) else (train[0],):
        lengths(inputs=x, targets=y)
    order = np.random.default_rng(seed).permutation(len(y))
    cut = max(1, round(HELD_BACK * len(y)))

    def take(data: Any, rows: np.ndarray) -> Any:
        if isinstance(data, tuple):
            return tuple(take(part, rows) for part in data)
        if isinstance(data, torch.Tensor):
            return data[torch.from_numpy(rows)]
        return data.iloc[rows] if hasattr(data, "iloc") else np.asarray(data)[rows]

    parts = [tuple(take(part, rows) for part in train) for rows in (order[cut:], order[:cut])]
    return parts[0], parts[1]


def without_gaps(train: Pair, valid: Pair) -> tuple[Pair, Pair, list[Finding]]:
    """The parts without rows whose target is no number, and what is to be said of it."""
    found, parts = 0, []
    for X, y in (train, valid):
        array = np.asarray(y.detach().cpu() if isinstance(y, torch.Tensor) else y)
        if array.dtype.kind != "f":
            parts.append((X, y))
            continue
        good = np.isfinite(array.reshape(len(array), -1)).all(axis=1)
        found += int((~good).sum())
        parts.append((X, y) if good.all() else (_some(X, good), array[good]))
    if not found:
        return train, valid, []
    finding = diagnosis["nonfinite_data"]().examine(
        Case(setting=blank(), rows={"bad_targets": float(found)})
    )
    assert finding is not None
    words = f"left out {found} rows without a target"
    return parts[0], parts[1], [replace(finding, repair=words)]


def _some(X: Any, good: np.ndarray) -> Any:
    if isinstance(X, tuple):
        return tuple(_some(part, good) for part in X)
    if isinstance(X, torch.Tensor):
        return X[torch.from_numpy(good)]
    return X[good] if not hasattr(X, "iloc") else X.loc[good]


def forgiving(
    module: nn.Module, train: Pair, valid: Pair, wanted: Mapping[str, Any], error: InputError
) -> tuple[Material, np.ndarray]:
    """Rows and a look by what the targets are, where loss and outputs do not go with them.

    Raises:
        InputError: the one that was met, where the targets do not explain it.
    """
    some = like_of(module)
    inputs, inputs_v = (inputs_of(part[0], some.device, some.dtype) for part in (train, valid))
    y, yv = (
        np.asarray(part[1].detach().cpu() if isinstance(part[1], torch.Tensor) else part[1])
        for part in (train, valid)
    )
    lengths(inputs=inputs[0], targets=y)
    lengths(inputs=inputs_v[0], targets=yv)
    scored_by = wanted["metric"]
    classes = y.dtype.kind != "f" if scored_by is None else "regression" not in scored_by.tasks
    read = _classes_of if classes else _numbers_of
    labels, target, (known, judged), tensors = read(y, yv, some, error)
    try:
        n_outputs = outputs_of(module, Rows(inputs, tensors[0]))
    except (RuntimeError, TypeError, ValueError, IndexError):
        raise error from None
    if target.task == "binary" and n_outputs > 1:  # one for each class
        target = replace(target, task="multiclass")
    scored_by = scored_by or default_metric(target.task)
    if target.task not in scored_by.tasks:
        raise error
    chosen = loss_of(wanted["loss"], train[1], n_outputs)
    look = Look(Rows(inputs_v, tensors[1]), judged, target, scored_by, None)
    return Material(Rows(inputs, tensors[0]), known, look, chosen), labels


Answers = tuple[np.ndarray, Target, tuple[np.ndarray, np.ndarray], list[torch.Tensor]]


def _classes_of(y: np.ndarray, yv: np.ndarray, like: torch.Tensor, error: InputError) -> Answers:
    """The classes, the target, both parts as class index, and as tensors."""
    flat, flat_v = y.reshape(-1), yv.reshape(-1)
    labels = np.unique(flat)
    many = len(labels) > max(2, len(y) // 4)
    if len(flat) != len(y) or many or not np.isin(flat_v, labels).all():
        raise error
    codes, codes_v = np.searchsorted(labels, flat), np.searchsorted(labels, flat_v)
    task = "binary" if len(labels) == 2 else "multiclass"
    target = Target("y", task, tuple(map(str, labels)))  # type: ignore[arg-type]  # one of two
    tensors = [torch.from_numpy(c.astype(np.int64)).to(like.device) for c in (codes, codes_v)]
    return labels, target, (codes, codes_v), tensors


def _numbers_of(y: np.ndarray, yv: np.ndarray, like: torch.Tensor, error: InputError) -> Answers:
    """No classes, the target, both parts as numbers, and as tensors (N, T)."""
    tables = [np.asarray(part, np.float64).reshape(len(part), -1) for part in (y, yv)]
    tensors = [torch.from_numpy(t).to(device=like.device, dtype=like.dtype) for t in tables]
    judged = tables[1][:, 0] if tables[1].shape[1] == 1 else tables[1]
    return np.zeros(0), Target("y", "regression"), (y.astype(np.float64), judged), tensors


def outputs_of(module: nn.Module, rows: Rows) -> int:
    """T of a network."""
    with torch.enable_grad(), torch.random.fork_rng([]):
        few = tuple(
            x[:2].float() / 255 if x.dtype == torch.uint8 else x[:2].clone() for x in rows.inputs
        )
        modes = [(part, part.training) for part in module.modules()]
        output = module.eval()(*few)
        for part, mode in modes:
            part.training = mode
    return 1 if output.dim() == 1 else int(output.shape[1])


def mended(job: Job, look: Look, refused: str, flaw: str) -> tuple[Job, list[Finding]]:
    """The job after repairs without which nothing can be trained at all."""
    found: list[Finding] = []
    bad = any(
        x.is_floating_point() and not bool(x.isfinite().all())
        for x in job.train.inputs + job.valid.inputs
    )
    if bad:
        facts = facts_of_rows(Part(job.train.inputs, job.train.target),
                              Part(job.valid.inputs, job.valid.target), deep=False)  # fmt: skip
        finding = diagnosis["nonfinite_data"]().examine(Case(setting=blank(), rows=facts))
        if finding is not None:
            (job,) = repair["nonfinite_data"]().prescribe(job, finding) or [job]
            found.append(replace(finding, repair=job.words[-1] if job.words else ""))
    if not refused:
        return enough_rows(job, look, found)
    takes = flaw or ("numbers" if job.n_classes else "logits")
    usable = replace(job, loss=Custom(_any_loss))
    usable = replace(usable, graph=sight(usable, job.module)[0])
    setting = replace(setting_of(usable, takes, look.metric.name), loss=job.loss.name)
    case = Case(setting=setting, graph=usable.graph)
    output = diagnosis["wrong_output_activation"]().examine(case)
    finding = output or diagnosis["wrong_loss"]().examine(case)
    if finding is None:
        return job, found
    jobs = repair["wrong_loss"]().prescribe(usable, finding)
    if not jobs:
        return job, found
    said = replace(
        finding, repair=jobs[0].words[-1], evidence={**finding.evidence, "refused": refused}
    )
    return replace(jobs[0], graph=None), [*found, said]


def enough_rows(job: Job, look: Look, found: list[Finding]) -> tuple[Job, list[Finding]]:
    """The job with larger batches, where so few rows cannot be trained with: of one row no batch
    normalisation can tell a spread."""
    try:
        with torch.no_grad(), torch.random.fork_rng([]):
            job.network().train()(*job.probed(job.batch_size))
    except ValueError as error:
        case = Case(setting=setting_of(job, look.takes, look.metric.name),
                    rows={"n": float(len(job.train))})  # fmt: skip
        finding = diagnosis["batch_size_too_small"]().examine(case)
        jobs = [] if finding is None else repair["batch_size_too_small"]().prescribe(job, finding)
        if finding is None or not jobs:
            raise
        told = {**finding.evidence, "refused": " ".join(str(error).split())}
        said = replace(finding, certain=True, evidence=told, repair=jobs[0].words[-1])
        return jobs[0], [*found, said]
    return job, found


def _any_loss(output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    return output.square().mean(dim=1)


def blank() -> Setting:
    """Settings of no training."""
    return Setting(task="", loss="", takes="", optimizer="", lr=0.0, usual_lr=0.0, batch_size=1,
                   epochs=1.0, n_steps=1, metric="")  # fmt: skip
