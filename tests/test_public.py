"""What `import postwire` gives, and what it costs."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from pathlib import Path

import pytest

import postwire

HEAVY = (
    "pydantic",
    "httpcore2",
    "httpx2",
    "jsonschema",
    "jsonschema_rs",
    "starlette",
    "uvicorn",
    "rich",
    "yaml",
    "PIL",
)


def run(code: str) -> str:
    environ = {**os.environ, "PYTHONPATH": str(Path(postwire.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environ
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_there_are_few_names() -> None:
    assert len(postwire.__all__) <= 15
    assert sorted(postwire.__all__) == list(postwire.__all__)
    assert dir(postwire) == list(postwire.__all__)


@pytest.mark.parametrize("name", [name for name in postwire.__all__ if name != "__version__"])
def test_each_name_is_there_and_documented(name: str) -> None:
    found = getattr(postwire, name)
    assert inspect.isclass(found)
    assert found.__name__ == name
    assert len((found.__doc__ or "").split()) >= 5
    for method, value in vars(found).items():
        if inspect.isfunction(value) and not method.startswith("_"):
            assert value.__doc__, f"{name}.{method} has no words"


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nothing_such"):
        postwire.nothing_such  # noqa: B018 - asking is the test


def test_importing_it_loads_nothing_heavy() -> None:
    code = f"import sys, postwire; print(*[name for name in {HEAVY} if name in sys.modules])"
    assert run(code) == ""


@pytest.mark.parametrize("name", ["Account", "Secret", "ActionFailed", "Result"])
def test_nor_do_its_plain_names(name: str) -> None:
    code = f"import sys, postwire; postwire.{name}; print(*[name for name in {HEAVY} if name in sys.modules])"
    assert run(code) == ""


def test_a_client_loads_what_it_uses_when_it_uses_it() -> None:
    unused = ("jsonschema", "rich", "starlette", "uvicorn", "httpx2", "PIL")
    asked = f"print(*[name for name in {unused} if name in sys.modules])"
    assert run(f"import sys, postwire; postwire.Client().close(); {asked}") == ""


def test_every_error_is_a_postwire_error() -> None:
    errors = [getattr(postwire, name) for name in postwire.__all__ if name != "__version__"]
    raised = [error for error in errors if issubclass(error, Exception)]
    assert len(raised) == 7
    assert all(issubclass(error, postwire.PostwireError) for error in raised)
