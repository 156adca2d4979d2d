"""Scales, marks, colours and words."""

import math
import re
from importlib import resources
from itertools import pairwise

import pytest

from bestfit.report.lessons import LESSONS
from bestfit.report.plots import Label, end_labels, frame_of
from bestfit.report.rows_plot import Row, interval_rows
from bestfit.report.scales import Scale, linear, logarithmic, ticks
from bestfit.report.svg import path, tag, text, thin
from bestfit.report.text import compact, share

FINDINGS = """
vanishing_gradient exploding_gradient dead_relu saturated_activation oscillating_loss
slow_convergence learning_rate_too_high learning_rate_too_low overfitting underfitting
over_regularised bad_initialisation missing_activation wrong_output_activation wrong_loss
unscaled_inputs unscaled_targets class_imbalance data_leakage label_noise target_outliers
train_val_shift nonfinite_data frozen_layers batchnorm_mismatch batch_size_too_small
too_few_epochs
"""


@pytest.mark.parametrize("power", range(-9, 10, 3))
@pytest.mark.parametrize(("low", "high"), [(0, 1), (-3, 7), (0.13, 0.17), (99, 101), (-1e-3, 0)])
def test_ticks_are_few_round_and_inside(low, high, power):
    low, high = low * 10.0**power, high * 10.0**power
    found = ticks(low, high, 5)
    assert 3 <= len(found) <= 11
    assert all(low - 1e-9 * abs(low) <= value <= high + 1e-9 * abs(high) for value in found)
    step = min(b - a for a, b in pairwise(found))
    mantissa = step / 10.0 ** math.floor(math.log10(step) + 1e-9)
    assert min(abs(mantissa - m) for m in (1, 2, 5)) < 1e-6


@pytest.mark.parametrize(("low", "high"), [(1, 2), (1e-7, 3), (0.002, 0.9), (950, 1e6), (3e4, 4e4)])
def test_log_ticks_are_told_apart(low, high):
    labels = [label for _, label in Scale(low, high, 0, 1, log=True).ticks()]
    assert 2 <= len(labels) <= 10
    assert len(set(labels)) == len(labels)


@pytest.mark.parametrize(
    "values", [[], [math.nan], [5.0], [0.0, 0.0], [-1e308, 1e308], [1, math.inf]]
)
def test_scales_take_any_values(values):
    for scale in (linear(values, 0, 100), logarithmic(values, 0, 100)):
        assert scale.high > scale.low
        assert all(math.isfinite(scale(value)) for value in (0.0, 1.0, -1e300, 1e300))


def test_scale_is_a_straight_line():
    scale = Scale(-10, 30, 0, 400)
    assert [scale(value) for value in (-10, 0, 30)] == [0, 100, 400]
    assert Scale(1, 1000, 0, 3, log=True)(10) == pytest.approx(1)


def test_text_and_attributes_are_escaped():
    assert "<b>" not in text(0, 0, "<b>") and "&lt;b&gt;" in text(0, 0, "<b>")
    assert tag("rect", class_='"><x') == '<rect class="&#34;&gt;&lt;x"/>'


def test_a_line_breaks_where_a_value_is_missing():
    drawn = path([(0, 0), (1, 1), (2, math.nan), (3, 3), (4, 4)], "line")
    assert 'd="M0 0L1 1M3 3L4 4"' in drawn


def test_thinning_keeps_both_ends():
    points = [(float(i), float(i)) for i in range(10_000)]
    kept = thin(points, 100)
    assert len(kept) == 100 and kept[0] == points[0] and kept[-1] == points[-1]


def test_labels_at_line_ends_never_lie_on_each_other():
    frame = frame_of(Scale(0, 1, 0, 1), Scale(0, 1, 0, 1))
    drawn = end_labels(frame, [Label(0.5 + i * 1e-3, f"layer {i}") for i in range(8)])
    ys = sorted(float(y) for y in re.findall(r' y="([\d.-]+)"', drawn))
    assert all(b - a >= 12.5 for a, b in pairwise(ys))
    assert ys[-1] <= frame.bottom + 5


def test_a_hopeless_anchor_does_not_squeeze_the_rest():
    rows = [
        Row("bestfit", 0.927, "0.927", 0.922, 0.932, "best"),
        Row("trees", 0.926, "0.926", 0.921, 0.931),
        Row("constant", 0.5, "0.500", 0.5, 0.5),
    ]
    drawn = interval_rows(rows, "", higher_is_better=True)
    best, trees = (float(x) for x in re.findall(r'cx="([\d.]+)"', drawn))
    assert best - trees > 5  # pixels; on an axis from 0.5 it would be half a pixel
    assert "◂" in drawn and "0.500" in drawn


def test_every_public_finding_is_explained():
    assert sorted(LESSONS) == sorted(FINDINGS.split())


@pytest.mark.parametrize("value", [0.0, 1e-12, 0.5, 1, 999.9, 1e5, 1e12, -3.25, 1e-5])
def test_numbers_are_short_and_near(value):
    shown = compact(value)
    assert len(shown) <= 9
    read = float(shown.replace("−", "-").replace(",", ""))
    assert read == pytest.approx(value, rel=5e-3)


def test_a_part_never_reads_as_nothing_or_all():
    assert share(1, 10**9) != share(0, 10**9)
    assert share(10**9 - 1, 10**9) != share(10**9, 10**9)


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    bent = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * bent[0] + 0.7152 * bent[1] + 0.0722 * bent[2]


@pytest.mark.parametrize("scheme", [0, 1, 2], ids=["light", "dark", "print"])
def test_text_has_contrast(scheme):
    """WCAG 2.2, level AA: 4.5 for text, 3 for lines and dots."""
    css = resources.files("bestfit.report").joinpath("templates", "page.css").read_text()
    blocks = re.findall(r":root\s*{(.*?)}", css, re.DOTALL)
    assert len(blocks) == 3
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", blocks[scheme]))

    def contrast(one: str, other: str) -> float:
        pair = sorted((luminance(colours[one]), luminance(colours[other])))
        return (pair[1] + 0.05) / (pair[0] + 0.05)

    for ground in ("paper", "card"):
        for ink in ("ink", "soft", "accent"):
            assert contrast(ink, ground) >= 4.5, (ink, ground)
        assert contrast("train", ground) >= 3
    assert contrast("card", "accent") >= 4.5 and contrast("card", "warn") >= 4.5
    assert contrast("warn", "warn-soft") >= 4.5 and contrast("ink", "track") >= 4.5
    assert contrast("soft", "track") >= 4.5
    for shade in range(9):
        assert contrast("ink" if shade < 6 else "on-dark", f"q{shade}") >= 4.5, shade
