"""Pictures as rows: folders of them, tables that name them, and every way in which one is odd."""

import io
import os
import warnings
import zipfile

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bestfit.cleaners import prepare
from bestfit.errors import ConfigError, SourceError
from bestfit.frames.pictures import fitted, picture_cell, picture_shape, pixels_of, resized
from bestfit.sources import open_table, read
from bestfit.sources.decoding import decoder
from bestfit.table import Table

RED, BLUE = (200, 30, 30), (20, 40, 210)


def drawn(colour=RED, size=(20, 12), mode="RGB", noise=0):
    pixels = np.full((size[1], size[0], 3), colour, np.uint8)
    pixels[: size[1] // 2, : size[0] // 4] = 255 - noise  # the top left is bright
    return Image.fromarray(pixels).convert(mode)


def encoded(image, form="PNG", **options):
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def folder_of(root, classes=("cat", "dog"), each=3, form="png"):
    for name in classes:
        (root / name).mkdir(parents=True)
        for i in range(each):
            image = drawn(noise=10 * i + len(name), size=(20 + i, 12))
            (root / name / f"{i}.{form}").write_bytes(encoded(image))
    return root


def test_a_folder_of_classes_is_a_table_that_knows_its_target(tmp_path):
    table = read(folder_of(tmp_path / "pets"))
    assert (table.columns, table.target, table.key) == (
        ["picture", "label", "file"],
        "label",
        "file",
    )
    assert table.frame["label"].to_list() == ["cat"] * 3 + ["dog"] * 3
    assert table.frame["file"][4] == "dog/1.png"
    assert [picture_shape(cell) for cell in table.frame["picture"][:2]] == [
        (12, 20, 3),
        (12, 21, 3),
    ]
    assert table.reading["files"] == table.reading["rows"] == 6


@pytest.mark.parametrize(
    ("paths", "labels"),
    [
        (["all/a/1.png", "all/b/2.png"], ["a", "b"]),
        (["a/day/1.png", "b/night/2.png"], ["a", "b"]),
        (["train/a/1.png", "test/b/2.png"], ["a", "b"]),
        (["train/a/1.png", "train/b/2.png"], ["a", "b"]),
        (["roses/1.png", "roses/2.png"], ["roses", "roses"]),
        (["1.png", "a/2.png"], [None, "a"]),
    ],
)
def test_which_folder_is_the_class(tmp_path, paths, labels):
    for i, path in enumerate(paths):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(encoded(drawn(noise=i)))
    table = read(tmp_path)
    found = dict(zip(table.frame["file"], table.frame["label"], strict=True))
    assert found == dict(zip(paths, labels, strict=True))


def test_pictures_without_folders_have_no_label(tmp_path):
    for i in range(3):
        (tmp_path / f"{i}.png").write_bytes(encoded(drawn(noise=i)))
    assert read(tmp_path).columns == ["picture", "file"]
    assert read(tmp_path / "1.png").n_rows == 1
    assert read(str(tmp_path / "*.png")).target is None


def test_what_is_no_picture_is_counted_and_named(tmp_path):
    root = folder_of(tmp_path / "pets", each=6)
    whole = (root / "cat" / "0.png").read_bytes()
    (root / "cat" / "cut.png").write_bytes(whole[: len(whole) // 2])
    (root / "cat" / "text.jpg").write_text("no picture")
    (root / "dog" / "empty.jpg").touch()
    (root / "dog" / "gone.png").symlink_to(tmp_path / "nowhere.png")
    (root / "dog" / ".hidden.png").write_bytes(whole)
    (root / "dog" / "_kept.png").write_bytes(encoded(drawn(BLUE)))
    (root / "notes.txt").write_text("about these pictures")
    table = read(root)
    assert table.n_rows == 13
    assert table.reading["skipped"] == {
        "damaged or cut off": 1, "no picture": 2, "empty": 1, "no such file": 1
    }  # fmt: skip
    assert table.reading["files"] == table.n_rows + sum(table.reading["skipped"].values())
    assert "cat/cut.png (damaged or cut off)" in table.reading["skipped_files"]
    assert "dog/_kept.png" in table.frame["file"].to_list()


def test_links_are_followed_but_never_in_a_circle(tmp_path):
    root = folder_of(tmp_path / "pets")
    elsewhere = folder_of(tmp_path / "more", classes=("cow",))
    (root / "cow").symlink_to(elsewhere / "cow")
    (root / "cat" / "loop").symlink_to(root)
    (root / "dog" / "up").symlink_to(tmp_path)
    assert sorted(set(read(root).frame["label"])) == ["cat", "cow", "dog"]
    assert read(root).n_rows == 9


def cell_of(content):
    found = decoder()(content)
    return pixels_of(found.cell) if found.cell is not None else found.cause


@pytest.mark.parametrize(
    ("content", "bright", "rest"),
    [
        (encoded(drawn(mode="L"), "PNG"), (255,), (81,)),
        (encoded(drawn(mode="1"), "PNG"), (255,), None),
        (encoded(drawn(mode="P"), "PNG"), (255, 255, 255), None),
        (encoded(drawn(), "GIF"), (255, 255, 255), RED),
        (encoded(drawn(), "BMP"), (255, 255, 255), RED),
        (encoded(drawn(), "TIFF", compression="tiff_lzw"), (255, 255, 255), RED),
        (encoded(drawn(), "WEBP", lossless=True), (255, 255, 255), RED),
        (encoded(drawn(), "PPM"), (255, 255, 255), RED),
        (encoded(drawn(mode="CMYK"), "TIFF"), (255, 255, 255), RED),
        (encoded(drawn(mode="CMYK"), "JPEG", quality=100, subsampling=0), (255, 255, 255), RED),
        (encoded(drawn(), "JPEG", quality=100, subsampling=0), (255, 255, 255), RED),
        (encoded(drawn(mode="LAB"), "TIFF"), (255, 255, 255), RED),
    ],
)  # fmt: skip
def test_every_kind_of_picture(content, bright, rest):
    pixels = cell_of(content)
    assert pixels.shape[:2] == (12, 20)
    assert np.abs(pixels[1, 1].astype(int) - bright).max() <= 6
    if rest is not None:
        assert np.abs(pixels[10, 15].astype(int) - rest).max() <= 6


def test_sixteen_bits_and_numbers_with_a_point():
    deep = Image.fromarray(np.array([[0, 32_768, 65_535]], np.uint16))
    for form in ("PNG", "TIFF"):
        assert cell_of(encoded(deep, form)).ravel().tolist() == [0, 128, 255]
    for values, seen in (
        ([0.0, 0.5, 1.0], [0, 128, 255]),
        ([0.0, 100.5, 255.0], [0, 101, 255]),
        ([-1.0, 0.0, 1.0], [0, 128, 255]),
    ):
        image = Image.fromarray(np.array([values], np.float32))
        assert cell_of(encoded(image, "TIFF")).ravel().tolist() == seen


def test_what_is_transparent_is_white():
    clear = drawn().convert("RGBA")
    clear.putalpha(Image.new("L", clear.size, 0))
    assert (cell_of(encoded(clear)) == 255).all()
    assert cell_of(encoded(clear)).shape == (12, 20, 1)
    half = Image.new("LA", (4, 4), (0, 128))
    assert abs(int(cell_of(encoded(half))[0, 0, 0]) - 127) <= 1
    palette = drawn().quantize(2)
    assert (cell_of(encoded(palette, "PNG", transparency=palette.getpixel((15, 10)))) > 240).all()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_are_turned_as_they_were_held(orientation):
    """Against Pillow's own turning of the whole picture."""
    from PIL import ImageOps

    exif = Image.Exif()
    exif[0x0112] = orientation
    content = encoded(drawn(), "JPEG", exif=exif, quality=95)
    upright = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(content))))
    assert np.array_equal(cell_of(content), upright)


