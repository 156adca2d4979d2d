"""What it costs when idle threads spin, alone on the machine and beside other trainings.

python3 dev.py bench threads
"""

import os
import subprocess
import sys
from statistics import median
from time import perf_counter

STEPS = 60


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


def measure(policy: str, busy: int) -> float:
    """The same in a fresh process under a wait policy, beside so many that train alike."""
    command = [sys.executable, __file__]
    environment = {key: value for key, value in os.environ.items() if key != "OMP_WAIT_POLICY"}
    environment |= {"OMP_WAIT_POLICY": policy} if policy else {}
    busy_command = [*command, "busy"]
    others = [subprocess.Popen(busy_command, env=environment) for _ in range(busy)]
    try:
        done = subprocess.run([*command, "step"], env=environment, capture_output=True, check=True)
        return float(done.stdout)
    finally:
        for other in others:
            other.kill()
            other.wait()


def main() -> None:
    """Print milliseconds a step, and the ratio."""
    for busy in (0, 1, 2):
        default, passive = (
            median(measure(policy, busy) for _ in range(3)) for policy in ("", "PASSIVE")
        )
        print(
            f"{busy} other trainings: default {default:.1f} ms a step, sleeping {passive:.1f} ms,"
            f" ratio {default / passive:.2f}"
        )


if __name__ == "__main__":
    if sys.argv[1:] == ["step"]:
        print(step_ms(STEPS))
    elif sys.argv[1:] == ["busy"]:
        step_ms(10**9)
    else:
        main()
