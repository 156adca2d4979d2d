"""Databases: real servers, every type and gap kept, nothing changed, no password shown."""

import datetime
import sqlite3
import sys
from pathlib import Path

import duckdb
import polars as pl
import pytest

from bestfit.errors import BestfitError, ConfigError, MachineError, SourceError
from bestfit.sources import open_table, read, sqlite, sqlite_columns

sys.path.insert(0, str(Path(__file__).parent))
import servers  # a file of helpers beside this one
from servers import CANARY

ODD = 'odd; "na`me\n'  # of a table
pytestmark = pytest.mark.filterwarnings("ignore:XDG_RUNTIME_DIR")


def cells(table):
    return table.frame.to_dict(as_series=False)


def refused(kind, *words, **options):
    """The one line of an error, without secrets."""
    with pytest.raises(kind) as caught:
        read(*words, **options)
    line = str(caught.value)
    assert len(line) <= 300 and "\n" not in line and CANARY not in line
    return line


@pytest.fixture
def lite(tmp_path):
    path = tmp_path / "shop"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE sales (n INTEGER, x REAL, what TEXT, mixed)")
        rows = [(i, i / 2, f"word {i}", i) for i in range(60_000)]
        database.executemany("INSERT INTO sales VALUES (?, ?, ?, ?)", rows)
        database.execute("INSERT INTO sales VALUES (NULL, NULL, NULL, '007')")
        database.execute("CREATE VIEW dear AS SELECT * FROM sales WHERE x > 29000")
    database.close()
    return path


class TestSqlite:
    def test_a_table_comes_with_its_types_and_gaps(self, lite):
        table = read(lite, table="sales")
        assert table.frame.schema == {
            "n": pl.Int64, "x": pl.Float64, "what": pl.String, "mixed": pl.String,
        }  # fmt: skip
        assert table.frame.row(-1) == (None, None, None, "007")
        assert table.frame["mixed"][5] == "5"
        assert table.reading["rows_in_file"] == table.n_rows == 60_001
        assert read(f"sqlite:///{lite}", table="dear").n_rows == 1_999

    @pytest.mark.parametrize(
        "late", ["7", "NULL", "x'ff61'", "CAST(x'ff61' AS TEXT)", "2.5", "'t'"]
    )
    @pytest.mark.parametrize("column", ["n", "x", "what", "gap", '"odd ""name"'])
    def test_by_columns_is_the_same_as_cell_by_cell(self, tmp_path, monkeypatch, column, late):
        """A cell of any kind in the last row of any column, in a later chunk than the others."""
        path = tmp_path / "shop"
        with sqlite3.connect(path) as database:
            database.execute('CREATE TABLE t (n INT, x REAL, what TEXT, gap, "odd ""name" DATE)')
            rows = [(2**60 + i, i / 3, f"é {i}", None, f"2024-01-{i:02}") for i in range(10, 25)]
            database.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?)", rows)
            database.execute(f"INSERT INTO t ({column}) VALUES ({late})")
        database.close()
        monkeypatch.setattr(sqlite_columns, "CHUNK_ROWS", 4)
        fast = read(path, table="t")
        monkeypatch.setattr(sqlite, "frames_by_columns", self.none)
        slow = read(path, table="t")
        assert fast.columns == slow.columns
        assert cells(fast) == cells(slow)

    def test_sound_tables_come_by_columns(self, tmp_path, monkeypatch):
        path = tmp_path / "shop"
        with sqlite3.connect(path) as database:
            database.execute("CREATE TABLE t (n INTEGER, x REAL, what TEXT)")
            rows = [(i, i / 3 if i % 2 else None, f"word {i}") for i in range(100)]
            database.executemany("INSERT INTO t VALUES (?, ?, ?)", rows)
        database.close()
        monkeypatch.setattr(sqlite.Sqlite, "_frames", self.none)
        monkeypatch.setattr(sqlite_columns, "CHUNK_ROWS", 30)
        table = read(f"sqlite:///{path}", table="t")
        assert table.frame.rows() == rows
        assert table.frame.dtypes == [pl.Int64, pl.Float64, pl.String]

    def none(self, *_):
        raise sqlite_columns.NotByColumns

    def test_a_query_reads_and_does_nothing_else(self, lite, tmp_path):
        query = "SELECT what, sum(x) AS total, 1 AS total FROM sales GROUP BY n % 2"
        assert read(lite, query=query).columns == ["what", "total", "total_2"]
        for query in (
            "DELETE FROM sales",
            "UPDATE sales SET n = 1 RETURNING n",
            f"ATTACH '{tmp_path / 'other'}' AS other",
            "SELECT 1; DROP TABLE sales",
            "PRAGMA journal_mode = WAL",
            "SELECT load_extension('x')",
            "SELEC 1",
        ):
            assert "the database says" in refused(SourceError, lite, query=query)
        assert read(lite, query="SELECT count(*) AS n FROM sales").frame["n"][0] == 60_001
        assert sorted(path.name for path in tmp_path.iterdir()) == ["shop"]

    def test_which_table_is_meant(self, lite):
        assert "one of sales, dear" in refused(SourceError, lite)
        assert "'sales'" in refused(SourceError, lite, table="sale")
        refused(ConfigError, lite, table="sales", query="SELECT 1")
        assert "no rows" in refused(SourceError, lite, query="SELECT * FROM sales WHERE n < 0")
        assert "no such file" in refused(SourceError, "sqlite:///none.db", table="x")

    def test_odd_names_and_damaged_texts(self, tmp_path):
        path = tmp_path / "odd"
        with sqlite3.connect(path) as database:
            quoted = '"' + ODD.replace('"', '""') + '"'
            database.execute(f"CREATE TABLE {quoted} (a TEXT)")
            database.execute(f"INSERT INTO {quoted} VALUES (CAST(x'ff61' AS TEXT))")
        database.close()
        assert cells(read(path)) == {"a": ["\ufffda"]}
        assert cells(read(path, table=ODD)) == {"a": ["\ufffda"]}

    def test_a_file_in_an_archive_or_damaged(self, lite, tmp_path):
        import gzip

        packed = tmp_path / "packed"
        packed.write_bytes(gzip.compress(lite.read_bytes()))
        assert read(packed, table="dear").n_rows == 1_999
        broken = tmp_path / "broken"
        broken.write_bytes(lite.read_bytes()[:5000])
        refused(BestfitError, broken, table="sales")
        broken.write_bytes(lite.read_bytes().replace(b"CREATE TABLE", b"CREATE \xd6ABLE"))
        refused(BestfitError, broken, table="sales")

    def test_large_answers_go_to_the_disk(self, lite, tmp_path, monkeypatch):
        monkeypatch.setenv("BESTFIT_CACHE", str(tmp_path / "cache"))
        monkeypatch.setattr("bestfit.sources.stored.LARGE_BYTES", 1_000_000)
        table = open_table(lite, table="sales")
        assert table.stored.n_rows == 60_001


