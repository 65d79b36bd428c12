"""The building's rules, read from the source: who may import whom, and how large things may get."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "runtime"
# From the ground up. A module imports from its own floor (inside one package) and from those below.
FLOORS: tuple[tuple[str, ...], ...] = (
    ("errors", "values", "secret"),
    ("accounts.account", "accounts.refusals"),  # words too, beside those who use them
    ("language",),
    ("media",),
    ("decide",),
    ("flow",),
    ("accounts",),
    ("transport",),
    ("drive",),
    # those that ask the platforms
    ("accounts.answers", "accounts.connections", "accounts.leased", "accounts.renewing", "accounts.keeper"),
    ("preparing",),
    ("client",),
    ("publish",),
    ("access", "dryrun", "sandbox", "testing"),
    ("faces",),
    ("export",),
    ("__main__",),
)
SIMULATOR_MAY = ("simulator", "errors", "values", "secret")
HTTP_LIBRARIES = ("httpx2", "httpcore2", "httpx", "requests", "aiohttp", "urllib3")
LONGEST_FILE, LONGEST_FUNCTION = 400, 50


def module_of(file: Path) -> str:
    parts = file.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = sorted((SOURCE / "postwire").rglob("*.py"))
MODULES = {module_of(file): file for file in FILES}


@cache
def tree_of(file: Path) -> ast.Module:
    return ast.parse(file.read_text("utf-8"))


def at_import(nodes: list[ast.stmt]) -> Iterator[ast.Import | ast.ImportFrom]:
    """The imports that run when the module is imported; those for type checkers do not."""
    for node in nodes:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from at_import(node.orelse)
        elif isinstance(node, ast.If | ast.Try | ast.With | ast.ClassDef):
            for name in ("body", "orelse", "finalbody", "handlers"):
                found = getattr(node, name, [])
                inner = [h for h in found if not isinstance(h, ast.ExceptHandler)]
                inner += [s for h in found if isinstance(h, ast.ExceptHandler) for s in h.body]
                yield from at_import(inner)


def names_in(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    assert node.level == 0, f"relative import: {ast.unparse(node)}"
    module = node.module or ""
    return [
        f"{module}.{alias.name}" if f"{module}.{alias.name}" in MODULES else module for alias in node.names
    ]


@cache
def imports(module: str) -> tuple[str, ...]:
    found = at_import(tree_of(MODULES[module]).body)
    return tuple(dict.fromkeys(name for node in found for name in names_in(node)))


def everywhere(module: str) -> set[str]:
    """Every import of a module, those within functions and for type checkers too."""
    nodes = ast.walk(tree_of(MODULES[module]))
    return {
        name for node in nodes if isinstance(node, ast.Import | ast.ImportFrom) for name in names_in(node)
    }


def floor(module: str) -> int:
    short = module.removeprefix("postwire").removeprefix(".")
    if not short:
        return -1  # the package itself, which imports nothing
    homes = {name: number for number, names in enumerate(FLOORS) for name in names}
    found = [name for name in homes if short == name or short.startswith(f"{name}.")]
    assert found, f"{module} has no floor: give it one"
    return homes[max(found, key=len)]


INSIDE = [module for module in MODULES if not module.startswith("postwire.simulator")]


@pytest.mark.parametrize("module", INSIDE)
def test_imports_point_down(module: str) -> None:
    for name in imports(module):
        if not name.startswith("postwire"):
            continue
        same = name.split(".")[1:2] == module.split(".")[1:2]
        lower = floor(name) < floor(module)
        assert same or lower, f"{module} imports {name}, which is not below it"
        assert floor(name) <= floor(module), f"{module} imports {name}, which is above it"


@pytest.mark.parametrize("module", [module for module in MODULES if module.startswith("postwire.simulator")])
def test_the_simulator_stands_alone(module: str) -> None:
    for name in everywhere(module):
        if name.startswith("postwire"):
            assert name.split(".")[1] in SIMULATOR_MAY, f"{module} imports {name}"


@pytest.mark.parametrize("module", INSIDE)
def test_only_the_transport_speaks_http(module: str) -> None:
    if module.startswith("postwire.transport"):
        return
    libraries = {name.split(".")[0] for name in everywhere(module)}
    assert not libraries & set(HTTP_LIBRARIES), f"{module} imports an HTTP library"


def test_there_are_no_circles() -> None:
    done: set[str] = set()

    def visit(module: str, way: tuple[str, ...]) -> None:
        assert module not in way, " → ".join((*way[way.index(module) :], module))
        if module in done:
            return
        for name in imports(module):
            if name in MODULES and name != "postwire":
                visit(name, (*way, module))
        done.add(module)

    for module in MODULES:
        visit(module, ())


@pytest.mark.parametrize("folder", ["integrations", "schemas"])
def test_data_folders_hold_no_code(folder: str) -> None:
    files = [file for file in (ROOT / folder).rglob("*") if file.is_file()]
    assert not [file for file in files if file.suffix in {".py", ".pyc", ".js", ".sh"}]


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(SOURCE)))
def test_files_and_functions_stay_small_and_say_their_types(file: Path) -> None:
    lines = file.read_text("utf-8").count("\n")
    assert lines <= LONGEST_FILE, f"{lines} lines"
    for node in ast.walk(tree_of(file)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or 0) - node.lineno + 1
            assert length <= LONGEST_FUNCTION, f"{node.name} has {length} lines"
            assert node.returns is not None, f"{node.name} does not say what it returns"
            assert not unannotated(node), f"{node.name} does not say what {unannotated(node)} is"


def unannotated(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    given = node.args
    whole = [*given.posonlyargs, *given.args, *given.kwonlyargs, *filter(None, (given.vararg, given.kwarg))]
    return [each.arg for each in whole if each.annotation is None and each.arg not in {"self", "cls"}]


def test_the_rules_find_what_they_forbid(tmp_path: Path) -> None:
    code = """
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    import a
else:
    import b
try:
    import c
except ImportError:
    import d
def f(x): import e
"""
    tree = ast.parse(code)
    assert [name for node in at_import(tree.body) for name in names_in(node)] == ["typing", "b", "c", "d"]
    (function,) = (node for node in tree.body if isinstance(node, ast.FunctionDef))
    assert unannotated(function) == ["x"]
    assert (
        floor("postwire.accounts.account") < floor("postwire.decide.api") < floor("postwire.accounts.oauth")
    )
    with pytest.raises(AssertionError, match="has no floor"):
        floor("postwire.helpers")
