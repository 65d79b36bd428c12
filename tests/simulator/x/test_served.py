"""The simulated X on a real socket: a login, an upload and a post, as a client does them."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest

from postwire.simulator import Served, create, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

REDIRECT = "http://127.0.0.1:5005/callback/"
MP4 = b"\x00\x00\x00\x18ftypmp42"


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serve(create()) as running:
        yield running


def test_from_the_login_to_the_post(served: Served) -> None:
    api, verifier = f"{served.origin}/api.x.com", "v" * 43
    asking = {
        "response_type": "code",
        "client_id": "sim-x-client",
        "redirect_uri": REDIRECT,
        "scope": "tweet.read tweet.write users.read media.write offline.access",
        "state": "s",
        "code_challenge": verifier,
        "code_challenge_method": "plain",
        "postwire_auto": "allow",
        "postwire_account": "simpremium",
    }
    with httpx2.Client() as client:
        back = client.get(f"{served.origin}/x.com/i/oauth2/authorize", params=asking).headers["location"]
        form = {
            "grant_type": "authorization_code",
            "code": dict(parse_qsl(urlsplit(back).query))["code"],
            "redirect_uri": REDIRECT,
            "code_verifier": verifier,
        }
        basic = base64.b64encode(b"sim-x-client:sim-x-secret").decode()
        headers = {"Authorization": f"Basic {basic}"}
        token = client.post(f"{api}/2/oauth2/token", data=form, headers=headers).json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        post = _publish(client, api, MP4 + bytes(6_000_000))
        assert client.delete(f"{api}/2/tweets/{post}").json() == {"data": {"deleted": True}}
    assert not any(token in str(record.to_json()) for record in served.simulator.requests)


def _publish(client: httpx2.Client, api: str, data: bytes) -> str:
    upload = f"{api}/2/media/upload"
    body = {"media_type": "video/mp4", "media_category": "tweet_video", "total_bytes": len(data)}
    media_id = client.post(f"{upload}/initialize", json=body).json()["data"]["id"]
    for index in range(2):
        part = data[index * 4_000_000 : (index + 1) * 4_000_000]
        form = {"segment_index": str(index)}
        answer = client.post(f"{upload}/{media_id}/append", data=form, files={"media": ("a.mp4", part)})
        assert answer.status_code == 200, answer.text
    done = client.post(f"{upload}/{media_id}/finalize").json()["data"]
    assert (done["size"], done["processing_info"]["state"]) == (len(data), "pending")
    for _ in range(3):
        status = client.get(upload, params={"command": "STATUS", "media_id": media_id}).json()["data"]
    assert status["processing_info"]["state"] == "succeeded"
    made = client.post(f"{api}/2/tweets", json={"text": "Waves", "media": {"media_ids": [media_id]}})
    assert made.headers["x-rate-limit-remaining"] == "99"
    return str(made.json()["data"]["id"])
