"""Laws that the text of the package must keep: safe, small, named, documented."""

import ast
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "src" / "bestfit").rglob("*.py"))
MAX_LINES = 300
MAX_FUNCTION_LINES = 40
MAX_PARAMETERS = 8

BANNED_MODULES = {"pickle", "cPickle", "joblib", "marshal", "shelve", "dill", "cloudpickle"}
BANNED_BUILTINS = {"eval", "exec", "compile", "__import__"}
BANNED_METHODS = {
    "yaml.load", "yaml.full_load", "yaml.unsafe_load", "torch.load", "torch.save", "np.save",
    "numpy.save", "os.system", "read_pickle", "to_pickle", "jit.load",
}  # fmt: skip
BANNED_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "handler"}


def name_of(source: Path) -> str:
    return str(source.relative_to(ROOT / "src"))


def banned(tree: ast.AST) -> list[str]:
    """What a module imports or calls that could execute what it reads."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [a.name for a in node.names if a.name.split(".")[0] in BANNED_MODULES]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0]:
            found += [node.module] if node.module.split(".")[0] in BANNED_MODULES else []
        elif isinstance(node, ast.Call):
            call = ast.unparse(node.func)
            ends = [call.endswith(f".{method}") or call == method for method in BANNED_METHODS]
            found += [call] if call in BANNED_BUILTINS or any(ends) else []
            found += [f"{call}({k.arg}=True)" for k in node.keywords if allows_pickle(k)]
    return found


def allows_pickle(keyword: ast.keyword) -> bool:
    return keyword.arg == "allow_pickle" and ast.unparse(keyword.value) != "False"


def test_the_search_for_banned_calls_finds_them():
    code = "import pickle\nfrom joblib import load\ntorch.load(f)\neval(x)\n"
    code += "numpy.load(f, allow_pickle=True)\nre.compile(p)\nmodel.eval()"
    assert len(banned(ast.parse(code))) == 5


@pytest.mark.parametrize("source", SOURCES, ids=name_of)
class TestModule:
    def test_never_runs_what_it_reads(self, source):
        assert banned(ast.parse(source.read_text())) == []

    def test_is_small(self, source):
        assert len(source.read_text().splitlines()) <= MAX_LINES

    def test_has_small_functions(self, source):
        functions = [n for n in ast.walk(ast.parse(source.read_text())) if is_function(n)]
        long = [f.name for f in functions if code_lines(f) > MAX_FUNCTION_LINES]
        wide = [f.name for f in functions if parameters(f) > MAX_PARAMETERS]
        assert (long, wide) == ([], [])

    def test_is_named_for_one_idea(self, source):
        assert BANNED_NAMES.isdisjoint(source.stem.split("_"))

    def test_says_what_it_is_and_what_it_offers(self, source):
        tree = ast.parse(source.read_text())
        assert ast.get_docstring(tree)
        assigned = {
            ast.unparse(target)
            for node in tree.body
            if isinstance(node, ast.Assign | ast.AnnAssign)
            for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        }
        assert "__all__" in assigned

    def test_has_a_docstring_for_each_public_name(self, source):
        bare = [
            node.name
            for node in ast.parse(source.read_text()).body
            if isinstance(node, ast.FunctionDef | ast.ClassDef)
            and not node.name.startswith("_")
            and not ast.get_docstring(node)
        ]
        assert bare == []


def is_function(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)


def code_lines(function: ast.FunctionDef) -> int:
    """Lines of the body without the docstring; a command's parameters are declarations."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


def parameters(function: ast.FunctionDef) -> int:
    """Parameters without self; those of a click command are named by its options."""
    if any("click." in ast.unparse(decorator) for decorator in function.decorator_list):
        return 0
    arguments = function.args
    names = [a.arg for a in arguments.posonlyargs + arguments.args + arguments.kwonlyargs]
    return len([name for name in names if name not in ("self", "cls")])


def test_gradients_are_asked_for_in_one_place():
    """The step calls one ``backward``; behind it stand the chain, and autograd's, once."""
    calls = [
        (name_of(source), ast.unparse(node.func))
        for source in SOURCES
        for node in ast.walk(ast.parse(source.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "backward"
    ]
    assert calls == [
        ("bestfit/models/propagation.py", "torch.autograd.backward"),
        ("bestfit/training/step.py", "state.propagation.backward"),
    ]


def test_warnings_are_errors():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]
    assert settings["filterwarnings"][0] == "error"
    assert settings["xfail_strict"] is True


def test_every_version_is_pinned_once():
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert pins[0] == "torch==2.13.0"
    names = [pin.split("==")[0].lower().replace("_", "-") for pin in pins]
    assert len(set(names)) == len(names)
    assert all("==" in pin and "+" not in pin and " " not in pin for pin in pins)
