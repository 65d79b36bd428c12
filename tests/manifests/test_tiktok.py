"""TikTok's manifests against scripted answers: what they send, refuse, wait for, and make of an answer."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from postwire.accounts.account import Account
from postwire.decide.programs import Programs
from postwire.errors import CATALOGUE, ActionFailed, InvalidInput, OutcomeUnknown
from postwire.flow import run
from postwire.language.catalog import Catalog
from postwire.language.expression import compile_condition, compile_expression
from postwire.language.template import compile_value, holes
from postwire.media.probe import probe
from postwire.media.sample import VIDEO
from postwire.media.source import open_media
from postwire.media.store import MediaStore
from postwire.media.value import MediaValue
from postwire.secret import Secret
from postwire.values import Lost, Renew, Request, Response, Result, Send, Sleep

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FOLDER = Path(__file__).parents[2] / "integrations" / "tiktok"
COMMON = json.loads((FOLDER.parents[1] / "schemas" / "common.schema.json").read_text())["$defs"]
PROGRAMS = Programs(Catalog())
NAMES = sorted(path.stem for path in (FOLDER / "actions").glob("*.yaml"))
PUBLIC = [name for name in NAMES if not name.startswith("_")]
CREATOR = {
    "creator_username": "simstudio",
    "privacy_level_options": ["PUBLIC_TO_EVERYONE", "SELF_ONLY"],
    "comment_disabled": True,
    "duet_disabled": True,
    "stitch_disabled": True,
    "max_video_post_duration_sec": 300,
}
UPLOAD = "https://open-upload.tiktokapis.com/video/?upload_id=1&upload_token=t"
INIT = {"publish_id": "v_pub_file~v2-1.1", "upload_url": UPLOAD}
BIG = "7500000000000000777"  # above 2**53: a float would round it


def ok(data: dict[str, Any] | None = None) -> Response:
    return refusal("ok", 200, data)


def refusal(code: str, status: int, data: dict[str, Any] | None = None) -> Response:
    error = {"code": code, "message": "Please review our integration guidelines", "log_id": "L1"}
    body = json.dumps({**({} if data is None else {"data": data}), "error": error})
    return Response(status, {"content-type": "application/json"}, body.encode())


def status(word: str, **more: Any) -> Response:
    return ok({"status": word, **more})


class Play:
    """One run: *answers* in order (the last one for ever); what was sent, and the sum of the waits."""

    def __init__(self, action: str, given: dict[str, Any], *answers: Response | Lost, **about: Any) -> None:
        self.sent: list[Request] = []
        self.waited = 0.0
        self._answers: Iterator[Response | Lost] = iter(answers)
        self._last: Response | Lost = answers[-1] if answers else Lost("no", "no answer was scripted")
        self._program = PROGRAMS.get(f"tiktok.{action}")
        self._values, _ = self._program.input.prepare(given)
        self._account = Account("tiktok", Secret("act.test"), scopes=about.get("scopes"))

    def result(self) -> Result:
        flow = run(self._program, self._values, self._account, now=1_795_000_000, run_id="r")
        answer: Any = None
        while True:
            try:
                effect = flow.send(answer)
            except StopIteration as end:
                made: Result = end.value
                return made
            answer = None
            if isinstance(effect, Send):
                self.sent.append(effect.request)
                answer = next(self._answers, self._last)
            elif isinstance(effect, Sleep):
                self.waited += effect.seconds
            else:
                assert not isinstance(effect, Renew) or answer is None

    @property
    def paths(self) -> list[str]:
        return [urlsplit(request.url).path.removeprefix("/v2") for request in self.sent]

    def body(self, index: int = -1) -> dict[str, Any]:
        raw = self.sent[index].body
        assert isinstance(raw, bytes)
        made: dict[str, Any] = json.loads(raw)
        return made


@pytest.fixture
def video(tmp_path: Path) -> MediaValue:
    media = open_media(str(VIDEO), store=MediaStore(tmp_path), fetch=None, field="/video")
    return MediaValue(media)


def of_size(video: MediaValue, size: int, seconds: float = 3) -> MediaValue:
    """A file that claims to be so large: nothing reads it here."""
    facts = dataclasses.replace(video.media.probe, seconds=seconds)
    return MediaValue(dataclasses.replace(video.media, size=size, probe=facts))


@pytest.mark.parametrize(
    ("size", "chunk", "count", "last"),
    [
        (4_999_999, 4_999_999, 1, 4_999_999),
        (5_242_880, 5_242_880, 1, 5_242_880),
        (64_000_000, 64_000_000, 1, 64_000_000),
        (64_000_001, 10_000_000, 6, 14_000_001),
        (67_108_865, 10_000_000, 6, 17_108_865),
        (287_000_000, 10_000_000, 28, 17_000_000),
        (4_294_967_296, 10_000_000, 429, 14_967_296),
    ],
)
@pytest.mark.parametrize("action", ["create_video_post", "upload_video_draft"])
def test_chunks_as_tiktok_counts_them(
    video: MediaValue, action: str, size: int, chunk: int, count: int, last: int
) -> None:
    direct = action == "create_video_post"
    given = {"video": of_size(video, size), **({"privacy_level": "SELF_ONLY"} if direct else {})}
    play = Play(action, given, *[ok(CREATOR)] * direct, ok(INIT), Response(201, {}))
    play.result()
    source = play.body(1 if direct else 0)["source_info"]
    assert source == {
        "source": "FILE_UPLOAD",
        "video_size": size,
        "chunk_size": chunk,
        "total_chunk_count": count,
    }
    puts = [request for request in play.sent if request.method == "PUT"]
    assert len(puts) == count
    assert puts[0].headers["Content-Range"] == f"bytes 0-{(chunk if count > 1 else size) - 1}/{size}"
    assert puts[-1].headers["Content-Range"] == f"bytes {size - last}-{size - 1}/{size}"


def test_the_upload_host_gets_the_type_and_no_token(video: MediaValue) -> None:
    play = Play(
        "create_video_post",
        {"video": video, "privacy_level": "SELF_ONLY"},
        ok(CREATOR),
        ok(INIT),
        Response(201, {}),
    )
    play.result()
    assert [request.credential is None for request in play.sent] == [False, False, True]
    assert play.sent[-1].headers["Content-Type"] == "video/mp4"
    assert play.sent[-1].url == UPLOAD


def test_a_direct_post_says_everything_aloud(video: MediaValue) -> None:
    play = Play(
        "create_video_post",
        {"video": video, "privacy_level": "SELF_ONLY"},
        ok(CREATOR),
        ok(INIT),
        Response(201, {}),
    )
    play.result()
    assert play.body(1)["post_info"] == {
        "privacy_level": "SELF_ONLY",
        "disable_comment": True,
        "disable_duet": True,
        "disable_stitch": True,
        "brand_content_toggle": False,
        "brand_organic_toggle": False,
        "is_aigc": False,
    }


DIRECT = {
    "create_video_post": {"video_url": "https://a.example/1.mp4"},
    "publish_video": {"video_url": "https://a.example/1.mp4"},
    "create_photo_post": {"photo_urls": ["https://a.example/1.jpg"]},
}


@pytest.mark.parametrize("action", DIRECT)
def test_privacy_is_chosen_by_the_caller(action: str) -> None:
    schema = PROGRAMS.get(f"tiktok.{action}").action.input
    assert "privacy_level" in schema["required"]
    assert "default" not in schema["properties"]["privacy_level"]


@pytest.mark.parametrize("action", DIRECT)
def test_a_private_paid_partnership_is_refused_before_anything_is_sent(action: str) -> None:
    play = Play(action, {**DIRECT[action], "privacy_level": "SELF_ONLY", "brand_content_toggle": True})
    with pytest.raises(InvalidInput) as caught:
        play.result()
    assert [field.path for field in caught.value.fields] == ["/privacy_level"]
    assert play.sent == []


@pytest.mark.parametrize("both", [True, False])
@pytest.mark.parametrize("action", ["create_video_post", "upload_video_draft", "publish_video"])
def test_exactly_one_source(video: MediaValue, action: str, both: bool) -> None:
    given = {"video": video, "video_url": "https://a.example/1.mp4"} if both else {}
    play = Play(action, {**given, "privacy_level": "SELF_ONLY"})
    with pytest.raises(InvalidInput) as caught:
        play.result()
    assert [field.path for field in caught.value.fields] == ["/video"]
    assert play.sent == []


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"privacy_level": "FOLLOWER_OF_CREATOR"}, ["/privacy_level"]),
        ({"disable_comment": False}, ["/disable_comment"]),
        (
            {"disable_comment": False, "disable_duet": False, "disable_stitch": False},
            ["/disable_comment", "/disable_duet", "/disable_stitch"],
        ),
    ],
)
@pytest.mark.parametrize("action", ["create_video_post", "publish_video"])
def test_what_the_creator_does_not_offer(action: str, change: dict[str, Any], fields: list[str]) -> None:
    play = Play(action, {**DIRECT[action], "privacy_level": "SELF_ONLY", **change}, ok(CREATOR))
    with pytest.raises(InvalidInput) as caught:
        play.result()
    assert [field.path for field in caught.value.fields] == fields
    assert f"tiktok.{action}" in caught.value.message
    assert play.paths == ["/post/publish/creator_info/query/"]


@pytest.mark.parametrize(("seconds", "fits"), [(300, True), (301, False)])
def test_the_creators_longest_video(video: MediaValue, seconds: float, fits: bool) -> None:
    given = {"video": of_size(video, 1000, seconds), "privacy_level": "SELF_ONLY"}
    play = Play("create_video_post", given, ok(CREATOR), ok(INIT), Response(201, {}))
    if fits:
        play.result()
    else:
        with pytest.raises(InvalidInput, match=r"/video: The video lasts 301 seconds"):
            play.result()
    assert ("PUT" in [request.method for request in play.sent]) is fits


def test_a_draft_needs_no_creator_info() -> None:
    play = Play(
        "upload_video_draft",
        {"video_url": "https://a.example/1.mp4"},
        ok({"publish_id": "v_inbox_url~v2.1"}),
        scopes={"video.upload"},
    )
    assert play.result()["status"] == "PROCESSING_DOWNLOAD"
    assert play.paths == ["/post/publish/inbox/video/init/"]


@pytest.mark.parametrize(
    ("action", "field", "most"),
    [
        ("create_video_post", "title", 2200),
        ("publish_video", "title", 2200),
        ("create_photo_post", "title", 90),
        ("create_photo_post", "description", 4000),
        ("upload_photo_draft", "title", 90),
        ("upload_photo_draft", "description", 4000),
    ],
)
def test_texts_are_counted_in_utf16(action: str, field: str, most: int) -> None:
    schema = PROGRAMS.get(f"tiktok.{action}").input
    rest = {**DIRECT.get(action, DIRECT["create_photo_post"]), "privacy_level": "SELF_ONLY"}
    rest = {key: value for key, value in rest.items() if key in schema.schema["properties"]}
    for text, fits in (("😀" * (most // 2), True), ("😀" * (most // 2) + "a", False)):
        assert (schema.mistakes(*schema.prepare({**rest, field: text})) == []) is fits


@pytest.mark.parametrize(
    ("index", "fits"),
    [(None, True), (1, True), (2, False)],
)
@pytest.mark.parametrize("action", ["create_photo_post", "upload_photo_draft"])
def test_the_cover_is_one_of_the_photos(action: str, index: int | None, fits: bool) -> None:
    given = {"photo_urls": ["https://a.example/1.jpg", "https://a.example/2.jpg"]}
    given |= {"privacy_level": "SELF_ONLY"} if action == "create_photo_post" else {}  # type: ignore[dict-item]
    given |= {} if index is None else {"photo_cover_index": index}  # type: ignore[dict-item]
    play = Play(action, given, *[ok(CREATOR)] * (action == "create_photo_post"), ok({"publish_id": "p"}))
    if not fits:
        with pytest.raises(InvalidInput, match="/photo_cover_index"):
            play.result()
        assert play.sent == []
        return
    play.result()
    assert play.body()["source_info"]["photo_cover_index"] == (index or 0)
    assert isinstance(play.body()["post_info"], dict)  # TikTok wants the object even when it says nothing


def test_an_init_without_bytes_may_be_sent_again(video: MediaValue) -> None:
    given = {"video": video, "privacy_level": "SELF_ONLY"}
    play = Play(
        "create_video_post", given, ok(CREATOR), Lost("maybe", "timed out"), ok(INIT), Response(201, {})
    )
    assert play.result()["publish_id"] == INIT["publish_id"]


@pytest.mark.parametrize("action", DIRECT)
def test_a_lost_init_that_tiktok_can_finish_alone_is_never_repeated(action: str) -> None:
    play = Play(
        action,
        {**DIRECT[action], "privacy_level": "SELF_ONLY"},
        ok(CREATOR),
        Lost("maybe", "timed out"),
    )
    with pytest.raises(OutcomeUnknown):
        play.result()
    assert len(play.sent) == 2


@pytest.mark.parametrize("answer", [403, 404])
def test_a_dead_upload_address_says_that_nothing_was_posted(video: MediaValue, answer: int) -> None:
    given = {"video": video, "privacy_level": "SELF_ONLY"}
    play = Play("create_video_post", given, ok(CREATOR), ok(INIT), Response(answer, {}))
    with pytest.raises(ActionFailed, match="nothing was posted") as caught:
        play.result()
    assert caught.value.code == "conflict"
    assert caught.value.saved["init.publish_id"] == INIT["publish_id"]


@pytest.mark.parametrize("said", [10_000_000, 9_999_999])
def test_the_upload_goes_on_where_tiktok_is(video: MediaValue, said: int) -> None:
    where = Response(416, {"content-range": f"bytes 0-{said}/70000000"})
    play = Play(
        "upload_video_draft", {"video": of_size(video, 70_000_000)}, ok(INIT), where, Response(206, {})
    )
    play.result()
    firsts = [request.headers["Content-Range"].split("-")[0] for request in play.sent[1:]]
    assert firsts[:2] == ["bytes 0", "bytes 10000000"]
    assert len(firsts) == 7


@pytest.mark.parametrize(
    "data",
    [
        {"publicaly_available_post_id": [int(BIG)]},
        {"publicaly_available_post_id": [BIG]},
        {"publicaly_available_post_id": BIG},
        {"publicly_available_post_id": [int(BIG)]},
    ],
)
@pytest.mark.parametrize("action", ["get_post_status", "wait_for_post"])
def test_public_ids_keep_every_digit(action: str, data: dict[str, Any]) -> None:
    result = Play(action, {"publish_id": "p"}, status("PUBLISH_COMPLETE", **data)).result()
    assert result["publicaly_available_post_id"] == [BIG]
    assert result["id"] == BIG
    assert result.output.get("publicly_available_post_id", [BIG]) == [BIG]


@pytest.mark.parametrize(
    "data", [{}, {"publicaly_available_post_id": []}, {"publicaly_available_post_id": None}]
)
def test_published_without_a_public_id_is_normal(data: dict[str, Any]) -> None:
    result = Play("get_post_status", {"publish_id": "p"}, status("PUBLISH_COMPLETE", **data)).result()
    assert result.state == "done"
    assert result["publicaly_available_post_id"] == []
    assert "id" not in result.output


def publish(video: MediaValue, privacy: str, *answers: Response | Lost) -> Play:
    given = {"video": video, "privacy_level": privacy}
    return Play("publish_video", given, ok(CREATOR), ok(INIT), Response(201, {}), *answers)


def test_a_public_post_is_waited_for_until_it_has_its_link(video: MediaValue) -> None:
    play = publish(
        video,
        "PUBLIC_TO_EVERYONE",
        status("PROCESSING_UPLOAD"),
        status("PUBLISH_COMPLETE"),
        status("PUBLISH_COMPLETE", publicaly_available_post_id=[]),
        status("PUBLISH_COMPLETE", publicaly_available_post_id=[int(BIG)]),
    )
    result = play.result()
    assert result.state == "done"
    assert result["url"] == f"https://www.tiktok.com/@simstudio/video/{BIG}"


def test_a_private_post_is_done_without_a_link(video: MediaValue) -> None:
    play = publish(video, "SELF_ONLY", status("PUBLISH_COMPLETE", publicaly_available_post_id=[]))
    result = play.result()
    assert result.state == "done"
    assert not result.output.keys() & {"id", "url"}
    assert play.waited == 0


@pytest.mark.parametrize(
    ("word", "longest"), [("PROCESSING_UPLOAD", 600), ("PUBLISH_COMPLETE", 180)]
)
def test_time_over_is_pending_and_names_the_post(video: MediaValue, word: str, longest: float) -> None:
    play = publish(video, "PUBLIC_TO_EVERYONE", status(word))
    result = play.result()
    assert result.state == "pending"
    assert result["publish_id"] == INIT["publish_id"]
    assert result["status"] == word
    assert longest - 10 <= play.waited <= longest


def test_a_status_that_cannot_be_read_is_no_failed_post(video: MediaValue) -> None:
    result = publish(video, "SELF_ONLY", Response(502, {}, b"<html>")).result()
    assert result.state == "pending"
    assert result["publish_id"] == INIT["publish_id"]
    assert result.warnings


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("file_format_check_failed", "media_rejected"),
        ("duration_check_failed", "media_rejected"),
        ("frame_rate_check_failed", "media_rejected"),
        ("picture_size_check_failed", "media_rejected"),
        ("internal", "transient"),
        ("video_pull_failed", "transient"),
        ("photo_pull_failed", "transient"),
        ("publish_cancelled", "cancelled"),
        ("user_cancel", "cancelled"),
        ("auth_removed", "auth_expired"),
        ("spam_risk_too_many_posts", "quota_exceeded"),
        ("spam_risk_user_banned_from_posting", "policy_blocked"),
        ("spam_risk_text", "policy_blocked"),
        ("spam_risk", "policy_blocked"),
        ("privacy_level_check_failed", "invalid_input"),
        ("something_new", "media_rejected"),
        (None, "media_rejected"),
    ],
)
def test_fail_reasons(video: MediaValue, reason: str | None, code: str) -> None:
    failed = status("FAILED", **({"fail_reason": reason} if reason else {}))
    assert Play("get_post_status", {"publish_id": "p"}, failed).result()["error_code"] == code
    with pytest.raises(ActionFailed) as caught:
        publish(video, "SELF_ONLY", failed).result()
    assert caught.value.code == code
    assert caught.value.saved["post.publish_id"] == INIT["publish_id"]


REFUSALS = [
    (401, "access_token_invalid", "auth_expired"),
    (401, "scope_not_authorized", "scope_missing"),
    (400, "scope_permission_missed", "scope_missing"),
    (400, "invalid_param", "invalid_input"),
    (400, "invalid_params", "invalid_input"),
    (400, "invalid_file_upload", "media_rejected"),
    (400, "app_version_check_failed", "account_not_eligible"),
    (400, "invalid_publish_id", "not_found"),
    (400, "token_not_authorized_for_specified_publish_id", "permission_denied"),
    (400, "publish_not_cancellable", "conflict"),
    (403, "spam_risk_too_many_posts", "quota_exceeded"),
    (200, "spam_risk_too_many_posts", "quota_exceeded"),
    (403, "spam_risk_user_banned_from_posting", "policy_blocked"),
    (200, "spam_risk_user_banned_from_posting", "policy_blocked"),
    (403, "spam_risk_too_many_pending_share", "quota_exceeded"),
    (403, "spam_risk", "policy_blocked"),
    (403, "spam_risk_text", "policy_blocked"),
    (403, "reached_active_user_cap", "quota_exceeded"),
    (200, "reached_active_user_cap", "quota_exceeded"),
    (403, "unaudited_client_can_only_post_to_private_accounts", "account_not_eligible"),
    (403, "url_ownership_unverified", "invalid_input"),
    (200, "url_ownership_unverified", "invalid_input"),
    (403, "privacy_level_option_mismatch", "invalid_input"),
    (429, "rate_limit_exceeded", "rate_limited"),
    (500, "internal_error", "transient"),
]


@pytest.mark.parametrize(("answer", "theirs", "ours"), REFUSALS)
def test_every_refusal_has_words_of_its_own(answer: int, theirs: str, ours: str) -> None:
    play = Play("get_creator_info", {}, refusal(theirs, answer))
    with pytest.raises(ActionFailed) as caught:
        play.result()
    error = caught.value
    assert error.code == ours
    assert error.provider["code"] == theirs
    assert error.provider["request_id"] == "L1"
    quoted = theirs in ("invalid_param", "invalid_params")  # only there TikTok's text says something
    assert ("integration guidelines" in error.message) is quoted
    assert error.remedy != CATALOGUE[ours].remedy or ours == "transient"


def test_too_many_requests_wait_a_minute() -> None:
    play = Play("get_creator_info", {}, refusal("rate_limit_exceeded", 429), ok(CREATOR))
    play.result()
    assert play.waited == 60


def test_a_gateway_without_json_is_passing() -> None:
    play = Play("get_creator_info", {}, Response(502, {}, b"<html>"), ok(CREATOR))
    assert play.result()["creator_username"] == "simstudio"


@pytest.mark.parametrize("code", ["spam_risk_too_many_posts", "reached_active_user_cap", "something_new"])
def test_eligibility_tells_a_refusal_as_an_obstacle(code: str) -> None:
    result = Play("check_account_eligibility", {}, refusal(code, 200, {})).result()
    assert result["eligible"] is False
    assert len(result["problems"]) == 1


PROFILE = {"username", "bio_description", "profile_deep_link", "profile_web_link", "is_verified"}
STATS = {"follower_count", "following_count", "likes_count", "video_count"}


@pytest.mark.parametrize(
    ("scopes", "asked", "spared"),
    [
        ({"user.info.basic"}, {"open_id", "display_name"}, PROFILE | STATS),
        ({"user.info.basic", "user.info.profile"}, PROFILE, STATS),
        ({"user.info.basic", "user.info.stats"}, STATS, PROFILE),
        (None, PROFILE | STATS, set()),
    ],
)
def test_only_granted_fields_are_asked_for(scopes: Any, asked: set[str], spared: set[str]) -> None:
    play = Play("get_user_info", {}, ok({"user": {"open_id": "o"}}), scopes=scopes)
    play.result()
    fields = set(parse_qs(urlsplit(play.sent[0].url).query)["fields"][0].split(","))
    assert asked <= fields
    assert not spared & fields
    assert play.sent[0].body == b""


@pytest.mark.parametrize(
    ("scopes", "count", "shown"),
    [
        ({"user.info.basic", "user.info.stats"}, 0, True),
        ({"user.info.basic"}, 0, False),
        (None, 0, False),
        (None, 5, True),
    ],
)
def test_zero_followers_only_when_it_is_known(scopes: Any, count: int, shown: bool) -> None:
    user = {"open_id": "o", **dict.fromkeys(STATS, count)}
    result = Play("get_user_info", {}, ok({"user": user}), scopes=scopes).result()
    assert ("follower_count" in result.output) is shown
    assert ("metrics" in result.output) is shown


def test_videos_page_by_page() -> None:
    def page(*ids: int, more: bool) -> Response:
        return ok({"videos": [{"id": str(i)} for i in ids], "cursor": ids[-1], "has_more": more})

    play = Play("get_videos", {"max_count": 30}, page(*range(20), more=True), page(*range(20, 40), more=True))
    result = play.result()
    assert [video["id"] for video in result["videos"]] == [str(i) for i in range(30)]
    assert [play.body(0), play.body(1)] == [{"max_count": 20}, {"max_count": 10, "cursor": 19}]
    assert all("view_count" in request.url for request in play.sent)


@pytest.mark.parametrize("name", NAMES)
def test_a_post_that_only_reads_may_be_repeated(name: str) -> None:
    program = PROGRAMS.get(f"tiktok.{name}")
    if program.effect == "read":
        kinds = [getattr(step.kind, "request", step.kind) for step in program.steps]
        assert all(getattr(kind, "safe", True) for kind in kinds)


def test_the_limits_of_every_path() -> None:
    api = PROGRAMS.api("tiktok")
    account = Account("tiktok", Secret("t"), id="me")
    found = {
        path: [(limit.calls, limit.per, "me" in limit.key) for limit in api.limits("POST", path, account)]
        for path in (
            "/v2/video/list/",
            "/v2/post/publish/video/init/",
            "/v2/post/publish/inbox/video/init/",
            "/v2/post/publish/content/init/",
            "/v2/post/publish/creator_info/query/",
            "/v2/post/publish/status/fetch/",
        )
    }
    assert list(found.values()) == [
        [(600, 60, False)],
        [(6, 60, True)],
        [(6, 60, True)],
        [(6, 60, True)],
        [(20, 60, True)],
        [(30, 60, True)],
    ]
