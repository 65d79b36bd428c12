"""Comments, mentions and messages on Instagram, for either login."""

from __future__ import annotations

from typing import Any

import pytest

from postwire.decide.programs import Programs
from postwire.errors import ActionFailed, InvalidInput, OutcomeUnknown
from postwire.language.catalog import Catalog

PROGRAMS = Programs(Catalog())
COMMENT = "17870000000000001"
WRITTEN = {
    "id": COMMENT,
    "text": "Lovely",
    "timestamp": "2026-11-20T08:00:00+0000",
    "username": "ada",
    "hidden": False,
}
FROM = {"id": "91", "username": "ada"}
PLACES = [("", "/me"), ("facebook", "/1010")]
SINGLE = [
    ("hide_comment", {"comment_id": COMMENT}, f"POST /{COMMENT}", {"hide": True}),
    ("unhide_comment", {"comment_id": COMMENT}, f"POST /{COMMENT}", {"hide": False}),
    ("enable_comments", {"post_id": "17"}, "POST /17", {"comment_enabled": True}),
    ("disable_comments", {"post_id": "17"}, "POST /17", {"comment_enabled": False}),
]
WRITES = [
    ("create_comment", {"post_id": "17", "text": "Hello"}, "POST /17/comments", {"message": "Hello"}),
    (
        "reply_to_mention",
        {"post_id": "17", "comment_id": COMMENT, "text": "Hello"},
        "POST /17841400000000001/mentions",
        {"media_id": "17", "comment_id": COMMENT, "message": "Hello"},
    ),
]


@pytest.mark.parametrize("flavour", ["", "facebook"])
@pytest.mark.parametrize(("action", "values", "call", "body"), SINGLE)
def test_one_call_that_may_be_repeated(
    desk: Any, action: str, values: dict[str, Any], call: str, body: dict[str, Any], flavour: str
) -> None:
    play = desk.play(action, values, desk.lost, desk.ok({"success": True}), flavour=flavour)
    assert play.result().output == {"success": True}
    assert play.calls == [call, call]
    assert play.body() == body


@pytest.mark.parametrize("flavour", ["", "facebook"])
@pytest.mark.parametrize(("action", "values", "call", "body"), WRITES)
def test_a_comment_is_written_once_and_asks_for_no_fields(
    desk: Any, action: str, values: dict[str, Any], call: str, body: dict[str, Any], flavour: str
) -> None:
    play = desk.play(action, values, desk.made(COMMENT), flavour=flavour)
    assert play.result()["id"] == COMMENT
    assert (play.calls, play.body(), play.query()) == ([call], body, {})
    lost = desk.play(action, values, desk.lost, flavour=flavour)
    with pytest.raises(OutcomeUnknown):
        lost.result()
    assert len(lost.sent) == 1


@pytest.mark.parametrize(("parent", "target"), [(None, COMMENT), ("17870000000000009", "17870000000000009")])
def test_a_reply_stands_under_the_comment_at_the_top(desk: Any, parent: str | None, target: str) -> None:
    read = desk.ok({"id": COMMENT} | ({"parent_id": parent} if parent else {}))
    play = desk.play("reply_to_comment", {"comment_id": COMMENT, "text": "Thanks"}, read, desk.made("1"))
    assert play.result()["parent_id"] == target
    assert play.calls[-1] == f"POST /{target}/replies"
    assert play.query() == {}


@pytest.mark.parametrize("action", ["list_comments", "list_replies"])
def test_a_withheld_author_does_not_hide_the_comments(desk: Any, action: str) -> None:
    given = {"post_id": "17"} if action == "list_comments" else {"comment_id": COMMENT}
    play = desk.play(action, given, desk.refusal(10), desk.ok({"data": [WRITTEN]}))
    result = play.result()
    assert [comment["author"] for comment in result["comments"]] == [{"username": "ada"}]
    assert "from" in play.query(0)["fields"].split(",")
    assert "from" not in play.query(1)["fields"].split(",")


def test_a_known_author_costs_one_call(desk: Any) -> None:
    play = desk.play("list_comments", {"post_id": "17"}, desk.ok({"data": [WRITTEN | {"from": FROM}]}))
    assert play.result()["comments"][0]["author"] == {"id": "91", "username": "ada"}
    assert len(play.sent) == 1


