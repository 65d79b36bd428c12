"""A desk that plays TikTok's actions against scripted answers: no network, no sleeping."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from postwire.accounts.account import Account
from postwire.decide.programs import Programs
from postwire.flow import run
from postwire.language.catalog import Catalog
from postwire.media.sample import VIDEO
from postwire.media.source import open_media
from postwire.media.store import MediaStore
from postwire.media.value import MediaValue
from postwire.secret import Secret
from postwire.values import Lost, Request, Response, Result, Send, Sleep

if TYPE_CHECKING:
    from pathlib import Path

PROGRAMS = Programs(Catalog())


class Play:
    """One run against *answers* in order, the last one for ever; what was sent, and the sum of the waits."""

    def __init__(self, action: str, given: dict[str, Any], *answers: Response | Lost, scopes: Any) -> None:
        self.sent: list[Request] = []
        self.waited = 0.0
        self._answers = list(answers)
        self._program = PROGRAMS.get(f"tiktok.{action}")
        self._values, _ = self._program.input.prepare(given)
        self._account = Account("tiktok", Secret("act.test"), scopes=scopes)

    def result(self) -> Result:
        flow = run(self._program, self._values, self._account, now=1_795_000_000, run_id="r")
        answer: Any = None
        while True:
            try:
                effect = flow.send(answer)
            except StopIteration as end:
                made: Result = end.value
                return made
            answer = None
            if isinstance(effect, Send):
                self.sent.append(effect.request)
                answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
            elif isinstance(effect, Sleep):
                self.waited += effect.seconds

    @property
    def paths(self) -> list[str]:
        return [urlsplit(request.url).path.removeprefix("/v2") for request in self.sent]

    def body(self, index: int = -1) -> Any:
        raw = self.sent[index].body
        assert isinstance(raw, bytes)
        return json.loads(raw)


class Desk:
    """Makes answers as TikTok words them, and plays actions against them."""

    upload = "https://open-upload.tiktokapis.com/video/?upload_id=1&upload_token=t"
    init: dict[str, Any] = {"publish_id": "v_pub_file~v2-1.1", "upload_url": upload}  # noqa: RUF012
    creator: dict[str, Any] = {  # noqa: RUF012
        "creator_username": "simstudio",
        "privacy_level_options": ["PUBLIC_TO_EVERYONE", "SELF_ONLY"],
        "comment_disabled": True,
        "duet_disabled": True,
        "stitch_disabled": True,
        "max_video_post_duration_sec": 300,
    }

    def ok(self, data: dict[str, Any]) -> Response:
        return self.refusal("ok", 200, data)

    def refusal(self, code: str, status: int, data: dict[str, Any] | None = None) -> Response:
        error = {"code": code, "message": "Please review our integration guidelines", "log_id": "L1"}
        body = json.dumps({**({} if data is None else {"data": data}), "error": error})
        return Response(status, {"content-type": "application/json"}, body.encode())

    def status(self, word: str, **more: Any) -> Response:
        return self.ok({"status": word, **more})

    def of_size(self, video: MediaValue, size: int, seconds: float = 3) -> MediaValue:
        """A file that claims to be so large: nothing reads it here."""
        facts = dataclasses.replace(video.media.probe, seconds=seconds)
        return MediaValue(dataclasses.replace(video.media, size=size, probe=facts))

    def play(self, action: str, given: dict[str, Any], *answers: Response | Lost, scopes: Any = None) -> Play:
        return Play(action, given, *answers, scopes=scopes)

    def publish(self, video: MediaValue, privacy: str, *answers: Response | Lost) -> Play:
        given = {"video": video, "privacy_level": privacy}
        return self.play(
            "publish_video", given, self.ok(self.creator), self.ok(self.init), Response(201, {}), *answers
        )


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def video(tmp_path: Path) -> MediaValue:
    return MediaValue(open_media(str(VIDEO), store=MediaStore(tmp_path), fetch=None, field="/video"))
