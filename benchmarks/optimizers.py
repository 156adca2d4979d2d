"""Step times of bestfit's optimizers beside torch's: ``python3 dev.py bench optimizers``.

Two networks: twenty small tensors, and eight large ones. Ratios of medians of interleaved rounds
on one thread: ours / torch's default on a CPU (the loop), ours / ``fused=True`` where it exists.
"""

import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import nn

from bestfit.optimizers import optimizer

ROUNDS, STEPS = 31, 20
SIZES = {
    "20 tensors, 50,000": [(64, 64), (64,)] * 10,
    "8 tensors, 2 million": [(700, 700), (700,)] * 4,
}
T = torch.optim
RULES: dict[str, tuple[type[Any], dict[str, Any], bool]] = {
    "sgd": (T.SGD, {}, True),
    "momentum": (T.SGD, {"momentum": 0.9}, True),
    "adagrad": (T.Adagrad, {}, True),
    "rmsprop": (T.RMSprop, {}, False),
    "adam": (T.Adam, {}, True),
    "adamw": (T.AdamW, {}, True),
    "nadam": (T.NAdam, {}, False),
    "adadelta": (T.Adadelta, {}, False),
}


def main() -> None:
    torch.set_num_threads(1)
    print(f"{'':22s}{'optimizer':12s}{'ours, ms':>10s}{'/ default':>11s}{'/ fused':>9s}")
    for size, shapes in SIZES.items():
        for name, (peer, options, fused) in RULES.items():
            builds: dict[str, Callable[[list[nn.Parameter]], Any]] = {
                "ours": optimizer[name](lr=1e-3).build,
                "default": lambda p, peer=peer, options=options: peer(p, lr=1e-3, **options),
            }
            if fused:
                builds["fused"] = lambda p, peer=peer, options=options: peer(
                    p, lr=1e-3, fused=True, **options
                )
            steps = {kind: stepping(shapes, build) for kind, build in builds.items()}
            times: dict[str, list[float]] = {kind: [] for kind in steps}
            for _ in range(ROUNDS):
                for kind, step in steps.items():
                    times[kind].append(next(step))
            ms = {kind: 1e3 * statistics.median(found) for kind, found in times.items()}
            beside = f"{ms['ours'] / ms['fused']:9.2f}" if fused else f"{'–':>9s}"
            ratio = ms["ours"] / ms["default"]
            print(f"{size:22s}{name:12s}{ms['ours']:10.3f}{ratio:11.2f}{beside}", flush=True)


def stepping(
    shapes: list[tuple[int, ...]], build: Callable[[list[nn.Parameter]], Any]
) -> Iterator[float]:
    """Seconds a step, again and again."""
    params = [nn.Parameter(torch.randn(shape)) for shape in shapes]
    for p in params:
        p.grad = torch.randn(p.shape)
    opt = build(params)
    for _ in range(3):
        opt.step()
    while True:
        start = time.perf_counter()
        for _ in range(STEPS):
            opt.step()
        yield (time.perf_counter() - start) / STEPS


if __name__ == "__main__":
    main()
