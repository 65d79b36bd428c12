"""Messages of Pages and Instagram: windows, private replies, attachments, profile."""

from __future__ import annotations

from typing import Any

import pytest

from postwire.simulator.meta import visitors

DAY = 86_400
PSID, IGSID = "6001", "860100000000001"
# platform → who sends, where, to whom, the code of a closed window
PLATFORMS = {
    "messenger": ("page", "1010", PSID, "10/2018278"),
    "instagram": ("insta", "me", IGSID, "10/2534022"),
    "instagram by Facebook": ("page", "1010", IGSID, "10/2534022"),
}


@pytest.fixture(params=sorted(PLATFORMS))
def line(desk: Any, request: pytest.FixtureRequest) -> tuple[str, str, str, str]:
    token, where, to, closed = PLATFORMS[request.param]
    return getattr(desk, token), where, to, closed


def write(desk: Any, to: str) -> None:
    visitors.write(desk.meta, "1010" if to == PSID else desk.ig, "Hello again", PSID)


def test_text_is_sent_within_a_day_and_as_an_agent_within_a_week(desk: Any, line: Any) -> None:
    token, where, to, closed = line
    sent = {"recipient": {"id": to}, "message": {"text": "Hi"}}
    answer = desk.post(f"{where}/messages", token, **sent, messaging_type="RESPONSE")
    assert (answer["recipient_id"], answer["message_id"][:2]) == (to, "m_")
    desk.later(DAY)
    assert desk.refused("POST", f"{where}/messages", token, **sent) == closed
    agent = {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    assert desk.post(f"{where}/messages", token, **sent, **agent)["message_id"]
    desk.later(7 * DAY)
    assert desk.refused("POST", f"{where}/messages", token, **sent, **agent) == closed
    write(desk, to)
    assert desk.post(f"{where}/messages", token, **sent)["message_id"]


def test_threads_and_messages_are_read_newest_first(desk: Any, line: Any) -> None:
    token, where, to, _ = line
    desk.post(f"{where}/messages", token, recipient={"id": to}, message={"text": "Hi"})
    platform = "messenger" if to == PSID else "instagram"
    talk = desk.get(f"{where}/conversations", token, platform=platform)["data"][0]
    assert set(talk) == {"id", "updated_time"}
    rows = desk.get(f"{talk['id']}/messages", token, fields="message,from,to,created_time")["data"]
    assert [row["message"] for row in rows] == ["Hi", "Hello!"]
    assert rows[1]["from"]["id"] == to
    nested = desk.get(talk["id"], token, fields="message_count,participants,messages.limit(1){message}")
    assert (nested["message_count"], nested["messages"]["data"][0]["message"]) == (2, "Hi")
    assert to in [one["id"] for one in nested["participants"]["data"]]
    assert desk.get(rows[0]["id"], token, fields="message")["message"] == "Hi"
    assert desk.get(f"{where}/conversations", token, platform=platform, user_id="1") == {"data": []}
    assert desk.get(to, token, fields="name")["name"] == "Vera Visitor"


@pytest.mark.parametrize("kind", ["image", "video", "audio", "file"])
def test_files_are_sent_by_address_or_stored_once(desk: Any, line: Any, kind: str) -> None:
    token, where, to, _ = line
    attachment = {"type": kind, "payload": {"url": desk.jpg, "is_reusable": True}}
    answer = desk.post(f"{where}/messages", token, recipient={"id": to}, message={"attachment": attachment})
    again = {"type": kind, "payload": {"attachment_id": answer["attachment_id"]}}
    assert desk.post(f"{where}/messages", token, recipient={"id": to}, message={"attachment": again})
    platform = {} if to == PSID else {"platform": "INSTAGRAM"}
    stored = desk.post(f"{where}/message_attachments", token, message={"attachment": attachment}, **platform)
    assert stored["attachment_id"]


def test_a_file_may_come_with_the_message(desk: Any) -> None:
    files = {
        "recipient": (None, '{"id":"6001"}'),
        "message": (None, '{"attachment":{"type":"image","payload":{}}}'),
        "filedata": ("a.jpg", b"\xff\xd8\xff\xe0", "image/jpeg"),
    }
    head = {"Authorization": f"Bearer {desk.page}"}
    answer = desk.send("POST", f"{desk.graph}/1010/messages", headers=head, files=files)
    assert answer.json()["recipient_id"] == PSID


def test_sender_actions_stand_alone(desk: Any, line: Any) -> None:
    token, where, to, _ = line
    answer = desk.post(f"{where}/messages", token, recipient={"id": to}, sender_action="TYPING_ON")
    assert answer == {"recipient_id": to}


@pytest.mark.parametrize("by", ["page", "insta"])
def test_a_comment_is_answered_in_private_once(desk: Any, by: str) -> None:
    token, where = getattr(desk, by), "1010" if by == "page" else desk.ig
    about = "1010_2020" if by == "page" else "17950000000000101"
    first, old = (visitors.comment(desk.meta, about, "How much?", "6002") for _ in range(2))
    sent = {"recipient": {"comment_id": first}, "message": {"text": "Two euros"}}
    answer = desk.post(f"{where}/messages", token, **sent)
    assert answer["recipient_id"] == ("6002" if by == "page" else "860100000000002")
    assert desk.refused("POST", f"{where}/messages", token, **sent) == "10"
    # The window opens only when the person answers.
    more = {"recipient": {"id": answer["recipient_id"]}, "message": {"text": "And"}}
    assert desk.refused("POST", f"{where}/messages", token, **more) in {"10/2018278", "10/2534022"}
    desk.later(7 * DAY)
    late = {"recipient": {"comment_id": old}, "message": {"text": "Late"}}
    assert desk.refused("POST", f"{where}/messages", token, **late) == "10"


REFUSED: dict[str, tuple[str, dict[str, Any]]] = {
    "7.3 Inbox: nobody": ("page", {"recipient": {}}),
    "7.3 Inbox: unknown person": ("page", {"recipient": {"id": "1"}}),
    "7.3 Inbox: no message": ("page", {"message": None}),
    "7.3 Inbox: nothing in it": ("page", {"message": {}}),
    "7.3 Inbox: 2001 characters": ("page", {"message": {"text": "a" * 2_001}}),
    "9.3 Direct messages: 1001 bytes": ("insta", {"message": {"text": "\u00e4" * 501}}),
    "7.3 Inbox: an unknown type": (
        "page",
        {"message": {"attachment": {"type": "gif", "payload": {"url": "x"}}}},
    ),
    "7.3 Inbox: a file without address": (
        "page",
        {"message": {"attachment": {"type": "file", "payload": {}}}},
    ),
    "7.3 Inbox: an unknown handle": (
        "page",
        {"message": {"attachment": {"type": "file", "payload": {"attachment_id": "1"}}}},
    ),
    "7.3 Inbox: an unknown tag": ("page", {"messaging_type": "MESSAGE_TAG", "tag": "SALE"}),
    "7.3 Inbox: an unknown messaging_type": ("page", {"messaging_type": "SHOUT"}),
    "7.3 Inbox: an action with a message": ("page", {"sender_action": "typing_on"}),
    "7.3 Inbox: react to nothing": ("page", {"sender_action": "react", "message": None}),
    "9.3 Direct messages: 14 quick replies": (
        "insta",
        {"message": {"text": "a", "quick_replies": [{}] * 14}},
    ),
}


@pytest.mark.parametrize(("by", "changes"), REFUSED.values(), ids=REFUSED.keys())
def test_messages_that_are_refused(desk: Any, by: str, changes: dict[str, Any]) -> None:
    whole = {"recipient": {"id": PSID if by == "page" else IGSID}, "message": {"text": "Hi"}} | changes
    given = {name: value for name, value in whole.items() if value is not None}
    assert desk.refused("POST", "me/messages", getattr(desk, by), **given) == "100"


def test_messages_need_their_permission_and_task(desk: Any) -> None:
    sent = {"recipient": {"id": PSID}, "message": {"text": "Hi"}}
    assert desk.refused("POST", "1010/messages", desk.without("pages_messaging"), **sent) == "200"
    editor = desk.meta.connect_page("1011", who="simeditor")
    assert desk.refused("POST", "1011/messages", editor, **sent) == "200"
    assert desk.refused("POST", "1010/messages", desk.user, **sent) == "190/2069032"


def test_people_are_blocked_and_then_cannot_be_reached(desk: Any) -> None:
    users = [{"id": PSID}]
    done = desk.post("1010/moderate_conversations", user_ids=users, actions=["block_user"])
    assert done == {"success": True}
    sent = {"recipient": {"id": PSID}, "message": {"text": "Hi"}}
    assert desk.refused("POST", "1010/messages", **sent) == "551"
    desk.post("1010/moderate_conversations", user_ids=users, actions=["unblock_user"])
    assert desk.post("1010/messages", **sent)["message_id"]


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({"user_ids": [{"id": PSID}], "actions": ["block_user", "unblock_user"]}, "100"),
        ({"user_ids": [{"id": PSID}] * 11, "actions": ["ban_user"]}, "100"),
        ({"user_ids": [{"id": PSID}], "actions": ["shout"]}, "100"),
        ({"user_ids": [{"id": "6002"}], "actions": ["ban_user"]}, "1"),
    ],
)
def test_moderation_that_is_refused(desk: Any, params: dict[str, Any], told: str) -> None:
    assert desk.refused("POST", "1010/moderate_conversations", **params) == told


