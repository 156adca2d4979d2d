"""Broken files for as long as you like: whatever is read is a table, or is refused in one line.

    .venv/bin/python benchmarks/fuzz.py [SECONDS] [SEED]

Files of every format that bestfit reads are spoilt (bytes flipped, cut out, repeated, moved,
parts of other files put in) and read and cleaned. An error of another kind than bestfit's own, a
message over 300 characters or of several lines, or more than a minute for a file is a find: the
file is kept in ``build/fuzz``, and the exit code is 1.
"""

import bz2
import gzip
import io
import json
import lzma
import random
import signal
import sqlite3
import sys
import tempfile
import time
import traceback
import warnings
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
import polars as pl
from PIL import Image

from bestfit.cleaners import prepare
from bestfit.errors import BestfitError
from bestfit.sources import read

KEPT = Path(__file__).resolve().parent.parent / "build" / "fuzz"
LIMIT_S = 60
TOKENS = (
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b'"', b'""', b"'", b"\n", b"\r\n", b"\r", b",", b";",
    b"\t", b"|", b"\\", b"{", b"}", b"[", b"]", b"NaN", b"1e999", b"-", b"\xc3\x28", b"null",
    b"2024-02-30", b"#", b"=1+1", b"\x1a", b" " * 50, b"9" * 400, "é".encode("utf-16"),
)  # fmt: skip


def written(write: object) -> bytes:
    """What a writer puts into a file."""
    buffer = io.BytesIO()
    write(buffer)  # type: ignore[operator]  # a method of a frame
    return buffer.getvalue()


def database() -> bytes:
    """A small SQLite file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "t.db")
        connection = sqlite3.connect(path)
        connection.execute("CREATE TABLE t (a INTEGER, b TEXT, c REAL)")
        rows = [(i, f"word {i}", i / 7) for i in range(60)]
        connection.executemany("INSERT INTO t VALUES (?, ?, ?)", rows)
        connection.commit()
        connection.close()
        return path.read_bytes()


def zipped(members: dict[str, bytes]) -> bytes:
    """An archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def seeds() -> dict[str, bytes]:
    """Sound files of every format."""
    stream = np.random.default_rng(0)
    frame = pl.DataFrame(
        {
            "id": list(range(60)),
            "name": [f"O'Neil, {i}" if i % 3 else f'say "{i}"' for i in range(60)],
            "when": [f"2024-{1 + i % 12:02}-{1 + i % 28:02}" for i in range(60)],
            "x": [None if i % 7 == 0 else i / 3 for i in range(60)],
            "y": [["yes", "no"][i % 2] for i in range(60)],
        }
    )
    text = frame.write_csv().encode()
    german = frame.write_csv(separator=";").replace(".", ",").encode("cp1252")
    found = {
        "csv": text,
        "german": b"Report\n\n" + german + b"\ntotal;60\n",
        "utf16": text.decode().encode("utf-16"),
        "tabs": frame.write_csv(separator="\t", line_terminator="\r\n").encode(),
        "quoted": frame.write_csv(quote_style="always").encode(),
        "wide": "\n".join(
            "  ".join(map(str, row)) for row in frame.select("id", "x").rows()
        ).encode(),
        "json": json.dumps({"meta": 1, "rows": frame.to_dicts()}).encode(),
        "nested": json.dumps([{"a": {"b": [i, {"c": i}]}, "d": i} for i in range(20)]).encode(),
        "lines": frame.write_ndjson().encode(),
        "parquet": written(frame.write_parquet),
        "arrow": written(frame.write_ipc),
        "stream": written(frame.write_ipc_stream),
        "excel": written(frame.write_excel),
        "sqlite": database(),
    }
    for name, pack in (("gzip", gzip.compress), ("bzip2", bz2.compress), ("xz", lzma.compress)):
        found[name] = pack(text)
    found["zip"] = zipped({"a.csv": text, "b.csv": text})
    for form in ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM"):
        image = Image.fromarray(stream.integers(0, 256, (24, 30, 3), dtype=np.uint8))
        found[form] = written(lambda buffer, i=image, f=form: i.save(buffer, f))
    found["pictures"] = zipped({f"{c}/{i}.png": found["PNG"] for c in "ab" for i in range(3)})
    return found


def spoilt(content: bytes, others: list[bytes], chance: random.Random) -> bytes:
    """The content after up to a dozen accidents."""
    data = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 3, 6, 12))):
        at = chance.randrange(len(data) + 1)
        end = min(len(data), at + chance.choice((1, 2, 8, 64, 1000)))
        match chance.randrange(8):
            case 0 if data:
                data[at % len(data)] ^= 1 << chance.randrange(8)
            case 1 if data:
                data[at % len(data)] = chance.randrange(256)
            case 2:
                del data[at:end]
            case 3:
                data[at:at] = data[at:end] * chance.choice((1, 2, 50))
            case 4:
                data[at:at] = chance.choice(TOKENS)
            case 5:
                del data[at:]
            case 6:
                other = chance.choice(others)
                start = chance.randrange(len(other))
                data[at:end] = other[start : start + 200]
            case _:
                data[at:end] = bytes(chance.randrange(256) for _ in range(end - at))
    return bytes(data)


def late(*_: object) -> None:
    """The alarm of a file that takes too long."""
    raise TimeoutError(f"more than {LIMIT_S} s")


def tried(path: Path) -> str:
    """How reading a file ended: ``table``, ``refused``, or what is wrong with that."""
    try:
        prepare(read(path))
    except BestfitError as error:
        said = str(error)
        fine = len(said) <= 300 and "\n" not in said
        return "refused" if fine else f"a message of {len(said)} characters"
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a panic of polars derives from nothing else
        place = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__} at {Path(place.filename).name}:{place.lineno}: {error}"[
            :200
        ]
    return "table"


def main() -> int:
    """Spoil and read until the time is over."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    chance = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 0)
    sound = seeds()
    ends, ended, finds = time.monotonic() + seconds, Counter[str](), Counter[str]()
    signal.signal(signal.SIGALRM, late)
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "file")
        while time.monotonic() < ends:
            name = chance.choice(list(sound))
            path.write_bytes(spoilt(sound[name], list(sound.values()), chance))
            signal.alarm(LIMIT_S)
            end = tried(path)
            signal.alarm(0)
            ended[end if end in ("table", "refused") else "find"] += 1
            if end not in ("table", "refused"):
                if end not in finds:
                    KEPT.mkdir(parents=True, exist_ok=True)
                    kept = KEPT / f"{name}-{sum(finds.values())}"
                    kept.write_bytes(path.read_bytes())
                    print(f"{kept.name}: {end}", flush=True)
                finds[end] += 1
    print(f"{sum(ended.values()):,} files in {seconds:.0f} s: {dict(ended)}, {len(finds)} kinds")
    return 1 if finds else 0


if __name__ == "__main__":
    raise SystemExit(main())
