"""torch.compile for a network of the user's own: tried where training is long, kept if it pays."""

import time
import warnings
from collections.abc import Callable
from statistics import median
from typing import Any

import torch

from ..batching import Rows
from ..models import Own
from ..training import Plan, TrainState, encoded_once, gradients

__all__ = ["compile_if_it_pays", "use_compiled"]

LEAST_S = 600.0  # of training that is to come: for less, compiling may take longer than it saves
GAIN = 0.9  # of the time of a step: what is not clearly faster is left alone
TIMES = 5


def use_compiled(state: TrainState, compiled: bool) -> None:
    """Let torch compile the network, or leave it as it is."""
    if isinstance(state.population, Own):
        state.population.use_compiled(compiled)


def compile_if_it_pays(
    state: TrainState, plan: Plan, rows: Rows, wanted: bool | None
) -> dict[str, Any]:
    """Compile the network if that is asked for, or is measured to be faster over what is to come.

    Nothing else changes: weights, statistics and random streams are as before.

    Args:
        state: fresh, of a network of the user's own.
        plan: what to do.
        rows: the training rows.
        wanted: None measures.
    Returns:
        ``used``, ``why``, and where it was measured ``eager_s`` and ``compiled_s`` of forward and
        backward of a step, and ``compiling_s``.
    """
    if state.population.chainable:
        return {"used": False, "why": "the chain rule is written out"}
    if wanted is False:
        return {"used": False, "why": "as asked"}
    trial = _trial(state, plan, rows)
    eager_s = _seconds(trial, times=1)
    if wanted is None and eager_s * state.n_steps >= LEAST_S:
        eager_s = _seconds(trial)  # the first call is slower
    if wanted is None and eager_s * state.n_steps < LEAST_S:
        why = f"training takes less than {LEAST_S:.0f} s, which seldom repays compiling"
        return {"used": False, "why": why, "eager_s": eager_s}
    eager_s, begun = _seconds(trial), time.perf_counter()
    try:
        with warnings.catch_warnings():  # of what torch itself imports
            warnings.simplefilter("ignore")
            use_compiled(state, True)
            trial()
    except Exception as error:  # whatever a compiler that is missing or stumbles may raise
        use_compiled(state, False)
        reason = " ".join(str(error).split())[:160]
        return {"used": False, "why": f"it cannot be compiled: {reason}", "eager_s": eager_s}
    compiling_s = time.perf_counter() - begun
    compiled_s = _seconds(trial)
    used = bool(wanted) or compiled_s < GAIN * eager_s
    use_compiled(state, used)
    why = f"a step takes {compiled_s / eager_s:.2f} of the time"
    return {
        "used": used, "why": "as asked" if wanted else why, "eager_s": eager_s,
        "compiled_s": compiled_s, "compiling_s": compiling_s,
    }  # fmt: skip


def _trial(state: TrainState, plan: Plan, rows: Rows) -> Callable[[], None]:
    """Forward and backward of the first step, that leave no trace."""
    encode = state.population.encode
    few = encoded_once(rows.take(slice(0, plan.sampler.batch_size)), state.population)
    batch = next(iter(few.encode(encode).blocks(plan.sampler.batch_size)))

    def trial() -> None:
        kept = [(buffer, buffer.clone()) for buffer in state.population.buffers()]
        with torch.no_grad():
            gradients(state, plan, batch)
            for buffer, before in kept:
                buffer.copy_(before)

    return trial


def _seconds(trial: Callable[[], None], times: int = TIMES) -> float:
    """Of one call."""
    each = []
    for _ in range(times):
        begun = time.perf_counter()
        trial()
        each.append(time.perf_counter() - begun)
    return median(each)
