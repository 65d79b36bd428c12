"""A small integration of our own against a server on loopback, and ways to call the command line."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from postwire.faces.cli import cli

TOKEN = "act.planted-0123456789-token"
RUNTIME = Path(__file__).parents[3] / "runtime"

INTEGRATION = """\
name: Acme
description: Notes.
docs: {{url: https://example.com/docs, read: 2026-11-01}}
api:
  base: {origin}
  auth: bearer
  message: ${{{{ body.error.message }}}}
  error_code: ${{{{ body.error.code }}}}
  errors:
    - {{when: status == 401, code: auth_expired}}
    - {{when: status == 404, code: not_found, remedy: Look for it elsewhere.}}
    - {{when: status == 429, code: rate_limited, retry_after: 900s}}
"""
ACTIONS = {
    "get_note": """\
title: Get note
description: Reads a note.
effect: read
input: {required: [id], properties: {id: {type: string, description: Which one.}}}
request: {get: "/notes/${{ input.id }}"}
return: ${{ body }}
output: {required: [id], properties: {id: {type: string}, text: {type: string}, tags: {type: array}}}
""",
    "create_note": """\
title: Create note
description: Writes a note.
effect: create
scopes: [notes.write]
input:
  required: [text]
  properties:
    text: {type: string, description: What it says., x-length: {unit: codepoints, max: 20}}
    is_public: {type: boolean, default: false, description: Who sees it.}
    no_is_public: {type: string, description: A name that could be taken for the flag above.}
    count: {type: integer, description: How many.}
    share: {type: number, description: How much.}
    colour: {type: string, enum: [red, green], description: Which colour.}
    tags: {type: array, items: {type: string}, description: Words.}
    places: {type: array, items: {type: object, properties: {x: {type: integer}}}, description: Where.}
    extra: {type: object, properties: {a: {type: integer}}, description: More.}
    account: {type: string, description: The name of one of the command's own flags.}
request: {post: /notes, json: "${{ input }}"}
return: ${{ body }}
output: {required: [id], properties: {id: {type: string}}}
""",
    "upload_film": """\
title: Upload film
description: Sends a file.
effect: create
input:
  required: [film]
  properties:
    film: {type: string, format: media, description: The file., x-media: {base64_alias: film_base64}}
    name: {type: string, description: Its name.}
request: {put: /films, media: "${{ input.film }}"}
return: {id: "${{ body.id }}"}
output: {required: [id], properties: {id: {type: string}}}
""",
    "wait_for_note": """\
title: Wait for note
description: Waits.
effect: read
input: {properties: {}}
steps:
  - id: look
    poll: {get: /notes/busy, until: body.text == 'ready', every: 1ms, timeout: 1ms}
    save: {id: "${{ body.id }}"}
return: {id: "${{ steps.look.id }}"}
output: {properties: {id: {type: string}}}
""",
    "_hidden": """\
title: Hidden
description: For other actions only.
effect: read
input: {properties: {}}
request: {get: /notes/x}
return: {}
""",
}


@dataclass
class Asked:
    """A request as the server saw it; of a long body only the digest is kept."""

    method: str
    path: str
    headers: dict[str, str]
    size: int
    sha256: str
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Acme:
    """The server and its integration's folder. `answers` maps paths to (status, body), or None to hang up."""

    origin: str
    folder: Path
    answers: dict[str, tuple[int, Any] | None] = field(default_factory=dict)
    seen: list[Asked] = field(default_factory=list)
    hold: threading.Event = field(default_factory=threading.Event)  # set: answers may go out
    asked: threading.Event = field(default_factory=threading.Event)

    def answer(self, asked: Asked) -> tuple[int, Any] | None:
        self.seen.append(asked)
        self.asked.set()
        self.hold.wait(20)
        note = {"id": "n1", "text": "Hello", "tags": ["a", "b"]}
        return self.answers.get(asked.path, (200, note))


def _handler(acme: Acme) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except ConnectionError:
                self.close_connection = True

        def serve(self) -> None:
            left = int(self.headers.get("Content-Length", "0"))
            size, digest, kept = left, hashlib.sha256(), b""
            while left:
                piece = self.rfile.read(min(left, 65_536))
                left -= len(piece)
                digest.update(piece)
                kept = (kept + piece)[:65_536]
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, self.path, headers, size, digest.hexdigest(), kept)
            answer = acme.answer(asked)
            if answer is None:
                self.close_connection = True
                return
            body = json.dumps(answer[1]).encode()
            self.send_response(answer[0])
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = serve  # noqa: N815 - names of the base class

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - of the base class
            pass

    return Handler


@pytest.fixture
def acme(tmp_path: Path) -> Iterator[Acme]:
    folder = tmp_path / "mine"
    found = Acme("", folder)
    found.hold.set()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(found))
    server.daemon_threads = True
    found.origin = f"http://127.0.0.1:{server.server_port}"
    write_integration(folder / "acme", found.origin)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield found
    found.hold.set()
    server.shutdown()
    thread.join()
    server.server_close()


def write_integration(folder: Path, origin: str) -> None:
    (folder / "actions").mkdir(parents=True)
    (folder / "integration.yaml").write_text(INTEGRATION.format(origin=origin), "utf-8")
    for name, text in ACTIONS.items():
        (folder / "actions" / f"{name}.yaml").write_text(text, "utf-8")


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of the machine that runs the tests reaches them."""
    for name in [name for name in os.environ if name.startswith(("POSTWIRE_", "_POSTWIRE"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("POSTWIRE_HOME", str(tmp_path / "home"))  # nobody's real vault
    monkeypatch.setenv("POSTWIRE_ACME_ACCESS_TOKEN", TOKEN)
    monkeypatch.setenv("COLUMNS", "100")


Call = Callable[..., Result]


@pytest.fixture
def call() -> Call:
    """Runs `postwire` in this process; the token that is planted must never come out."""

    def run(*args: str, stdin: bytes | None = None) -> Result:
        result = CliRunner().invoke(cli, list(args), input=stdin)
        assert TOKEN not in result.output
        assert TOKEN not in result.stderr
        return result

    return run


@pytest.fixture
def mine(acme: Acme, call: Call) -> Call:
    """Runs an action of Acme: `mine("get_note", "--id", "1")`."""

    def run(action: str, *args: str, stdin: bytes | None = None) -> Result:
        return call("--integrations", str(acme.folder), "run", f"acme.{action}", *args, stdin=stdin)

    return run


class Process(subprocess.Popen[str]):
    """`postwire` in a process of its own."""

    def __init__(self, *args: str, **env: str) -> None:
        super().__init__(
            [sys.executable, "-m", "postwire", *args],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env={**os.environ, "PYTHONPATH": str(RUNTIME), "PYTHONUTF8": "1", **env},
        )

    def outcome(self) -> tuple[int, str, str]:
        """(exit code, stdout, stderr), none of which holds the token."""
        out, err = self.communicate(timeout=60)
        assert TOKEN not in out + err
        return self.returncode, out, err


Start = Callable[..., Process]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts `postwire` processes, which end with the test."""
    with contextlib.ExitStack() as stack:

        def begin(*args: str, **env: str) -> Process:
            process = stack.enter_context(Process(*args, **env))
            stack.callback(process.kill)
            return process

        yield begin
