"""Laws of the room, and what each does to a row, against plain Python."""

import pytest
import torch

from bestfit.errors import ShapeError
from bestfit.regularizers import Cutout, Flip, Noise, Shift, regularizer


def numbers(name, n=200):
    generator = torch.Generator().manual_seed(0)
    if name == "noise":
        return torch.randn(n, 5, generator=generator)
    return torch.randint(1, 256, (n, 3, 6, 8), dtype=torch.uint8, generator=generator)


def drawn(seed):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("name", regularizer)
def test_what_comes_in_stays_and_what_comes_out_is_of_its_kind(name):
    x = numbers(name)
    before = x.clone()
    y = regularizer[name]().apply(x, drawn(1))
    assert torch.equal(x, before)
    assert y.shape == x.shape and y.dtype == x.dtype
    assert not torch.equal(y, x)


@pytest.mark.parametrize("name", regularizer)
def test_all_chance_comes_from_the_generator(name):
    x = numbers(name)
    one, two, three = (regularizer[name]().apply(x, drawn(seed)) for seed in (1, 1, 2))
    assert torch.equal(one, two) and not torch.equal(one, three)


@pytest.mark.parametrize("name", ["flip", "shift", "cutout"])
def test_tables_are_refused(name):
    with pytest.raises(ShapeError, match="pictures"):
        regularizer[name]().apply(torch.zeros(4, 5), drawn(0))


def test_a_flip_mirrors_half_of_the_pictures():
    x = numbers("flip")
    y = Flip().apply(x, drawn(3))
    mirrored = [torch.equal(b, a.flip(-1)) for a, b in zip(x, y, strict=True)]
    same = [torch.equal(a, b) for a, b in zip(x, y, strict=True)]
    assert all(a or b for a, b in zip(mirrored, same, strict=True))
    assert 70 < sum(mirrored) < 130


def test_a_shift_moves_each_picture_by_whole_pixels_and_mirrors_at_the_border():
    x = torch.arange(6 * 8).view(1, 1, 6, 8).expand(300, 2, 6, 8).contiguous()
    y = Shift(pixels=2).apply(x, drawn(3))

    def mirror(place, size):
        while not 0 <= place < size:
            place = -place if place < 0 else 2 * (size - 1) - place
        return place

    found = set()
    for picture in y:
        for down in range(-2, 3):
            for right in range(-2, 3):
                expected = torch.tensor(
                    [[mirror(r + down, 6) * 8 + mirror(c + right, 8) for c in range(8)]
                     for r in range(6)]
                )  # fmt: skip
                if torch.equal(picture[0], expected) and torch.equal(picture[1], expected):
                    found.add((down, right))
                    break
            else:
                continue
            break
        else:
            pytest.fail("a picture that is no moved one")
    assert len(found) == 25


def test_a_shift_beyond_the_picture_still_reads_inside():
    x = torch.arange(4).view(1, 1, 2, 2).expand(50, 1, 2, 2)
    assert set(Shift(pixels=9).apply(x, drawn(0)).unique().tolist()) <= {0, 1, 2, 3}
    one = torch.ones(3, 1, 1, 1)
    assert torch.equal(Shift(pixels=3).apply(one, drawn(0)), one)


def test_a_cutout_is_one_rectangle_and_the_same_in_all_channels():
    x = numbers("cutout")
    y = Cutout(side=0.5).apply(x, drawn(3))
    for a, b in zip(x, y, strict=True):
        hole = b == 0
        assert torch.equal(hole[0], hole[1]) and torch.equal(hole[0], hole[2])
        assert torch.equal(b[~hole], a[~hole])
        rows, columns = hole[0].any(1).sum(), hole[0].any(0).sum()
        assert hole[0].sum() == rows * columns and rows <= 3 and columns <= 3
    assert torch.equal(Cutout(share=0.0).apply(x, drawn(3)), x)


def test_noise_has_the_deviation_that_was_asked_for():
    x = torch.zeros(2000, 10)
    y = Noise(deviation=0.3).apply(x, drawn(3))
    assert float(y.std()) == pytest.approx(0.3, rel=0.03) and abs(float(y.mean())) < 0.01
    with pytest.raises(ShapeError):
        Noise().apply(numbers("flip"), drawn(0))
