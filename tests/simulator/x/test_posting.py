"""Writing posts: what they hold, how long they may be, editing, deleting, hiding."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postwire.simulator.x import text

LABS, PREMIUM, FRIEND, LOCKED = (f"152488000000000000{n}" for n in range(1, 5))
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"  # one sign of three people
SHOWN = (
    "author_id,referenced_tweets,conversation_id,reply_settings,attachments,paid_partnership,geo,community_id"
)


def shown(desk: Any, post_id: str, **query: str) -> dict[str, Any]:
    told: dict[str, Any] = desk.get(f"/2/tweets/{post_id}", **({"tweet.fields": SHOWN} | query))["data"]
    return told


def test_a_post_comes_back_with_its_address_wrapped(desk: Any) -> None:
    given_text = "Ship day \N{ROCKET} https://www.example.com/a/long/path?x=1 #go @simfriend $SIM"
    answer = desk.api("POST", "/2/tweets", {"text": given_text})
    assert answer.status_code == 201
    data = answer.json()["data"]
    assert list(data) == ["id", "text", "edit_history_tweet_ids"]
    assert data["edit_history_tweet_ids"] == [data["id"]]
    assert len(data["id"]) == 19
    told = shown(desk, data["id"], **{"tweet.fields": "entities"})
    link = told["entities"]["urls"][0]
    assert told["text"] == data["text"]
    assert told["text"][link["start"] : link["end"]] == link["url"]
    assert len(link["url"]) == len("https://t.co/") + 10
    assert link["expanded_url"] == "https://www.example.com/a/long/path?x=1"
    assert link["display_url"] == "example.com/a/long/path?x=1"
    assert [tag["tag"] for tag in told["entities"]["hashtags"]] == ["go"]
    assert told["entities"]["mentions"][0]["id"] == FRIEND
    assert told["entities"]["cashtags"][0]["tag"] == "SIM"


@pytest.mark.parametrize(
    ("sample", "weight"),
    [
        pytest.param("x" * 280, 280, id="8.4: Latin weighs 1"),
        pytest.param("\u6f22\u5b57", 4, id="8.4: CJK weighs 2"),
        pytest.param("\u2014\u201d\u2033", 3, id="8.4: punctuation weighs 1"),
        pytest.param("e\u0301", 1, id="8.1: NFC"),
        pytest.param(f"https://example.com/{'a' * 200}", 23, id="8.2: an address is 23"),
        pytest.param("see example.com now", 23 + 8, id="8: bare domains"),
        pytest.param("http://a.de https://b.de.", 23 * 2 + 2, id="8.2: two addresses"),
        pytest.param("\N{ROCKET}", 2, id="8.3: an emoji is 2"),
        pytest.param(FAMILY, 2, id="8.3: joined"),
        pytest.param("\U0001f44d\U0001f3fd", 2, id="8.3: skin tone"),
        pytest.param("\U0001f1e9\U0001f1ea", 2, id="8.3: flag"),
        pytest.param("1\ufe0f\u20e3", 2, id="8.3: keycap"),
        pytest.param("\u2764\ufe0f", 2, id="8.3: heart"),
        pytest.param("e.g.this is no link", 19, id="8: no TLD"),
    ],
)
def test_the_weight_of_a_text(sample: str, weight: int) -> None:
    assert text.weight(sample) == weight


@given(st.text(st.characters(max_codepoint=0x7F, exclude_characters=".#*0123456789")))
def test_plain_text_weighs_its_length(sample: str) -> None:
    assert text.weight(sample) == len(sample)


@given(st.text(), st.text())
def test_weight_adds_up_across_a_line_break(one: str, other: str) -> None:
    assert text.weight(f"{one}\n{other}") == text.weight(one) + 1 + text.weight(other)


@given(st.text(st.sampled_from("ab .\u6f22https://example.com/#@")))
def test_wrapping_gives_the_text_back_when_undone(sample: str) -> None:
    number = iter(range(10**6))
    wrapped, links = text.wrap(sample, lambda: f"https://t.co/{next(number):010}")
    for short, original in links:
        wrapped = wrapped.replace(short, original, 1)
    assert wrapped == sample


def test_premium_writes_long_and_the_text_is_cut(desk: Any) -> None:
    token = desk.x.connect("simpremium")
    post_id = desk.post("long " * 500, token=token)
    told = shown(desk, post_id, **{"tweet.fields": "note_tweet"})
    assert len(told["text"]) == 280
    assert told["note_tweet"]["text"].startswith(told["text"])
    assert len(told["note_tweet"]["text"]) == 2500
    newer = desk.get(f"/2/tweets/{post_id}", post__fields="note_post")["data"]
    assert newer["note_post"] == told["note_tweet"]
    assert desk.api("POST", "/2/tweets", {"text": "x" * 25_001}, token=token).status_code == 400


def test_a_thread_answers_itself(desk: Any) -> None:
    first = desk.post("One")
    second = desk.post("Two", reply={"in_reply_to_tweet_id": first})
    told = shown(desk, second)
    assert told["referenced_tweets"] == [{"type": "replied_to", "id": first}]
    assert told["conversation_id"] == first


@pytest.mark.parametrize("how", ["mention", "quote", "answer", "enterprise", "switch"])
def test_a_reply_that_is_allowed(desk: Any, how: str) -> None:
    mine = desk.post("Mine")
    fields = {"quote": {"quoted": mine}, "answer": {"reply_to": mine, "root_id": mine}}.get(how, {})
    words = "Hello @SimLabs" if how == "mention" else "Hello"
    target = desk.x.add_post(FRIEND, words, **fields)
    if how == "enterprise":
        desk.app.plan = "enterprise"
    desk.settings.self_serve_reply_gate = how != "switch"
    assert desk.post("@simfriend hi", reply={"in_reply_to_tweet_id": target.id})


@pytest.mark.parametrize(
    ("setting", "token", "status"),
    [
        ("following", "simpremium", 201),
        ("following", "simlocked", 403),
        ("verified", "simpremium", 201),
        ("verified", "simlocked", 403),
        ("mentionedUsers", "simpremium", 403),
        ("subscribers", "simpremium", 403),
    ],
)
def test_who_may_reply(desk: Any, setting: str, token: str, status: int) -> None:
    desk.app.plan = "enterprise"
    desk.x.ties[LABS].following.append(PREMIUM)
    post_id = desk.post("Who may?", reply_settings=setting)
    body = {"text": "Me?", "reply": {"in_reply_to_tweet_id": post_id}}
    assert desk.api("POST", "/2/tweets", body, token=desk.x.connect(token)).status_code == status


def test_leading_mentions_of_a_reply_do_not_count(desk: Any) -> None:
    target = desk.x.add_post(FRIEND, "Hey @simlabs")
    assert desk.post("@simfriend " + "x" * 280, reply={"in_reply_to_tweet_id": target.id})


def test_a_poll_and_its_labels(desk: Any) -> None:
    poll = {"options": ["Yes", "No"], "duration_minutes": 60}
    post_id = desk.post("Well?", poll=poll, reply_settings="verified")
    query = {
        "expansions": "attachments.poll_ids",
        "poll.fields": "duration_minutes,end_datetime,voting_status",
    }
    whole = desk.get(f"/2/tweets/{post_id}", **query)
    told = whole["includes"]["polls"][0]
    assert told["options"][1] == {"position": 2, "label": "No", "votes": 0}
    assert (told["voting_status"], told["duration_minutes"]) == ("open", 60)
    assert whole["data"]["attachments"]["poll_ids"] == [told["id"]]
    desk.simulator.clock.advance(3600)
    later = desk.get(f"/2/tweets/{post_id}", **query)
    assert later["includes"]["polls"][0]["voting_status"] == "closed"


def test_labels_places_and_communities(desk: Any) -> None:
    post_id = desk.post(
        "Ad",
        made_with_ai=True,
        paid_partnership=True,
        geo={"place_id": "df51dec6f4ee2b2c"},
        community_id="1493000000000000001",
        share_with_followers=True,
    )
    told = shown(desk, post_id)
    assert told["paid_partnership"] is True
    assert told["geo"] == {"place_id": "df51dec6f4ee2b2c"}
    assert told["community_id"] == "1493000000000000001"
    assert desk.x.posts[post_id].made_with_ai
    desk.settings.accounts[0].geo_enabled = False
    assert "geo" not in shown(desk, desk.post("Nowhere", geo={"place_id": "df51dec6f4ee2b2c"}))


def test_enterprise_may_quote(desk: Any) -> None:
    desk.app.plan = "enterprise"
    quoted = desk.post("Words")
    told = shown(desk, desk.post("Look", quote_tweet_id=quoted))
    assert told["referenced_tweets"] == [{"type": "quoted", "id": quoted}]


def test_a_duplicate_is_refused_for_a_day_only_and_not_after_deleting(desk: Any) -> None:
    post_id = desk.post("Twice")
    assert desk.api("POST", "/2/tweets", {"text": "Twice"}).status_code == 403
    desk.ok("DELETE", f"/2/tweets/{post_id}")
    desk.post("Twice")
    desk.simulator.clock.advance(86_400)
    desk.token = desk.x.connect()
    assert desk.post("Twice")


def test_an_edit_is_a_new_id_with_a_history(desk: Any) -> None:
    token = desk.x.connect("simpremium")
    first = desk.post("Frist", token=token)
    second = desk.post("First", token=token, edit_options={"previous_post_id": first})
    told = shown(desk, second, **{"tweet.fields": "edit_controls,edit_history_tweet_ids"})
    assert told["edit_history_tweet_ids"] == [first, second]
    assert told["edit_controls"]["edits_remaining"] == 4
    assert shown(desk, first)["text"] == "Frist"
    mine = desk.get(f"/2/users/{PREMIUM}/tweets")["data"]
    assert [post["text"] for post in mine] == ["First"]
    desk.ok("DELETE", f"/2/tweets/{first}", token=token)
    assert "data" not in desk.get(f"/2/tweets/{second}")


@pytest.mark.parametrize("reason", ["late", "five", "poll", "foreign", "old version"])
def test_an_edit_that_is_refused(desk: Any, reason: str) -> None:
    token = desk.x.connect("simpremium")
    more = {"poll": {"options": ["a", "b"], "duration_minutes": 5}} if reason == "poll" else {}
    first = last = desk.post("0", token=token, **more)
    for number in range({"five": 5, "old version": 1}.get(reason, 0)):
        last = desk.post(f"{number + 1}", token=token, edit_options={"previous_post_id": last})
    if reason == "late":
        desk.simulator.clock.advance(3601)
    if reason == "foreign":
        last = desk.x.add_post(LABS, "Not yours").id
    target = first if reason == "old version" else last
    body = {"text": "Other", "edit_options": {"previous_post_id": target}}
    assert desk.api("POST", "/2/tweets", body, token=token).status_code == 403


def test_deleting_what_is_gone(desk: Any) -> None:
    post_id = desk.post("Short")
    assert desk.ok("DELETE", f"/2/tweets/{post_id}") == {"deleted": True}
    assert desk.api("DELETE", f"/2/tweets/{post_id}").status_code == 404
    desk.settings.missing_delete_ok = True
    assert desk.ok("DELETE", f"/2/tweets/{post_id}") == {"deleted": True}


def test_hiding_a_reply_in_ones_own_conversation(desk: Any) -> None:
    root = desk.post("Root @simfriend")
    reply = desk.post("No", token=desk.x.connect("simfriend"), reply={"in_reply_to_tweet_id": root})
    assert desk.ok("PUT", f"/2/tweets/{reply}/hidden", {"hidden": True}) == {"hidden": True}
    assert desk.x.posts[reply].hidden
    assert desk.ok("PUT", f"/2/tweets/{reply}/hidden", {"hidden": False}) == {"hidden": False}
    assert desk.api("PUT", f"/2/tweets/{root}/hidden", {"hidden": True}).status_code == 403
    other = desk.x.connect("simpremium")
    answer = desk.api("PUT", f"/2/tweets/{reply}/hidden", {"hidden": True}, token=other)
    assert answer.status_code == 403


def test_a_lost_answer_has_posted_all_the_same(desk: Any) -> None:
    desk.simulator.faults.add(platform="x", path="/2/tweets", method="POST", lose_answer=True)
    with pytest.raises(ConnectionError):
        desk.post("Lost")
    assert desk.x.alive(LABS)[0].text == "Lost"
    assert desk.api("POST", "/2/tweets", {"text": "Lost"}).status_code == 403
