"""Wrong requests of Pages and what they are told, row by row of the sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from postwire.simulator.meta import RemoteFile

if TYPE_CHECKING:
    from collections.abc import Callable

    Asked = Callable[[Any], str]

NOW, DAY = 1_795_000_000, 86_400
SAMPLE = "1010_2020"
ACTION = {"type": "SHOP_NOW", "value": {"link": "https://a.example/"}}


def feed(desk: Any, token: str = "", **params: Any) -> str:
    given = {"message": "Hi"} | params
    return str(desk.refused("POST", "1010/feed", token, **{n: v for n, v in given.items() if v is not None}))


def later(desk: Any, ahead: float, **params: Any) -> str:
    return feed(desk, **{"published": False, "scheduled_publish_time": NOW + int(ahead)} | params)


def photo(desk: Any, **params: Any) -> str:
    return str(desk.refused("POST", "1010/photos", **{"url": desk.jpg} | params))


def remote(desk: Any, **file: Any) -> str:
    desk.settings.remote[desk.jpg] = RemoteFile(**file)
    return photo(desk)


def video(desk: Any, **params: Any) -> str:
    return str(desk.refused("POST", "1010/videos", **{"file_url": desk.mp4} | params))


def twice(desk: Any) -> str:
    made = desk.post("1010/photos", url=desk.jpg, published=False)["id"]
    return feed(desk, attached_media=[{"media_fbid": made}] * 2)


def old_photo(desk: Any) -> str:
    made = desk.post("1010/photos", url=desk.jpg, published=False, temporary=True)["id"]
    desk.later(DAY)
    return feed(desk, attached_media=[{"media_fbid": made}])


def insights(desk: Any, metric: str, path: str = "1010", **params: Any) -> str:
    return str(desk.refused("GET", f"{path}/insights", metric=metric, **params))


def version(desk: Any, name: str, path: str, **params: Any) -> str:
    head = {"Authorization": f"Bearer {desk.page}"}
    answer = desk.send("GET", f"https://graph.facebook.com/{name}/{path}", headers=head, params=params)
    return str(desk.code(answer))


def small(desk: Any) -> str:
    files = {"source": ("a.mp4", b"\x00\x00\x00\x18ftypmp42", "video/mp4")}
    head = {"Authorization": f"Bearer {desk.page}"}
    return str(desk.code(desk.send("POST", f"{desk.graph}/1010/videos", headers=head, files=files)))


def editor(desk: Any, method: str, path: str, **params: Any) -> str:
    return str(desk.refused(method, path, desk.meta.connect_page("1011", who="simeditor"), **params))


DEAD = [
    "page_impressions",
    "page_fans",
    "page_fan_adds",
    "page_impressions_unique",
    "page_posts_impressions",
    "page_video_views_unique",
    "page_engaged_users",
    "page_consumptions",
]
DEAD_POST = ("post_impressions", "post_impressions_organic", "post_impressions_unique", "post_engaged_users")

TOLD: dict[str, dict[str, Asked]] = {
    "100": {
        "6.1 post: nothing in it": lambda d: feed(d, message=None),
        "6.1 post: 63207 characters": lambda d: feed(d, message="a" * 63_207),
        "6.1 post: 9 minutes ahead": lambda d: later(d, 540),
        "6.1 post: 31 days ahead": lambda d: later(d, 31 * DAY),
        "6.1 post: planned but published": lambda d: later(d, DAY, published=True),
        "6.1 post: a planned draft": lambda d: later(d, DAY, unpublished_content_type="DRAFT"),
        "6.1 post: an unknown content type": lambda d: feed(d, unpublished_content_type="SOON"),
        "6.1 post: an action without link": lambda d: feed(d, call_to_action=ACTION),
        "6.1 post: an action elsewhere": lambda d: feed(d, link="https://b.example/", call_to_action=ACTION),
        "6.1 post: an unknown action": lambda d: feed(d, call_to_action={"type": "JUMP"}),
        "6.1 post: one child": lambda d: feed(d, link="https://b.example/", child_attachments=[{}]),
        "6.1 post: six children": lambda d: feed(d, link="https://b.example/", child_attachments=[{}] * 6),
        "6.1 post: tags without place": lambda d: feed(d, tags=["1"]),
        "6.1 post: an unknown place": lambda d: feed(d, place="1"),
        "6.1 post: an age between": lambda d: feed(d, targeting={"age_min": 17}),
        "6.1 post: backdated ahead": lambda d: feed(d, backdated_time=NOW + 9),
        "6.1 post: preset for long text": lambda d: feed(d, message="a" * 131, text_format_preset_id="1"),
        "6.1 post: a foreign photo": lambda d: feed(d, attached_media=[{"media_fbid": "1"}]),
        "6.2 Photo: temporary after a day": old_photo,
        "6.2 Photo: no file": lambda d: photo(d, url=""),
        "6.3 Video: no file": lambda d: video(d, file_url=""),
        "6.3 Video: a place": lambda d: video(d, place="1011"),
        "6.3 Video: a title of 256": lambda d: video(d, title="a" * 256),
        "6.3 Video: an unknown category": lambda d: video(d, content_category="CATS"),
        "6.3 Video: an unknown handle": lambda d: video(d, file_url="", fbuploader_video_file_chunk="4:x"),
        "6.4 Reels: the word complete": lambda d: d.refused(
            "POST", "1010/video_reels", upload_phase="complete"
        ),
        "6.6 stories: no metric of old": lambda d: d.refused(
            "GET", "1010/insights", metric="PAGE_STORY_IMPRESSIONS_BY_STORY_ID"
        ),
        "7.1 Posts: another app's post": lambda d: d.refused("POST", "1010_2030", message="Mine now"),
        "7.1 Posts: an unknown reaction": lambda d: d.refused("GET", f"{SAMPLE}/reactions", type="SORRY"),
        "7.2 Comments: empty": lambda d: d.refused("POST", f"{SAMPLE}/comments"),
        "7.2 Comments: two attachments": lambda d: d.refused(
            "POST", f"{SAMPLE}/comments", attachment_id="1", attachment_url="https://a.example/a.jpg"
        ),
        "7.4 Insights: 91 days": lambda d: insights(d, "page_follows", since=NOW - 91 * DAY, until=NOW),
        "7.4 Insights: an unknown period": lambda d: insights(d, "page_follows", period="year"),
        "7.4 Insights: new metrics need v23.0": lambda d: version(
            d, "v22.0", "1010/insights", metric="page_media_view"
        ),
        **{f"7.4 Insights: {name} is dead": lambda d, name=name: insights(d, name) for name in DEAD},  # type: ignore[misc]
        **{
            f"7.4 Insights: {name} is dead": lambda d, name=name: insights(d, name, SAMPLE)  # type: ignore[misc]
            for name in DEAD_POST
        },
        "7.5 Page node: field of Instagram": lambda d: d.refused(
            "POST", "1010/subscribed_apps", subscribed_fields="comments"
        ),
        "7.5 Page node: two settings": lambda d: d.refused("POST", "1010/settings", option={"A": 1, "B": 2}),
        "1 Hosts: several ids at once": lambda d: d.refused("GET", "", ids="1,2"),
        "15 Simulator recipe: unknown field": lambda d: d.refused("GET", "1010", fields="nickname"),
        "15 Simulator recipe: unknown edge": lambda d: d.refused("GET", "1010/followers"),
    },
    "100/1366051": {"6.2 Photo: twice in a post": twice},
    "100/1609008": {
        "13.1 Tokens: a link to facebook.com": lambda d: feed(d, link="https://www.facebook.com/1")
    },
    "100/2061006": {"13.1 Tokens: a link that is none": lambda d: feed(d, link="a.example")},
    "100/1609005": {
        "13.1 Tokens: a link to nothing": lambda d: (
            d.settings.remote.update({"https://a.example/": RemoteFile(status=404)}),
            feed(d, link="https://a.example/"),
        )[1],
    },
    "324/1366046": {"6.2 Photo: > 10 MB": lambda d: remote(d, size=10_000_001)},
    "324/2069019": {
        "6.2 Photo: WebP": lambda d: photo(d, url="https://a.example/a.webp"),
        "6.2 Photo: not found": lambda d: remote(d, status=404),
    },
    "389": {"13.1 Tokens: a film by ftp": lambda d: video(d, file_url="ftp://a.example/a.mp4")},
    "6000/1363022": {"6.7 Page media limits: < 1 KB": small},
    "6000/1363023": {
        "6.7 Page media limits: > 2 GB": lambda d: d.refused(
            "POST", "1010/videos", upload_phase="start", file_size=2_147_483_649
        ),
    },
    "100/33": {
        "7.5 Page node: creating an album": lambda d: d.refused("POST", "1010/albums", name="A"),
        "7.1 Posts: unliking a photo": lambda d: d.refused(
            "DELETE", f"{d.post('1010/photos', url=d.jpg)['id']}/likes"
        ),
        "13.1 Tokens: another Page": lambda d: d.refused("GET", "1011/posts"),
        "9.3 Direct messages: threads of the account": lambda d: d.refused("GET", f"{d.ig}/conversations"),
    },
    "12": {"7.5 Page node: ratings": lambda d: d.refused("GET", "1010/ratings")},
    "2635": {
        "15 Simulator recipe: v99.0": lambda d: version(d, "v99.0", "me"),
        "15 Simulator recipe: v25.1": lambda d: version(d, "v25.1", "me"),
    },
    "3001/1504028": {"13.1 Tokens: insights without metric": lambda d: insights(d, "")},
    "190/2069032": {
        "6 publishing: with the user token": lambda d: feed(d, d.user),
        "7.2 Comments: with the user token": lambda d: d.refused(
            "POST", f"{SAMPLE}/comments", d.user, message="a"
        ),
        "6.4 Reels: with the user token": lambda d: d.refused(
            "POST", "1010/video_reels", d.user, upload_phase="start"
        ),
    },
    "200": {
        "4 Permissions map: publish": lambda d: feed(d, d.without("pages_manage_posts")),
        "4 Permissions map: comment": lambda d: d.refused(
            "POST", f"{SAMPLE}/comments", d.without("pages_manage_engagement"), message="a"
        ),
        "4 Permissions map: insights": lambda d: d.refused(
            "GET", "1010/insights", d.without("read_insights"), metric="page_follows"
        ),
        "4 Permissions map: visitors": lambda d: d.refused(
            "GET", "1010/visitor_posts", d.without("pages_read_user_content")
        ),
        "4 Permissions map: webhooks": lambda d: d.refused(
            "POST", "1010/subscribed_apps", d.without("pages_manage_metadata"), subscribed_fields="feed"
        ),
        "2.3 Account discovery: details need MANAGE": lambda d: editor(d, "POST", "1011", about="a"),
        "2.3 Account discovery: blocking needs MODERATE": lambda d: editor(
            d, "POST", "1011/blocked", user="6001"
        ),
    },
    "368": {"15 Simulator recipe: error knobs": lambda d: feed(d, message="sim:368")},
    "368/1404102": {"15 Simulator recipe: error knobs by subcode": lambda d: feed(d, message="sim:1404102")},
    "2500": {"13.1 Tokens: a path of five": lambda d: d.refused("GET", "1/2/3/4/5/6")},
}
ROWS = [pytest.param(ask, told, id=name) for told, asked in TOLD.items() for name, ask in asked.items()]


@pytest.mark.parametrize(("ask", "told"), ROWS)
def test_a_wrong_call_is_told_its_code(desk: Any, ask: Asked, told: str) -> None:
    assert ask(desk) == told
