"""Repairs of what does not belong together: outputs, losses; and of layers that do nothing."""

from dataclasses import dataclass, replace

from torch import nn

from ..diagnoses import Finding
from ..losses import Loss, loss
from .base import Job, Repair, repair
from .rewired import Rule, torch_named
from .surgery import insert_after, let_flow, linear_calls, resized, rewired, swap_operations

__all__ = [
    "Bent",
    "Flowing",
    "PlainOutput",
    "UsualLoss",
    "register_lists",
    "usual_loss",
]

SMOOTH = {"sign": "tanh", "sgn": "tanh", "heaviside": "sigmoid"}  # of others what they read
USUAL = {"binary": "binary_cross_entropy", "multiclass": "cross_entropy", "regression": "mse"}


def usual_loss(job: Job) -> Loss:
    """The likelihood of targets like these; what the job's own loss is, if it is one of them."""
    name = (
        "binary_cross_entropy"
        if job.task != "regression" and job.n_outputs == 1
        else USUAL[job.task]
    )
    if job.task == "multiclass" or (job.task == "binary" and job.n_outputs > 1):
        name = "cross_entropy"
    kept = job.loss.name in (name, "focal", "hinge", "huber", "mae") and (
        job.task == "regression" or job.loss.name in (name, "focal", "hinge")
    )
    return job.loss if kept else loss[name]()


def _of_classes(job: Job) -> Job:
    """The job with classes as whole numbers, where its loss takes these."""
    if not job.n_classes or job.loss.name == "custom":
        return job
    parts = [
        replace(rows, target=rows.target.reshape(len(rows), -1)[:, 0].long())
        if rows.target.is_floating_point()
        else rows
        for rows in (job.train, job.valid)
    ]
    return replace(job, train=parts[0], valid=parts[1])


@repair("wrong_output_activation")
@dataclass(frozen=True)
class PlainOutput(Repair):
    """The last activation goes; the loss takes what comes then."""

    def prescribe(self, job: Job, finding: Finding) -> list[Job]:
        last = None if job.graph is None else job.graph.last
        if last is None:
            return []
        module = swap_operations(job.module, [last], "identity")
        words = f"took {last.function} off the output ({last.module or 'forward'})"
        return [_of_classes(job.but(words, module=module, loss=usual_loss(job)))]


@repair("wrong_loss")
@dataclass(frozen=True)
class UsualLoss(Repair):
    """The likelihood of the targets, on plain outputs, as many as it needs."""

    def prescribe(self, job: Job, finding: Finding) -> list[Job]:
        graph, module = job.graph, job.module
        if graph is None:
            return []
        words = []
        if graph.last is not None and graph.last.kind in ("bounded", "rectified", "shares"):
            module = swap_operations(module, [graph.last], "identity")
            words.append(f"took {graph.last.function} off the output")
        classes = job.n_classes
        outputs = (
            job.n_outputs
            if job.task == "regression"
            else (1 if classes == 2 and job.n_outputs == 1 else classes)
        )
        if outputs != job.n_outputs:
            larger = resized(module, graph, outputs, int(job.options["seed"]))
            if larger is None:
                return []
            module = larger
            words.append(f"{outputs} outputs")
        changed = job.but("", module=module, n_outputs=outputs)
        chosen = usual_loss(changed)
        if not finding.certain and not classes:  # it is least elsewhere than the metric
            chosen = loss["mae" if finding.evidence.get("metric") == "mae" else "mse"]()
        words.append(f"the loss {chosen.name}")
        said = ", ".join(words)
        return [_of_classes(job.but(said, module=module, loss=chosen, n_outputs=outputs))]


@repair("missing_activation")
@dataclass(frozen=True)
class Bent(Repair):
    """A ReLU between linear layers."""

    def prescribe(self, job: Job, finding: Finding) -> list[Job]:
        paths = list(finding.evidence.get("after", ()))
        if job.graph is None or not paths:
            return []
        words = f"put a ReLU behind {', '.join(paths[:4])}"
        made = insert_after(job.module, paths, lambda _: torch_named("relu"))
        if made is None:
            made = rewired(job.module, linear_calls(job.graph, paths))
        return [job.but(words, module=made)]


@repair("frozen_layers")
@dataclass(frozen=True)
class Flowing(Repair):
    """Nothing is fixed, and no gradient is cut off, or lost in steps."""

    def prescribe(self, job: Job, finding: Finding) -> list[Job]:
        if finding.evidence.get("why") == "not registered":
            module = job.network()
            if not register_lists(module):
                return []
        elif finding.evidence.get("why") == "marked so":
            module = job.network()
            for p in module.parameters():
                if p.is_floating_point():
                    p.requires_grad_(True)
        elif functions := finding.evidence.get("functions"):
            rules = [Rule(name, None, SMOOTH.get(name, "identity")) for name in functions]
            module = rewired(job.network(), rules)
        else:
            module = let_flow(job.module)
        return [job.but(f"let the gradient reach {finding.subject}", module=module)]


def register_lists(module: nn.Module) -> bool:
    """Make layers that stand in plain lists and dictionaries parts of the network, in place."""
    found = False
    for part in list(module.modules()):
        for name, value in list(vars(part).items()):
            if (
                isinstance(value, list | tuple)
                and value
                and all(isinstance(v, nn.Module) for v in value)
            ):
                delattr(part, name)
                setattr(part, name, nn.ModuleList(value))
                found = True
            elif (
                isinstance(value, dict)
                and not name.startswith("_")
                and value
                and all(isinstance(v, nn.Module) for v in value.values())
            ):
                delattr(part, name)
                setattr(part, name, nn.ModuleDict(value))
                found = True
    return found