def test_of_moving_pictures_the_first_frame(tmp_path):
    frames = [drawn(colour) for colour in (RED, BLUE)]
    content = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert tuple(cell_of(content)[10, 15]) == RED
    (tmp_path / "a.gif").write_bytes(content)
    assert read(tmp_path).reading["first_frame_of"] == 1


def test_a_bomb_is_not_unpacked(tmp_path):
    side = 30_000
    row = b"\x00" + b"\x00" * (side // 8)
    import struct
    import zlib

    packer = zlib.compressobj(9)
    body = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)),
        (b"IDAT", body),
        (b"IEND", b""),
    )
    bomb = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in parts
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert cell_of(bomb) == "far too large"
    (tmp_path / "bomb.png").write_bytes(bomb)
    (tmp_path / "good.png").write_bytes(encoded(drawn()))
    table = read(tmp_path)  # without a warning, too
    assert (table.n_rows, table.reading["skipped"]) == (1, {"far too large": 1})


@settings(max_examples=150, deadline=None)
@given(
    form=st.sampled_from(["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM"]),
    flips=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=12),
    kept=st.floats(0, 1),
)
def test_damaged_pictures_are_told_and_nothing_else_happens(form, flips, kept):
    content = bytearray(encoded(drawn(noise=3), form))
    for place, value in flips:
        content[int(place * (len(content) - 1))] = value
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = decoder()(bytes(content[: max(1, int(kept * len(content)))]))
    assert (found.cell is None) == bool(found.cause)
    if found.cell is not None:
        assert picture_shape(found.cell)


