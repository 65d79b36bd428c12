"""Ended at every request, before it is sent and before its answer is seen, and begun again with the same key:
one post, or an honest unknown. In this process, so that every action of every platform can be tried."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from postwire import ActionFailed, Client, OutcomeUnknown
from postwire.media import sample
from postwire.publish.journal import Journal
from postwire.sandbox import Sandbox
from postwire.transport import HttpTransport

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from postwire.simulator import Served, Simulator

VIDEO = {"video": sample.VIDEO}
SELF = {"privacy_level": "SELF_ONLY"}
PHOTO = {"photo_urls": ["https://media.example.com/1.jpg"]}
MOST = 30  # requests that one of these actions sends


def whole(simulator: Simulator) -> int:
    """Of TikTok: what has its bytes, or is fetched by TikTok itself."""
    found = simulator.tiktok.publishes.values()
    return sum(publish.upload is None or publish.media_at is not None for publish in found)


def on_x(simulator: Simulator) -> int:
    return len(simulator.x.posts)


def on_linkedin(simulator: Simulator) -> int:
    return len(simulator.linkedin.posts)


def on_meta(simulator: Simulator) -> int:
    """Posts and stories of Pages, and of Instagram what is no part of something else."""
    state = simulator.meta
    media = [each for each in state.all("media") if not each.parent]
    return len(state.all("post")) + len(state.all("story")) + len(media)


TEXT = {"text": "Two paper boats."}
MESSAGE = {"message": "Two paper boats."}
IMAGE = {"image_url": "https://media.example.com/1.jpg"}
CASES: dict[str, tuple[dict[str, Any], Callable[[Simulator], int]]] = {
    "tiktok.create_video_post": ({**VIDEO, **SELF}, whole),
    "tiktok.publish_video": ({**VIDEO, **SELF}, whole),
    "tiktok.upload_video_draft": (VIDEO, whole),
    "tiktok.create_photo_post": ({**PHOTO, **SELF}, whole),
    "tiktok.upload_photo_draft": (PHOTO, whole),
    "x.create_text_post": (TEXT, on_x),
    "x.create_poll_post": ({**TEXT, "poll_options": ["Paper", "Tin"]}, on_x),
    "x.create_video_post": ({**TEXT, **VIDEO}, on_x),
    "x.create_thread": ({"posts": [{"text": "One."}, {"text": "Two."}]}, on_x),
    "linkedin.create_text_post": (TEXT, on_linkedin),
    "linkedin.create_video_post": ({**TEXT, **VIDEO}, on_linkedin),
    "linkedin.create_poll_post": ({**TEXT, "question": "Which?", "options": ["White", "Blue"]}, on_linkedin),
    "meta.create_text_post": (MESSAGE, on_meta),
    "meta.create_photo_post": ({**MESSAGE, **PHOTO}, on_meta),
    "meta.create_video_post": ({**MESSAGE, **VIDEO}, on_meta),
    "meta.create_reel": ({**MESSAGE, **VIDEO}, on_meta),
    "instagram.create_photo_post": (IMAGE, on_meta),
    "instagram.create_story": (IMAGE, on_meta),
    "instagram.create_video_post": ({"video_url": "https://media.example.com/1.mp4"}, on_meta),
}


class Died(BaseException):
    """The process is gone."""


class Dying(HttpTransport):
    """Ends at the nth request, before it is sent or before its answer is seen."""

    def __init__(self, origin: str) -> None:
        super().__init__(sandbox=origin)
        self.at = self.count = 0
        self.after = False

    def send(self, request: Any, sent: Any = None) -> Any:
        self.count += 1
        if self.count != self.at:
            return super().send(request, sent)
        if self.after:
            super().send(request, sent)
        raise Died


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("action", CASES)
def test_ended_at_every_request(
    served: Served, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, action: str, after: bool
) -> None:
    given, count = CASES[action]
    if action.startswith("linkedin") and "video" in given:  # it wants 75 KB
        given = {**given, "video": sample.write(tmp_path / "film.mp4", 100_000)}
    simulator = served.simulator
    transport = Dying(served.origin)
    monkeypatch.setattr("postwire.publish.journal.is_gone", lambda _: True)
    monkeypatch.setattr("postwire.publish.limits.SharedLimiter.take", lambda *_: 0.0)
    with Client(sandbox=served.origin, transport=transport) as client:
        object.__setattr__(client._world, "sleep", lambda _: None)
        each = 0
        for at in range(MOST):
            simulator.reset()
            account = Sandbox(served.origin).account(action.partition(".")[0])
            before = count(simulator)
            call = partial(client.run, action, given, account=account, key=f"at-{at}")
            if not died(call, transport, at, after=after):
                each = each or count(simulator) - before
                assert each > 0
                if at > 0:
                    return
                continue
            told = again(call)
            made = count(simulator) - before
            assert made <= each
            assert (told == "done") <= (made == each), (at, told)
            assert told != "failed", at
    raise AssertionError("it never came to its end")


def died(call: Callable[[], Any], transport: Dying, at: int, *, after: bool) -> bool:
    transport.at, transport.count, transport.after = at, 0, after
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Journal, "fail", lambda *_: "running")  # nobody writes anything down
        try:
            call()
        except Died:
            return True
        finally:
            transport.at = 0
    return False


def again(call: Callable[[], Any]) -> str:
    """Begin it again, as often as one likes; how it is known to have ended."""
    told = ""
    for _ in range(2):
        try:
            call()
        except OutcomeUnknown:
            told = "unknown"
        except ActionFailed:
            told = "failed"
        else:
            return "done"
    return told
