"""The wheel is what people get: it holds the data files, and runs without the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "-q", "--wheel", "--no-isolation", "--outdir", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (made,) = folder.glob("*.whl")
    return made


def data_files(kind: str) -> set[str]:
    return {f"postwire/{file.relative_to(ROOT)}" for file in (ROOT / kind).rglob("*") if file.is_file()}


@pytest.mark.parametrize("kind", ["integrations", "schemas"])
def test_the_wheel_holds_the_data_of_the_checkout(wheel: Path, kind: str) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert data_files(kind) == {name for name in names if name.startswith(f"postwire/{kind}/")}


def test_the_wheel_holds_nothing_but_the_package(wheel: Path) -> None:
    tops = {name.partition("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"postwire"}


def test_an_action_runs_from_the_wheel(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    path = os.pathsep.join([str(tmp_path / "site")])
    environ = {**os.environ, "PYTHONPATH": path, "POSTWIRE_TIKTOK_ACCESS_TOKEN": "act.wheel"}
    code = (
        "import postwire, sys; assert 'site' in postwire.__file__, postwire.__file__;"
        "from postwire.faces.cli import main;"
        "sys.argv = ['postwire', 'run', 'tiktok.get_user_info', '--dry-run', '--json']; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "open.tiktokapis.com" in done.stdout