def test_large_pictures_become_small_and_keep_their_shape(tmp_path):
    rng = np.random.default_rng(0)
    photo = Image.fromarray(rng.integers(0, 255, (900, 1200, 3), dtype=np.uint8))
    for form in ("PNG", "JPEG"):
        assert cell_of(encoded(photo, form)).shape == (72, 96, 3)
    (tmp_path / "a.png").write_bytes(encoded(photo))
    cell = read(tmp_path / "a.png", side=32).frame["picture"][0]
    assert picture_shape(cell) == (24, 32, 3)
    wide = Image.new("L", (5000, 6))
    assert cell_of(encoded(wide)).shape == (1, 96, 1)
    with pytest.raises(SourceError, match="1 to 512 pixels, not 0"):
        read(tmp_path / "a.png", side=0)


def test_resizing_is_exact_and_like_that_of_pillow():
    rng = np.random.default_rng(1)
    pixels = rng.integers(0, 256, (5, 37, 53, 3), dtype=np.uint8)
    small = resized(pixels, 16, 24)
    for one, alone in zip(pixels, small, strict=True):
        assert np.array_equal(resized(one, 16, 24), alone)
        image = Image.fromarray(one).resize((24, 16), Image.Resampling.BILINEAR)
        assert np.abs(np.asarray(image).astype(int) - alone).max() <= 1
    assert (resized(np.full((9, 7, 1), 200, np.uint8), 20, 30) == 200).all()
    assert fitted(pixels[0], 96) is pixels[0] or np.shares_memory(fitted(pixels[0], 96), pixels[0])


def test_a_zip_of_folders_of_pictures(tmp_path):
    root = folder_of(tmp_path / "pets")
    with zipfile.ZipFile(tmp_path / "pets.zip", "w") as archive:
        for path in sorted(root.rglob("*.png")):
            archive.write(path, path.relative_to(tmp_path))
        archive.writestr("__MACOSX/pets/cat/._0.png", b"x")
    table = read(tmp_path / "pets.zip")
    assert table.frame.equals(
        read(root).frame.with_columns(("pets/" + pl.col("file")).alias("file"))
    )


def test_a_table_that_names_pictures(tmp_path):
    folder_of(tmp_path / "img")
    rows = ["id,photo,price"] + [
        f"{i},img/{c}/{i}.png,{i}" for i in range(3) for c in ("cat", "dog")
    ]
    (tmp_path / "t.csv").write_text("\n".join([*rows, "9,img/none.png,9", "8,,8"]) + "\n")
    table = read(tmp_path / "t.csv")
    assert table.frame["photo"].dtype == pl.Binary
    assert (table.key, table.frame["photo"].null_count()) == ("photo file", 2)
    assert table.reading["unreadable_pictures"] == {"photo": {"no such file": 1}}
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "t.csv").write_text((tmp_path / "t.csv").read_text())
    assert read(tmp_path / "other" / "t.csv").frame["photo"].dtype == pl.String
    again = read(tmp_path / "other" / "t.csv", pictures=str(tmp_path))
    assert again.frame["photo"].equals(table.frame["photo"])
    with pytest.raises(SourceError, match="no such folder"):
        read(tmp_path / "t.csv", pictures=str(tmp_path / "imgs"))
    (tmp_path / "n.csv").write_text("a,b\n1,2\n3,4\n")
    with pytest.raises(SourceError, match="no column names pictures"):
        read(tmp_path / "n.csv", pictures=str(tmp_path))


def test_what_several_parts_lose_is_added_up(tmp_path):
    folder_of(tmp_path / "t" / "img")
    for part, gone in (("a", 1), ("b", 2)):
        rows = [f"{i},img/cat/{i}.png" for i in range(3)] + [
            f"9,img/no{i}.png" for i in range(gone)
        ]
        (tmp_path / "t" / f"{part}.csv").write_text("\n".join(["n,photo", *rows]) + "\n")
    for table in (f(str(tmp_path / "t" / "*.csv")) for f in (read, open_table)):
        assert table.frame["photo"].null_count() == 3
        assert table.reading["unreadable_pictures"] == {"photo": {"no such file": 3}}
        assert len(table.reading["unreadable_files"]) == 3