def test_duckdb_files(tmp_path):
    path = tmp_path / "shop"
    with duckdb.connect(str(path)) as database:
        database.execute("CREATE TABLE t (d DATE, n DECIMAL(10, 2), l INTEGER[], u UUID)")
        database.execute(
            "INSERT INTO t VALUES ('2024-01-01', 1.5, [1, 2], uuid()), (NULL, NULL, NULL, NULL)"
        )
    table = read(path)
    assert table.frame["d"].to_list()[0] == datetime.datetime(2024, 1, 1)
    assert table.frame["n"].to_list()[0] == 1.5 and table.frame["l"].to_list()[0] == "1, 2"
    assert read(f"duckdb:///{path}", table="t").n_rows == table.n_rows
    for query in (
        "DELETE FROM t",
        f"COPY t TO '{tmp_path / 'out.csv'}'",
        "SELECT * FROM read_csv('/etc/passwd')",
        "INSTALL httpfs",
        "SET enable_external_access = true",
    ):
        refused(SourceError, path, query=query)
    assert [p.name for p in tmp_path.iterdir()] == ["shop"]


@pytest.fixture(scope="module")
def postgres(tmp_path_factory):
    with servers.postgresql(tmp_path_factory.mktemp("postgresql")) as address:
        yield address


def made(address, *statements):
    """Let the owner of the server do something."""
    import adbc_driver_postgresql.dbapi as driver

    with driver.connect(address, autocommit=True) as connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


