"""Videos, reels and stories of a Page."""

from __future__ import annotations

from typing import Any

import pytest

from postwire.simulator.meta import RemoteFile

DAY, NOW = 86_400, 1_795_000_000
VIDEO = "https://graph-video.facebook.com/v26.0/1010/videos"


def head(desk: Any, token: str = "") -> dict[str, str]:
    return {"Authorization": f"Bearer {token or desk.page}"}


def phase(desk: Any, video: str) -> tuple[str, str | None]:
    status = desk.get(video, fields="status")["status"]
    return status["video_status"], status["publishing_phase"].get("publish_status")


def test_a_video_by_address_gets_its_post_later(desk: Any) -> None:
    video = desk.post("1010/videos", file_url=desk.mp4, title="T", description="D")["id"]
    assert "post_id" not in desk.get(video, fields="post_id")
    desk.later(40)
    shown = desk.get(video, fields="post_id,published,permalink_url,status,title")
    assert (shown["published"], shown["post_id"][:5], shown["title"]) == (True, "1010_", "T")
    assert phase(desk, video) == ("ready", "published")
    assert desk.get(shown["post_id"], fields="message,status_type")["status_type"] == "added_video"
    assert [row["id"] for row in desk.get("1010/videos")["data"]] == [video]


def test_a_whole_video_in_one_call(desk: Any) -> None:
    files = {"source": ("a.mp4", desk.film, "video/mp4"), "description": (None, "D")}
    video = desk.send("POST", VIDEO, headers=head(desk), files=files).json()["id"]
    desk.later(40)
    assert desk.get(video, fields="published")["published"] is True
    thumb = {
        "source": ("a.jpg", b"\xff\xd8\xff\xe0" + bytes(9), "image/jpeg"),
        "is_preferred": (None, "true"),
    }
    url = f"{desk.graph}/{video}"
    assert desk.send("POST", f"{url}/thumbnails", headers=head(desk), files=thumb).json() == {"success": True}
    caption = {"captions_file": ("a.en_US.srt", b"1", "text/plain"), "default_locale": (None, "en_US")}
    assert desk.send("POST", f"{url}/captions", headers=head(desk), files=caption).json() == {"success": True}


def test_the_phased_upload_asks_for_its_chunks(desk: Any) -> None:
    desk.settings.chunk_bytes = 2_000
    size = len(desk.film)
    begun = desk.send(
        "POST", VIDEO, headers=head(desk), data={"upload_phase": "start", "file_size": size}
    ).json()
    assert (begun["start_offset"], begun["end_offset"]) == ("0", "2000")
    offsets = begun
    while offsets["start_offset"] != offsets["end_offset"]:
        first, last = int(offsets["start_offset"]), int(offsets["end_offset"])
        offsets = transfer(desk, begun, first, desk.film[first:last]).json()
    assert offsets == {"start_offset": str(size), "end_offset": str(size)}
    finish = {"upload_phase": "finish", "upload_session_id": begun["upload_session_id"], "description": "D"}
    assert desk.send("POST", VIDEO, headers=head(desk), data=finish).json() == {"success": True}
    desk.later(40)
    assert phase(desk, begun["video_id"]) == ("ready", "published")


def transfer(desk: Any, begun: dict[str, str], first: int, data: bytes) -> Any:
    files = {
        "upload_phase": (None, "transfer"),
        "upload_session_id": (None, begun["upload_session_id"]),
        "start_offset": (None, str(first)),
        "video_file_chunk": ("chunk", data, "application/octet-stream"),
    }
    return desk.send("POST", VIDEO, headers=head(desk), files=files)


def test_a_wrong_offset_is_told_where_to_go_on(desk: Any) -> None:
    begun = desk.post("1010/videos", upload_phase="start", file_size=5_000)
    answer = transfer(desk, begun, 7, b"x")
    assert desk.code(answer) == "6000/1363037"
    assert answer.json()["error"]["error_data"] == {"start_offset": "0", "end_offset": "5000"}
    cancel = {"upload_phase": "cancel", "upload_session_id": begun["upload_session_id"]}
    assert desk.post("1010/videos", **cancel) == {"success": True}
    assert desk.code(transfer(desk, begun, 0, b"x")) == "100/33"


def test_the_apps_resumable_upload_gives_a_handle(desk: Any) -> None:
    size = len(desk.film)
    about = {"file_name": "a.mp4", "file_length": size, "file_type": "video/mp4"}
    upload = desk.post("999000000000001/uploads", desk.user, **about)["id"]
    assert upload.startswith("upload:")
    assert "?sig=" in upload
    url, auth = f"{desk.graph}/{upload}", {"Authorization": f"OAuth {desk.user}"}
    broken = desk.send("POST", url, content=desk.film[:1_000], headers=auth | {"file_offset": "0"})
    assert broken.status_code == 200
    where = desk.send("GET", url, headers=auth).json()
    assert where == {"id": upload, "file_offset": 1_000}
    assert (
        desk.code(desk.send("POST", url, content=b"x", headers=auth | {"file_offset": "0"})) == "6000/1363037"
    )
    rest = desk.send("POST", url, content=desk.film[1_000:], headers=auth | {"file_offset": "1000"})
    video = desk.post("1010/videos", fbuploader_video_file_chunk=rest.json()["h"])["id"]
    desk.later(40)
    assert phase(desk, video) == ("ready", "published")


