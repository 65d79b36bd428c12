"""Every action of TikTok, and what may go wrong, from the command line against one simulated TikTok."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from postwire.faces.cli import cli
from postwire.faces.cli import run as run_command
from postwire.language.catalog import Catalog
from postwire.language.inputs import OutputSchema
from postwire.media import sample
from postwire.simulator import serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from postwire import Client
    from postwire.simulator import Served

CATALOG = Catalog()
ACTIONS = {summary.id.partition(".")[2] for summary in CATALOG.actions("tiktok")}
INIT = "/v2/post/publish/video/init/"
VIDEO = sample.VIDEO.read_bytes()
PHOTOS = [
    "--photo-urls",
    "https://media.example.com/1.jpg",
    "--photo-urls",
    "https://media.example.com/2.webp",
]
PRIVATE = ["--privacy-level", "SELF_ONLY"]
SOME = object()  # stands for any value that is not empty


class Line:
    """`postwire run tiktok.… --sandbox --json`; it waits for nothing, and tells how long it would have."""

    def __init__(self, served: Served, folder: Path, waits: list[float]) -> None:
        self.served = served
        self.folder = folder
        self.waits = waits
        self.fault = served.simulator.faults.add
        self.film = str(sample.VIDEO)
        env = {"POSTWIRE_SANDBOX": served.origin, "POSTWIRE_HOME": str(folder / "home")}
        self._runner = CliRunner(env=env)

    def run(self, action: str, *typed: str, stdin: str | None = None) -> tuple[int, Any]:
        """(exit code, what was printed)."""
        typed = ("run", f"tiktok.{action}", *typed, "--sandbox", "--json")
        result = self._runner.invoke(cli, typed, input=stdin)
        return result.exit_code, json.loads(result.stdout)

    def printed(self, *typed: str) -> Any:
        """What another command printed that has to succeed."""
        result = self._runner.invoke(cli, [*typed, *(["--json"] if "add" in typed else [])])
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout) if result.stdout else None

    def made(self, action: str, *typed: str, stdin: str | None = None) -> Any:
        """What an action printed that has to succeed."""
        code, printed = self.run(action, *typed, stdin=stdin)
        assert code == 0, printed
        return printed

    @property
    def big(self) -> Path:
        """A video in six chunks."""
        return sample.write(self.folder / "big.mp4", 65_000_000)

    @property
    def posted(self) -> Any:
        """A new public video."""
        return self.made("publish_video", "--video", self.film, "--privacy-level", "PUBLIC_TO_EVERYONE")

    @property
    def pulling(self) -> str:
        """A post whose file TikTok still fetches."""
        self.served.simulator.tiktok.settings.download_polls = 9
        typed = ["--video-url", "https://media.example.com/boats.mp4", *PRIVATE]
        return str(self.made("create_video_post", *typed)["publish_id"])

    def sent(self, method: str, path: str = "*") -> list[int | None]:
        """The statuses of the requests so far; None for one that was not answered."""
        asked = [each for each in self.served.simulator.requests if each.method == method]
        return [each.status for each in asked if path in ("*", each.path)]

    def publishes(self) -> list[tuple[int, str]]:
        """(bytes, checksum) of what TikTok has received of every post."""
        state = self.served.simulator.tiktok.summary()
        return [(each["received"], each["sha256"]) for each in state["publishes"]]


@pytest.fixture(scope="module")
def tiktok() -> Iterator[Served]:
    with serve() as served:
        yield served


@pytest.fixture
def line(tiktok: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Line:
    tiktok.simulator.reset()
    settings = tiktok.simulator.tiktok.settings
    settings.processing_polls = settings.public_polls = settings.download_polls = 0
    waits: list[float] = []
    made: Callable[..., Client] = run_command._client

    def hasty(*args: Any) -> Client:
        client = made(*args)
        object.__setattr__(client._world, "sleep", waits.append)
        return client

    monkeypatch.setattr(run_command, "_client", hasty)
    return Line(tiktok, tmp_path, waits)


USES: dict[str, tuple[list[str], Any]] = {
    "cancel_post": (["--publish-id", "{it.pulling}"], {"cancelled": True}),
    "check_account_eligibility": (
        [*PRIVATE, "--duration-seconds", "3"],
        {"eligible": True, "problems": [], "username": "simstudio"},
    ),
    "create_photo_post": ([*PHOTOS, *PRIVATE, "--title", "Boats"], {"status": "PROCESSING_DOWNLOAD"}),
    "create_video_post": (
        ["--video", "{it.film}", *PRIVATE, "--title", "Boats 🎉", "--no-disable-comment"],
        {"publish_id": SOME, "status": "PROCESSING_UPLOAD", "creator_username": "simstudio"},
    ),
    "get_account_insights": ([], {"metrics": {"followers": 1204, "following": 17, "likes": 5821}}),
    "get_creator_info": ([], {"privacy_level_options": SOME, "max_video_post_duration_sec": 600}),
    "get_post_insights": (["--id", "{it.posted[id]}"], {"metrics": {"views": SOME}, "url": SOME}),
    "get_post_status": (
        ["--publish-id", "{it.posted[publish_id]}"],
        {"status": "PUBLISH_COMPLETE", "id": SOME},
    ),
    "get_user_info": ([], {"username": "simstudio", "metrics": {"followers": 1204}}),
    "get_videos": (["--max-count", "2"], {"videos": [{"id": SOME}, {"url": SOME}], "has_more": True}),
    "publish_video": (
        ["--video", "{it.film}", "--privacy-level", "PUBLIC_TO_EVERYONE"],
        {"status": "PUBLISH_COMPLETE", "url": SOME, "id": SOME},
    ),
    "query_videos": (["--video-ids", "{it.posted[id]}", "--video-ids", "1"], {"videos": [{"id": SOME}]}),
    "upload_photo_draft": ([*PHOTOS, "--photo-cover-index", "1"], {"status": "PROCESSING_DOWNLOAD"}),
    "upload_video_draft": (["--video", "{it.film}"], {"status": "PROCESSING_UPLOAD"}),
    "wait_for_post": (["--publish-id", "{it.posted[publish_id]}", "--public"], {"id": SOME}),
}


def test_no_action_is_left_out() -> None:
    assert set(USES) == ACTIONS


@pytest.mark.parametrize("action", sorted(USES))
def test_every_action_works_from_the_command_line(action: str, line: Line) -> None:
    typed, wanted = USES[action]
    code, printed = line.run(action, *[text.format(it=line) for text in typed])
    assert code == 0, printed
    assert OutputSchema(CATALOG.action(f"tiktok.{action}").output).mistakes(printed) == []
    assert fits(printed, wanted), printed


def fits(value: Any, wanted: Any) -> bool:
    """Whether *value* has what is *wanted*, and perhaps more."""
    if wanted is SOME:
        return bool(value)
    if isinstance(wanted, dict):
        return isinstance(value, dict) and all(fits(value.get(key), inner) for key, inner in wanted.items())
    if isinstance(wanted, list):
        return len(value) == len(wanted) and all(map(fits, value, wanted))
    return bool(value == wanted)


def test_a_lost_answer_is_said_and_not_repeated(line: Line) -> None:
    line.fault(path=INIT, lose_answer=True)
    code, printed = line.run("create_video_post", "--video", line.film, *PRIVATE)
    assert (code, printed["code"], printed["sent"]) == (4, "outcome_unknown", "maybe")
    assert line.sent("POST", INIT) == [None]
    assert len(line.publishes()) == 1


@pytest.mark.parametrize(
    ("fault", "answers"),
    [
        ({"status": 503}, [206, 206, 503, 206, 206, 206, 201]),
        ({"lose_answer": True}, [206, 206, None, 416, 206, 206, 201]),  # TikTok has it: go on behind it
    ],
    ids=["chunk 3 breaks", "chunk 3 came, its answer did not"],
)
def test_an_upload_goes_on_after_a_fault(
    line: Line, fault: dict[str, Any], answers: list[int | None]
) -> None:
    line.fault(method="PUT", part=3, **fault)
    big = line.big
    assert line.made("create_video_post", "--video", str(big), *PRIVATE)["status"] == "PROCESSING_UPLOAD"
    assert line.sent("PUT") == answers
    assert line.publishes() == [(65_000_000, checksum(big))]
    assert line.sent("POST", INIT) == [200]


def checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def test_a_token_that_ends_midway_leaves_the_publish_id(line: Line) -> None:
    line.fault(path="/v2/post/publish/status/fetch/", revoke_token=True)
    code, printed = line.run("publish_video", "--video", line.film, *PRIVATE)
    assert (code, printed["code"], printed["who_acts"]) == (1, "auth_expired", "account_owner")
    (made,) = line.served.simulator.tiktok.publishes
    assert printed["saved"]["post.publish_id"] == made
    assert line.publishes() == [(len(VIDEO), hashlib.sha256(VIDEO).hexdigest())]


@pytest.mark.parametrize("as_date", [False, True], ids=["seconds", "date"])
def test_a_rate_limit_is_waited_out_as_told(line: Line, *, as_date: bool) -> None:
    line.fault(path="/v2/user/info/", nth=2, status=429, retry_after=40.0, retry_after_date=as_date)
    assert line.made("get_user_info")["username"] == "simstudio"
    assert line.sent("GET", "/v2/user/info/") == [200, 429, 200]  # the first is the login's
    (waited,) = line.waits
    assert 38 < waited < 42  # a date has whole seconds


@contextmanager
def hosted(folder: Path) -> Iterator[str]:
    """The address of a folder on loopback."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def came_whole(line: Line, times: int = 1) -> bool:
    """Whether TikTok received exactly the sample, so many times."""
    return line.publishes() == [(len(VIDEO), hashlib.sha256(VIDEO).hexdigest())] * times


def test_a_video_may_be_a_file(line: Line) -> None:
    line.made("create_video_post", "--video", line.film, *PRIVATE)
    assert came_whole(line)


def test_a_video_may_be_base64_in_json(line: Line) -> None:
    given = {"video_content_base64": base64.b64encode(VIDEO).decode(), "privacy_level": "SELF_ONLY"}
    line.made("create_video_post", "--input", "-", stdin=json.dumps(given))
    assert came_whole(line)


def test_a_video_may_be_an_address(line: Line) -> None:
    with hosted(sample.VIDEO.parent) as origin:
        line.made("create_video_post", "--video", f"{origin}/{sample.VIDEO.name}", *PRIVATE)
    assert came_whole(line)


def test_a_video_may_be_a_handle(line: Line) -> None:
    (kept,) = line.printed("media", "add", line.film)
    for _ in range(2):  # it stays for the next run
        line.made("create_video_post", "--video", kept["handle"], *PRIVATE)
    assert came_whole(line, times=2)
    line.printed("media", "remove", kept["handle"])
    code, printed = line.run("create_video_post", "--video", kept["handle"], *PRIVATE)
    assert (code, printed["fields"][0]["path"]) == (2, "/video")