def test_someone_who_never_wrote_is_not_shown(desk: Any) -> None:
    assert desk.refused("GET", "6002", desk.page, fields="name") == "230"


MENU = [
    {
        "locale": "default",
        "call_to_actions": [{"type": "web_url", "title": "Shop", "url": "https://a.example"}],
    }
]
BREAKERS = [{"locale": "default", "call_to_actions": [{"question": "Open?", "payload": "OPEN"}]}]


def test_the_messenger_profile(desk: Any) -> None:
    profile = "1010/messenger_profile"
    assert desk.refused("POST", profile, persistent_menu=MENU) == "100"
    assert desk.post(profile, get_started={"payload": "START"}) == {"success": True}
    assert desk.post(profile, persistent_menu=MENU, ice_breakers=BREAKERS) == {"success": True}
    shown = desk.get(profile, fields="get_started,persistent_menu")["data"]
    assert shown == [{"get_started": {"payload": "START"}, "persistent_menu": MENU}]
    assert desk.delete(profile, fields=["persistent_menu"]) == {"success": True}
    assert desk.get(profile, fields="persistent_menu") == {"data": []}
    assert desk.post("me/messenger_profile", desk.insta, ice_breakers=BREAKERS) == {"success": True}
    by_page = desk.get(profile, platform="instagram", fields="ice_breakers")["data"]
    assert by_page == [{"ice_breakers": BREAKERS}]
    five = [{"locale": "default", "call_to_actions": [{"question": "?", "payload": "a"}] * 5}]
    assert desk.refused("POST", "me/messenger_profile", desk.insta, ice_breakers=five) == "100"
    assert desk.refused("POST", "me/messenger_profile", desk.insta, get_started={"payload": "a"}) == "100"
