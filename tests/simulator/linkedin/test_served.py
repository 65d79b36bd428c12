"""The whole way over a real socket: connect, upload, publish, read, delete."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx2

from postwire.simulator import create, serve

SIZE = 4_194_304 + 100_000
DATA = b"\x00\x00\x00\x18ftypmp42" + bytes(SIZE - 12)


def test_a_video_by_way_of_the_port() -> None:
    with serve(create(seed=1)) as served, httpx2.Client() as client:
        greeting = client.get(f"{served.origin}/").json()["platforms"]["linkedin"]
        app, api = greeting["apps"][0], f"{served.origin}/api.linkedin.com/rest"
        token = _connect(client, served.origin, app)
        client.headers |= {
            "Authorization": f"Bearer {token}",
            "LinkedIn-Version": "202609",
            "X-Restli-Protocol-Version": "2.0.0",
        }
        who = client.get(f"{served.origin}/api.linkedin.com/v2/userinfo").json()
        author = f"urn:li:person:{who['sub']}"
        video = _upload(client, api, author)
        client.post(f"{served.origin}/_simulator/clock", json={"advance": 30})
        assert client.get(f"{api}/videos/{quote(video, safe='')}").json()["status"] == "AVAILABLE"
        post = {
            "author": author,
            "commentary": "Over the port",
            "visibility": "PUBLIC",
            "distribution": {"feedDistribution": "MAIN_FEED"},
            "lifecycleState": "PUBLISHED",
            "content": {"media": {"id": video}},
        }
        made = client.post(f"{api}/posts", json=post)
        urn = made.headers["x-restli-id"]
        assert (made.status_code, urn in served.simulator.linkedin.posts) == (201, True)
        assert client.delete(f"{api}/posts/{quote(urn, safe='')}").status_code == 204
        state = client.get(f"{served.origin}/_simulator/state").json()["linkedin"]
        assert token not in str(state)
        log = str(client.get(f"{served.origin}/_simulator/requests").json())
        assert token not in log


def _connect(client: httpx2.Client, origin: str, app: dict[str, Any]) -> str:
    redirect = app["redirect_uris"][0]
    asked = {
        "response_type": "code",
        "client_id": app["client_id"],
        "redirect_uri": redirect,
        "scope": "openid profile w_member_social",
        "postwire_auto": "allow",
        "postwire_account": "omar",
    }
    back = client.get(f"{origin}/www.linkedin.com/oauth/v2/authorization", params=asked)
    code = parse_qs(urlsplit(back.headers["location"]).query)["code"][0]
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect,
        "client_id": app["client_id"],
        "client_secret": app["client_secret"],
    }
    body = client.post(f"{origin}/www.linkedin.com/oauth/v2/accessToken", data=form).json()
    return str(body["access_token"])


def _upload(client: httpx2.Client, api: str, owner: str) -> str:
    asked = {"initializeUploadRequest": {"owner": owner, "fileSizeBytes": SIZE}}
    value = client.post(f"{api}/videos?action=initializeUpload", json=asked).json()["value"]
    etags = []
    for step in value["uploadInstructions"]:
        piece = DATA[step["firstByte"] : step["lastByte"] + 1]
        etags.append(client.put(step["uploadUrl"], content=piece).headers["etag"])
    done = {"video": value["video"], "uploadToken": "", "uploadedPartIds": etags}
    assert client.post(f"{api}/videos?action=finalizeUpload", json={"finalizeUploadRequest": done}).is_success
    return str(value["video"])