def test_bytes_of_pictures_in_a_column(tmp_path):
    contents = [encoded(drawn(noise=i), form) for i, form in enumerate(("PNG", "JPEG", "GIF"))]
    frame = pl.DataFrame({"photo": [*contents, None], "y": [1, 2, 3, 4]})
    frame.write_parquet(tmp_path / "t.parquet")
    for table in (
        read(tmp_path / "t.parquet"),
        read(frame),
        read({"photo": contents, "y": [1, 2, 3]}),
    ):
        assert picture_shape(table.frame["photo"][0]) == (12, 20, 3)
    broken = pl.DataFrame({"photo": [contents[0][:40], contents[1]]})
    assert read(broken).reading["unreadable_pictures"] == {"photo": {"damaged or cut off": 1}}


def test_arrays_and_pillow_pictures_in_memory():
    rng = np.random.default_rng(2)
    grey = rng.integers(0, 256, (4, 8, 9), dtype=np.uint8)
    assert pixels_of(Table.of(grey).frame["picture"][2]).squeeze().tolist() == grey[2].tolist()
    bright = rng.random((4, 3, 8, 9)).astype(np.float32)
    cells = Table.of({"p": bright, "y": [1, 2, 3, 4]}).frame["p"]
    assert np.abs(pixels_of(cells[1]) / 255 - np.moveaxis(bright[1], 0, 2)).max() < 0.003
    images = [drawn(), None, drawn(BLUE, mode="L")]
    assert Table.of({"p": images}).frame["p"].null_count() == 1
    assert picture_shape(Table.of(images[::2]).frame["picture"][1])[2] == 1
    with pytest.raises(SourceError, match="no picture"):
        Table.of({"p": [np.zeros((5, 3, 7)), np.zeros((5, 3, 7))]})


def test_cleaning_drops_equal_pictures_and_the_names_of_files(tmp_path):
    root = folder_of(tmp_path / "pets", each=6)
    (root / "cat" / "copy.png").write_bytes((root / "cat" / "0.png").read_bytes())
    cleaned = prepare(read(root))
    assert cleaned.table.n_rows == 12
    assert [(c.name, c.kind) for c in cleaned.plan.schema.columns] == [("picture", "picture")]
    shown = next(f for f in cleaned.profile["fields"] if f["name"] == "picture")
    assert shown["pictures"] == {"size": "20 to 25 × 12 to 12 pixels", "colours": "in colour"}
    image = shown["thumbnails"][0].partition(",")[2]
    import base64

    assert Image.open(io.BytesIO(base64.b64decode(image))).size == (20, 12)


def test_a_picture_beside_tables_is_told(tmp_path):
    (tmp_path / "a.csv").write_text("x,y\n1,2\n")
    (tmp_path / "b.csv").write_text("x,y\n3,4\n")
    (tmp_path / "plot.png").write_bytes(encoded(drawn()))
    with pytest.raises(SourceError, match="a picture beside files that are none"):
        read(tmp_path)


def test_wrong_options_and_nothing_to_read(tmp_path):
    root = folder_of(tmp_path / "pets")
    with pytest.raises(ConfigError, match="no option 'sheet'"):
        read(root, sheet="a")
    bad = tmp_path / "bad"
    bad.mkdir()
    (bad / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"x" * 99)
    (bad / "b.jpg").touch()
    with pytest.raises(SourceError, match="none of 2 files is a picture that can be read"):
        read(bad)
    with pytest.raises(SourceError, match="this picture cannot be read"):
        read(bad / "a.png")


def test_many_pictures_are_kept_on_the_disk(tmp_path, monkeypatch):
    from bestfit.sources import stored

    monkeypatch.setenv("BESTFIT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(stored, "LARGE_BYTES", 2000)
    monkeypatch.setattr("bestfit.sources.pictures.CHUNK", 4)
    monkeypatch.setattr(stored, "PIECE_BYTES", 3000)
    root = folder_of(tmp_path / "pets", each=20)
    table = open_table(root)
    assert table.stored is not None
    assert (table.target, table.key, table.stored.n_rows) == ("label", "file", 40)
    pieces = list(table.pieces())
    assert len(pieces) > 1
    assert pl.concat([piece.frame for piece in pieces]).equals(read(root).frame)
    assert {piece.key for piece in pieces} == {"file"}


def test_what_may_not_be_read_is_told(tmp_path):
    if os.getuid() == 0:
        pytest.skip("root may read everything")
    root = folder_of(tmp_path / "pets")
    (root / "cat" / "0.png").chmod(0)
    assert read(root).reading["skipped"] == {"no permission": 1}


def test_cells_are_what_they_say():
    cell = picture_cell(np.zeros((2, 3, 3), np.uint8))
    with pytest.raises(SourceError, match="no picture"):
        picture_shape(cell[:-1])