@pytest.mark.parametrize(
    ("action", "given"),
    [("list_comments", {"post_id": "17"}), ("get_comment", {"comment_id": COMMENT})],
)
def test_what_is_refused_without_authors_too_is_an_error(
    desk: Any, action: str, given: dict[str, Any]
) -> None:
    with pytest.raises(ActionFailed) as caught:
        desk.play(action, given, desk.refusal(190, 463)).result()
    assert caught.value.code == "auth_expired"


def test_comments_of_several_pages(desk: Any) -> None:
    first = {
        "data": [WRITTEN] * 50,
        "paging": {"cursors": {"after": "A"}, "next": "https://graph.instagram.com/next?access_token=x"},
    }
    last = {"data": [WRITTEN] * 3, "paging": {"cursors": {"after": "B"}}}
    play = desk.play("list_comments", {"post_id": "17", "limit": 60}, desk.ok(first), desk.ok(last))
    result = play.result()
    assert (len(result["comments"]), result["has_more"]) == (53, False)
    assert (play.query(0)["limit"], play.query(1)["limit"], play.query(1)["after"]) == ("50", "10", "A")
    assert "access_token" not in play.sent[1].url


@pytest.mark.parametrize(("flavour", "inbox"), PLACES)
@pytest.mark.parametrize(
    ("action", "given", "edge"),
    [
        ("send_message", {"recipient_id": "92", "text": "Hello"}, "messages"),
        ("send_private_reply", {"comment_id": COMMENT, "text": "Hello"}, "messages"),
        ("mark_seen", {"recipient_id": "92"}, "messages"),
        ("show_typing", {"recipient_id": "92"}, "messages"),
        ("react_to_message", {"recipient_id": "92", "message_id": "m"}, "messages"),
        ("list_conversations", {}, "conversations"),
        ("get_messenger_profile", {}, "messenger_profile"),
        ("delete_messenger_profile", {"fields": ["ice_breakers"]}, "messenger_profile"),
    ],
)
def test_the_inbox_is_the_pages_where_there_is_one(
    desk: Any, action: str, given: dict[str, Any], edge: str, flavour: str, inbox: str
) -> None:
    play = desk.play(
        action, given, desk.ok({"message_id": "m", "recipient_id": "92", "data": []}), flavour=flavour
    )
    play.result()
    assert play.calls[0].split()[1] == f"{inbox}/{edge}"


@pytest.mark.parametrize(
    ("content", "sent"),
    [
        ({"text": "Hello"}, {"text": "Hello"}),
        (
            {"attachment": {"type": "file", "url": "https://a.example/f.pdf"}},
            {"attachment": {"type": "file", "payload": {"url": "https://a.example/f.pdf"}}},
        ),
        (
            {"images": ["https://a.example/1.jpg", "https://a.example/2.jpg"]},
            {
                "attachments": [
                    {"type": "image", "payload": {"url": "https://a.example/1.jpg"}},
                    {"type": "image", "payload": {"url": "https://a.example/2.jpg"}},
                ]
            },
        ),
        ({"post_id": "17"}, {"attachment": {"type": "MEDIA_SHARE", "payload": {"id": "17"}}}),
        ({"heart": True}, {"attachment": {"type": "like_heart"}}),
        (
            {"text": "Which?", "quick_replies": [{"title": "A", "payload": "a"}]},
            {"text": "Which?", "quick_replies": [{"content_type": "text", "title": "A", "payload": "a"}]},
        ),
    ],
)
def test_what_a_message_can_hold(desk: Any, content: dict[str, Any], sent: dict[str, Any]) -> None:
    play = desk.play("send_message", {"recipient_id": "92", **content}, desk.ok({"message_id": "m"}))
    assert play.result().output == {"id": "m", "recipient_id": "92"}
    assert play.body() == {"recipient": {"id": "92"}, "message": sent}


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({}, "/text"),
        ({"text": "a", "heart": True}, "/text"),
        ({"heart": False}, "/text"),
        ({"heart": True, "quick_replies": [{"title": "A", "payload": "a"}]}, "/quick_replies"),
    ],
)
def test_a_message_holds_one_thing(desk: Any, content: dict[str, Any], field: str) -> None:
    play = desk.play("send_message", {"recipient_id": "92", **content}, desk.ok({}))
    with pytest.raises(InvalidInput) as caught:
        play.result()
    assert [each.path for each in caught.value.fields] == [field]
    assert play.sent == []


