"""One post for several accounts: which action serves whom, what is wrong where, one run for each."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image
from tests.faces.web.posting import HERE, connect, filled, form_of, performing, put, runs

from postwire.accounts.account import SANDBOX
from postwire.errors import ActionFailed
from postwire.faces.web.pages.fits import Fit, fits, makers
from postwire.language.catalog import Catalog
from postwire.media import sample

if TYPE_CHECKING:
    from pathlib import Path

    import httpx2
    from tests.faces.web.conftest import Web

COMPOSE = f"{HERE}/compose"
CATALOG = Catalog()


@pytest.mark.parametrize(
    ("platform", "found", "action", "paths"),
    [
        ("x", [], "x.create_text_post", {}),
        ("x", ["image"], "x.create_photo_post", {"image": "images.*"}),
        ("x", ["image"] * 4, "x.create_photo_post", {"image": "images.*"}),
        ("x", ["video"], "x.create_video_post", {"video": "video"}),
        ("linkedin", ["image"], "linkedin.create_photo_post", {"image": "images.*.image"}),
        ("linkedin", ["document"], "linkedin.create_document_post", {"document": "document"}),
        ("meta", ["image", "image"], "meta.create_photo_post", {"image": "photos.*"}),
        ("tiktok", ["video"], "tiktok.publish_video", {"video": "video"}),
        ("tiktok", ["image"], "tiktok.create_photo_post", {"image": "photo_urls.*"}),
        ("instagram", ["image"], "instagram.create_photo_post", {"image": "image_url"}),
        ("instagram", ["image"] * 3, "instagram.create_carousel_post", {"image": "items.*.image_url"}),
        (
            "instagram",
            ["image", "video"],
            "instagram.create_carousel_post",
            {"image": "items.*.image_url", "video": "items.*.video"},
        ),
    ],
)
def test_data_decide_which_action_serves(
    platform: str, found: list[str], action: str, paths: dict[str, str]
) -> None:
    first = fits(CATALOG, platform, "", found, hosts=True)[0]
    assert first.action == action
    assert {kind: ".".join(place.path) for kind, place in first.places.items()} == paths


@pytest.mark.parametrize(
    ("platform", "found"),
    [
        ("x", ["image"] * 5),
        ("x", ["image", "video"]),
        ("tiktok", []),
        ("instagram", []),
        ("tiktok", ["video", "video"]),
        ("x", ["document"]),
        ("x", [""]),
    ],
)
def test_what_a_platform_does_not_take_fits_nowhere(platform: str, found: list[str]) -> None:
    assert fits(CATALOG, platform, "", found, hosts=True) == []


def test_without_a_public_address_only_uploads_fit() -> None:
    assert fits(CATALOG, "instagram", "", ["image"], hosts=False) == []
    assert not fits(CATALOG, "instagram", "", ["video"], hosts=False)[0].address


@pytest.mark.parametrize(
    ("platform", "text", "most"),
    [("x", "text", 280), ("linkedin", "text", 3000), ("meta", "message", 63206)],
)
def test_the_main_text_is_found(platform: str, text: str, most: int) -> None:
    first = fits(CATALOG, platform, "", [], hosts=False)[0]
    assert first.text == text
    assert first.length is not None
    assert first.length["max"] == most


def placed(platform: str, *files: tuple[str, str, str]) -> dict[str, Any]:
    first: Fit = fits(CATALOG, platform, "", [kind for _, kind, _ in files], hosts=True)[0]
    return first.place("Hello", files)


def test_descriptions_go_where_the_platform_has_them() -> None:
    one, two = ("media_1", "image", "A boat"), ("media_2", "image", "")
    assert placed("x", one, two) == {
        "text": "Hello",
        "images": ["media_1", "media_2"],
        "alt_texts": ["A boat", ""],
    }
    assert placed("instagram", one) == {"caption": "Hello", "image_url": "media_1", "alt_text": "A boat"}
    inside = placed("linkedin", one, two)["images"]
    assert inside == [{"image": "media_1", "alt_text": "A boat"}, {"image": "media_2"}]


def test_every_platform_has_quick_ways_to_a_post() -> None:
    for name in CATALOG.folders:
        assert makers(CATALOG, name), name


@pytest.fixture
def video(tmp_path: Path) -> Path:
    return sample.write(tmp_path / "clip.mp4", 200_000)


def given(web: Web, *accounts: str, **more: Any) -> dict[str, list[str]]:
    pairs = form_of(web.get(COMPOSE), "compose")
    return filled(pairs, to=list(accounts), **more)


def part(web: Web, path: str, sent: dict[str, list[str]]) -> str:
    answer = web.post(f"{COMPOSE}/{path}", sent, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    return answer.text


def summary(answer: httpx2.Response) -> list[str]:
    found = re.search(r'<ul class="errors">(.*?)</ul>', answer.text, re.DOTALL)
    assert found is not None, answer.text[:3000]
    return [re.sub(r"<[^>]+>", "", each) for each in re.findall(r"<li>.*?</li>", found[1], re.DOTALL)]


def test_one_post_becomes_a_run_for_each_account_once(web: Web) -> None:
    x, linkedin, meta = (connect(web, name) for name in ("x", "linkedin", "meta"))
    sent = given(web, x, linkedin, meta, text="Two paper boats.")
    sent[f"{linkedin}@text"] = ["For colleagues: two paper boats."]
    first, second = (web.post(COMPOSE, sent) for _ in range(2))
    assert first.status_code == 303
    assert first.headers["location"] == second.headers["location"]
    asked = {run.action: run.document["portable"] for run in runs(web)}
    assert asked["x.create_text_post"] == {"text": "Two paper boats."}
    assert asked["linkedin.create_text_post"]["text"] == "For colleagues: two paper boats."
    assert asked["meta.create_text_post"]["message"] == "Two paper boats."
    assert len(runs(web)) == 3
    with performing(web):
        until = time.monotonic() + 60
        while any(run.state in {"waiting", "running"} for run in runs(web)) and time.monotonic() < until:
            time.sleep(0.05)
    page = web.get(first.headers["location"])
    assert page.text.count("See the post") == 3
    assert "data-events" not in page.text


def test_the_account_of_the_address_is_chosen(web: Web) -> None:
    x = connect(web, "x")
    pairs = form_of(web.get(COMPOSE, params={"account": x}), "compose")
    assert ("to", x) in pairs


def test_what_an_account_wants_besides_is_asked(web: Web, video: Path) -> None:
    tiktok, x = connect(web, "tiktok"), connect(web, "x")
    handle = put(web, video, "clip.mp4").json()["media"]
    sent = given(web, tiktok, x, text="Boats", **{"/files/0": handle})
    shown = part(web, "targets", sent)
    assert f'name="{tiktok}/privacy_level"' in shown
    assert "FOLLOWER_OF_CREATOR" not in shown  # what the account offers
    assert 'id="previews" hx-swap-oob="innerHTML"' in shown
    answer = web.post(COMPOSE, sent)
    assert answer.status_code == 422
    assert [each.partition(": ")[2] for each in summary(answer)] == ["Who can watch is required."]
    assert f'href="#f{tiktok}-privacy_level"' in answer.text
    assert runs(web) == []
    again = filled(form_of(answer, "compose"), **{f"{tiktok}/privacy_level": "SELF_ONLY"})
    assert again["/files/0"] == [handle]
    assert web.post(COMPOSE, again).status_code == 303
    assert {run.action for run in runs(web)} == {"tiktok.publish_video", "x.create_video_post"}


def test_a_text_is_counted_for_each_platform(web: Web) -> None:
    x, linkedin = connect(web, "x"), connect(web, "linkedin")
    shown = part(web, "preview", given(web, x, linkedin, text="x" * 300))
    assert "The text is 20 too long." in shown
    assert shown.count('class="count over"') == 1
    answer = web.post(COMPOSE, given(web, x, linkedin, text="x" * 300))
    assert answer.status_code == 422
    assert "at most 280 are taken" in summary(answer)[0]
    assert runs(web) == []


def test_what_a_platform_refuses_of_a_file_is_said_before(web: Web, tmp_path: Path) -> None:
    x = connect(web, "x")
    picture = tmp_path / "large.png"
    Image.effect_noise((2400, 2400), 90).save(picture)
    handle = put(web, picture, "large.png").json()["media"]
    shown = part(web, "preview", given(web, x, text="Boats", **{"/files/0": handle}))
    assert "at most 5 MB are taken" in shown
    assert web.post(COMPOSE, given(web, x, text="Boats", **{"/files/0": handle})).status_code == 422


def test_who_takes_no_such_post_says_so(web: Web) -> None:
    tiktok = connect(web, "tiktok")
    answer = web.post(COMPOSE, given(web, tiktok, text="Only words."))
    assert answer.status_code == 422
    assert "It takes no post without a photo or video" in summary(answer)[0]


def test_the_way_that_an_account_is_refused_is_not_taken(web: Web, video: Path) -> None:
    instagram = connect(web, "instagram")  # its own login cannot upload
    handle = put(web, video, "clip.mp4").json()["media"]
    sent = given(web, instagram, text="Boats", **{"/files/0": handle})
    assert web.post(COMPOSE, sent).status_code == 303
    (run,) = runs(web)
    assert run.document["portable"]["video_url"].startswith(f"{web.origin}/files/{handle}/")


@pytest.mark.parametrize("wrong", [{"to": []}, {"when": ["at"], "at": [""]}], ids=str)
def test_accounts_and_a_time_are_needed(web: Web, wrong: dict[str, list[str]]) -> None:
    x = connect(web, "x")
    answer = web.post(COMPOSE, given(web, x, text="Hello.") | wrong)
    assert answer.status_code == 422
    assert summary(answer) in (["Choose at least one account."], ["Choose a date and a time."])
    assert runs(web) == []


def test_it_can_wait_for_its_time(web: Web) -> None:
    x = connect(web, "x")
    at = {"when": ["at"], "at": ["2032-12-24T18:00"], "zone": ["Europe/Berlin"]}
    page = web.get(web.post(COMPOSE, given(web, x, text="Later.") | at).headers["location"])
    assert "Scheduled" in page.text
    assert runs(web)[0].run_at == 1_987_520_400


def test_those_that_worked_stay_when_another_fails(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    x, linkedin = connect(web, "x"), connect(web, "linkedin")
    client = web.site.client(SANDBOX)
    submit = client.submit

    async def failing(action: str, *args: Any, **more: Any) -> Any:
        if action.startswith("linkedin."):
            raise ActionFailed("transient", "The database is away.", sent="no")
        return await submit(action, *args, **more)

    monkeypatch.setattr(client, "submit", failing)
    sent = given(web, x, linkedin, text="Hello.")
    answer = web.post(COMPOSE, sent)
    assert answer.status_code == 200
    assert "The database is away." in answer.text
    assert f"{HERE}/runs/{runs(web)[0].id}" in answer.text
    monkeypatch.undo()
    assert web.post(COMPOSE, sent).status_code == 303  # the same form again sends what is missing
    assert len(runs(web)) == 2


def test_all_runs_of_a_post_come_as_one_stream(web: Web) -> None:
    x, linkedin = connect(web, "x"), connect(web, "linkedin")
    page = web.get(web.post(COMPOSE, given(web, x, linkedin, text="Hello.")).headers["location"])
    stream = re.search(r'data-events="([^"]+)"', page.text)
    assert stream is not None
    with performing(web), web.http.stream("GET", stream[1].replace("&amp;", "&"), timeout=60) as told:
        assert told.headers["content-type"].startswith("text/event-stream")
        text = told.read().decode()
    assert text.endswith("event: end\ndata: end\n\n")
    assert text.rpartition("id: ")[2].count("See the post") == 2


def test_other_workspaces_accounts_are_not_there(web: Web) -> None:
    x = connect(web, "x")
    assert (
        "Choose at least one account."
        in web.post(COMPOSE, given(web, x, text="Hi") | {"to": ["acc_other"]}).text
    )
