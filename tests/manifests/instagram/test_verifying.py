"""After a lost answer Instagram is asked what happened; only what certainly did not happen is done again."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from postwire.errors import OutcomeUnknown
from postwire.flow.state import Absent

IMAGE = "https://media.example.com/rolls.jpg"
COMMENT = "17870000000000001"


def _time(desk: Any, seconds: int) -> str:
    return datetime.fromtimestamp(desk.now + seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def _listed(desk: Any, *seconds: int) -> Any:
    """Media that were published so many seconds after the run began."""
    posts = [
        {"id": f"1795{n}", "permalink": f"https://i.example/{n}", "timestamp": _time(desk, when)}
        for n, when in enumerate(seconds)
    ]
    return desk.ok({"data": posts})


@pytest.mark.parametrize(
    ("posts", "stories", "identifier"),
    [
        ((5, -900), (), "17950"),
        ((), (5,), "17950"),
        ((5, 6), (), None),
        ((5,), (6,), None),
        ((-900,), (), None),
    ],
)
def test_a_published_container_is_not_published_again(
    desk: Any, posts: tuple[int, ...], stories: tuple[int, ...], identifier: str | None
) -> None:
    lost = (desk.made(), desk.status("FINISHED"), desk.lost)
    answers = (*lost, desk.status("PUBLISHED"), _listed(desk, *posts), _listed(desk, *stories))
    play = desk.play("create_photo_post", {"image_url": IMAGE}, *answers, verify=True)
    result = play.result()
    assert (result.state, result["status"], result["container_id"]) == ("done", "PUBLISHED", desk.container)
    assert result.output.get("id") == identifier
    assert play.calls.count("POST /17841400000000001/media_publish") == 1
    assert play.waited >= 60


def test_a_container_that_still_waits_may_be_published_again(desk: Any) -> None:
    answers = (desk.made(), desk.status("FINISHED"), desk.lost, desk.status("FINISHED"))
    with pytest.raises(Absent) as caught:
        desk.play("create_photo_post", {"image_url": IMAGE}, *answers, verify=True).result()
    assert caught.value.step.endswith("post")


@pytest.mark.parametrize("status", ["IN_PROGRESS", "ERROR", "EXPIRED"])
def test_what_a_container_does_not_tell_stays_unknown(desk: Any, status: str) -> None:
    answers = (desk.made(), desk.status("FINISHED"), desk.lost, desk.status(status))
    with pytest.raises(OutcomeUnknown) as caught:
        desk.play("create_photo_post", {"image_url": IMAGE}, *answers, verify=True).result()
    assert "get_container_status" in caught.value.remedy


def _comments(desk: Any, text: str, seconds: int, *, more: bool = False) -> Any:
    found = {"id": "5", "text": text, "username": "harborbakery", "timestamp": _time(desk, seconds)}
    paging = {"cursors": {"after": "A"}} | ({"next": "https://graph.instagram.com/next"} if more else {})
    # As many as are asked for, so that the listing ends there.
    return desk.ok({"data": [found] * (50 if more else 1), "paging": paging})


WRITES = [
    ("create_comment", {"post_id": "17", "text": "Hello"}, ()),
    ("reply_to_comment", {"comment_id": COMMENT, "text": "Hello"}, ({"id": COMMENT},)),
]


@pytest.mark.parametrize(("action", "given", "before"), WRITES)
@pytest.mark.parametrize(
    ("text", "seconds", "more", "happened"),
    [
        ("Hello", 3, False, True),
        ("Hello", -600, False, False),
        ("Other", 3, False, False),
        ("Other", 3, True, None),
    ],
)
def test_a_comment_is_looked_for(
    desk: Any,
    action: str,
    given: dict[str, Any],
    before: tuple[Any, ...],
    text: str,
    seconds: int,
    more: bool,
    happened: bool | None,
) -> None:
    answers = (*map(desk.ok, before), desk.lost, _comments(desk, text, seconds, more=more))
    play = desk.play(action, given, *answers, verify=True)
    if happened:
        assert play.result()["id"] == "5"
        return
    with pytest.raises(Absent if happened is False else OutcomeUnknown):
        play.result()


@pytest.mark.parametrize(
    ("sender", "text", "happened"),
    [("17841400000000001", "Hello", True), ("92", "Hello", False), ("17841400000000001", "Other", False)],
)
def test_a_message_is_looked_for_in_its_conversation(
    desk: Any, sender: str, text: str, happened: bool
) -> None:
    message = {"id": "m5", "message": text, "created_time": _time(desk, 3), "from": {"id": sender}}
    answers = (desk.lost, desk.ok({"data": [{"id": "c"}]}), desk.ok({"data": [message]}))
    play = desk.play("send_message", {"recipient_id": "92", "text": "Hello"}, *answers, verify=True)
    if happened:
        assert play.result().output == {"id": "m5", "recipient_id": "92"}
    else:
        with pytest.raises(Absent):
            play.result()
    assert play.calls[1:] == ["GET /me/conversations", "GET /c/messages"]


@pytest.mark.parametrize(
    ("action", "given"),
    [
        ("send_message", {"recipient_id": "92", "heart": True}),
        ("send_private_reply", {"comment_id": COMMENT, "text": "Hello"}),
        ("reply_to_mention", {"post_id": "17", "text": "Hello"}),
    ],
)
def test_what_nothing_tells_is_for_a_person_to_see(desk: Any, action: str, given: dict[str, Any]) -> None:
    play = desk.play(action, given, desk.lost, verify=True)
    with pytest.raises(OutcomeUnknown) as caught:
        play.result()
    assert caught.value.remedy.startswith("Look ")
    assert len(play.sent) == 1


@pytest.mark.parametrize("action", ["accept_collaboration", "decline_collaboration"])
@pytest.mark.parametrize(("waiting", "happened"), [(["18"], True), (["17", "18"], False)])
def test_an_answered_invitation_waits_no_more(
    desk: Any, action: str, waiting: list[str], happened: bool
) -> None:
    left = desk.ok({"data": [{"media_id": each} for each in waiting]})
    play = desk.play(action, {"post_id": "17"}, desk.lost, left, flavour="facebook", verify=True)
    if happened:
        assert play.result()["success"] is True
    else:
        with pytest.raises(Absent):
            play.result()
