"""Comments, replies, reactions, summaries, and the legacy calls beside them."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

MINA, OMAR = "urn:li:person:782bbtaQ", "urn:li:person:AbC4dEfG"
FJORD, NORTHWIND = "urn:li:organization:5515715", "urn:li:organization:2414183"


def enc(urn: str) -> str:
    return quote(urn, safe="")


@pytest.fixture
def post(desk: Any) -> str:
    return str(desk.post("Talk to us", FJORD))


def comment(desk: Any, at: str, text: str = "Hi", actor: str = MINA, **fields: Any) -> dict[str, Any]:
    body = {"actor": actor, "message": {"text": text}} | fields
    answer = desk.rest("POST", f"/socialActions/{enc(at)}/comments", body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    assert answer.headers["x-restli-id"] == made["id"]
    assert answer.headers["location"] == f"/socialActions/{enc(at)}/comments/{made['id']}"
    return made


def texts(desk: Any, at: str) -> list[str]:
    answer = desk.rest("GET", f"/socialActions/{enc(at)}/comments")
    return [row["message"]["text"] for row in answer.json()["elements"]]


def react(desk: Any, at: str, kind: str = "LIKE", actor: str = MINA) -> dict[str, Any]:
    body = {"root": at, "reactionType": kind}
    answer = desk.rest("POST", f"/reactions?actor={enc(actor)}", body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    assert answer.headers["x-restli-id"] == made["id"]
    return made


def test_a_comment_is_keyed_on_the_activity(desk: Any, post: str) -> None:
    made = comment(desk, post, "Plain (text) stays", object=post)
    activity = desk.linkedin.posts[post].activity
    assert made["object"] == activity
    assert made["commentUrn"] == f"urn:li:comment:({activity},{made['id']})"
    assert made["message"] == {"attributes": [], "text": "Plain (text) stays"}
    assert "agent" not in made
    for at in (post, activity):
        assert texts(desk, at) == ["Plain (text) stays"]


def test_a_page_comments_through_its_agent(desk: Any, post: str) -> None:
    made = comment(desk, post, actor=FJORD)
    assert (made["actor"], made["agent"]) == (FJORD, MINA)
    assert made["created"] == {"actor": FJORD, "impersonator": MINA, "time": 1_795_000_000_000}


@pytest.mark.parametrize("named", ["path", "field", "both"])
def test_replies_lie_below_their_comment(desk: Any, post: str, named: str) -> None:
    parent = comment(desk, post)["commentUrn"]
    fields = {} if named == "path" else {"parentComment": parent}
    reply = comment(desk, post if named == "field" else parent, "Reply", **fields)
    assert reply["parentComment"] == parent
    assert texts(desk, parent) == ["Reply"]
    assert texts(desk, post) == ["Hi"]


def test_one_comment_several_an_edit_and_the_end(desk: Any, post: str) -> None:
    one, two = comment(desk, post, "One"), comment(desk, post, "Two")
    path = f"/socialActions/{enc(post)}/comments"
    assert desk.rest("GET", f"{path}/{one['id']}").json()["message"]["text"] == "One"
    batch = desk.rest("GET", f"{path}?ids=List({one['id']},{two['id']},9)").json()
    assert (set(batch["results"]), batch["statuses"]["9"]) == ({one["id"], two["id"]}, 404)
    change = {"patch": {"message": {"$set": {"text": "Changed"}}}}
    assert desk.patch(f"{path}/{one['id']}?actor={enc(MINA)}", change).is_success
    assert texts(desk, post) == ["Changed", "Two"]
    reply = comment(desk, one["commentUrn"], "Reply")
    assert desk.rest("DELETE", f"{path}/{one['id']}").status_code == 204
    assert texts(desk, post) == ["Two"]
    assert reply["commentUrn"] not in desk.linkedin.comments
    assert desk.rest("DELETE", f"{path}/{one['id']}").status_code == 404


def test_a_pages_comment_is_deleted_as_the_page(desk: Any, post: str) -> None:
    other = desk.post("By a member")
    made = comment(desk, other, actor=FJORD)
    omar = desk.linkedin.connect("omar")
    path = f"/socialActions/{enc(other)}/comments/{made['id']}"
    assert desk.rest("DELETE", path, token=omar).status_code == 403
    assert desk.rest("DELETE", f"{path}?actor={enc(FJORD)}", token=omar).status_code == 403
    assert desk.rest("DELETE", f"{path}?actor={enc(FJORD)}").status_code == 204


def test_a_mention_and_an_image(desk: Any, post: str) -> None:
    mention = {"start": 0, "length": 4, "value": {"person": {"person": OMAR}}}
    message = {"text": "Omar, look", "attributes": [mention]}
    made = comment(desk, post, message=message, content=[{"entity": {"image": desk.image()}}])
    assert made["message"]["attributes"] == [mention]
    assert made["content"][0]["entity"]["image"].startswith("urn:li:image:")


def test_a_member_reads_what_is_said_below_its_own_post_only_by_the_closed_scope(desk: Any) -> None:
    own = desk.post("Mine")
    comment(desk, own)
    path = f"/socialActions/{enc(own)}/comments"
    assert desk.rest("GET", path).status_code == 403
    assert desk.rest("GET", path, token=desk.only("r_member_social_feed")).json()["paging"]["total"] == 1


def test_a_reaction_replaces_the_one_before(desk: Any, post: str) -> None:
    react(desk, post)
    desk.simulator.clock.advance(1)
    made = react(desk, post, "PRAISE")
    assert made["lastModified"]["time"] - made["created"]["time"] == 1_000
    activity = desk.linkedin.posts[post].activity
    assert made["id"] == f"urn:li:reaction:({MINA},{activity})"
    assert made["root"] == activity
    react(desk, post, "EMPATHY", FJORD)
    listed = desk.rest("GET", f"/reactions/(entity:{enc(post)})?q=entity", X_RestLi_Method="FINDER").json()
    assert {row["reactionType"] for row in listed["elements"]} == {"PRAISE", "EMPATHY"}
    assert listed["paging"] == {"start": 0, "count": 10, "links": [], "total": 2}
    key = f"(actor:{enc(MINA)},entity:{enc(post)})"
    assert desk.rest("GET", f"/reactions/{key}").json()["reactionType"] == "PRAISE"
    batch = desk.rest("GET", f"/reactions?ids=List({key})").json()
    assert batch["results"][key]["reactionType"] == "PRAISE"
    assert desk.rest("DELETE", f"/reactions/{key}").status_code == 204
    assert desk.rest("GET", f"/reactions/{key}").status_code == 404


def test_reactions_in_order(desk: Any, post: str) -> None:
    react(desk, post)
    desk.simulator.clock.advance(1)
    react(desk, post, "INTEREST", FJORD)
    path = f"/reactions/(entity:{enc(post)})?q=entity&sort="
    for word, first in (("CHRONOLOGICAL", "LIKE"), ("REVERSE_CHRONOLOGICAL", "INTEREST")):
        rows = desk.rest("GET", f"{path}(value:{word})").json()["elements"]
        assert rows[0]["reactionType"] == first


def test_a_reaction_to_a_comment(desk: Any, post: str) -> None:
    made = comment(desk, post)
    react(desk, made["commentUrn"])
    again = desk.rest("GET", f"/socialActions/{enc(post)}/comments/{made['id']}").json()
    assert again["likesSummary"] == {"totalLikes": 1}
    assert (
        desk.rest("GET", f"/socialMetadata/{enc(made['commentUrn'])}").json()["entity"] == made["commentUrn"]
    )


def test_summaries(desk: Any, post: str) -> None:
    parent = comment(desk, post)["commentUrn"]
    comment(desk, parent, "Reply")
    react(desk, post)
    react(desk, post, "PRAISE", FJORD)
    told = desk.rest("GET", f"/socialMetadata/{enc(post)}").json()
    assert told == {
        "entity": desk.linkedin.posts[post].activity,
        "commentsState": "OPEN",
        "commentSummary": {"count": 2, "topLevelCount": 1},
        "reactionSummaries": {
            "LIKE": {"reactionType": "LIKE", "count": 1},
            "PRAISE": {"reactionType": "PRAISE", "count": 1},
        },
    }
    batch = desk.rest("GET", f"/socialMetadata?ids=List({enc(post)})").json()
    assert batch["results"][post] == told
    for send in (desk.rest, desk.v2):
        summary = send("GET", f"/socialActions/{enc(post)}").json()
        assert (summary["likesSummary"]["totalLikes"], summary["likesSummary"]["likedByCurrentUser"]) == (
            1,
            True,
        )
        assert summary["commentsSummary"] == {"totalFirstLevelComments": 1, "aggregatedTotalComments": 2}


def test_closing_comments_deletes_them(desk: Any, post: str) -> None:
    comment(desk, post)
    path, state = f"/socialMetadata/{enc(post)}?actor={enc(FJORD)}", {"commentsState": "CLOSED"}
    assert desk.patch(path, {"patch": {"$set": state}}).status_code == 202
    assert texts(desk, post) == []
    body = {"actor": MINA, "message": {"text": "Late"}}
    assert desk.rest("POST", f"/socialActions/{enc(post)}/comments", body).status_code == 403
    assert desk.patch(path, {"patch": {"$set": {"commentsState": "OPEN"}}}).status_code == 202
    comment(desk, post)


def test_a_self_serve_token_comments_and_likes_by_the_legacy_api(desk: Any, post: str) -> None:
    token = desk.only("w_member_social")
    path, activity = f"/socialActions/{enc(post)}", desk.linkedin.posts[post].activity
    body = {"actor": MINA, "object": post, "message": {"text": "Old way"}}
    made = desk.v2("POST", f"{path}/comments", body, token=token)
    assert made.status_code == 201
    assert made.json()["$URN"] == f"urn:li:comment:({activity},{made.headers['x-restli-id']})"
    assert "commentUrn" not in made.json()
    gone = desk.v2("DELETE", f"{path}/comments/{made.json()['id']}?actor={enc(MINA)}", token=token)
    assert gone.status_code == 204
    like = desk.v2("POST", f"{path}/likes", {"actor": MINA, "object": post}, token=token)
    assert (like.status_code, like.headers["x-restli-id"]) == (201, MINA)
    assert like.json()["$URN"] == f"urn:li:like:({MINA},{activity})"
    assert like.json()["object"] == activity
    assert desk.linkedin.reactions
    unlike = desk.v2("DELETE", f"{path}/likes/{enc(MINA)}?actor={enc(MINA)}", token=token)
    assert unlike.status_code == 204
    assert not desk.linkedin.reactions


def test_the_comment_throttle_ends_after_a_minute(desk: Any, post: str) -> None:
    desk.settings.comments_per_minute = 1
    comment(desk, post)
    body = {"actor": MINA, "message": {"text": "Again"}}
    answer = desk.rest("POST", f"/socialActions/{enc(post)}/comments", body)
    assert (answer.status_code, answer.json()["message"]) == (429, "Comment create throttled")
    comment(desk, post, actor=FJORD)
    desk.simulator.clock.advance(60)
    comment(desk, post)
