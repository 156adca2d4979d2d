"""From data to pixels: linear and logarithmic scales with round ticks."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from .text import MINUS, compact

__all__ = ["Scale", "linear", "logarithmic", "ticks"]

LARGEST = 1e150
SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Scale:
    """One axis.

    Args:
        low: smallest value of the data.
        high: largest value; > low.
        start: pixel of ``low``.
        end: pixel of ``high``; may lie before ``start``.
        log: powers of ten keep equal distances; then low > 0.

    >>> Scale(0, 10, 100, 300)(5), Scale(1, 100, 0, 10, log=True)(10)
    (200.0, 5.0)
    """

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def __call__(self, value: float) -> float:
        """The pixel of a value, held within twice the axis so that no number grows wild."""
        if self.log:
            value = math.log10(max(_held(value), self.low / 1e3))
            low, high = math.log10(self.low), math.log10(self.high)
        else:
            low, high = self.low, self.high
        part = (_held(value) - low) / (high - low)
        return self.start + min(max(part, -1.0), 2.0) * (self.end - self.start)

    def ticks(self, count: int = 5) -> list[tuple[float, str]]:
        """Round values within the axis and how they are written."""
        if self.log:
            return _log_ticks(self.low, self.high, count)
        values = ticks(self.low, self.high, count)
        return list(zip(values, _labels(values), strict=True))


def ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Round values between two numbers, about ``count`` of them: steps of 1, 2 or 5 · 10ⁿ.

    >>> ticks(0, 10, 5), ticks(0.13, 0.42, 3)
    ([0.0, 2.0, 4.0, 6.0, 8.0, 10.0], [0.2, 0.3, 0.4])
    """
    raw = (high - low) / max(count, 1)
    magnitude = 10.0 ** math.floor(math.log10(raw))
    step = min((1, 2, 5, 10), key=lambda m: abs(m * magnitude - raw)) * magnitude
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    places = max(0, -math.floor(math.log10(step) + 1e-9))
    return [round(step * index, places) + 0.0 for index in range(first, last + 1)]


def _labels(values: list[float]) -> list[str]:
    """One number of decimal places for all ticks of an axis."""
    largest = max((abs(value) for value in values), default=0.0)
    if largest >= 1e6 or 0 < largest < 1e-3:
        return [_with_unit(value, largest) for value in values]
    step = values[1] - values[0] if len(values) > 1 else largest or 1.0
    places = max(0, -math.floor(math.log10(step) + 1e-9))
    return [f"{value:,.{places}f}".replace("-", MINUS) for value in values]


def _with_unit(value: float, largest: float) -> str:
    for unit, factor in (("bn", 1e9), ("m", 1e6)):
        if largest >= factor and largest < 1e12:
            return f"{compact(value / factor)} {unit}" if value else "0"
    return _power(value) if value > 0 else compact(value, 2)


def _log_ticks(low: float, high: float, count: int) -> list[tuple[float, str]]:
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    if last - first <= 1:
        span = high / low
        factors = (
            (1, 2, 5) if span > 20 else (1, 2, 3, 5) if span > 8 else (1, 1.5, 2, 3, 4, 5, 6, 8)
        )
        steps = [m * 10.0**e for e in range(first - 1, last + 1) for m in factors]
        values = [value for value in steps if low * 0.999 <= value <= high * 1.001]
    else:
        stride = max(1, math.ceil((last - first + 1) / (count + 1)))
        values = [10.0**exponent for exponent in range(first, last + 1, stride)]
    plain = all(0.0009 <= value < 1e6 for value in values)
    return [(value, compact(value) if plain else _power(value)) for value in values]


def _power(value: float) -> str:
    exponent = math.floor(math.log10(value) + 1e-9)
    factor = value / 10.0**exponent
    power = f"10{str(exponent).translate(SUPERSCRIPT)}"
    return power if round(factor, 1) == 1 else f"{factor:.2g}·{power}"


def linear(values: Iterable[float], start: float, end: float, *, zero: bool = False) -> Scale:
    """A linear scale that holds the values with a little air; ``zero``: and the zero."""
    finite = [_held(value) for value in values if math.isfinite(value)] or [0.0, 1.0]
    low, high = min(finite), max(finite)
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    span = high - low
    if span <= 1e-12 * max(abs(low), abs(high), 1e-300):
        pad = abs(high) * 0.1 or 1.0
    else:
        pad = 0.05 * span
    low = low if zero and low == 0 else low - pad
    high = high if zero and high == 0 else high + pad
    return Scale(low, high, start, end)


def _held(value: float) -> float:
    """Nothing so large that a difference of two could overflow."""
    return min(max(value, -LARGEST), LARGEST)


def logarithmic(values: Iterable[float], start: float, end: float) -> Scale:
    """A logarithmic scale that holds the positive values with a little air."""
    positive = [_held(v) for v in values if math.isfinite(v) and v > 0] or [1.0, 10.0]
    low, high = max(min(positive), 1e-140), max(*positive, 1e-139)
    air = max((high / low) ** 0.06, 1.15)
    return Scale(low / air, high * air, start, end, log=True)
