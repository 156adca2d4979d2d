"""Reading a table of a database, beside ``pandas.read_sql``.

    python3 dev.py bench sql_speed                       1,000,000 rows of SQLite and PostgreSQL
    .venv/bin/python benchmarks/sql_speed.py 200000      fewer

Each reader is a process of its own; the servers are those of the tests. CPU seconds are those of
the reading process, the server's are not in them.
"""

import json
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "sources"))
QUERY = "SELECT * FROM sales"


def rows(n: int) -> pd.DataFrame:
    """Eight columns of numbers, texts and dates, with gaps."""
    random = np.random.default_rng(0)
    words = np.array(["red", "green", "blue and white", None], dtype=object)
    return pd.DataFrame(
        {
            "id": np.arange(n),
            "x": random.normal(size=n),
            "y": np.where(random.random(n) < 0.1, np.nan, random.normal(size=n)),
            "n": random.integers(0, 1000, n),
            "colour": words[random.integers(0, 4, n)],
            "name": [f"customer {i % 5000}" for i in range(n)],
            "day": pd.Timestamp("2020-01-01") + pd.to_timedelta(random.integers(0, 1500, n), "D"),
            "kept": random.integers(0, 2, n),
        }
    )


def ours(address: str) -> int:
    """Rows that bestfit reads."""
    from bestfit.sources import read

    return read(address, table="sales").n_rows


def pandas(address: str) -> int:
    """Rows that pandas reads."""
    from sqlalchemy import create_engine, text

    driver = address.replace("postgresql://", "postgresql+psycopg2://")
    with create_engine(driver).connect() as connection:
        return len(pd.read_sql(text(QUERY), connection))


def measured(reader: str, address: str) -> dict[str, float]:
    """Seconds and memory of one reader, in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, "--read", reader, address],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def compare(name: str, address: str, n: int) -> None:
    """Print what both take, and the ratios."""
    best = {}
    for reader in ("ours", "pandas"):
        runs = [measured(reader, address) for _ in range(3)]
        assert all(run["rows"] == n for run in runs)
        best[reader] = {key: sorted(run[key] for run in runs)[1] for key in ("cpu", "wall", "rss")}
        print(f"{name:12} {reader:8}", *(f"{k} {v:6.2f}" for k, v in best[reader].items()))
    ratios = (f"{k} {best['ours'][k] / best['pandas'][k]:.2f}" for k in ("cpu", "wall", "rss"))
    print(f"{name:12} ratio   ", *ratios, flush=True)


def main(n: int) -> None:
    """Fill the databases and compare."""
    import servers

    frame = rows(n)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "shop.db"
        with sqlite3.connect(path) as database:
            frame.to_sql("sales", database, index=False)
        database.close()
        compare("SQLite", f"sqlite:///{path}", n)
        with servers.postgresql(Path(folder) / "pg") as address:
            import adbc_driver_postgresql.dbapi as driver
            import polars as pl

            with driver.connect(address) as connection, connection.cursor() as cursor:
                cursor.adbc_ingest("sales", pl.from_pandas(frame).to_arrow(), mode="create")
                connection.commit()
            compare("PostgreSQL", address.replace(":@", "@"), n)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    if sys.argv[1:2] == ["--read"]:
        begun, cpu = time.perf_counter(), time.process_time()
        found = {"ours": ours, "pandas": pandas}[sys.argv[2]](sys.argv[3])
        took = {
            "rows": found,
            "cpu": time.process_time() - cpu,
            "wall": time.perf_counter() - begun,
            "rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
        }
        print(json.dumps(took))
        sys.stdout.flush()
        os._exit(0)
    main(int(sys.argv[1]) if sys.argv[1:] else 1_000_000)
