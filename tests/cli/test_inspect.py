"""``bestfit inspect``: quick, without torch, readable, harmless."""

import json
import random
import subprocess
import sys

import pytest

from bestfit.cli import main


@pytest.fixture(scope="module")
def big(tmp_path_factory):
    """50,000 rows of every kind of column."""
    stream = random.Random(1)
    path = tmp_path_factory.mktemp("inspect") / "big.csv"
    with open(path, "w") as file:
        file.write("id,age,city,when,amount,flag,target\n")
        for row in range(50_000):
            city, flag = stream.choice(["Oslo", "Rome", "?"]), stream.choice(["yes", "no"])
            when = f"2024-{stream.randint(1, 12):02d}-{stream.randint(1, 28):02d}"
            amount, label = f"{stream.random() * 1000:.2f}", stream.choice("xy")
            file.write(f"{row},{stream.randint(18, 90)},{city},{when},{amount},{flag},{label}\n")
    return path


def test_it_never_loads_torch(big):
    code = (
        "import sys; from bestfit.cli import main; code = main(sys.argv[1:]);"
        "assert code == 0; print([m for m in ('torch', 'sklearn') if m in sys.modules])"
    )
    words = ["inspect", str(big), "--target", "target"]
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "[]", done.stderr


def test_json_is_the_profile(big, capsys):
    assert main(["inspect", str(big), "--target", "target", "--json"]) == 0
    profile = json.loads(capsys.readouterr().out)
    assert (profile["rows"], profile["columns"]) == (50_000, 7)
    assert profile["target"]["task"] == "binary"
    assert {f["name"]: f["role"] for f in profile["fields"]}["id"] == "dropped"


def test_the_page_shows_each_column_and_what_becomes_of_it(big, capsys):
    assert main(["inspect", str(big), "--target", "target"]) == 0
    page = capsys.readouterr().out
    assert "50,000 rows, 7 columns" in page
    for name in ("id", "age", "city", "when", "amount", "flag", "target"):
        assert f"\n{name} " in page
    assert max(map(len, page.splitlines())) <= 120
    assert "\x1b" not in page


def test_hostile_names_cannot_write_to_the_terminal(tmp_path, capsys):
    path = tmp_path / "hostile.csv"
    rows = "".join(f"{i % 7},[bold]x{i % 3},{'ab'[i % 2]}\n" for i in range(60))
    path.write_text('"a\x1b[31m","[red]b[/red]",y\n' + rows)
    assert main(["inspect", str(path), "--target", "y"]) == 0
    page = capsys.readouterr().out
    assert "\x1b" not in page and "a\\x1b[31m" in page and "[red]b[/red]" in page


@pytest.mark.parametrize(
    "name", ["no-such-file.csv", "empty.csv", "folder", "binary.csv", "header.csv", "one-class.csv"]
)
def test_wrong_inputs_are_one_line_and_exit_2(name, tmp_path, capfd):
    (tmp_path / "empty.csv").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "binary.csv").write_bytes(bytes(range(256)) * 20)
    (tmp_path / "header.csv").write_text("a,y\n")
    (tmp_path / "one-class.csv").write_text("a,y\n" + "".join(f"{i}.5,yes\n" for i in range(50)))
    for verb in ("inspect", "train"):
        out = ["--out", str(tmp_path / "run")] if verb == "train" else []
        assert main([verb, str(tmp_path / name), "--target", "y", *out]) == 2
        printed, err = capfd.readouterr()
        said = [line for line in err.splitlines() if not line.startswith("[")]
        assert printed == "" and len(said) == 1 and said[0].startswith("bestfit: "), err
        assert len(said[0]) <= 310
        assert not (tmp_path / "run").exists()
