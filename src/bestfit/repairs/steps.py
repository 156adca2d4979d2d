"""Repairs of steps: their size, their direction, their number."""

from dataclasses import dataclass, replace

from ..diagnoses import SHY, Finding
from ..optimizers import optimizer
from ..schedules import schedule
from .base import Job, Repair, repair
from .scales import whitened

__all__ = [
    "HARDLY_ANY",
    "Adaptive",
    "Calm",
    "LargerBatches",
    "LongerSteps",
    "MoreEpochs",
    "ShorterSteps",
    "stepping",
]


def stepping(job: Job, lr: float) -> Job:
    """Another step size."""
    return job.set(f"lr {job.lr:.3g} → {lr:.3g}", lr=lr)


@repair("learning_rate_too_high")
@dataclass(frozen=True)
class ShorterSteps(Repair):
    """A tenth, a hundredth, the usual one; or one that falls to nothing."""

    def prescribe(self, job: Job, finding: Finding) -> list[Job]:
        usual = job.usual_lr
        sizes = {job.lr / 10, job.lr / 100}
        if usual < job.lr / 2:  # far below the usual one there is little to be had
            sizes = {usual, *(lr for lr in sizes if lr > usual / 5)}
        apart: list[float] = []
        for lr in sorted(sizes, reverse=True):
            if not apart or apart[-1] > 1.5 * lr:
                apart.append(lr)
        return [stepping(job, lr) for lr in apart]


@repair("learning_rate_too_low")
@dataclass(frozen=True)
class LongerSteps(Repair):
    """Ten times, a hundred times, the usual one."""

    def prescribe(self, job: Job, finding: Finding) -> list[Job]:
        usual, far = job.usual_lr, job.lr < 0.03 * job.usual_lr
        sizes = (10 * job.lr, usual, 10 * usual) if far else (3 * job.lr, 10 * job.lr, usual)
        apart: list[float] = []
        for lr in sorted(lr for lr in sizes if 2 * job.lr < lr <= 30 * usual):
            if not apart or lr > 1.5 * apart[-1]:
                apart.append(lr)
        return [stepping(job, lr) for lr in apart]


@repair("oscillating_loss")
@dataclass(frozen=True)
class Calm(Repair):
    """A falling step size, less momentum, larger batches."""

    def prescribe(self, job: Job, finding: Finding) -> list[Job]:
        rule, found = job.options["optimizer"], []
        for name in ("momentum", "beta"):
            momentum = getattr(rule, name, None)
            if isinstance(momentum, float) and momentum > 0.92:
                calmer = replace(rule, **{name: 0.9})
                found.append(job.set(f"momentum {momentum:g} → 0.9", optimizer=calmer))
        betas = getattr(rule, "betas", None)
        if betas and betas[0] > 0.95:
            calmer = replace(rule, betas=(0.9, betas[1]))
            found.append(job.set(f"beta₁ {betas[0]:g} → 0.9", optimizer=calmer))
        found.append(stepping(job, job.lr / 10))
        falling = job.set("a step size that falls to nothing", schedule=schedule["cosine"]())
        return [*found, falling]


@repair("slow_convergence")
@dataclass(frozen=True)
class Adaptive(Repair):
    """Adam, longer steps; both on uncorrelated columns of one spread where inputs stretch the
    loss. Where the step size dies too early, it falls at the end only."""

    def prescribe(self, job: Job, finding: Finding) -> list[Job]:
        found: list[Job] = []
        if finding.subject == "schedule":
            slower = schedule["cosine"]()
            return [job.set("a step size that falls to nothing at the end only", schedule=slower)]
        name = job.options["optimizer"].name
        if name not in ("adam", "adamw", "nadam"):
            adam = optimizer["adam"]()
            found.append(job.set("Adam with its usual step size", optimizer=adam, lr=None,
                                 weight_decay=None))  # fmt: skip
        if (even := whitened(found[0] if found else job)) is not None:
            found.append(even)
        found += [stepping(job, lr) for lr in (3 * job.lr, 10 * job.lr) if lr <= 30 * job.usual_lr]
        return found


@repair("batch_size_too_small")
@dataclass(frozen=True)
class LargerBatches(Repair):
    """Batches of 16 to 64 rows, for as many passes as take half of the steps."""

    def prescribe(self, job: Job, finding: Finding) -> list[Job]:
        found = []
        for size in (16, 32, 64):
            if size > 2 * job.batch_size and size <= len(job.train) // 4:
                times = min(MOST_PASSES, size / job.batch_size / 2)
                epochs = float(job.options["epochs"]) * times
                words = f"batches of {size} rows, {epochs:g} epochs"
                found.append(job.set(words, batch_size=size, epochs=epochs))
        return found


MOST_PASSES = 16  # times as many
HARDLY_ANY = 2  # epochs: too few to treat anything in


@repair("too_few_epochs")
@dataclass(frozen=True)
class MoreEpochs(Repair):
    """Five times as many passes where there were next to none, else three times; with a larger step
    size that falls, where it is not large already."""

    def prescribe(self, job: Job, finding: Finding) -> list[Job]:
        few = float(job.options["epochs"])
        epochs = few * (5 if few <= HARDLY_ANY and not finding.step else 3)
        words = f"{few:g} → {epochs:g} epochs"
        if job.lr > 3 * job.usual_lr:
            return [job.set(words, epochs=epochs)]
        lr = job.usual_lr if job.lr < SHY * job.usual_lr else 3 * job.lr
        words += f", lr {job.lr:.3g} → {lr:.3g} and falling"
        return [job.set(words, epochs=epochs, lr=lr, schedule=schedule["cosine"]())]
