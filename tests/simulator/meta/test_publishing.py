"""Publishing on Instagram by both logins: containers, states, uploads, quota."""

from __future__ import annotations

from typing import Any

import pytest

from postwire.simulator.meta import RemoteFile

DAY = 86_400


@pytest.fixture(params=["insta", "page", "user"])
def token(desk: Any, request: pytest.FixtureRequest) -> str:
    return str(getattr(desk, request.param))


def states(desk: Any, container: str, token: str, polls: int) -> list[str]:
    return [desk.get(container, token, fields="status_code")["status_code"] for _ in range(polls)]


def test_an_image_is_ready_at_once_and_published(desk: Any, token: str) -> None:
    made = desk.post(f"{desk.ig}/media", token, image_url=desk.jpg, caption="Bread #rye", alt_text="A loaf")[
        "id"
    ]
    assert states(desk, made, token, 1) == ["FINISHED"]
    media = desk.post(f"{desk.ig}/media_publish", token, creation_id=made)["id"]
    assert states(desk, made, token, 1) == ["PUBLISHED"]
    shown = desk.get(media, token, fields="caption,media_type,media_product_type,permalink,alt_text,username")
    assert (shown["caption"], shown["media_type"], shown["media_product_type"]) == (
        "Bread #rye",
        "IMAGE",
        "FEED",
    )
    assert shown["permalink"].startswith("https://www.instagram.com/p/")
    assert desk.get(f"{desk.ig}/media", token)["data"][0] == {"id": media}


def test_a_reel_takes_polls_until_it_can_be_published(desk: Any, token: str) -> None:
    made = desk.post(f"{desk.ig}/media", token, media_type="REELS", video_url=desk.mp4, thumb_offset=500)[
        "id"
    ]
    assert desk.refused("POST", f"{desk.ig}/media_publish", token, creation_id=made) == "9007/2207027"
    assert states(desk, made, token, 3) == ["IN_PROGRESS", "IN_PROGRESS", "FINISHED"]
    media = desk.post(f"{desk.ig}/media_publish", token, creation_id=made)["id"]
    shown = desk.get(media, token, fields="media_type,media_product_type,permalink")
    assert (shown["media_type"], shown["media_product_type"]) == ("VIDEO", "REELS")
    assert "/reel/" in shown["permalink"]


def test_me_stands_for_the_account_of_instagram_login(desk: Any) -> None:
    made = desk.post("me/media", desk.insta, image_url=desk.jpg)["id"]
    assert desk.post("me/media_publish", desk.insta, creation_id=made)["id"]


def test_a_carousel_of_images_and_videos(desk: Any, token: str) -> None:
    image = desk.post(f"{desk.ig}/media", token, image_url=desk.jpg, is_carousel_item=True)["id"]
    film = desk.post(
        f"{desk.ig}/media", token, media_type="VIDEO", video_url=desk.mp4, is_carousel_item=True
    )["id"]
    both = f"{image},{film}"
    early = desk.refused("POST", f"{desk.ig}/media", token, media_type="CAROUSEL", children=both)
    assert early == "9007/2207027"
    desk.later(40)
    parent = desk.post(f"{desk.ig}/media", token, media_type="CAROUSEL", children=both, caption="Two")["id"]
    desk.later(40)
    media = desk.post(f"{desk.ig}/media_publish", token, creation_id=parent)["id"]
    shown = desk.get(media, token, fields="media_type,children{media_type,caption}")
    assert shown["media_type"] == "CAROUSEL_ALBUM"
    assert [child["media_type"] for child in shown["children"]["data"]] == ["IMAGE", "VIDEO"]
    assert len(desk.get(f"{media}/children", token)["data"]) == 2
    assert desk.get(f"{desk.ig}/content_publishing_limit", token)["data"] == [{"quota_usage": 1}]


def test_stories_are_gone_after_a_day(desk: Any, token: str) -> None:
    media = desk.published(token, media_type="STORIES", image_url=desk.jpg)
    assert desk.get(f"{desk.ig}/stories", token)["data"] == [{"id": media}]
    assert {"id": media} not in desk.get(f"{desk.ig}/media", token)["data"]
    desk.later(DAY)
    assert desk.get(f"{desk.ig}/stories", token) == {"data": []}
    assert desk.refused("GET", media, token) == "100/33"


def test_a_container_ends_after_a_day(desk: Any) -> None:
    made = desk.container(image_url=desk.jpg)
    desk.later(DAY)
    assert states(desk, made, desk.insta, 1) == ["EXPIRED"]
    assert desk.refused("POST", f"{desk.ig}/media_publish", desk.insta, creation_id=made) == "24/2207008"


def test_publishing_twice_is_refused(desk: Any) -> None:
    made = desk.container(image_url=desk.jpg)
    desk.post(f"{desk.ig}/media_publish", desk.insta, creation_id=made)
    assert desk.refused("POST", f"{desk.ig}/media_publish", desk.insta, creation_id=made) == "24/2207008"


