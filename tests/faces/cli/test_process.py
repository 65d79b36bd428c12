"""`postwire` as a process: start-up, pipes, signals, memory, the simulator and the demo."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from postwire import __version__
from postwire.client import Client
from postwire.media import sample
from postwire.simulator import serve
from postwire.values import Result

from .conftest import RUNTIME, TOKEN, Acme, Call, Start

if TYPE_CHECKING:
    from pathlib import Path

HEAVY = {"asyncio", "pydantic", "httpcore2", "httpx2", "rich", "starlette", "uvicorn", "jsonschema", "yaml"}


def imported(*args: str) -> set[str]:
    """The top modules and commands that a call imports."""
    code = (
        "import sys\nfrom postwire.faces.cli import cli\n"
        "try: cli.main(sys.argv[1:])\nfinally: print(*sys.modules, file=sys.stderr)"
    )
    env = {**os.environ, "PYTHONPATH": str(RUNTIME)}
    done = subprocess.run(
        [sys.executable, "-c", code, *args], env=env, capture_output=True, text=True, check=True
    )
    names = done.stderr.split()
    return {name.partition(".")[0] for name in names} | {
        n for n in names if n.startswith("postwire.faces.cli.")
    }


def test_help_imports_next_to_nothing() -> None:
    found = imported("--help")
    assert not found & HEAVY
    assert {name for name in found if name.startswith("postwire.faces.cli.")} == {"postwire.faces.cli.lazy"}


def test_a_list_of_actions_needs_no_models() -> None:
    assert not imported("actions") & (HEAVY - {"yaml"})


def test_version_and_names(start: Start) -> None:
    assert start("--version").outcome() == (0, f"postwire {__version__}\n", "")
    assert start("simulat").outcome()[0] == 2
    code, out, err = start().outcome()
    assert (code, out) == (2, "")
    assert "Commands:" in err


def test_a_run_in_a_pipe(acme: Acme, start: Start) -> None:
    where = ["--integrations", str(acme.folder)]
    code, out, err = start("run", "acme.get_note", *where, "--id", "1", "--json").outcome()
    assert (code, json.loads(out)["id"], err) == (0, "n1", "")
    acme.answers["/notes/1"] = (404, {"error": {"message": f"No {TOKEN}"}})
    code, out, err = start("run", "acme.get_note", *where, "--id", "1", "--json").outcome()
    assert (code, json.loads(out)["code"]) == (1, "not_found")
    assert "No •••" in err


def test_a_reader_that_goes_away_changes_no_exit_code(acme: Acme, start: Start) -> None:
    acme.hold.clear()
    process = start("run", "acme.create_note", "--integrations", str(acme.folder), "--text", "a")
    assert acme.asked.wait(20)
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None
    acme.hold.set()
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")


def test_ctrl_c_while_a_create_is_under_way(acme: Acme, start: Start) -> None:
    acme.hold.clear()
    process = start("run", "acme.create_note", "--integrations", str(acme.folder), "--text", "a", "--json")
    assert acme.asked.wait(20)
    process.send_signal(signal.SIGINT)
    code, out, err = process.outcome()
    assert (code, out) == (130, "")
    assert "it may have been received" in err
    assert "Traceback" not in err


def test_a_large_base64_input_takes_little_memory(acme: Acme, tmp_path: Path) -> None:
    piece = hashlib.sha256(b"film").digest() * 93_750  # 3 MB
    source = tmp_path / "in.json"
    with source.open("wb") as file:
        file.write(b'{"film_base64": "')
        for _ in range(15):
            file.write(base64.b64encode(piece))
        file.write(b'"}')
    code = (
        "import re, sys\nfrom pathlib import Path\nfrom postwire.faces.cli import cli\n"
        "try: cli.main(sys.argv[1:])\n"  # getrusage would tell the peak of whoever started this too
        "finally: print('peak', re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1],"
        " file=sys.stderr)"
    )
    typed = ["run", "acme.upload_film", "--integrations", str(acme.folder), "--input", "-", "--json"]
    with source.open("rb") as stdin:
        done = subprocess.run(
            [sys.executable, "-c", code, *typed],
            stdin=stdin,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": str(RUNTIME)},
            check=False,
        )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"id": "n1"}
    assert acme.seen[0].size == 45_000_000
    assert acme.seen[0].sha256 == hashlib.sha256(piece * 15).hexdigest()
    peak = re.search(r"peak (\d+)", done.stderr)
    assert peak is not None
    assert int(peak[1]) < 100_000  # KB; the text alone has 60 000


def test_publishing_on_a_running_simulator(monkeypatch: pytest.MonkeyPatch, call: Call) -> None:
    with serve() as served:
        served.simulator.tiktok.settings.processing_polls = 0
        served.simulator.tiktok.settings.public_polls = 0
        monkeypatch.setenv("POSTWIRE_SANDBOX", served.origin)
        typed = ["--video", str(sample.VIDEO), "--privacy-level", "PUBLIC_TO_EVERYONE", "--title", "Hi 🎉"]
        result = call("run", "tiktok.publish_video", *typed, "--sandbox", "--json")
        assert result.exit_code == 0, result.stderr
        assert json.loads(result.stdout)["url"].startswith("https://www.tiktok.com/@simstudio/video/")
        assert f"This is the simulator at {served.origin}, not the real platform" in result.stderr
        assert "100 % of" in result.stderr
        other = call("run", "tiktok.get_user_info", "--sandbox", "--account", "simprivate", "--json")
        assert json.loads(other.stdout)["username"] == "simprivate"


def test_a_sandbox_that_does_not_answer(monkeypatch: pytest.MonkeyPatch, call: Call) -> None:
    monkeypatch.setenv("POSTWIRE_SANDBOX", "http://127.0.0.1:9")
    result = call("run", "tiktok.get_user_info", "--sandbox", "--json")
    assert result.exit_code == 1
    assert "postwire simulate" in result.stderr


def test_simulate_announces_itself_and_ends_on_ctrl_c(start: Start) -> None:
    process = start("simulate", "--port", "0")
    assert process.stdout is not None
    origin = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
    assert origin is not None
    env = {"POSTWIRE_SANDBOX": origin[0]}
    code, out, _ = start("run", "tiktok.get_user_info", "--sandbox", "--json", **env).outcome()
    assert (code, json.loads(out)["username"]) == (0, "simstudio")
    process.send_signal(signal.SIGINT)
    assert process.outcome()[::2] == (0, "")


def test_simulate_on_a_port_that_is_taken(call: Call) -> None:
    with serve() as served:
        result = call("simulate", "--port", served.origin.rpartition(":")[2])
    assert result.exit_code == 2
    assert "--port 0" in result.stderr


def test_the_demo_comes_to_its_end(start: Start) -> None:
    code, out, err = start("demo").outcome()
    assert code == 0, err
    assert "not on the real TikTok" in out
    assert "https://www.tiktok.com/v2/auth/authorize/?client_key=" in out
    assert out.count("Published: https://www.tiktok.com/@simstudio/video/") == 2
    assert "their bytes came in 8 chunks" in out
    assert "POSTWIRE_TIKTOK_ACCESS_TOKEN" in out
    assert err.count("% of 70 MB") >= 10


def test_the_demo_fails_when_a_video_does(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(path: Path, _: int | None = None) -> Path:
        path.write_bytes(b"no video at all")
        return path

    monkeypatch.setattr(sample, "write", broken)
    result = call("demo")
    assert result.exit_code == 2
    assert "/video" in result.stderr


@pytest.mark.parametrize(
    "result", [Result({"id": "1", "url": "https://x.test/1"}), Result({"publish_id": "p"}, state="pending")]
)
def test_the_demo_believes_only_the_simulator(
    call: Call, monkeypatch: pytest.MonkeyPatch, result: Result
) -> None:
    monkeypatch.setattr(Client, "run", lambda *_, **__: result)
    ended = call("demo")
    assert ended.exit_code == 1
    assert "For a real account" not in ended.stdout


@pytest.mark.parametrize("command", ["simulate", "demo"])
def test_without_the_extra_the_command_that_installs_it_is_told(command: str) -> None:
    code = (
        "import sys\nsys.modules['uvicorn'] = None\n"
        f"from postwire.faces.cli import cli\ncli.main(['{command}'])"
    )
    env = {**os.environ, "PYTHONPATH": str(RUNTIME)}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "pip install 'postwire[web]'" in done.stderr
