"""What a guest costs: seconds of a watched loop against the same loop alone.

.venv/bin/python benchmarks/watch.py
"""

import statistics
import time

import torch
from torch import nn

import bestfit

RUNS = 7
CASES = (  # name, rows of a step, width, steps
    ("tiny: 64-16-16-10, 32 rows", 32, 16, 3_000),
    ("small: 64-256-256-10, 128 rows", 128, 256, 1_000),
    ("larger: 64-512-512-10, 256 rows", 256, 512, 400),
)


def seconds(rows: int, width: int, steps: int, *, watched: bool) -> float:
    """CPU seconds of one loop."""
    torch.manual_seed(0)
    net = nn.Sequential(
        nn.Linear(64, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 10)
    )
    adam, X, y = torch.optim.Adam(net.parameters()), torch.randn(4096, 64), torch.arange(4096) % 10
    monitor = bestfit.watch(net, adam)
    start = time.process_time()
    if watched:
        monitor.__enter__()
    for step in range(steps):
        some = slice(rows * step % 4096, rows * step % 4096 + rows)
        loss = nn.functional.cross_entropy(net(X[some]), y[some])
        adam.zero_grad()
        loss.backward()
        adam.step()
        if watched:
            monitor.record(loss=loss)
    monitor.__exit__()
    return time.process_time() - start


def main() -> None:
    """One line a case: the median of interleaved pairs."""
    torch.set_num_threads(1)
    print("| network | ms a step | watched / alone |\n|---|---|---|")
    for name, rows, width, steps in CASES:
        pairs = [
            tuple(seconds(rows, width, steps, watched=watched) for watched in (False, True))
            for _ in range(RUNS)
        ]
        ratio = statistics.median(watched / alone for alone, watched in pairs)
        alone = statistics.median(alone for alone, _ in pairs) / steps * 1e3
        print(f"| {name} | {alone:.2f} | {ratio:.3f} |", flush=True)


if __name__ == "__main__":
    main()
