"""Figures of merit of the runs, as tables in markdown."""

from collections.abc import Iterable
from typing import Any

import numpy as np

__all__ = ["by_name_table", "figures", "figures_table"]

Results = list[dict[str, Any]]
Row = tuple[str, str, str, bool | None]


def figures_table(results: Results) -> str:
    """Each figure beside its goal."""
    marks = {True: "yes", False: "NO", None: ""}
    lines = ["| figure | measured | goal | met |", "| --- | --- | --- | --- |"]
    return "\n".join(
        lines + [f"| {name} | {value} | {goal} | {marks[met]} |"
                 for name, value, goal, met in figures(results)]
    )  # fmt: skip


def figures(results: Results) -> list[Row]:
    """Name, value, goal, and whether it is met (None: there is no goal, or nothing to judge)."""
    done = [r for r in results if not r["failed"]]
    ill = [r for r in results if r["kind"] == "sick"]
    well = [r for r in results if r["kind"] == "healthy"]
    sick = [r for r in done if r["kind"] == "sick"]
    healthy = [r for r in done if r["kind"] == "healthy"]
    named = [(name, r) for r in sick for name in r["found"]]
    gains = [r for r in sick if r["gains"]]
    return [
        _share("sick with any finding", (r.get("found") for r in ill), 0.95),
        _share("sick with a true finding", (_true(r) for r in ill), None),
        _share("sick with all expected names",
               (not r["failed"] and not r["missing"] for r in ill), 0.80),
        _share("named findings that are true",
               (name not in r["wrong"] for name, r in named), 0.85),
        _share("healthy with any alarm", (r.get("found") for r in well), 0.04, most=True),
        _share("repaired to 90 % of the possible gain", (r["cured"] for r in gains), 0.85),
        _share("healthy made worse", (r["worse"] for r in healthy), 0.0, most=True),
        _share("sick made worse", (r["worse"] for r in sick), None),
        *_latency([share for r in sick for share in r["late"]]),
        *_times([(r["ratio"], r["plain"]["cpu_s"]) for r in done if r["ratio"] is not None]),
        ("failed", f"{len(results) - len(done)} of {len(results)}", "0", len(done) == len(results)),
    ]  # fmt: skip


def _true(result: dict[str, Any]) -> bool:
    return not result["failed"] and len(result["found"]) > len(result["wrong"])


def _share(name: str, held: Iterable[Any], goal: float | None, *, most: bool = False) -> Row:
    flags = [bool(h) for h in held]
    sign = "≤" if most else "≥"
    wanted = "" if goal is None else f"{sign} {goal:.0%}" if goal else "0"
    if not flags:
        return name, "–", wanted, None
    share = sum(flags) / len(flags)
    met = None if goal is None else share <= goal if most else share >= goal
    return name, f"{share:.1%} ({sum(flags)} of {len(flags)})", wanted, met


def _latency(shares: list[float]) -> list[Row]:
    names = (("median step of true findings", 50), ("95 % step of true findings", 95))
    if not shares:
        return [(name, "–", "≤ 10%", None) for name, _ in names]
    found = [float(np.percentile(shares, q)) for _, q in names]
    return [
        (name, f"{value:.1%}", "≤ 10%", value <= 0.1)
        for (name, _), value in zip(names, found, strict=True)
    ]


def _times(found: list[tuple[float, float]]) -> list[Row]:
    """Of ratios and the seconds of the plain training each."""
    if not found:
        return []
    ratios, seconds = np.array(found).T
    mean, worst = float(np.mean(ratios)), float(np.max(ratios))
    together = float(ratios @ seconds / seconds.sum())
    return [
        ("time with repair, all jobs together", f"x{together:.2f}", "", None),
        ("time with repair, mean", f"x{mean:.2f}", "≤ 2.5", mean <= 2.5),
        ("time with repair, worst", f"x{worst:.2f}", "≤ 5", worst <= 5),
    ]


def by_name_table(results: Results) -> str:
    """For each finding: jobs that have it, found there, repaired, and alarms where it is wrong."""
    names = sorted({name for r in results for name in (*r["expected"], *r.get("found", ()))})
    lines = [
        "| finding | jobs | found | repaired | wrong (sick) | wrong (healthy) |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name in names:
        own = [r for r in results if name in r["expected"]]
        gains = [r for r in own if r.get("gains")]
        wrong = [r["kind"] for r in results if name in r.get("wrong", ())]
        cells = (
            name, len(own), sum(name in r.get("found", ()) for r in own),
            f"{sum(r['cured'] for r in gains)} of {len(gains)}",
            wrong.count("sick"), wrong.count("healthy"),
        )  # fmt: skip
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines)
