"""What it costs when idle threads spin, alone on the machine and beside other trainings.

python3 dev.py bench threads
"""

import os
import subprocess
import sys
from statistics import median
from time import perf_counter

from bestfit.threads import SPINS

STEPS = 60
ROUNDS = 5
POLICIES: dict[str, dict[str, str]] = {
    "default": {},
    "sleep at once": {"OMP_WAIT_POLICY": "PASSIVE"},
    "bestfit": {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": SPINS},
}


def step_ms(steps: int) -> float:
    """Mean milliseconds of a step of 16 × (256 → 128 → 128 → 1) in this process."""
    import torch

    weights = [
        torch.randn(16, a, b, requires_grad=True) for a, b in ((256, 128), (128, 128), (128, 1))
    ]
    x, taken = torch.randn(16, 256, 256), []
    for _ in range(steps):
        begun = perf_counter()
        y = torch.relu(torch.bmm(torch.relu(torch.bmm(x, weights[0])), weights[1]))
        torch.bmm(y, weights[2]).square().mean().backward()
        taken.append(1000 * (perf_counter() - begun))
    return sum(taken[5:]) / len(taken[5:])


def measure(policy: dict[str, str], busy: int) -> float:
    """The same in a fresh process under a policy, beside so many that train alike."""
    command = [sys.executable, __file__]
    known = {name for each in POLICIES.values() for name in each}
    environment = {key: value for key, value in os.environ.items() if key not in known} | policy
    others = [subprocess.Popen([*command, "busy"], env=environment) for _ in range(busy)]
    try:
        done = subprocess.run([*command, "step"], env=environment, capture_output=True, check=True)
        return float(done.stdout)
    finally:
        for other in others:
            other.kill()
            other.wait()


def main() -> None:
    """Print milliseconds a step for each policy, the rounds interleaved."""
    for busy in (0, 1, 2):
        found: dict[str, list[float]] = {name: [] for name in POLICIES}
        for _ in range(ROUNDS if not busy else 3):
            for name, policy in POLICIES.items():
                found[name].append(measure(policy, busy))
        said = (f"{name} {median(times):.1f} ms" for name, times in found.items())
        print(f"{busy} other trainings: " + ", ".join(said))


if __name__ == "__main__":
    if sys.argv[1:] == ["step"]:
        print(step_ms(STEPS))
    elif sys.argv[1:] == ["busy"]:
        step_ms(10**9)
    else:
        main()