class TestPostgreSQL:
    def test_types_and_gaps(self, postgres):
        made(
            postgres,
            "CREATE TABLE kinds (id bigint, n numeric, f double precision, t text, b boolean,"
            " d date, ts timestamptz, u uuid, j jsonb, a int[], i interval)",
            "INSERT INTO kinds VALUES (9007199254740993, 1.50, 'nan', 'é', true, '1960-01-01',"
            " '2024-05-01 12:00+02', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{\"a\": 1}',"
            " '{1,2}', '1 day'), (NULL, NULL, 'infinity', NULL, NULL, 'infinity', NULL, NULL,"
            " NULL, NULL, NULL)",
        )
        table = read(postgres, table="kinds")
        first, second = table.frame.rows()
        assert first == (
            9007199254740993, "1.50", None, "é", True, datetime.date(1960, 1, 1),
            datetime.datetime(2024, 5, 1, 10), "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", '{"a": 1}',
            "{1,2}", "1 day",
        )  # fmt: skip
        assert second == (None, None, float("inf"), *[None] * 8)
        assert table.reading["infinite_dates"] == 1
        assert read(postgres, table="public.kinds").n_rows == 2
        assert read(postgres, query="SELECT 1 AS a, 2 AS a;").columns == ["a", "a_2"]

    def test_nothing_is_changed(self, postgres):
        quoted = '"' + ODD.replace('"', '""') + '"'
        made(postgres, f"CREATE TABLE {quoted} (a int)", f"INSERT INTO {quoted} VALUES (1), (2)")
        made(postgres, "CREATE TABLE IF NOT EXISTS another (a int)")
        for query in (
            f"DELETE FROM {quoted}",
            f"WITH gone AS (DELETE FROM {quoted} RETURNING a) SELECT * FROM gone",
            f"SELECT 1; DROP TABLE {quoted}",
            "SELECT nextval('none')",
        ):
            assert "the database says" in refused(SourceError, postgres, query=query)
        assert read(postgres, table=ODD).n_rows == 2
        assert "one of" in refused(SourceError, postgres)

    def test_passwords_come_from_everywhere_and_are_never_shown(
        self, postgres, monkeypatch, tmp_path
    ):
        made(postgres, "CREATE TABLE one (a int)", "INSERT INTO one VALUES (1)")
        host = postgres.partition("host=")[2]
        bare = f"postgresql://ada@/postgres?host={host}"
        written = bare.replace("ada@", f"ada:{CANARY}@")
        table = read(written, table="one")
        assert CANARY not in repr((table.origin, table.reading)) and table.n_rows == 1
        monkeypatch.setenv("SHOP_PASSWORD", CANARY)
        assert read(bare.replace("ada@", "ada:$SHOP_PASSWORD@"), table="one").n_rows == 1
        refused(SourceError, bare, table="one")
        monkeypatch.setenv("PGPASSWORD", CANARY)
        assert read(bare, table="one").n_rows == 1
        monkeypatch.delenv("PGPASSWORD")
        passes = tmp_path / "pgpass"
        passes.write_text(f"*:*:*:ada:{CANARY}\n")
        passes.chmod(0o600)
        monkeypatch.setenv("PGPASSFILE", str(passes))
        assert read(bare, table="one").n_rows == 1
        refused(SourceError, written, query="SELEC 1")
        refused(SourceError, written.replace("/postgres?", "/none?"), table="one")
        refused(SourceError, bare.replace("ada@", f"ada:wrong{CANARY}@"), table="one")
        refused(MachineError, f"postgresql://ada:{CANARY}@127.0.0.1:1/x", table="one")


@pytest.fixture(scope="module")
def maria(tmp_path_factory):
    with servers.mariadb(tmp_path_factory.mktemp("mariadb")) as port:
        yield port


class TestMariaDB:
    def test_types_gaps_and_read_only(self, maria, monkeypatch, tmp_path):
        import pymysql

        odd = ODD.strip()
        quoted = "`" + odd.replace("`", "``") + "`"
        root = {"host": "127.0.0.1", "port": maria, "user": "root", "database": "shop"}
        with pymysql.connect(**root) as connection, connection.cursor() as cursor:
            cursor.execute("SET sql_mode = ''")
            cursor.execute(
                f"CREATE TABLE {quoted} (id bigint unsigned, n decimal(10, 2), t text, b bit(4),"
                " d date, at datetime, tm time, y year, s set('a', 'b'))"
            )
            cursor.execute(
                f"INSERT INTO {quoted} VALUES (18446744073709551615, 1.50, 'é😀', b'101',"
                " '0000-00-00', '2024-05-01 12:00', '100:00:00', 2024, 'a,b'),"
                " (NULL, NULL, NULL, NULL, '2024-01-01', NULL, NULL, NULL, NULL)"
            )
            connection.commit()
        address = f"mysql://ada:{CANARY}@127.0.0.1:{maria}/shop"
        table = read(address)
        assert CANARY not in repr((table.origin, table.reading))
        assert table.frame.row(0) == (
            "18446744073709551615", 1.5, "é😀", 5, "0000-00-00",
            datetime.datetime(2024, 5, 1, 12), datetime.timedelta(hours=100), 2024, "a,b",
        )  # fmt: skip
        assert read(address, table=f"shop.{odd}").n_rows == 2
        for query in (f"DELETE FROM {quoted}", f"SELECT 1; DROP TABLE {quoted}", "SELEC 1"):
            assert "the database says" in refused(SourceError, address, query=query)
        assert read(address, query=f"SELECT count(*) AS n FROM {quoted}").frame["n"][0] == 2
        bare = address.replace(f":{CANARY}@", "@")
        refused(SourceError, bare)
        monkeypatch.setenv("MYSQL_PWD", CANARY)
        assert read(bare.replace("mysql:", "mariadb:")).n_rows == 2
        monkeypatch.delenv("MYSQL_PWD")
        monkeypatch.setenv("HOME", str(tmp_path))
        (tmp_path / ".my.cnf").write_text(f"[client]\npassword={CANARY}\n")
        assert read(bare).n_rows == 2
        refused(SourceError, address.replace("/shop", "/none"))
        refused(MachineError, f"mysql://ada:{CANARY}@127.0.0.1:1/shop")
