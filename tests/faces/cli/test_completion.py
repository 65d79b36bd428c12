"""What a shell completes."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from click.shell_completion import BashComplete

from postwire.faces.cli import cli

if TYPE_CHECKING:
    from .conftest import Acme, Call


def completed(*words: str) -> list[str]:
    *before, incomplete = words
    found = BashComplete(cli, {}, "postwire", "_POSTWIRE_COMPLETE").get_completions(before, incomplete)
    return [item.type if item.type == "file" else item.value for item in found]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["si"], ["simulate"]),
        (["actions", "--integration", "ti"], ["tiktok"]),
        (["show", "tiktok.get_u"], ["tiktok.get_user_info"]),
        (["run", "tiktok.create_v"], ["tiktok.create_video_post"]),
        (["run", "tiktok.create_video_post", "--priv"], ["--privacy-level"]),
        (["run", "tiktok.create_video_post", "--no-disable-c"], ["--no-disable-comment"]),
        (["run", "tiktok.create_video_post", "--privacy-level", "SELF"], ["SELF_ONLY"]),
        (["run", "tiktok.create_video_post", "--disable-comment", "t"], ["true"]),
        (["run", "tiktok.create_video_post", "--video", "clip"], ["file"]),
        (["run", "tiktok.create_video_post", "--dry"], ["--dry-run"]),
        (["run", "nope.nothing", "--x"], []),
        (["completion", "z"], ["zsh"]),
    ],
)
def test_completed(words: list[str], found: list[str]) -> None:
    assert completed(*words) == found


def test_own_integrations_are_completed(acme: Acme) -> None:
    where = ["--integrations", str(acme.folder)]
    assert completed(*where, "run", "acme.g") == ["acme.get_note"]
    assert completed("run", *where, "acme.g") == ["acme.get_note"]
    assert completed("run", "acme.create_note", *where, "--col") == ["--colour"]


def test_a_broken_folder_is_not_told_while_typing() -> None:
    assert completed("--integrations", "/nowhere", "run", "x") == []
    assert completed("--integrations", "/nowhere", "actions", "--integration", "x") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_scripts(call: Call, shell: str) -> None:
    result = call("completion", shell)
    assert result.exit_code == 0
    assert "_POSTWIRE_COMPLETE" in result.stdout


def test_bash_takes_the_script(call: Call) -> None:
    script = call("completion", "bash").stdout
    subprocess.run(["bash", "-n"], input=script.encode(), check=True)
    assert call("completion", "tcsh").exit_code == 2
