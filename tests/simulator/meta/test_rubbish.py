"""Rubbish in: whatever is sent, the answer is a Graph answer, and nothing falls over."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

LINK, FILM = "https://media.example.com/a.jpg", "https://media.example.com/a.mp4"
# What would be taken as it is; the tests break a part or two of it
GOOD: dict[tuple[str, str, str], dict[str, Any]] = {
    ("page", "POST", "1010/feed"): {
        "message": "m",
        "link": LINK,
        "published": False,
        "scheduled_publish_time": 1_795_090_000,
        "targeting": {"age_min": 18},
        "feed_targeting": {"age_min": 18, "genders": [1]},
        "call_to_action": {"type": "SHOP_NOW", "value": {"link": LINK}},
        "child_attachments": [{"link": LINK}, {"link": LINK}],
        "attached_media": [{"media_fbid": "1"}],
    },
    ("page", "POST", "1010/photos"): {"url": LINK, "published": False, "temporary": True, "tags": ["1"]},
    ("page", "POST", "1010/videos"): {"file_url": FILM, "title": "t", "content_category": "OTHER"},
    ("page", "POST", "1010/messages"): {
        "recipient": {"id": "6001"},
        "message": {"attachment": {"type": "image", "payload": {"url": LINK}}, "quick_replies": [{}]},
        "messaging_type": "RESPONSE",
    },
    ("page", "POST", "1010/messenger_profile"): {
        "get_started": {"payload": "s"},
        "persistent_menu": [{"locale": "default", "call_to_actions": [{"title": "t"}]}],
        "ice_breakers": [{"locale": "default", "call_to_actions": [{"question": "q"}]}],
    },
    ("page", "POST", "1010/moderate_conversations"): {
        "user_ids": [{"id": "6001"}],
        "actions": ["block_user"],
    },
    ("page", "POST", "17950000000000101/product_tags"): {
        "updated_tags": [{"product_id": "7700001", "x": 0.1}]
    },
    ("page", "POST", "17841400000000001/media"): {
        "media_type": "REELS",
        "video_url": FILM,
        "cover_url": LINK,
        "thumb_offset": 5,
        "audio_configuration": {"audio_id": "1", "audio_volume": 5},
        "trial_params": {"graduation_strategy": "MANUAL"},
        "product_tags": [{"product_id": "7700001"}],
        "branded_content_sponsor_ids": ["1"],
    },
    ("insta", "POST", "17841400000000001/media"): {
        "image_url": LINK,
        "caption": "c",
        "user_tags": [{"username": "x", "x": 0.1, "y": 0.2}],
        "collaborators": ["a"],
        "location_id": "1010",
    },
    ("page", "GET", "1010/insights"): {
        "metric": "page_follows",
        "since": "1794000000",
        "until": "1795000000",
    },
    ("insta", "GET", "me/insights"): {"metric": "likes,reach", "breakdown": "media_product_type"},
    ("page", "GET", "1010"): {
        "fields": "id,posts.limit(2){id,comments.summary(true){from},reactions.type(LIKE)}"
    },
}
BAD: list[Any] = [
    None,
    True,
    -1,
    2**70,
    0.5,
    "",
    "x",
    "{",
    "[1]",
    "true",
    "999999999999",
    "http://[::1",
    "http://127.0.0.1:x/",
    "\u0305",
    [],
    [1],
    [[]],
    [{}],
    {},
    {"id": {}},
    {"value": [0.5]},
]


def broken(value: Any, chance: random.Random) -> Any:
    """Put something bad in the place of a value, or of a part of it."""
    deeper = chance.random() < 0.7
    if isinstance(value, dict) and value and deeper:
        name = chance.choice(sorted(value))
        return {**value, name: broken(value[name], chance)}
    if isinstance(value, list) and value and deeper:
        return [broken(value[0], chance), *value[1:]]
    return chance.choice(BAD)


@pytest.mark.parametrize(("by", "method", "path"), GOOD, ids=[f"{by} {path}" for by, _, path in GOOD])
def test_no_broken_request_makes_it_fall_over(desk: Any, by: str, method: str, path: str) -> None:
    chance, good = random.Random(path), GOOD[by, method, path]
    for _ in range(60):
        name = chance.choice(sorted(good))
        params = {**good, name: broken(good[name], chance)}
        if method == "GET":
            params = {
                n: value if isinstance(value, str) else json.dumps(value) for n, value in params.items()
            }
        answer = desk.ask(method, path, getattr(desk, by), **params)
        assert answer.status_code in {200, 400, 403}
        assert answer.json().keys() & {"error", "id", "data", "success", "message_id"}
    desk.later(60)
    assert desk.get("me", desk.page)["id"] == "1010"
