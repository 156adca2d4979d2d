"""A step of a population: what members cost, what of it is products, and what is neither.

    python3 dev.py bench population

100,000 × 50 rows in single precision, Adam, squared error, batches of 256; everything is measured
in turn, several rounds in one process, and medians are printed.
"""

import resource
import time
from collections.abc import Callable
from itertools import pairwise
from statistics import median

import torch
from torch import nn

from bestfit.batching import Rows, Sampler
from bestfit.losses import loss
from bestfit.models import MLP, Own, Population
from bestfit.optimizers import optimizer
from bestfit.schedules import schedule
from bestfit.threads import wait_calmly
from bestfit.training import Member, Plan, TrainState, train
from bestfit.transforms import Layout

ROWS, COLUMNS, BATCH, LR = 100_000, 50, 256, 1e-3
ROUNDS = 9
Work = Callable[[], object]


def cpu_s() -> float:
    """CPU seconds of this process, all threads."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def seconds(works: dict[str, tuple[Work, int]]) -> dict[str, tuple[float, float]]:
    """Median wall and CPU seconds of one call of each.

    Args:
        works: what to do, and how often in a round.
    """
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in works}
    for turn in range(1 + ROUNDS):
        for name, (work, times) in works.items():
            begun, spent = time.perf_counter(), cpu_s()
            for _ in range(times):
                work()
            if turn:  # the first one warms up
                found[name].append(
                    ((time.perf_counter() - begun) / times, (cpu_s() - spent) / times)
                )
    return {name: (median(w for w, _ in f), median(c for _, c in f)) for name, f in found.items()}


def table() -> Rows:
    """Rows and a target that can be learnt."""
    x = torch.randn(ROWS, COLUMNS, generator=torch.Generator().manual_seed(0))
    return Rows((x,), x.sum(dim=1, keepdim=True) / 7)


def coded(rows: Rows) -> Rows:
    """The same with codes of categories, of which there are none."""
    return Rows((*rows.inputs, torch.empty(len(rows), 0, dtype=torch.int64)), rows.target)


def packed(members: int, width: int) -> Population:
    """Perceptrons of two hidden layers on plain numbers."""
    layout = Layout(tuple(f"x{i}" for i in range(COLUMNS)), ((),) * COLUMNS, ())
    return MLP(width=width, blocks=2).build(layout, 1, members, seed=0)


class Training:
    """A population on its way, a step at a call.

    Args:
        population: of networks.
        rules: optimizers by name, in equal runs of members.
        rows: to train on.
        batch: rows of a step.
        precision: of products.
    """

    def __init__(
        self,
        population: Population,
        rows: Rows,
        rules: tuple[str, ...] = ("adam",),
        batch: int = BATCH,
        precision: str = "float32",
    ) -> None:
        k = population.members
        members = [
            Member(j, optimizer[rules[j * len(rules) // k]](), LR * (1 + j / 16)) for j in range(k)
        ]
        self.state = TrainState(population, members, 10**9, precision=precision)
        self.plan = Plan(
            sampler=Sampler(len(rows), batch, 0), loss=loss["mse"](), clip_norm=None, seed=0,
            schedule=schedule["constant"](), validate_every=10**9,
        )  # fmt: skip
        self.rows, self.batch = rows, batch
        self.inputs = tuple(t[:batch].unsqueeze(0) for t in rows.inputs)
        self._steps = train(self.state, self.plan, rows)
        next(self._steps)

    def step(self) -> None:
        """Everything: rows, forward, backward, update."""
        next(self._steps)

    def computing(self) -> None:
        """Forward, loss, backward and update of one batch that is there already."""
        state = self.state
        target = self.rows.target[: self.batch].unsqueeze(0)
        with torch.inference_mode():
            output = state.propagation.forward(self.inputs, [])
            self.plan.loss(output, target).sum(dim=1)
            state.propagation.backward(self.plan.loss.slope(output, target, 1 / self.batch))
            state.movers[0].step(1.0)

    def loading(self) -> None:
        """All batches of an epoch."""
        for _ in self.plan.sampler.epoch(self.rows, 1, encode=self.state.population.encode):
            pass

    @property
    def products(self) -> int:
        """Floating point operations of the products of a step, forward and backward."""
        weights = [w for w in self.state.population.parameters() if w.dim() == 3 and w.numel()]
        each = [2 * w.numel() * self.batch for w in weights]
        return sum(3 * n for n in each) - each[0]  # nobody asks for the slope by the inputs


def sgemm(width: int, members: int = 1) -> tuple[Work, int]:
    """A product of the machine's own library, and its floating point operations."""
    a, b, out = (torch.empty(members, n, width).normal_() for n in (BATCH, width, BATCH))
    if members == 1:
        return lambda: torch.mm(a[0], b[0], out=out[0]), 2 * BATCH * width * width
    return lambda: torch.bmm(a, b, out=out), members * 2 * BATCH * width * width


