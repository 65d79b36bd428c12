"""Whether a notice is the platform's, of what it speaks, and what a challenge is answered; no database."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postwire.errors import ActionFailed
from postwire.language.catalog import Catalog
from postwire.language.webhooks import Webhooks
from postwire.publish.notices import LARGEST, Notice
from postwire.secret import Secret

CATALOG = Catalog()
# Vectors of the platforms' fact sheets.
TIKTOK = (
    b'{"client_key":"awsimkey01","event":"post.publish.complete","create_time":1795000000,'
    b'"user_openid":"-000SIMOPENID",'
    b'"content":"{\\"publish_id\\":\\"v_pub_file~v2-1.700\\",\\"publish_type\\":\\"DIRECT_PUBLISH\\"}"}'
)
TIKTOK_SIGNED = "t=1795000005,s=c8e6e76971f17d4f2dc38284f5f73901c4ede2aae88c5c08928930076a424adc"
META = (
    b'{"object":"page","entry":[{"id":"1010","time":1795000000,"changes":[{"field":"feed","value":{"item":"comment",'
    b'"verb":"add","comment_id":"2020_7070"}}]}]}'
)
META_SIGNED = "sha256=c457cdb49ef15652b907d1a4d2ccb49a302ffad50fad4efd46875922bdad711c"
SECRETS = {"tiktok": "simsecret", "meta": "metasimsecret"}
VECTORS = {
    "tiktok": ("tiktok-signature", TIKTOK_SIGNED, TIKTOK),
    "meta": ("x-hub-signature-256", META_SIGNED, META),
}
NOW = 1_795_000_010.0


def notice(integration: str) -> Notice:
    words = CATALOG.integration(integration).webhooks
    assert words is not None
    return Notice(words)


def keys(integration: str, **more: str) -> dict[str, Secret]:
    return {"client_secret": Secret(SECRETS[integration])} | {k: Secret(v) for k, v in more.items()}


def signers(integration: str, header: str, body: bytes, *, now: float = NOW, **apps: Any) -> frozenset[str]:
    name = VECTORS[integration][0]
    return notice(integration).signers({name: header}, body, apps or {"app": keys(integration)}, now)


def refused(integration: str, header: str, body: bytes, *, now: float = NOW, **apps: Any) -> str:
    with pytest.raises(ActionFailed) as caught:
        signers(integration, header, body, now=now, **apps)
    assert caught.value.code == "permission_denied"
    return caught.value.message


@pytest.mark.parametrize("integration", VECTORS)
def test_the_sheets_vectors_are_genuine(integration: str) -> None:
    _, header, body = VECTORS[integration]
    assert signers(integration, header, body) == {"app"}


@pytest.mark.parametrize("integration", VECTORS)
def test_it_is_known_whose_app_has_signed(integration: str) -> None:
    _, header, body = VECTORS[integration]
    stranger = {"client_secret": Secret("another")}
    apps: dict[str, Any] = {"one": stranger, "two": keys(integration), "three": keys(integration), "none": {}}
    assert signers(integration, header, body, **apps) == {"two", "three"}
    assert "does not fit" in refused(integration, header, body, one=stranger, none={})


@pytest.mark.parametrize("integration", VECTORS)
@given(data=st.data())
def test_any_changed_byte_of_the_body_is_refused(integration: str, data: st.DataObject) -> None:
    _, header, body = VECTORS[integration]
    place = data.draw(st.integers(0, len(body) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda byte: byte != body[place]))
    refused(integration, header, body[:place] + bytes([other]) + body[place + 1 :])


@pytest.mark.parametrize("integration", VECTORS)
@given(data=st.data())
def test_any_changed_character_of_the_signature_is_refused(integration: str, data: st.DataObject) -> None:
    _, header, body = VECTORS[integration]
    place = data.draw(st.integers(0, len(header) - 1))
    other = data.draw(st.characters(codec="latin-1").filter(lambda each: each != header[place]))
    changed = header[:place] + other + header[place + 1 :]
    # Spaces around the parts of a header mean nothing.
    if [part.strip() for part in changed.split(",")] != [part.strip() for part in header.split(",")]:
        refused(integration, changed, body)


@given(body=st.binary(max_size=200), moment=st.integers(0, 10**11))
def test_whatever_is_signed_is_genuine_byte_for_byte(body: bytes, moment: int) -> None:
    digest = hmac.new(b"simsecret", f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    assert signers("tiktok", f"t={moment},s={digest}", body, now=float(moment)) == {"app"}
    assert signers("tiktok", f"s={digest}, v=2, t={moment}", body, now=float(moment)) == {"app"}


@pytest.mark.parametrize("late", [-301.0, 301.0, 80_000.0])
def test_one_of_another_time_is_refused(late: float) -> None:
    assert "not of this time" in refused("tiktok", TIKTOK_SIGNED, TIKTOK, now=1_795_000_005 + late)


@pytest.mark.parametrize("late", [-299.0, 0.0, 299.0])
def test_one_of_about_this_time_is_taken(late: float) -> None:
    assert signers("tiktok", TIKTOK_SIGNED, TIKTOK, now=1_795_000_005 + late)


@pytest.mark.parametrize(
    "header",
    [
        "",
        TIKTOK_SIGNED.partition(",")[2],
        TIKTOK_SIGNED.partition(",")[0],
        f"t=1795000006,{TIKTOK_SIGNED.partition(',')[2]}",
        f"t=1795000005,{TIKTOK_SIGNED}",
        TIKTOK_SIGNED.replace("t=1795000005", "t=179500000\uff15"),
        TIKTOK_SIGNED.replace("t=1795000005", "t=-1795000005"),
        TIKTOK_SIGNED.replace("t=1795000005", "t=1795000005.0"),
        TIKTOK_SIGNED.upper(),
        "t=1795000005,s=",
    ],
    ids=[
        "none",
        "no-time",
        "no-signature",
        "other-time",
        "two-times",
        "digit",
        "minus",
        "point",
        "case",
        "empty",
    ],
)
def test_a_header_of_another_form_is_refused(header: str) -> None:
    refused("tiktok", header, TIKTOK)


@pytest.mark.parametrize(
    "header", ["", META_SIGNED[7:], f"sha1={META_SIGNED[7:]}", "sha256=", f"sha256={META_SIGNED}"]
)
def test_a_header_of_meta_of_another_form_is_refused(header: str) -> None:
    refused("meta", header, META)


def test_a_notice_has_an_end() -> None:
    with pytest.raises(ActionFailed) as caught:
        signers("meta", META_SIGNED, bytes(LARGEST + 1))
    assert caught.value.code == "invalid_input"


def test_a_signature_can_be_a_whole_header_over_a_text_of_ones_own() -> None:
    # As LinkedIn signs: a prefix is part of the signed text only (vector of its fact sheet).
    words = {
        "signature": {
            "header": "X-LI-Signature",
            "signed": "hmacsha256=${{ body }}",
            "keys": ["client_secret"],
        },
        "references": "${{ body.type }}",
    }
    body = b'{"type":"ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS","notifications":[]}'
    header = {"x-li-signature": "541ef3f76ba3fea914ecc13a44e5b445d79091975c987fecaf540d6330101b33"}
    made = Notice(Webhooks.model_validate(words))
    assert made.signers(header, body, {"app": keys("tiktok")}, 0.0) == {"app"}
    assert made.references(body) == ("ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS",)


def tiktok_body(content: Any) -> bytes:
    return json.dumps({"event": "e", "content": content}).encode()


def page(*changes: Any, **more: Any) -> dict[str, Any]:
    return {"id": "1010", "changes": [{"field": "feed", "value": each} for each in changes], **more}


@pytest.mark.parametrize(
    ("integration", "body", "found"),
    [
        ("tiktok", TIKTOK, ("v_pub_file~v2-1.700",)),
        ("tiktok", tiktok_body('{"reason":1}'), ()),
        ("tiktok", tiktok_body("no json"), ()),
        ("tiktok", tiktok_body(7), ()),
        ("tiktok", tiktok_body('{"publish_id":"' + "x" * 300 + '"}'), ()),
        ("tiktok", b"[]", ()),
        ("meta", META, ()),
        ("meta", json.dumps({"entry": [page({"item": "video", "post_id": "1010_5"})]}).encode(), ("1010",)),
        (
            "meta",
            json.dumps(
                {"entry": [page({"item": "like"}), page({"item": "like"}, {"item": "video"}), page(id="7")]}
            ).encode(),
            ("1010",),
        ),
        ("meta", json.dumps({"entry": [{"id": "1010", "messaging": [{"message": {}}]}]}).encode(), ()),
        ("meta", b'{"entry":{}}', ()),
    ],
)  # fmt: skip
def test_of_what_a_notice_speaks(integration: str, body: bytes, found: tuple[str, ...]) -> None:
    assert notice(integration).references(body) == found


@pytest.mark.parametrize("body", [b"", b"\xff", b"[" * 100_000])
def test_what_is_no_json_speaks_of_nothing(body: bytes) -> None:
    with pytest.raises(ActionFailed) as caught:
        notice("tiktok").references(body)
    assert caught.value.code == "invalid_input"


ASKED = {"hub.mode": "subscribe", "hub.verify_token": "rye bread", "hub.challenge": "1158201444"}


def test_a_challenge_is_answered_when_the_token_is_ours() -> None:
    apps = [keys("meta"), keys("meta", verify_token="other"), keys("meta", verify_token="rye bread")]
    assert notice("meta").answer(ASKED, apps) == "1158201444"


@pytest.mark.parametrize(
    "asked",
    [{}, {"hub.mode": "unsubscribe"}, {"hub.verify_token": ""}, {"hub.verify_token": "rye"}],
    ids=["nobody", "mode", "empty", "other"],
)
def test_a_challenge_with_another_token_is_refused(asked: dict[str, str]) -> None:
    apps = [keys("meta", verify_token="rye bread")] if asked else [keys("meta"), {}]
    with pytest.raises(ActionFailed) as caught:
        notice("meta").answer({**ASKED, **asked}, apps)
    assert caught.value.code == "permission_denied"


def test_no_token_fits_no_token() -> None:
    with pytest.raises(ActionFailed):
        notice("meta").answer({**ASKED, "hub.verify_token": ""}, [keys("meta", verify_token="")])


@pytest.mark.parametrize("text", [None, "x" * 300])
def test_a_challenge_is_a_short_text(text: str | None) -> None:
    asked = {name: value for name, value in ASKED.items() if name != "hub.challenge"}
    asked |= {} if text is None else {"hub.challenge": text}
    with pytest.raises(ActionFailed) as caught:
        notice("meta").answer(asked, [keys("meta", verify_token="rye bread")])
    assert caught.value.code == "invalid_input"


def test_tiktok_makes_sure_of_nothing() -> None:
    with pytest.raises(ActionFailed) as caught:
        notice("tiktok").answer(ASKED, [keys("tiktok")])
    assert caught.value.code == "not_found"
