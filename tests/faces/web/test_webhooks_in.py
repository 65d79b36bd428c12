"""The address to which platforms send their notices, without cookie, key or origin."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import TYPE_CHECKING

from postwire.accounts.account import SANDBOX

if TYPE_CHECKING:
    from tests.faces.web.conftest import Web


def test_a_signed_notice_is_taken_and_a_forged_one_is_not(web: Web) -> None:
    web.site.vault.apps.put(SANDBOX, "tiktok", {"client_key": "k", "client_secret": "planted"})
    web.http.cookies.clear()
    body = json.dumps(
        {"event": "post.publish.complete", "content": json.dumps({"publish_id": "v_1"})}
    ).encode()
    now = int(time.time())

    def sent(secret: bytes) -> int:
        mark = hmac.new(secret, f"{now}.".encode() + body, hashlib.sha256).hexdigest()
        headers = {"TikTok-Signature": f"t={now},s={mark}"}
        return web.http.post("/webhooks/tiktok", content=body, headers=headers).status_code

    assert sent(b"planted") == 200
    assert sent(b"guessed") in {400, 401, 403}


def test_who_has_no_notices_hears_none(web: Web) -> None:
    assert web.http.post("/webhooks/nowhere", content=b"{}").status_code == 404
