"""Rows in doubt: which they are, and what others would call them."""

import torch

from bestfit.probes.doubts import contradicted_rows, doubtful_rows


def two_moons(n=400):
    random = torch.Generator().manual_seed(0)
    angle = torch.rand(n, generator=random) * torch.pi
    y = torch.arange(n) % 2
    x = torch.stack([angle.cos() + y, angle.sin() * (1 - 2 * y) + 0.3 * y], dim=1)
    return x + 0.08 * torch.randn(n, 2, generator=random), y


def flipped(y, share):
    random = torch.Generator().manual_seed(1)
    wrong = torch.rand(len(y), generator=random) < share
    return torch.where(wrong, 1 - y, y), wrong


def test_flipped_labels_are_found_and_given_back():
    x, y = two_moons()
    noisy, wrong = flipped(y, 0.3)
    found = contradicted_rows((x,), noisy)
    mended = noisy.clone()
    for row, label in found.items():
        mended[row] = label
    assert (mended == y).float().mean() > 0.9
    assert sum(bool(wrong[row]) for row in found) > 0.85 * len(found)


def test_clean_labels_are_hardly_doubted():
    x, y = two_moons()
    assert len(contradicted_rows((x,), y)) <= 4
    assert len(doubtful_rows((x,), y)) <= 4


def test_neighbours_contradict_single_rows():
    x, y = two_moons()
    noisy, wrong = flipped(y, 0.05)
    found = doubtful_rows((x,), noisy)
    assert set(found) <= set(wrong.nonzero()[:, 0].tolist()) and len(found) > 0.7 * int(wrong.sum())


def test_numbers_far_from_those_of_neighbours_are_doubted():
    x, _ = two_moons()
    y = torch.randn(len(x), 1, generator=torch.Generator().manual_seed(3)).clamp(-2, 2)
    y[7] = 50.0
    assert doubtful_rows((x,), y) == [7]
    assert contradicted_rows((x,), y) == {}


def test_classes_mistaken_for_the_next_one_are_learnt_to_be():
    """Half of the rows are called by another's name, and it is always the same one."""
    random = torch.Generator().manual_seed(0)
    true = torch.randint(0, 5, (900,), generator=random)
    centres = 2.5 * torch.randn(5, 8, generator=random)
    x = centres[true] + torch.randn(900, 8, generator=random)
    wrong = torch.rand(900, generator=random) < 0.45
    y = torch.where(wrong, (true + 1) % 5, true)
    mended = y.clone()
    for row, label in contradicted_rows((x,), y).items():
        mended[row] = label
    assert float((mended == true).float().mean()) > 0.95
