"""The catalogue and the forms of actions: shown, filled in, refused, run or handed to the workers."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from tests.faces.web.posting import HERE, connect, filled, form_of, performing, put, runs

from postwire.accounts.account import SANDBOX
from postwire.language.lengths import UNITS
from postwire.media import sample

if TYPE_CHECKING:
    from pathlib import Path

    import httpx2
    from tests.faces.web.conftest import Web

POST = f"{HERE}/publish/tiktok.create_video_post"
TEXT = f"{HERE}/publish/x.create_text_post"


@pytest.fixture
def tiktok(web: Web) -> str:
    return connect(web, "tiktok")


@pytest.fixture
def x(web: Web) -> str:
    return connect(web, "x")


@pytest.fixture
def video(tmp_path: Path) -> Path:
    return sample.write(tmp_path / "clip.mp4", 200_000)


def shown(web: Web, path: str, **query: str) -> dict[str, list[str]]:
    return filled(form_of(web.get(path, params=query), "action"))


def alerts(answer: httpx2.Response) -> str:
    """The texts of the banners of a page."""
    return " ".join(
        re.sub(r"<[^>]+>", " ", found)
        for found in re.findall(r'<div class="banner.*?</div>', answer.text, re.DOTALL)
    )


def test_the_catalogue_has_every_action(web: Web) -> None:
    text = web.get(f"{HERE}/publish").text
    for action in web.site.catalog.actions():
        assert f'href="{HERE}/publish/{action.id}"' in text


def test_a_search_finds_what_the_command_finds(web: Web) -> None:
    part = web.get(f"{HERE}/publish", params={"q": "reply to a comment"}, headers={"HX-Request": "true"}).text
    assert part.index("reply_to_comment") < 2_000
    assert "<html" not in part
    assert "Nothing fits" in web.get(f"{HERE}/publish", params={"q": "zzzz"}).text


@pytest.mark.parametrize("action", ["tiktok._send_video", "tiktok.nothing", "nowhere.at_all"])
def test_there_is_no_form_of_what_is_not_public(web: Web, action: str) -> None:
    assert web.get(f"{HERE}/publish/{action}").status_code == 404


def test_every_form_is_served(web: Web) -> None:
    for action in web.site.catalog.actions():
        assert web.get(f"{HERE}/publish/{action.id}").status_code == 200, action.id


def test_a_text_is_handed_to_the_workers_once(web: Web, x: str) -> None:
    given = filled(form_of(web.get(TEXT), "action"), **{"/text": "Two paper boats."})
    first, second = (web.post(TEXT, given) for _ in range(2))
    assert first.status_code == second.status_code == 303
    assert first.headers["location"] == second.headers["location"]
    (run,) = runs(web)
    assert run.document["account"] == x
    assert run.document["portable"] == {"text": "Two paper boats."}


def test_a_form_that_comes_back_with_other_words_asks_first(web: Web, x: str) -> None:
    given = filled(form_of(web.get(TEXT), "action"), **{"/text": "One."})
    web.post(TEXT, given)
    again = web.post(TEXT, given | {"/text": ["Two."]})
    assert again.status_code == 409
    assert "was sent before" in alerts(again)
    assert f"{HERE}/runs/{runs(web)[0].id}" in again.text
    assert web.post(TEXT, filled(form_of(again, "action"))).status_code == 303
    assert [run.document["portable"]["text"] for run in runs(web)] == ["Two.", "One."]


def test_mistakes_are_named_at_their_fields_and_what_was_entered_stays(
    web: Web, tiktok: str, video: Path
) -> None:
    told = put(web, video, "clip.mp4", action="tiktok.create_video_post", place="/video").json()
    given = shown(web, POST) | {"/video": [told["media"]], "/title": ["x" * 2201]}
    answer = web.post(POST, given)
    assert answer.status_code == 422
    assert "Who can watch is required." in alerts(answer)
    assert "at most 2200 are taken" in alerts(answer)
    assert 'href="#f-privacy_level"' in answer.text
    assert re.search(r'id="f-title"[^>]*aria-invalid="true"', answer.text)
    back = dict(form_of(answer, "action"))
    assert back["/title"] == "x" * 2201
    assert ("/video", told["media"]) in form_of(answer, "action")
    assert back["key"] == given["key"][0]
    assert "clip.mp4" in answer.text
    assert runs(web) == []


def test_what_the_action_itself_refuses_is_said_before_anything_is_sent(web: Web, tiktok: str) -> None:
    answer = web.post(POST, shown(web, POST) | {"/privacy_level": ["SELF_ONLY"]})
    assert answer.status_code == 422
    assert "Give either video or video_url." in alerts(answer)
    assert runs(web) == []


def test_nobody_acts_who_was_not_chosen(web: Web, x: str) -> None:
    assert "No account of this platform" in web.get(POST).text
    answer = web.post(POST, shown(web, POST) | {"/privacy_level": ["SELF_ONLY"]})
    assert answer.status_code == 403
    assert "No connected account can do this." in alerts(answer)


def test_it_can_be_done_at_a_time_in_a_zone(web: Web, x: str) -> None:
    at = {"when": ["at"], "at": ["2032-12-24T18:00"], "zone": ["Europe/Berlin"], "/text": ["Later."]}
    assert web.post(TEXT, shown(web, TEXT) | at).status_code == 303
    (run,) = runs(web)
    assert run.run_at == 1_987_520_400  # 17:00 UTC


@pytest.mark.parametrize(
    ("at", "zone", "said"),
    [
        ("", "UTC", "Choose a date and a time."),
        ("2020-01-01T10:00", "UTC", "lies back"),
        ("2032-12-24T18:00", "Nowhere", "no time zone"),
        ("soon", "UTC", "is no time"),
    ],
)
def test_a_time_that_is_none_is_refused(web: Web, x: str, at: str, zone: str, said: str) -> None:
    given = shown(web, TEXT) | {"when": ["at"], "at": [at], "zone": [zone], "/text": ["Later."]}
    answer = web.post(TEXT, given)
    assert answer.status_code == 422
    assert said in alerts(answer)
    assert 'href="#f-at"' in answer.text
    assert dict(form_of(answer, "action"))["when"] == "at"


def test_a_look_up_shows_its_result_at_once(web: Web, tiktok: str) -> None:
    path = f"{HERE}/publish/tiktok.get_creator_info"
    answer = web.post(path, shown(web, path))
    assert answer.status_code == 200
    assert "Max video post duration sec" in answer.text
    assert "privacy_level_options" in answer.text
    assert runs(web) == []


def test_a_list_is_a_table_with_a_next_page(web: Web, tiktok: str, simulator: Any) -> None:
    for number in range(3):
        simulator.tiktok.add_video(web.site.vault.accounts.get(SANDBOX, tiktok).subject, f"Film {number}")
    path = f"{HERE}/publish/tiktok.get_videos"
    given = shown(web, path) | {"/max_count": ["1"]}
    page = web.post(path, given).text.split('id="result"')[1]
    assert '<th scope="col">ID</th>' in page
    cursor = re.search(r'name="/cursor" value="([^"]+)"', page)
    assert cursor is not None
    following = web.post(path, given | {"/cursor": ["", cursor[1]]}).text.split('id="result"')[1]
    titles = [re.search(r"Film \d", each) for each in (page, following)]
    assert None not in titles
    assert len({found[0] for found in titles if found}) == 2


def test_a_failure_says_who_must_act(web: Web, tiktok: str, x: str) -> None:
    path = f"{HERE}/publish/x.get_post"
    answer = web.post(path, shown(web, path) | {"/post_id": ["1"]})
    assert answer.status_code == 404
    assert "Not Found" in alerts(answer)
    assert "You can mend this" in alerts(answer)


def test_the_accounts_own_choices_take_the_place_of_all(web: Web, tiktok: str) -> None:
    entered = {"/title": ["Kept"], "/privacy_level": ["SELF_ONLY"]}
    answer = web.post(f"{POST}/choices", shown(web, POST) | entered, headers={"HX-Request": "true"})
    assert answer.text.count("hx-swap-oob") == 4
    assert "FOLLOWER_OF_CREATOR" not in answer.text
    assert re.search(r'<option value="SELF_ONLY" selected', answer.text)


def test_one_question_answers_all_fields(web: Web, tiktok: str, simulator: Any) -> None:
    for _ in range(2):
        web.post(f"{POST}/choices", shown(web, POST), headers={"HX-Request": "true"})
    asked = [each for each in simulator.requests if "creator_info" in each.path]
    assert len(asked) == 1


def test_choices_are_found_by_words(web: Web, x: str) -> None:
    assert f"{TEXT}/find?place=%2Fcommunity_id" in web.get(TEXT).text
    query = {"place": "/community_id", "for": "f-community_id", "/community_id@find": "a", "account": x}
    found = web.get(f"{TEXT}/find", params=query)
    assert found.status_code == 200
    assert 'data-fill="f-community_id"' in found.text or "Nothing was found." in found.text
    assert web.get(f"{TEXT}/find", params=query | {"/community_id@find": "  "}).text.strip() == ""
    assert web.get(f"{TEXT}/find", params=query | {"place": "/nowhere"}).status_code == 404


@pytest.mark.parametrize("unit", UNITS)
def test_texts_are_counted_as_the_platform_counts(web: Web, unit: str) -> None:
    text = "Ünï 🚀 https://example.com/long/path\nzwei"
    path = f"{HERE}/count?field=/text&unit={unit}&most=20&for=f-text"
    answer = web.post(path, {"/text": text.replace("\n", "\r\n")}).text
    assert f"<span data-counter>{UNITS[unit][0](text)}</span>" in answer
    assert 'class="count over"' in answer


def test_any_input_can_be_given_as_json(web: Web, x: str) -> None:
    path = f"{TEXT}?as=json"
    given = filled(form_of(web.get(path), "action"), json='{"text": "Written by hand."}')
    assert web.post(TEXT, given).status_code == 303
    assert runs(web)[0].document["portable"] == {"text": "Written by hand."}
    for wrong in ("{", "[1]"):
        answer = web.post(TEXT, given | {"json": [wrong]})
        assert answer.status_code == 422
        assert ("json", wrong) in form_of(answer, "action")


def test_an_address_can_fill_the_form_in(web: Web, x: str) -> None:
    assert shown(web, TEXT, **{"/text": "From elsewhere"})["/text"] == ["From elsewhere"]


def test_what_cannot_be_undone_is_asked_about(web: Web, x: str) -> None:
    assert "data-confirm" in web.get(f"{HERE}/publish/x.delete_post").text
    assert "data-confirm" not in web.get(TEXT).text


class TestUploads:
    """Files before their form."""

    def test_a_file_is_looked_at(self, web: Web, video: Path) -> None:
        told = put(web, video, "clip.mp4", action="tiktok.create_video_post", place="/video").json()
        assert told["media"].startswith("media_")
        assert (told["name"], told["kind"], told["mistakes"]) == ("clip.mp4", "video", [])
        assert told["told"].endswith("720 \u00d7 1280")

    def test_what_does_not_fit_is_said_at_once(self, web: Web, video: Path) -> None:
        told = put(web, video, "clip.mp4", action="x.create_photo_post", place="/images/*").json()
        assert "JPEG, PNG or WebP is taken" in told["mistakes"][0]

    def test_it_is_shown_again_to_its_workspace_only(self, web: Web, video: Path) -> None:
        handle = put(web, video, "clip.mp4").json()["media"]
        seen = web.get(f"{HERE}/uploads/{handle}")
        assert seen.headers["content-type"] == "video/mp4"
        assert seen.content == video.read_bytes()
        assert web.get(f"{HERE}/uploads/media_{'0' * 32}").status_code == 404
        web.http.cookies.clear()
        assert web.get(f"{HERE}/uploads/{handle}").status_code == 303

    def test_what_is_no_picture_is_not_shown(self, web: Web) -> None:
        handle = put(web, b"<script>alert(1)</script>", "page.html").json()["media"]
        assert web.get(f"{HERE}/uploads/{handle}").status_code == 404

    def test_it_comes_from_our_own_page(self, web: Web) -> None:
        answer = web.http.put(f"{HERE}/uploads", content=b"x", headers={"Origin": web.origin})
        assert answer.status_code == 403

    def test_an_empty_one_is_refused(self, web: Web) -> None:
        answer = put(web, b"", "nothing.mp4")
        assert answer.status_code == 400
        assert "empty" in answer.json()["detail"]


def test_a_platform_that_takes_addresses_is_given_one_of_ours(
    web: Web, simulator: Any, tmp_path: Path
) -> None:
    from PIL import Image

    connect(web, "instagram")
    picture = tmp_path / "boat.png"
    Image.new("RGBA", (1080, 1080), (20, 90, 120, 200)).save(picture)
    path = f"{HERE}/publish/instagram.create_photo_post"
    handle = put(web, picture, "boat.png", action="instagram.create_photo_post", place="/image_url").json()[
        "media"
    ]
    given = shown(web, path) | {"/image_url": [handle], "/alt_text": ["A paper boat"]}
    for _ in range(2):  # the picture is made once, so that it is the same run
        assert web.post(path, given).status_code == 303
    (run,) = runs(web)
    address = run.document["portable"]["image_url"]
    assert urlsplit(address).path.endswith("/boat.jpg")
    web.http.cookies.clear()
    fetched = web.get(address)
    assert fetched.headers["content-type"] == "image/jpeg"
    assert web.get(address.replace("/files/media_", "/files/media_0")).status_code == 404
    with performing(web):
        ended = run
        until = time.monotonic() + 60
        while ended.state in {"waiting", "running"} and time.monotonic() < until:
            ended = web.site.journal.find(run.id)
    assert ended.state == "done"
    assert ended.result is not None
    assert ended.result.output["url"].startswith("https://www.instagram.com/")


def test_a_picture_of_the_wrong_shape_is_refused_before_it_is_offered(web: Web, tmp_path: Path) -> None:
    from PIL import Image

    connect(web, "instagram")
    picture = tmp_path / "tall.jpg"
    Image.new("RGB", (300, 1200)).save(picture)
    path = f"{HERE}/publish/instagram.create_photo_post"
    told = put(web, picture, "tall.jpg", action="instagram.create_photo_post", place="/image_url").json()
    assert "Crop it." in told["mistakes"][0]
    answer = web.post(path, shown(web, path) | {"/image_url": [told["media"]]})
    assert answer.status_code == 422
    assert "Crop it." in alerts(answer)
