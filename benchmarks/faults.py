"""The Nth operation on a file of a run fails, or the process dies in it, for every N.

    python3 dev.py bench faults                every operation, all kinds: about an hour
    .venv/bin/python benchmarks/faults.py 10   every tenth

An operation is an open for writing, a write, a flush, a rename or the making of a folder. After
each the run is resumed and compared with an undisturbed one.
"""

import errno
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "faults"))
import lab

KINDS = {
    "fails once, no space left": (lab.FAIL_ONCE, errno.ENOSPC),
    "fails once, I/O error": (lab.FAIL_ONCE, errno.EIO),
    "and all after it fail, no space left": (lab.FAIL_FROM, errno.ENOSPC),
    "the process dies before it": (lab.DIE_BEFORE, 0),
    "the process dies within it": (lab.DIE_WITHIN, 0),
}


def main(every: int) -> None:
    """Print a line a kind."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        shim = lab.build_shim(folder)
        if shim is None:
            print("this needs Linux and a C compiler")
            return
        made = lab.Lab(folder, shim)
        expected = made.ask(count=True)["outcome"]
        n = int((folder / "count").read_text())
        print(f"{n} operations in an undisturbed run; every {every} is tried")
        for kind, (action, error) in KINDS.items():
            found = [
                made.ask(action=action, nth=nth, errno=error) for nth in range(1, n + 1, every)
            ]
            codes = Counter(f["ends"][0]["code"] for f in found)
            one_line = sum(f["ends"][0]["lines"] == 1 for f in found if f["ends"][0]["code"] > 0)
            same = sum(f["outcome"] == expected and not f["leftovers"] for f in found)
            told = ", ".join(f"{times} × exit {code}" for code, times in sorted(codes.items()))
            print(
                f"the Nth operation {kind}: {len(found)} runs ({told}); {one_line} say why in one"
                f" line; {same} resumed to the identical end"
            )
        made.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
