"""Evaluations of L-BFGS to a relative gap of 1e-6: ``python3 dev.py bench line_search``.

Loss and gradient count as one; – is: not within 2,000. bestfit in one long call and one step a
call, torch with its strong Wolfe search (in one call, its tests off; one step a call) and SciPy's
L-BFGS-B; all remember 20 pairs. From five starts each, moved by 1 %: the median, and how many
arrive.
"""

import statistics
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np
import torch
from scipy.optimize import minimize
from torch import Tensor, nn

from bestfit.optimizers import LBFGS

MOST, STARTS, CLOSE, PAIRS = 2_000, 5, 1e-6, 20
Loss = Callable[[Tensor], Tensor]


def rosenbrock(x: Tensor) -> Tensor:
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


def bowl(n: int, condition: float) -> Loss:
    curvature = torch.logspace(0, float(np.log10(condition)), n, dtype=torch.float64)
    return lambda x: 0.5 * (curvature * (x - 1) ** 2).sum()


def wood(x: Tensor) -> Tensor:
    a, b, c, d = x
    valley = 100 * (b - a * a) ** 2 + (1 - a) ** 2 + 90 * (d - c * c) ** 2 + (1 - c) ** 2
    return valley + 10.1 * ((b - 1) ** 2 + (d - 1) ** 2) + 19.8 * (b - 1) * (d - 1)


PROBLEMS: dict[str, tuple[Loss, list[float], float]] = {
    "bowl 8-D, condition 1e4": (bowl(8, 1e4), [0.0] * 8, 0.0),
    "bowl 50-D, condition 1e6": (bowl(50, 1e6), [0.0] * 50, 0.0),
    "Rosenbrock 2": (rosenbrock, [-1.2, 1.0], 0.0),
    "Rosenbrock 10": (rosenbrock, [-1.2, 1.0] * 5, 0.0),
    "Rosenbrock 100": (rosenbrock, [-1.2, 1.0] * 50, 0.0),
    "Rosenbrock 2 × 1e-6": (lambda x: 1e-6 * rosenbrock(x), [-1.2, 1.0], 0.0),
    "Rosenbrock 2 × 1e6": (lambda x: 1e6 * rosenbrock(x), [-1.2, 1.0], 0.0),
    "Wood": (wood, [-3.0, -1.0, -3.0, -1.0], 0.0),
    "Σ log(0.01 + x²)": (
        lambda x: torch.log(1e-2 + x**2).sum(), [0.5, 1.0, 2.0], 3 * float(np.log(1e-2))
    ),
    "x − log x": (lambda x: (x - torch.log(x)).sum(), [50.0], 1.0),
}  # fmt: skip


def main() -> None:
    ways: dict[str, Callable[..., int | None]] = {
        "bestfit": lambda *p: by_steps(LBFGS(max_iter=MOST, history_size=PAIRS).build, *p),
        "bestfit, 1": lambda *p: by_steps(LBFGS(max_iter=1, history_size=PAIRS).build, *p),
        "torch": lambda *p: by_steps(lambda w: torchs(w, MOST), *p),
        "torch, 1": lambda *p: by_steps(lambda w: torchs(w, 1), *p),
        "SciPy": by_scipy,
    }  # fmt: skip
    print(f"| {'problem':26s} |" + "".join(f" {way:>14s} |" for way in ways))
    print("|---|" + "---|" * len(ways))
    for name, (loss, start, lowest) in PROBLEMS.items():
        random, cells = np.random.default_rng(0), []
        starts = [
            np.array(start) * (1 + 0.01 * random.normal(size=len(start))) for _ in range(STARTS)
        ]
        for way in ways.values():
            found = [way(loss, s, lowest) for s in starts]
            arrived = [n for n in found if n is not None]
            middle = f"{statistics.median(arrived):.0f}" if arrived else "–"
            cells.append(
                middle if len(arrived) == STARTS else f"{middle} ({len(arrived)} of {STARTS})"
            )
        print(f"| {name:26s} |" + "".join(f" {cell:>14s} |" for cell in cells), flush=True)


def torchs(w: list[nn.Parameter], steps: int) -> Any:
    return torch.optim.LBFGS(
        w, max_iter=steps, max_eval=MOST if steps > 1 else None, history_size=PAIRS,
        tolerance_grad=0, tolerance_change=0, line_search_fn="strong_wolfe",
    )  # fmt: skip


class _Arrived(Exception):
    """The gap is small, or there have been too many evaluations."""


def by_steps(
    build: Callable[[list[nn.Parameter]], Any], loss: Loss, start: np.ndarray, lowest: float
) -> int | None:
    w = nn.Parameter(torch.from_numpy(start.copy()))
    opt = build([w])
    gap0 = float(loss(w.detach())) - lowest
    seen = [0, False]

    def closure() -> Tensor:
        opt.zero_grad()
        value = loss(w)
        value.backward()
        seen[0] += 1
        seen[1] = float(value.detach()) - lowest <= CLOSE * gap0
        if seen[1] or seen[0] >= MOST:
            raise _Arrived
        return value

    with suppress(_Arrived):
        for _ in range(MOST):
            before = w.detach().clone()
            opt.step(closure)
            if torch.equal(before, w.detach()):
                break
    return int(seen[0]) if seen[1] else None


def by_scipy(loss: Loss, start: np.ndarray, lowest: float) -> int | None:
    gap0 = float(loss(torch.from_numpy(start))) - lowest
    seen = [0, False]

    def both(v: np.ndarray) -> tuple[float, np.ndarray]:
        x = torch.tensor(v, dtype=torch.float64, requires_grad=True)
        value = loss(x)
        (g,) = torch.autograd.grad(value, x)
        seen[0] += 1
        seen[1] = seen[1] or float(value.detach()) - lowest <= CLOSE * gap0
        if seen[1]:
            raise _Arrived
        return float(value.detach()), g.numpy()

    options = {"maxcor": PAIRS, "ftol": 0, "gtol": 0, "maxfun": MOST, "maxiter": MOST}
    with suppress(_Arrived):
        minimize(both, start, jac=True, method="L-BFGS-B", options=options)
    return int(seen[0]) if seen[1] else None


if __name__ == "__main__":
    main()