def reel(desk: Any, **finish: Any) -> str:
    begun = desk.post("1010/video_reels", upload_phase="start")
    assert begun["upload_url"] == f"https://rupload.facebook.com/video-upload/v26.0/{begun['video_id']}"
    assert desk.upload(begun["upload_url"]).json() == {"success": True}
    params = {"upload_phase": "finish", "video_id": begun["video_id"], "video_state": "PUBLISHED"} | finish
    assert desk.post("1010/video_reels", **params) == {"success": True}
    return str(begun["video_id"])


def test_a_reel_is_started_uploaded_finished_and_processed(desk: Any) -> None:
    video = reel(desk, description="Rolls")
    assert phase(desk, video) == ("processing", None)
    desk.later(40)
    assert phase(desk, video) == ("ready", "published")
    post = desk.get(video, fields="post_id")["post_id"]
    assert post not in [row["id"] for row in desk.get("1010/posts")["data"]]
    assert [row["id"] for row in desk.get("1010/video_reels", fields="id")["data"]] == [video]


def test_a_reel_resumes_by_both_spellings(desk: Any) -> None:
    begun = desk.post("1010/video_reels", upload_phase="start")
    desk.upload(begun["upload_url"], desk.film[:3_000])
    told = desk.get(begun["video_id"], fields="status")["status"]["uploading_phase"]
    assert (told["bytes_transfered"], told["bytes_transferred"]) == (3_000, 3_000)
    finish = {"upload_phase": "finish", "video_id": begun["video_id"], "video_state": "PUBLISHED"}
    assert desk.refused("POST", "1010/video_reels", **finish) == "100"
    assert desk.upload(begun["upload_url"], desk.film[3_000:], offset=3_000).json() == {"success": True}
    assert desk.post("1010/video_reels", **finish) == {"success": True}


@pytest.mark.parametrize(
    ("ahead", "told"), [(DAY, "none"), (599, "100"), (29 * DAY, "none"), (29 * DAY + 60, "100")]
)
def test_reels_are_planned_29_days_ahead_at_most(desk: Any, ahead: int, told: str) -> None:
    begun = desk.post("1010/video_reels", upload_phase="start")
    desk.upload(begun["upload_url"])
    finish = {"upload_phase": "finish", "video_id": begun["video_id"], "video_state": "SCHEDULED"}
    assert desk.refused("POST", "1010/video_reels", **finish, scheduled_publish_time=NOW + ahead) == told
    if told == "none":
        assert phase(desk, begun["video_id"])[1] is None or phase(desk, begun["video_id"])[1] == "scheduled"
        desk.later(ahead + 1)
        assert phase(desk, begun["video_id"]) == ("ready", "published")


def test_a_reel_by_address(desk: Any) -> None:
    begun = desk.post("1010/video_reels", upload_phase="start")
    desk.settings.remote[desk.mp4] = RemoteFile(seconds=91)
    assert desk.upload(begun["upload_url"], b"", file_url=desk.mp4).json() == {"success": True}
    desk.later(40)
    status = desk.get(begun["video_id"], fields="status")["status"]
    assert (status["video_status"], status["processing_phase"]["errors"][0]["code"]) == ("error", 1_363_128)


def test_thirty_reels_a_day(desk: Any) -> None:
    desk.settings.reels_per_day = 1
    desk.post("1010/video_reels", upload_phase="start")
    assert desk.refused("POST", "1010/video_reels", upload_phase="start") == "368/1390008"
    desk.later(DAY)
    desk.post("1010/video_reels", upload_phase="START")


def test_a_photo_story(desk: Any) -> None:
    photo = desk.post("1010/photos", url=desk.jpg, published=False)["id"]
    told = desk.post("1010/photo_stories", photo_id=photo)
    assert told["success"] is True
    row = desk.get("1010/stories")["data"][0]
    assert (row["post_id"], row["status"], row["creation_time"]) == (told["post_id"], "published", str(NOW))
    assert desk.get(told["post_id"], fields="url")["url"].endswith(told["post_id"])
    assert desk.refused("POST", "1010/photo_stories", photo_id=photo) == "100"
    rows = desk.get(f"{told['post_id']}/insights", metric="STORY_INTERACTION,PAGES_FB_STORY_REPLIES")["data"]
    assert len(rows) == 2
    desk.later(DAY)
    assert desk.get("1010/stories", status="PUBLISHED") == {"data": []}


def test_a_video_story_waits_for_its_processing(desk: Any) -> None:
    begun = desk.post("1010/video_stories", upload_phase="start")
    desk.upload(begun["upload_url"])
    finish = {"upload_phase": "finish", "video_id": begun["video_id"]}
    assert desk.refused("POST", "1010/video_stories", **finish) == "100"
    desk.later(40)
    assert desk.post("1010/video_stories", **finish)["post_id"]
    assert desk.refused("POST", "1010/video_stories", **finish) == "100"


def test_a_video_is_edited_and_deleted(desk: Any) -> None:
    planned = {"published": False, "scheduled_publish_time": NOW + DAY}
    video = desk.post("1010/videos", file_url=desk.mp4, **planned)["id"]
    desk.later(40)
    assert phase(desk, video) == ("ready", "scheduled")
    assert desk.post(video, name="New", published=True) == {"success": True}
    shown = desk.get(video, fields="title,published,post_id")
    assert (shown["title"], shown["published"]) == ("New", True)
    assert desk.post(f"{video}/collaborators", target_id="1011")["invitation_link"]
    assert desk.get(f"{video}/collaborators")["data"][0]["invite_status"] == "Pending"
    assert desk.get(f"{video}/video_insights", metric="post_video_views")["data"]
    assert desk.delete(video) == {"success": True}
