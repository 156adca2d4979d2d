"""What rows show before anything is trained."""

import pytest
import torch

from bestfit.probes.copies import copied_rows
from bestfit.probes.rows import Part, facts_of_rows, standard_of


def rows(n, seed, *, flipped=0.0):
    random = torch.Generator().manual_seed(seed)
    x = torch.randn(n, 5, generator=random)
    y = (x[:, 0] + x[:, 1] > 0).long()
    wrong = torch.rand(n, generator=random) < flipped
    return Part((x,), torch.where(wrong, 1 - y, y))


def test_plain_rows_show_nothing():
    facts = facts_of_rows(rows(800, 0), rows(400, 1))
    assert facts["copied"] == 0 and facts["near"] < 0.02 and facts["bad_inputs"] == 0
    assert facts["shift_mean"] < 0.3 and abs(facts["noise"] - facts["noise_valid"]) < 0.06
    assert 0.9 < facts["scale_high"] < 1.2


def test_copies_are_counted_and_found():
    valid = rows(200, 1)
    x = torch.cat([rows(600, 0).inputs[0], valid.inputs[0][:100]])
    train = Part((x,), torch.zeros(700, dtype=torch.int64))
    assert facts_of_rows(train, valid)["copied"] == pytest.approx(0.5)
    assert copied_rows(train, valid) == list(range(600, 700))


def test_wrong_labels_contradict_their_neighbours():
    facts = facts_of_rows(rows(1000, 0, flipped=0.3), rows(500, 1))
    assert facts["noise"] - facts["noise_valid"] > 0.15
    assert facts["noise_sure"] > 5


def test_numbers_of_few_rows_are_noisier_by_chance():
    """Twice the noise of the other part is nothing on forty rows, on two thousand it is."""
    found = []
    for n in (40, 2000):
        parts = []
        for seed, loud in ((0, 2.0), (1, 1.0)):
            random = torch.Generator().manual_seed(seed)
            x = torch.randn(n, 2, generator=random)
            parts.append(Part((x,), 3 * x[:, :1] + loud * torch.randn(n, 1, generator=random)))
        found.append(facts_of_rows(*parts)["noise_sure"])
    assert found[0] < 4 < 8 < found[1]


def drawn(n, seed, *, blind, spread):
    """Six clouds; a share of their rows has any class."""
    random = torch.Generator().manual_seed(seed)
    centres = 4 * torch.eye(6, 8)
    y = torch.randint(0, 6, (n,), generator=random)
    x = centres[y] + spread * torch.randn(n, 8, generator=random)
    any_class = torch.randint(0, 6, (n,), generator=random)
    return Part((x,), torch.where(torch.rand(n, generator=random) < blind, any_class, y))


def test_classes_drawn_blindly_are_told_from_classes_that_overlap():
    found = [
        facts_of_rows(*(drawn(n, s, blind=blind, spread=spread) for n, s in ((900, 0), (300, 1))))
        for blind, spread in ((0.3, 1.0), (0.0, 2.2))
    ]
    assert all(0.1 < facts["noise"] < 0.5 for facts in found)
    assert found[0]["noise_apart"] > 0.9 > 0.8 > found[1]["noise_apart"]
    assert "noise_apart" not in facts_of_rows(rows(900, 0, flipped=0.3), rows(300, 1))


def test_a_column_that_parts_the_classes_is_seen_wherever_its_gap_lies():
    skills = []
    for rare in (0.5, 0.47, 0.361):  # bins of equal numbers of rows straddle the gap
        parts = []
        for seed, n in ((0, 800), (1, 400)):
            random = torch.Generator().manual_seed(seed)
            y = (torch.rand(n, generator=random) < rare).long()
            x = torch.randn(n, 4, generator=random)
            x[:, 2] = 2.0 * y - 1 + 0.1 * x[:, 2]
            parts.append(Part((x,), y))
        facts = facts_of_rows(*parts)
        assert facts["single_column"] == 2
        skills.append(facts["single"])
    assert skills == [1.0, 1.0, 1.0]