@pytest.mark.parametrize(
    ("file", "params", "subcode"),
    [
        pytest.param(RemoteFile(status=404), {}, "2207077", id="13.3 Instagram: download failed"),
        pytest.param(RemoteFile(head=b"\x89PNG"), {}, "2207026", id="8.7 media specs: no film"),
        pytest.param(RemoteFile(size=300_000_001), {}, "2207026", id="8.7 media specs: reel > 300 MB"),
        pytest.param(RemoteFile(seconds=2), {}, "2207026", id="8.7 media specs: reel of 2 s"),
        pytest.param(RemoteFile(seconds=901), {}, "2207026", id="8.7 media specs: reel > 15 min"),
        pytest.param(
            RemoteFile(), {"caption": "sim:2207076"}, "2207076", id="15 Simulator recipe: error knobs"
        ),
        pytest.param(RemoteFile(seconds=61), {"media_type": "STORIES"}, "2207026", id="8.7: story > 60 s"),
        pytest.param(
            RemoteFile(size=100_000_001), {"media_type": "STORIES"}, "2207026", id="8.7: story > 100 MB"
        ),
    ],
)
def test_a_film_that_fails_is_told_by_its_container(
    desk: Any, file: RemoteFile, params: dict[str, str], subcode: str
) -> None:
    desk.settings.remote[desk.mp4] = file
    made = desk.container(**{"media_type": "REELS", "video_url": desk.mp4} | params)
    shown = desk.get(made, desk.insta, fields="status_code,status")
    assert (shown["status_code"], shown["status"].split()[-1]) == ("ERROR", subcode)
    assert desk.refused("POST", f"{desk.ig}/media_publish", desk.insta, creation_id=made) == "24/2207008"


def test_failures_can_be_planned(desk: Any) -> None:
    desk.settings.fail_next.append("2207053")
    made = desk.container(media_type="REELS", video_url=desk.mp4)
    assert desk.get(made, desk.insta, fields="status")["status"].endswith("2207053")


def test_a_resumable_upload_goes_on_where_it_broke(desk: Any) -> None:
    params = {"media_type": "REELS", "upload_type": "resumable"}
    made = desk.post(f"{desk.ig}/media", desk.page, **params)
    assert made["uri"] == f"https://rupload.facebook.com/ig-api-upload/v26.0/{made['id']}"
    cut = desk.upload(made["uri"], desk.film[:2_000])
    assert cut.json()["debug_info"]["type"] == "PartialRequestError"
    told = desk.get(made["id"], fields="video_status")["video_status"]["uploading_phase"]
    assert (told["bytes_transferred"], told["source_file_size"]) == (2_000, len(desk.film))
    wrong = desk.upload(made["uri"], desk.film[1_000:], offset=1_000)
    assert wrong.json()["debug_info"] | {"message": ""} == {
        "retriable": True,
        "type": "OffsetInvalidError",
        "message": "",
    }
    rest = desk.upload(made["uri"], desk.film[2_000:], offset=2_000)
    assert rest.json() == {"success": True, "message": "Upload successful."}
    assert states(desk, made["id"], desk.page, 3)[-1] == "FINISHED"


def test_a_resumable_upload_may_be_pulled(desk: Any) -> None:
    made = desk.post(f"{desk.ig}/media", media_type="STORIES", upload_type="resumable")
    assert desk.upload(made["uri"], b"", file_url=desk.mp4).json()["success"] is True
    assert states(desk, made["id"], desk.page, 3)[-1] == "FINISHED"


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        pytest.param({"Authorization": "Bearer x"}, "NotAuthorizedError", id="1 Hosts: OAuth, not Bearer"),
        pytest.param({"Authorization": "OAuth EAAx"}, "NotAuthorizedError", id="1 Hosts: an unknown token"),
        pytest.param({"offset": "5"}, "OffsetInvalidError", id="15 Simulator recipe: a wrong offset"),
        pytest.param(
            {"file_size": "10"}, "PartialRequestError", id="15 Simulator recipe: more than file_size"
        ),
        pytest.param({"file_size": ""}, "PartialRequestError", id="15 Simulator recipe: no file_size"),
        pytest.param({"file_url": "https://x.fbcdn.net/a"}, "ProcessingFailedError", id="6.4 Reels: fbcdn"),
    ],
)
def test_rupload_refuses(desk: Any, headers: dict[str, str], kind: str) -> None:
    made = desk.post(f"{desk.ig}/media", media_type="REELS", upload_type="resumable")
    answer = desk.upload(made["uri"], **headers)
    assert answer.status_code in {400, 401, 412}
    assert answer.json()["debug_info"]["type"] == kind


def test_the_quota_is_counted_in_a_rolling_day(desk: Any) -> None:
    desk.settings.posts_per_day = 2
    for _ in range(2):
        desk.published()
    made = desk.container(image_url=desk.jpg)
    assert desk.refused("POST", f"{desk.ig}/media_publish", desk.insta, creation_id=made) == "9/2207042"
    limit = desk.get(f"{desk.ig}/content_publishing_limit", desk.insta, fields="quota_usage,config")["data"][
        0
    ]
    assert limit == {"quota_usage": 2, "config": {"quota_total": 2, "quota_duration": DAY}}
    desk.later(DAY)
    desk.published()


def test_parameters_come_in_the_query_a_form_or_json_alike(desk: Any) -> None:
    url, head = (
        f"https://graph.instagram.com/v26.0/{desk.ig}/media",
        {"Authorization": f"Bearer {desk.insta}"},
    )
    tags = '[{"username":"simcreator","x":0.5,"y":0.8}]'
    given = {"image_url": desk.jpg, "caption": "a & b #c", "user_tags": tags}
    ways: list[dict[str, Any]] = [
        {"params": given},
        {"data": given},
        {"json": given},
        {"files": {name: (None, value) for name, value in given.items()}},
        {"params": given | {"access_token": desk.insta}, "headers": {}},
    ]
    for way in ways:
        answer = desk.send("POST", url, **({"headers": head} | way))
        assert answer.status_code == 200, answer.text
        assert desk.meta.objects[answer.json()["id"]].params["caption"] == "a & b #c"


def test_publishing_may_answer_with_fields(desk: Any) -> None:
    made = desk.container(image_url=desk.jpg)
    answer = desk.post(f"{desk.ig}/media_publish", desk.insta, creation_id=made, fields="id,permalink")
    assert set(answer) == {"id", "permalink"}