def members_and_products(rows: Rows) -> None:
    """What 16 members cost beside one, and how fast that is beside plain products."""
    print("16 members beside one: 2 blocks, batch 256; products alone as the library does them")
    big = torch.randn(1024, 1024)
    for width in (128, 256, 512):
        trainings = {k: Training(packed(k, width), coded(rows)) for k in (1, 16)}
        half = Training(packed(16, width), coded(rows), precision="bfloat16")
        model = nn.Sequential(
            nn.Linear(COLUMNS, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(),
            nn.Linear(width, 1),
        )  # fmt: skip
        together, together_flop = sgemm(width, 16)
        found = seconds(
            {
                "one member": (trainings[1].step, 60),
                "16 members": (trainings[16].step, 12),
                "16 members, bfloat16 products": (half.step, 12),
                "plain torch loop, one network": (plain_step(model, rows), 60),
                "mm 1024 × 1024 × 1024": (lambda: torch.mm(big, big), 4),
                f"bmm 16 × 256 × {width} × {width}": (together, 20),
            }
        )
        flop = {
            "one member": trainings[1].products, "16 members": trainings[16].products,
            "mm 1024 × 1024 × 1024": 2 * 1024**3,
            f"bmm 16 × 256 × {width} × {width}": together_flop,
        }  # fmt: skip
        peak = flop["mm 1024 × 1024 × 1024"] / found["mm 1024 × 1024 × 1024"][0]
        print(f"\nwidth {width}:                        ms    CPU-ms   × one   GFLOP/s  of mm")
        one = found["one member"][0]
        for name, (wall, cpu) in found.items():
            rate = flop[name] / wall if name in flop else 0.0
            said = f"{rate / 1e9:8.0f} {rate / peak:6.0%}" if rate else ""
            print(
                f"  {name:32} {1e3 * wall:7.3f} {1e3 * cpu:7.3f} {wall / one:7.2f} {said}",
                flush=True,
            )


def plain_step(model: nn.Module, rows: Rows) -> Work:
    """A step as it is written by hand."""
    adam, x, y = torch.optim.Adam(model.parameters(), lr=LR), rows.inputs[0], rows.target

    def step() -> None:
        some = torch.randint(len(x), (BATCH,))
        adam.zero_grad()
        nn.functional.mse_loss(model(x[some]), y[some]).backward()
        adam.step()

    return step


def dropping(rows: Rows) -> None:
    """Members that leave make the rest faster."""
    trainings = {k: Training(packed(16, 128), coded(rows)) for k in (16, 12, 8, 4, 2, 1)}
    for k, training in trainings.items():
        if k < 16:
            training.state.keep(range(k))
    found = seconds({str(k): (training.step, 12) for k, training in trainings.items()})
    print("\nof 16 members (width 128) are left: ms a step")
    print("  " + ", ".join(f"{k}: {1e3 * wall:.2f}" for k, (wall, _) in found.items()))


def rules(rows: Rows) -> None:
    """Optimizers side by side."""
    names = ("adam", "sgd", "rmsprop", "adagrad")
    found = seconds(
        {
            f"{n} optimizers": (Training(packed(16, 128), coded(rows), names[:n]).step, 12)
            for n in (1, 2, 4)
        }
    )
    print("\n16 members (width 128) with optimizers of their own: ms a step")
    print("  " + ", ".join(f"{name}: {1e3 * wall:.2f}" for name, (wall, _) in found.items()))


def overhead(rows: Rows) -> None:
    """What a step takes beside its computing: rows, loop, guards."""
    print("\nloading and overhead of one network, 50 → width → … → 1")
    for width, depth, batch in ((64, 2, 32), (256, 3, 256), (512, 3, 1024)):
        widths, layers = [COLUMNS, *[width] * depth], []
        for n_in, n_out in pairwise(widths):
            layers += [nn.Linear(n_in, n_out), nn.ReLU()]
        model = nn.Sequential(*layers, nn.Linear(width, 1))
        training = Training(Own(model, rows.inputs), rows, batch=batch)
        steps = training.plan.sampler.steps_per_epoch
        found = seconds(
            {
                "step": (training.step, 100),
                "computing": (training.computing, 100),
                "loading": (training.loading, 1),
            }
        )
        step, computing = found["step"][0], found["computing"][0]
        loading = found["loading"][0] / steps
        print(
            f"  {depth} × {width}, batch {batch}: step {1e3 * step:.3f} ms, its computing alone "
            f"{1e3 * computing:.3f} ms, so {1 - computing / step:.1%} is loading and overhead; "
            f"loading alone {loading / step:.1%}",
            flush=True,
        )


def main() -> None:
    """Print the tables."""
    wait_calmly()
    rows = table()
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads\n")
    members_and_products(rows)
    dropping(rows)
    rules(rows)
    overhead(rows)


if __name__ == "__main__":
    main()