def test_what_other_columns_say_together_is_asked_beside_a_telling_one():
    parts = []
    for seed, n in ((0, 800), (1, 400)):
        random = torch.Generator().manual_seed(seed)
        x = torch.randn(n, 3, generator=random)
        y = (x[:, 0] * x[:, 1] > 0).long()  # of which neither says anything alone
        x[:, 2] = 2.0 * y - 1 + 0.02 * x[:, 2]
        parts.append(Part((x,), y))
    facts = facts_of_rows(*parts)
    assert facts["single"] > 0.985 and facts["single_next"] < 0.15
    assert facts["others_skill"] > 0.7 and facts["single_within"] < 0.001


def test_copies_of_rows_that_hold_names_are_counted():
    random = torch.Generator().manual_seed(0)
    words, y = torch.randint(0, 60, (900, 12), generator=random), torch.arange(900) % 2
    train, fresh = (Part((words[s],), y[s]) for s in (slice(0, 600), slice(600, 900)))
    mixed = Part((torch.cat([words[600:750], words[:150]]),), torch.cat([y[600:750], y[:150]]))
    assert facts_of_rows(train, fresh)["copied"] == 0.0
    assert facts_of_rows(train, mixed)["copied"] == 0.5
    one = [Part((torch.arange(n),), torch.arange(n) % 2) for n in (600, 300)]  # name a row
    assert facts_of_rows(*one)["copied"] == 1.0


def test_another_unit_is_a_shift():
    valid = rows(400, 1)
    facts = facts_of_rows(rows(800, 0), Part((valid.inputs[0] * 10 + 3,), valid.target))
    assert facts["shift_ratio"] > 5 and facts["shift_sure_ratio"] > 8


def test_far_targets_are_outliers():
    y = torch.randn(1000, 1, generator=torch.Generator().manual_seed(2))
    y[:10] = 1000.0
    x = rows(1000, 0).inputs
    facts = facts_of_rows(Part(x, y), Part(rows(300, 1).inputs, y[20:320]))
    assert facts["outliers"] == pytest.approx(0.01)
    assert facts["y_core"] == pytest.approx(1.0, abs=0.1)


def test_gaps_are_counted():
    train = rows(100, 0)
    train.inputs[0][3, 2], train.inputs[0][5, 1] = float("nan"), float("inf")
    assert facts_of_rows(train, rows(100, 1))["bad_inputs"] == 2


@pytest.mark.parametrize("shape", [(1, 8, 8), (12, 3)])
def test_pictures_and_sequences_are_looked_at_too(shape):
    random = torch.Generator().manual_seed(0)
    x, y = torch.randn(300, *shape, generator=random), torch.arange(300) % 3
    assert facts_of_rows(Part((x,), y), Part((x[:100] + 0.5,), y[:100]))["n"] == 300
    mean, spread = standard_of(x)
    assert ((x - mean) / spread).std() == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("axis", [1, 2])
@pytest.mark.parametrize("moves", [0.0, 0.1])
def test_a_channel_that_holds_one_number_and_tells_the_class(axis, moves):
    random, parts = torch.Generator().manual_seed(0), []
    for n in (400, 200):
        y = torch.randint(3, (n,), generator=random)
        x = torch.randn(n, 3, 20, generator=random)
        x[:, 1] = y.float().unsqueeze(1) + moves * x[:, 1]
        parts.append(Part((x if axis == 1 else x.transpose(1, 2),), y))
    facts = facts_of_rows(*parts)
    told = [facts.get(name) for name in ("channel_skill", "channel", "channel_axis")]
    assert told == ([None] * 3 if moves else [1, 1, axis])


def test_pixels_that_are_nearly_always_empty_are_no_shift():
    random = torch.Generator().manual_seed(0)
    parts = []
    for n in (600, 300):
        x = torch.rand(n, 1, 6, 6, generator=random)
        x[:, :, 0, 0] = 1e-6 * torch.rand(n, 1, generator=random)
        parts.append(x)
    parts[1][::3, :, 0, 0] = 0.1  # a corner into which a few things reach
    y = [torch.randint(2, (len(x),), generator=random) for x in parts]
    facts = facts_of_rows(*(Part((x,), t) for x, t in zip(parts, y, strict=True)))
    assert facts["shift_ratio"] < 1.3
