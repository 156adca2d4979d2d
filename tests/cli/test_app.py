"""The frame of the command line: finding verbs, ending well, staying quick."""

import errno
import os
import resource
import subprocess
import sys

import click
import pytest

from bestfit.cli import main
from bestfit.cli.app import VERBS, Ending, app, explain
from bestfit.errors import ConfigError, MachineError, Stopped


def commands():
    with click.Context(app, info_name="bestfit") as context:
        return {name: app.get_command(context, name) for name in VERBS}


def cpu_seconds(*words: str) -> float:
    """CPU time of a whole fresh process; the best of three, since the machine is shared."""
    spent = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-m", "bestfit", *words], check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(spent)


@pytest.fixture
def bytecode(monkeypatch):
    """Let Python keep compiled modules, as it does for users."""
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)


def test_help_is_quick(bytecode):
    assert cpu_seconds("--help") <= 0.2


@pytest.mark.parametrize("name", VERBS)
class TestVerb:
    def test_help_is_quick_and_loads_no_tables(self, name):
        code = (
            "import sys; from bestfit.cli import main; main(sys.argv[1:]);"
            "print([m for m in ('torch', 'sklearn', 'polars', 'numpy') if m in sys.modules])"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, name, "--help"], capture_output=True, text=True
        )
        assert done.stdout.splitlines()[-1] == "[]"

    def test_is_in_the_docs_and_has_an_example(self, name):
        epilog = commands()[name].epilog or ""
        assert "Examples:" in epilog and f"bestfit {name}" in epilog

    def test_each_option_that_takes_a_value_shows_one(self, name):
        for option in commands()[name].params:
            if isinstance(option, click.Option):
                assert option.help, option.name
                example = f"e.g. {option.opts[-1]} "
                assert option.is_flag or example in option.help, option.name

    def test_has_debug(self, name):
        assert "--debug" in {o for p in commands()[name].params for o in p.opts}


def test_no_verb_prints_the_help(capsys):
    assert main([]) == 0
    help_text = capsys.readouterr().out
    assert all(f"\n  {name} " in help_text for name in VERBS)


def test_version(capsys):
    import bestfit

    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"bestfit {bestfit.__version__}\n"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["trian"], "bestfit: no such verb: trian (try: bestfit train)"),
        (["inspect", "a", "--taget", "x"], "bestfit: no such option '--taget' (try: --target)"),
        (["predict", "a"], "bestfit: missing argument 'SOURCE' (try: bestfit predict --help)"),
        (["train"], "bestfit: SOURCE is missing (try: bestfit train --help)"),
        (["resume", "nowhere"], "bestfit: no run here: nowhere (try: bestfit runs lists the runs)"),
        (["runs", "nowhere"], "bestfit: no such folder: nowhere (try: bestfit runs DIR)"),
        (
            ["train", "a.csv", "--target", "y", "--set", "model.widht=3"],
            "bestfit: no such setting: model.widht (try: model.width)",
        ),
        (
            ["train", "a.csv", "--target", "y", "--config", "none.toml"],
            "bestfit: no such file: none.toml (try: check the path)",
        ),
        (
            ["predict", "a", "b", "--out", "p.txt"],
            "bestfit: no format by this name: --out p.txt"
            " (try: .csv or .parquet or .jsonl or .ndjson)",
        ),
    ],
)
def test_a_misuse_is_one_line_and_exit_2(words, says, capfd, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(words) == 2
    out, err = capfd.readouterr()
    assert (out, err) == ("", says + "\n")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("value", "option"),
    [("3d", "--time"), ("0s", "--time"), ("0", "--batch-size"), ("half", "--batch-size")],
)
def test_a_bad_value_is_shown(value, option, capfd):
    assert main(["train", "a.csv", "--target", "y", option, value]) == 2
    err = capfd.readouterr().err
    assert err.count("\n") == 1 and repr(value) in err and option in err


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (ConfigError("no such thing", where="x"), 2, "no such thing: x"),
        (MachineError("no network", hint="wait"), 3, "no network (try: wait)"),
        (Stopped("stopped by SIGTERM", signal_number=15), 143, "stopped by SIGTERM"),
        (Stopped("stopped by SIGINT", signal_number=2), 130, "stopped by SIGINT"),
        (KeyboardInterrupt(), 130, "stopped"),
        (MemoryError(), 3, "out of memory (try: a smaller --batch-size, or fewer rows)"),
        (
            OSError(errno.ENOSPC, "No space left on device", "a.csv"),
            3,
            "the system says: No space left on device: a.csv",
        ),
        (
            ValueError("x\ny"),
            1,
            "this is a bug in bestfit: ValueError: x\\ny (try: --debug shows the traceback)",
        ),
    ],
)
def test_every_ending_has_its_line_and_code(error, code, line):
    assert explain(error) == (line, code)


def test_debug_shows_the_traceback(capfd):
    assert main(["resume", "nowhere", "--debug"]) == 2
    err = capfd.readouterr().err
    assert err.startswith("Traceback") and err.endswith("bestfit runs lists the runs)\n")


def test_a_reader_that_leaves_is_no_error():
    """``bestfit --help | head -0``: nothing on stderr."""
    pipe = f"{sys.executable} -m bestfit completion bash | true"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", pipe], capture_output=True, text=True)
    assert (done.stderr, done.returncode) == ("", 0)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_completes_verbs(shell, capsys):
    assert main(["completion", shell]) == 0
    assert f"_BESTFIT_COMPLETE={shell}_complete" in capsys.readouterr().out


def test_completion_answers_the_shell():
    asked = {"_BESTFIT_COMPLETE": "bash_complete", "COMP_WORDS": "bestfit tr", "COMP_CWORD": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "bestfit"],
        env={**os.environ, **asked},
        capture_output=True,
        text=True,
    )
    assert done.stdout == "plain,train\n"


def test_an_ending_starts_quiet():
    assert Ending().debug is False