def test_a_tag_and_an_answered_message(desk: Any) -> None:
    given = {"recipient_id": "92", "text": "Hello", "tag": "HUMAN_AGENT", "reply_to": "m0"}
    play = desk.play("send_message", given, desk.ok({"message_id": "m"}))
    play.result()
    assert play.body() == {
        "recipient": {"id": "92"},
        "messaging_type": "MESSAGE_TAG",
        "tag": "HUMAN_AGENT",
        "reply_to": {"mid": "m0"},
        "message": {"text": "Hello"},
    }


@pytest.mark.parametrize(("text", "fits"), [("é" * 500, True), ("é" * 500 + "a", False)])
@pytest.mark.parametrize("action", ["send_message", "send_private_reply"])
def test_a_message_has_1000_bytes(action: str, text: str, fits: bool) -> None:
    schema = PROGRAMS.get(f"instagram.{action}").input
    whom = {"recipient_id": "92"} if action == "send_message" else {"comment_id": COMMENT}
    assert (schema.mistakes(*schema.prepare({**whom, "text": text})) == []) is fits


@pytest.mark.parametrize("action", ["send_message", "send_private_reply"])
def test_a_lost_message_is_not_sent_again(desk: Any, action: str) -> None:
    whom = {"recipient_id": "92"} if action == "send_message" else {"comment_id": COMMENT}
    play = desk.play(action, {**whom, "text": "Hello"}, desk.lost)
    with pytest.raises(OutcomeUnknown):
        play.result()
    assert len(play.sent) == 1


@pytest.mark.parametrize(
    ("file", "kind", "url"),
    [
        ({"image_data": {"url": "https://a.example/i"}}, "image", "https://a.example/i"),
        ({"video_data": {"url": "https://a.example/v"}}, "video", "https://a.example/v"),
        ({"file_url": "https://a.example/f"}, "file", "https://a.example/f"),
    ],
)
@pytest.mark.parametrize("action", ["get_message", "list_messages"])
def test_files_of_a_message(desk: Any, action: str, file: dict[str, Any], kind: str, url: str) -> None:
    message: dict[str, Any] = {"id": "m", "message": "", "created_time": "2026-11-20T09:00:00+0000"}
    message |= {"from": FROM, "to": {"data": [{"id": "17"}]}, "attachments": {"data": [file]}}
    one = action == "get_message"
    given = {"message_id": "m"} if one else {"conversation_id": "c"}
    result = desk.play(action, given, desk.ok(message if one else {"data": [message]})).result()
    found = result.output if one else result["messages"][0]
    assert found == {
        "id": "m",
        "created_at": "2026-11-20T09:00:00Z",
        "sender": FROM,
        "recipients": [{"id": "17"}],
        "attachments": [{"kind": kind, "url": url}],
    }


def test_the_profile_of_a_pages_inbox_is_instagrams(desk: Any) -> None:
    ice = [{"locale": "default", "call_to_actions": [{"question": "When?", "payload": "W"}]}]
    for flavour, platform in (("", {}), ("facebook", {"platform": "instagram"})):
        play = desk.play(
            "update_messenger_profile", {"ice_breakers": ice}, desk.ok({"result": "success"}), flavour=flavour
        )
        assert play.result()["success"] is True
        assert (play.body(), play.query()) == ({"ice_breakers": ice}, platform)


def test_what_of_the_profile_goes_is_a_json_list(desk: Any) -> None:
    play = desk.play("delete_messenger_profile", {"fields": ["persistent_menu"]}, desk.ok({"success": True}))
    play.result()
    assert play.query() == {"fields": '["persistent_menu"]'}


@pytest.mark.parametrize(
    "action", ["subscribe_to_events", "get_event_subscription", "unsubscribe_from_events"]
)
def test_a_pages_subscription_is_left_alone(desk: Any, action: str) -> None:
    given = {"fields": ["comments"]} if action == "subscribe_to_events" else {}
    play = desk.play(action, given, desk.ok({"success": True, "data": []}), flavour="facebook")
    with pytest.raises(ActionFailed, match="Page") as caught:
        play.result()
    assert caught.value.code == "account_not_eligible"
    assert play.sent == []
    desk.play(action, given, desk.ok({"success": True, "data": []})).result()
