"""What a model is told of a failure: enough to go on, and never enough to post twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from postwire import ActionFailed, InvalidInput, OutcomeUnknown
from postwire.errors import Field, MissingExtra
from postwire.faces.export.trouble import explained, looking, sentence
from postwire.language.catalog import Catalog

if TYPE_CHECKING:
    from collections.abc import Callable


def test_an_outcome_that_nobody_knows_names_the_next_step() -> None:
    error = OutcomeUnknown("No answer came.", saved={"publish_id": "p-1"})
    told = explained(
        error, action="x.create_text_post", catalog=Catalog(), named=lambda name: name.replace(".", "_")
    )
    assert told["outcome"] == "maybe_sent"
    assert told["retryable"] is False
    assert told["next_tool"] == "x_list_posts"
    assert "x_list_posts" in told["remedy"]
    assert "Do not repeat" in told["remedy"]
    assert told["known"] == {"publish_id": "p-1"}


@pytest.mark.parametrize("action", ["", "acme.create_it"])
def test_without_a_list_the_person_has_to_look(action: str, acme: Any) -> None:
    acme.write("create_it", "effect: create\nrequest: {post: /a}\n")
    told = explained(OutcomeUnknown("No answer."), action=action, catalog=Catalog([acme.folder]))
    assert "Look on the platform first" in told["remedy"]
    assert "next_tool" not in told


def test_what_is_like_nothing_is_looked_for_by_eye() -> None:
    (entry,) = Catalog().action("x.create_thread").verify
    error = OutcomeUnknown("No answer came.", remedy=entry.look)
    told = explained(error, action="x.create_thread", catalog=Catalog())
    assert "next_tool" not in told
    assert entry.look.removesuffix(".") in told["remedy"]
    assert "Do not repeat" in told["remedy"]


def test_a_failure_that_may_have_been_sent_is_not_repeated_either() -> None:
    told = explained(ActionFailed("transient", "It broke.", sent="maybe"))
    assert told["retryable"] is False
    assert told["outcome"] == "maybe_sent"


def test_a_read_may_be_repeated_whatever_became_of_it() -> None:
    error = ActionFailed("transient", "It broke.", sent="maybe")
    told = explained(error, action="x.get_post", catalog=Catalog())
    assert told["retryable"] is True
    assert "next_tool" not in told


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("tiktok.create_video_post", "tiktok.get_videos"),
        ("x.create_text_post", "x.list_posts"),
        ("instagram.create_carousel_post", "instagram.list_posts"),
        ("meta.create_text_post", "meta.list_posts"),
        ("x.create_list", "x.list_owned_lists"),
        ("x.pin_list", "x.list_pinned_lists"),
        ("x.follow_list", "x.list_followed_lists"),
        ("x.like_post", "x.list_liked_posts"),
        ("meta.create_reel", "meta.list_reels"),
        ("meta.create_story", "meta.list_stories"),
        ("linkedin.create_text_post", "linkedin.list_posts"),
    ],
)
def test_where_to_look(action: str, expected: str) -> None:
    assert looking(action, Catalog()) == expected


@pytest.mark.parametrize(
    ("known", "expected"),
    [({"publish_id": "p-1"}, "tiktok_get_post_status"), ({}, "tiktok_get_videos")],
)
def test_it_is_looked_for_as_the_manifest_looks(known: dict[str, Any], expected: str) -> None:
    error = OutcomeUnknown("No answer came.", saved=known)
    named: Callable[[str], str] = lambda name: name.replace(".", "_")  # noqa: E731
    told = explained(error, action="tiktok.create_video_post", catalog=Catalog(), named=named)
    assert told["next_tool"] == expected
    assert expected in told["remedy"]


LISTING = (
    "effect: read\n{needs}request: {{get: /a}}\nreturn: {{a: '${{{{ body }}}}'}}\n"
    "output: {{properties: {{a: {{type: array}}}}}}\n"
)
NEEDS = "input: {required: [id], properties: {id: {type: string}}}\n"
LOOKS = (
    "effect: create\nrequest: {{post: /a}}\nverify: [{{call: {call}, with: {{{given}}}, found: 'true'}}]\n"
)


@pytest.mark.parametrize(
    ("call", "given", "expected"),
    [
        ("see", "id: '${{ input.id }}'", "acme.see"),
        ("see", "id: '${{ steps.a.id }}'", "acme.list_things"),
        ("see", "", "acme.list_things"),
        ("_see", "", "acme.list_things"),
    ],
    ids=["input", "a step's", "nothing", "not offered"],
)
def test_only_what_can_be_called_is_named(call: str, given: str, expected: str, acme: Any) -> None:
    acme.write("see", LISTING.format(needs=NEEDS))
    acme.write("_see", LISTING.format(needs=""))
    acme.write("list_things", LISTING.format(needs=""))
    acme.write("create_thing", LOOKS.format(call=call, given=given))
    assert looking("acme.create_thing", Catalog([acme.folder])) == expected


@pytest.mark.parametrize(
    ("needs", "expected"), [("", "acme.see"), (NEEDS, "acme.list_things")], ids=["nothing", "an input"]
)
def test_it_is_looked_for_as_a_called_action_looks(needs: str, expected: str, acme: Any) -> None:
    acme.write("see", LISTING.format(needs=needs))
    acme.write("list_things", LISTING.format(needs=""))
    acme.write("_send", LOOKS.format(call="see", given="id: '${{ input.id }}'" if needs else ""))
    acme.write(
        "create_thing",
        "effect: create\nsteps:\n  - id: each\n    foreach: [1]\n    do: [{id: it, call: _send}]\n",
    )
    assert looking("acme.create_thing", Catalog([acme.folder])) == expected


def test_a_refusal_says_when_and_by_whom() -> None:
    provider = {
        "status": 429,
        "code": "limit",
        "request_id": "r",
        "message": "secret-ish",
        "headers": {"a": 1},
    }
    told = explained(ActionFailed("rate_limited", "Too much.", retry_after=30.0, provider=provider))
    assert told == {
        "code": "rate_limited",
        "message": "Too much.",
        "retryable": True,
        "remedy": "Wait before trying again; the platform's limits pass by themselves.",
        "outcome": "sent",
        "retry_after_s": 30.0,
        "provider": {"status": 429, "code": "limit", "request_id": "r"},
    }


def test_mistakes_in_the_input() -> None:
    told = explained(InvalidInput([Field("/a", "must be a number", "x")], action="x.it"))
    assert told["field_errors"] == [{"path": "/a", "expected": "must be a number", "got": "x"}]
    assert told["outcome"] == "not_sent"
    assert "\n" not in told["message"]
    assert sentence(told).startswith("The input of x.it has 1 mistake")


@pytest.mark.parametrize("error", [RuntimeError("token=abc /home/me"), KeyError("planted")])
def test_a_fault_of_ours_tells_nothing_of_itself(error: Exception) -> None:
    told = explained(error)
    assert told["code"] == "internal"
    assert not any(part in str(told) for part in ("abc", "/home", "planted"))
    assert told["retryable"] is False


def test_a_missing_extra_keeps_its_command() -> None:
    assert explained(MissingExtra("It needs a.", remedy="pip install a"))["remedy"] == "pip install a"
