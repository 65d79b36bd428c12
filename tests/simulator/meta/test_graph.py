"""What holds for the whole Graph: versions, paging, batches, limits, faults, tracing."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from postwire.simulator import create
from postwire.simulator.meta import Settings

if TYPE_CHECKING:
    from pathlib import Path

DAY = 86_400


def at(desk: Any, path: str, **options: Any) -> Any:
    head = {"Authorization": f"Bearer {desk.page}"}
    return desk.send("GET", f"https://graph.facebook.com/{path}", **({"headers": head} | options))


@pytest.mark.parametrize(
    ("asked", "served"),
    [
        ("v26.0/me", "v26.0"),
        ("v25.0/me", "v25.0"),
        ("me", "v26.0"),
        ("v20.0/me", "v21.0"),
        ("v3.2/me", "v21.0"),
    ],
)
def test_versions_are_served_or_forwarded(desk: Any, asked: str, served: str) -> None:
    answer = at(desk, asked)
    assert (answer.status_code, answer.headers["facebook-api-version"]) == (200, served)
    assert answer.headers["x-fb-trace-id"]


def test_a_version_dies_by_the_clock(desk: Any) -> None:
    page = desk.page
    desk.later(70 * DAY)
    answer = desk.send(
        "GET", "https://graph.facebook.com/v21.0/me", headers={"Authorization": f"Bearer {page}"}
    )
    assert answer.headers["facebook-api-version"] == "v22.0"


def test_old_versions_still_have_ratings(desk: Any) -> None:
    assert at(desk, "v21.0/1010/ratings").json() == {"data": []}


def test_lists_are_paged_until_there_is_no_next(desk: Any) -> None:
    made = [desk.post("1010/feed", message=str(number))["id"] for number in range(5)]
    seen: list[str] = []
    answer = desk.get("1010/posts", limit=3)
    while True:
        seen += [row["id"] for row in answer["data"]]
        if "next" not in answer["paging"]:
            break
        assert "access_token" not in answer["paging"]["next"]
        answer = at(desk, urlsplit(answer["paging"]["next"]).path[1:], params=_query(answer)).json()
    assert sorted(seen) == sorted([*made, "1010_2019", "1010_2020"])
    assert answer["paging"]["cursors"]["after"]


def _query(answer: Any) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(answer["paging"]["next"]).query))


def test_the_next_address_holds_the_token_only_if_it_came_in_the_query(desk: Any) -> None:
    answer = desk.send(
        "GET", f"{desk.graph}/1010/posts", params={"limit": 1, "access_token": desk.page}
    ).json()
    assert _query(answer)["access_token"] == desk.page
    before = answer["paging"]["cursors"]["after"]
    back = desk.send("GET", f"{desk.graph}/1010/posts", params={"before": before, "access_token": desk.page})
    assert back.json() == {"data": []}
    assert desk.refused("GET", "1010/posts", after="nonsense") == "100"


def test_a_batch_answers_each_as_json_text(desk: Any) -> None:
    batch = [
        {"method": "GET", "relative_url": "me?fields=name"},
        {"method": "POST", "relative_url": "v26.0/1010/feed", "body": "message=Hi"},
        {"method": "GET", "relative_url": "v26.0/1"},
    ]
    rows = desk.send(
        "POST", f"{desk.graph}/", data={"batch": json.dumps(batch), "access_token": desk.page}
    ).json()
    assert [row["code"] for row in rows] == [200, 200, 400]
    assert json.loads(rows[0]["body"])["name"] == "Harbor Bakery"
    assert json.loads(rows[1]["body"])["id"].startswith("1010_")
    assert json.loads(rows[2]["body"])["error"]["code"] == 100
    assert desk.refused("POST", "", batch=[batch[0]] * 51) == "100"


def test_edges_are_expanded_as_fields(desk: Any) -> None:
    shown = desk.get(
        "1010", fields="name,posts.limit(1){message,insights.metric(post_clicks){name}},albums{id}"
    )
    assert shown["posts"]["data"][0]["message"] == "Sample 2"
    assert shown["posts"]["data"][0]["insights"]["data"] == [{"name": "post_clicks"}]
    assert shown["albums"]["data"] == [{"id": "8080"}]
    assert shown["posts"]["paging"]["next"].startswith("https://graph.facebook.com/v26.0/1010/posts?")
    fields = "media.limit(1){id,insights.metric(reach)}"
    rows = desk.get("me", desk.insta, fields=fields)["media"]["data"]
    assert rows[0]["insights"]["data"][0]["values"] == [{"value": 13}]


def test_the_dropped_features_do_nothing(desk: Any) -> None:
    head = {"Authorization": f"Bearer {desk.page}", "If-None-Match": '"x"'}
    answer = at(desk, "v26.0/me", headers=head, params={"pretty": "1", "debug": "all", "date_format": "U"})
    assert answer.json() == {"name": "Harbor Bakery", "id": "1010"}


@pytest.mark.parametrize(
    ("setting", "token", "path", "told", "kind"),
    [
        pytest.param("app_calls", "user", "me", "4", None, id="10 Rate limits: platform"),
        pytest.param("page_calls", "page", "1010/posts", "80001", "pages", id="10 Rate limits: Pages"),
        pytest.param("page_calls", "user", "1010/posts", "32", "pages", id="10 Rate limits: by a user token"),
        pytest.param("instagram_calls", "insta", "me", "80002", "instagram", id="10 Rate limits: Instagram"),
        pytest.param(
            "messenger_calls", "page", "1010/conversations", "80006", "messenger", id="10: Messenger"
        ),
    ],
)
def test_limits_are_told_in_per_cent_and_then_refuse(
    desk: Any, setting: str, token: str, path: str, told: str, kind: str | None
) -> None:
    setattr(desk.settings, setting, 2)
    answers = [desk.ask("GET", path, getattr(desk, token)) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 403]
    assert desk.code(answers[-1]) == told
    header = answers[1].headers["X-Business-Use-Case-Usage" if kind else "X-App-Usage"]
    row = json.loads(header)
    if kind:
        row = next(iter(row.values()))[0]
        assert row["type"] == kind
        last = json.loads(answers[-1].headers["X-Business-Use-Case-Usage"])
        assert next(iter(last.values()))[0]["estimated_time_to_regain_access"] > 0
    assert row["call_count"] == 100
    assert "retry-after" not in answers[-1].headers
    desk.later(DAY + 1)
    assert desk.ask("GET", path, getattr(desk, token)).status_code == 200


def test_faults_speak_the_graphs_language(desk: Any) -> None:
    faults = desk.simulator.faults
    faults.add(platform="meta", path="*/me", error_code="190/463")
    assert desk.refused("GET", "me") == "190/463"
    faults.add(platform="meta", path="*/feed", error_code="2207051", after=True)
    assert desk.refused("POST", "1010/feed", message="Done") == "4/2207051"
    assert desk.get("1010/posts", limit=1)["data"][0]["message"] == "Done"
    faults.add(host="api.instagram.com", error_code="Oops", message="No")
    answer = desk.insta_exchange(code="x")
    assert (answer.status_code, answer.json()["error_message"]) == (400, "No")
    faults.add(host="graph.instagram.com", error_code="2", status=503)
    assert desk.ask("GET", "me", desk.insta).status_code == 503
    begun = desk.post("1010/video_reels", upload_phase="start")
    faults.add(host="rupload.facebook.com", part=1, error_code="ProcessingFailedError")
    assert desk.upload(begun["upload_url"]).json()["debug_info"]["type"] == "ProcessingFailedError"
    faults.add(platform="instagram", revoke_token=True)
    assert desk.refused("GET", "me", desk.insta) == "190/467"


def test_reset_forgets_and_settings_change_by_either_name(desk: Any) -> None:
    made = desk.post("1010/feed", message="Gone soon")["id"]
    for name in ("meta", "instagram"):
        answer = desk.send("POST", "http://127.0.0.1/_simulator/settings", json={name: {"posts_per_day": 7}})
        assert answer.status_code == 200
        assert desk.settings.posts_per_day == 7
        desk.settings.posts_per_day = 8
    desk.simulator.reset()
    assert made not in desk.meta.objects
    assert desk.meta.settings.posts_per_day == 100
    wrong = desk.send("POST", "http://127.0.0.1/_simulator/settings", json={"meta": {"posts": 1}})
    assert wrong.status_code == 400


def test_settings_are_given_and_a_seed_repeats_ids() -> None:
    first, second = (create(seed=5, meta=Settings(posts_per_day=1)).meta for _ in range(2))
    assert first.settings.posts_per_day == 1
    assert first.connect() == second.connect()
    assert first.new_id("179") == second.new_id("179")


def test_uploads_are_kept_where_a_folder_is_named(desk: Any, tmp_path: Path) -> None:
    desk.settings.keep_uploads = tmp_path
    begun = desk.post("1010/video_reels", upload_phase="start")
    desk.upload(begun["upload_url"], desk.film[:1_000])
    desk.upload(begun["upload_url"], desk.film[1_000:], offset=1_000)
    assert (tmp_path / begun["video_id"]).read_bytes() == desk.film
    shown = desk.send("GET", "http://127.0.0.1/_simulator/state").json()["meta"]["objects"][-1]
    assert (shown["received"], shown["sha256"]) == (len(desk.film), hashlib.sha256(desk.film).hexdigest())


def test_the_state_shows_no_token(desk: Any) -> None:
    shown = desk.send("GET", "http://127.0.0.1/_simulator/state").text
    assert desk.page not in shown
    assert "harborbakery" in shown
