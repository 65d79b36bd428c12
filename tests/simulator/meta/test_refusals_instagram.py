"""Wrong requests of Instagram and what they are told, row by row of the sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from postwire.simulator.meta import RemoteFile

if TYPE_CHECKING:
    from collections.abc import Callable

    Asked = Callable[[Any], str]

PNG = "https://media.example.com/a.png"
TAG = {"username": "simcreator", "x": 0.5, "y": 0.5}


def make(desk: Any, token: str = "", **params: Any) -> str:
    """Ask for a container of an image, unless told otherwise."""
    given = {"image_url": desk.jpg} | params
    given = {name: value for name, value in given.items() if value is not None}
    return str(desk.refused("POST", f"{desk.ig}/media", token or desk.insta, **given))


def film(desk: Any, token: str = "", **params: Any) -> str:
    return make(desk, token, **{"image_url": None, "media_type": "REELS", "video_url": desk.mp4} | params)


def remote(desk: Any, **file: Any) -> str:
    desk.settings.remote[desk.jpg] = RemoteFile(**file)
    return make(desk)


def items(desk: Any, count: int) -> str:
    made = [desk.container(image_url=desk.jpg, is_carousel_item=True) for _ in range(count)]
    return make(desk, image_url=None, media_type="CAROUSEL", children=made)


def child(desk: Any, **params: Any) -> str:
    return make(desk, is_carousel_item=True, **params)


def only(desk: Any, *scopes: str) -> str:
    return str(desk.meta.connect("harborbakery", frozenset(scopes)))


def publish(desk: Any, creation_id: str, token: str = "") -> str:
    return str(desk.refused("POST", f"{desk.ig}/media_publish", token or desk.insta, creation_id=creation_id))


def restricted(desk: Any) -> str:
    desk.settings.accounts[0].restricted = True
    return make(desk)


def many(desk: Any, limit: str, ask: Asked) -> str:
    setattr(desk.settings, limit, 1)
    assert ask(desk) == "none"
    return ask(desk)


def insights(desk: Any, metric: str, token: str = "", **params: Any) -> str:
    return str(desk.refused("GET", f"{desk.ig}/insights", token or desk.insta, metric=metric, **params))


def of_media(desk: Any, metric: str, token: str = "", **params: Any) -> str:
    media = desk.published(**params)
    return str(desk.refused("GET", f"{media}/insights", token or desk.insta, metric=metric))


def album_item(desk: Any) -> str:
    both = [desk.container(desk.page, image_url=desk.jpg, is_carousel_item=True) for _ in range(2)]
    album = desk.published(desk.page, media_type="CAROUSEL", children=both)
    item = desk.get(f"{album}/children")["data"][0]["id"]
    return str(desk.refused("DELETE", item))


def remark(desk: Any, text: str, **params: Any) -> str:
    return str(desk.refused("POST", f"{desk.published()}/comments", desk.insta, message=text, **params))


def tag(desk: Any, name: str, **params: Any) -> str:
    return str(
        desk.refused("GET", "ig_hashtag_search", desk.user, **{"user_id": desk.ig, "q": name} | params)
    )


def discover(desk: Any, name: str, fields: str = "id") -> str:
    asked = f"business_discovery.username({name}){{{fields}}}"
    return str(desk.refused("GET", desk.ig, desk.user, fields=asked))


TOLD: dict[str, dict[str, Asked]] = {
    "36001/2207005": {
        "8.7 Instagram media specs: PNG": lambda d: make(d, image_url=PNG),
        "8.7 Instagram media specs: a PNG story": lambda d: make(d, image_url=PNG, media_type="STORIES"),
        "8.7 Instagram media specs: a PNG cover": lambda d: film(d, cover_url=PNG),
        "8.7 Instagram media specs: PNG under another name": lambda d: remote(d, head=b"\x89PNG\r\n\x1a\n"),
    },
    "36000/2207004": {"8.7 Instagram media specs: > 8 MiB": lambda d: remote(d, size=8_388_609)},
    "36003/2207009": {
        "8.7 Instagram media specs: too wide": lambda d: remote(d, width=1_920, height=1_000),
        "8.7 Instagram media specs: too tall": lambda d: remote(d, width=790, height=1_000),
    },
    "9004/2207052": {
        "8.1 Create container: not found": lambda d: remote(d, status=404),
        "8.1 Create container: a path": lambda d: make(d, image_url="/home/a.jpg"),
        "8.1 Create container: a film by ftp": lambda d: film(d, video_url="ftp://x.example/a.mp4"),
    },
    "36004/2207010": {"8.1 Create container: caption of 2201": lambda d: make(d, caption="a" * 2_201)},
    "100/2207023": {
        "8.1 Create container: unknown media_type": lambda d: make(d, media_type="GIF"),
        "8.1 Create container: VIDEO alone": lambda d: film(d, media_type="VIDEO"),
    },
    "100/2207028": {
        "8.5 Recipes: one item": lambda d: items(d, 1),
        "8.5 Recipes: eleven items": lambda d: items(d, 11),
        "8.5 Recipes: items that are none": lambda d: make(
            d, image_url=None, media_type="CAROUSEL", children=["1", "2"]
        ),
    },
    "100/2207040": {
        "8.1 Create container: 21 tags": lambda d: make(d, user_tags=[TAG] * 21),
        "8.1 Create container: 21 mentions": lambda d: make(d, caption=" ".join(f"@a{n}" for n in range(21))),
    },
    "100/2207036": {
        "8.1 Create container: product without place": lambda d: make(
            d, d.page, product_tags=[{"product_id": "7700001"}]
        ),
    },
    "100/2207035": {
        "8.1 Create container: product of a film placed": lambda d: film(
            d, d.page, product_tags=[{"product_id": "7700001", "x": 0.1, "y": 0.1}]
        ),
    },
    "100/2207037": {
        "8.1 Create container: unknown product": lambda d: make(
            d, d.page, product_tags=[{"product_id": "1", "x": 0.1, "y": 0.1}]
        ),
    },
    "1/2207057": {
        "8.1 Create container: thumb_offset beyond the film": lambda d: (
            d.settings.remote.update({d.mp4: RemoteFile(seconds=5)}),
            film(d, thumb_offset=5_000),
        )[1],
    },
    "100": {
        "8.1 Create container: no media": lambda d: make(d, image_url=None),
        "8.1 Create container: 31 hashtags": lambda d: make(d, caption=" ".join(f"#a{n}" for n in range(31))),
        "8.1 Create container: tag without place": lambda d: make(d, user_tags=[{"username": "x"}]),
        "8.1 Create container: tag outside": lambda d: make(d, user_tags=[TAG | {"x": 1.5}]),
        "8.1 Create container: placed tag of a film": lambda d: film(d, user_tags=[TAG]),
        "8.1 Create container: 4 partners": lambda d: make(d, collaborators=["a", "b", "c", "d"]),
        "8.1 Create container: partners of a story": lambda d: make(
            d, media_type="STORIES", collaborators=["a"]
        ),
        "8.1 Create container: partners of an item": lambda d: child(d, collaborators=["a"]),
        "8.1 Create container: location of an item": lambda d: child(d, location_id="1010"),
        "8.1 Create container: unknown location": lambda d: make(d, location_id="1"),
        "8.1 Create container: AI label of an item": lambda d: child(d, is_ai_generated=True),
        "8.1 Create container: alt_text of a reel": lambda d: film(d, alt_text="a"),
        "8.1 Create container: alt_text of 1001": lambda d: make(d, alt_text="a" * 1_001),
        "8.1 Create container: trial of a kind unknown": lambda d: film(
            d, trial_params={"graduation_strategy": "SOON"}
        ),
        "8.1 Create container: a flag that is none": lambda d: film(d, share_to_feed="perhaps"),
        "3.4 What IG-IG cannot do: resumable": lambda d: film(d, video_url=None, upload_type="resumable"),
        "3.4 What IG-IG cannot do: product_tags": lambda d: make(d, product_tags=[]),
        "3.4 What IG-IG cannot do: audio": lambda d: film(d, audio_configuration={"audio_id": "1"}),
        "3.4 What IG-IG cannot do: saved_count": lambda d: d.refused(
            "GET", d.published(), d.insta, fields="saved_count"
        ),
        "3.4 What IG-IG cannot do: discovery": lambda d: d.refused(
            "GET", d.ig, d.insta, fields="business_discovery.username(simcreator){id}"
        ),
        "15 Simulator recipe: account_type only IG-IG": lambda d: d.refused(
            "GET", d.ig, d.page, fields="account_type"
        ),
        "15 Simulator recipe: unknown field": lambda d: d.refused("GET", d.ig, d.insta, fields="nickname"),
        "15 Simulator recipe: unknown field inside": lambda d: d.refused(
            "GET", d.ig, d.insta, fields="media{id,retweets}"
        ),
        "8.3 Container status: unknown field": lambda d: d.refused(
            "GET", d.container(image_url=d.jpg), d.insta, fields="progress"
        ),
        "9.4 Account insights: impressions": lambda d: insights(d, "impressions"),
        "9.4 Account insights: one dead among living": lambda d: insights(d, "reach,get_directions_clicks"),
        "9.4 Account insights: none": lambda d: insights(d, ""),
        "9.4 Account insights: mixed types": lambda d: insights(d, "follower_count,likes"),
        "9.4 Account insights: series of a total": lambda d: insights(d, "views", metric_type="time_series"),
        "9.4 Account insights: demographics without timeframe": lambda d: insights(
            d, "follower_demographics", period="lifetime", breakdown="age"
        ),
        "9.4 Account insights: 31 days": lambda d: insights(
            d, "reach", since=1_790_000_000, until=1_792_700_000
        ),
        "9.5 Media insights: plays": lambda d: of_media(d, "plays"),
        "9.5 Media insights: navigation of a post": lambda d: of_media(d, "reach,navigation"),
        "9.5 Media insights: total_likes by IG-IG": lambda d: of_media(d, "total_likes"),
        "9.5 Media insights: not crossposted": lambda d: of_media(d, "facebook_views"),
        "9.2 Comments: 301 characters": lambda d: remark(d, "a" * 301),
        "9.2 Comments: two addresses": lambda d: remark(d, "http://a.example http://b.example"),
        "9.2 Comments: only capitals": lambda d: remark(d, "BUY NOW"),
        "9.2 Comments: empty": lambda d: remark(d, ""),
        "9.1.1 Discovery: an emoji": lambda d: tag(d, "\N{GRINNING FACE}"),
        "9.1.1 Discovery: username of hashtag media": lambda d: d.refused(
            "GET",
            f"{d.get('ig_hashtag_search', d.user, user_id=d.ig, q='bread')['data'][0]['id']}/top_media",
            d.user,
            user_id=d.ig,
            fields="username",
        ),
        "9.1.1 Discovery: account_type": lambda d: discover(d, "simcreator", "account_type"),
    },
    "100/33": {
        "13.1 Tokens: unknown object": lambda d: d.refused("GET", "17899999999999999", d.insta),
        "3.4 What IG-IG cannot do: delete": lambda d: d.refused("DELETE", d.published(), d.insta),
        "3.4 What IG-IG cannot do: likes": lambda d: d.refused(
            "POST", f"{d.ig}/likes", d.insta, media_id="1"
        ),
        "15 Simulator recipe: hashtags on Instagram's host": lambda d: d.refused(
            "GET", "ig_hashtag_search", d.insta, user_id=d.ig, q="a"
        ),
        "9.1 Media and edges: another's media": lambda d: d.refused("GET", "17950000000000901", d.insta),
        "3.4 What IG-IG cannot do: revoke": lambda d: d.refused("DELETE", "me/permissions", d.insta),
    },
    "-1/2207073": {"9.1 Media and edges: deleting an album's item": album_item},
    "20/1772107": {"1 Hosts: a comment with fields": lambda d: remark(d, "Hi", fields="id")},
    "24/2207006": {
        "8.4 Publish: unknown container": lambda d: publish(d, "1"),
        "8.4 Publish: an item alone": lambda d: publish(
            d, d.container(image_url=d.jpg, is_carousel_item=True)
        ),
    },
    "25/2207050": {"13.3 Instagram: restricted account": restricted},
    "9/2207042": {
        "8.6 Quotas: containers": lambda d: many(d, "containers_per_day", make),
        "8.6 Quotas: posts": lambda d: many(
            d, "posts_per_day", lambda d: publish(d, d.container(image_url=d.jpg))
        ),
    },
    "18/2207034": {
        "9.1.1 Discovery: another hashtag": lambda d: (
            many(d, "hashtags_per_week", lambda d: tag(d, "one")),
            tag(d, "two"),
        )[1],
    },
    "24/2207024": {"9.1.1 Discovery: a banned hashtag": lambda d: tag(d, "banned_tag")},
    "110/2207013": {
        "9.1.1 Discovery: unknown name": lambda d: discover(d, "nobody"),
        "9.1.1 Discovery: a personal account": lambda d: discover(d, "simpersonal"),
    },
    "100/9050": {
        "9.1 Media and edges: audio for two": lambda d: d.refused(
            "GET", "ig_audio", d.user, audio_type="music", user_id=d.ig, ig_user_id=d.ig
        ),
    },
    "10": {
        "4 Permissions map: publish": lambda d: make(d, only(d, "instagram_business_basic")),
        "4 Permissions map: publish by Facebook": lambda d: make(d, d.without("instagram_content_publish")),
        "4 Permissions map: comments": lambda d: d.refused(
            "GET", f"{d.published()}/comments", only(d, "instagram_business_basic")
        ),
        "4 Permissions map: insights": lambda d: insights(d, "reach", only(d, "instagram_business_basic")),
        "9.5 Media insights: a story of few viewers": lambda d: of_media(
            d, "reach", media_type="STORIES", image_url=d.jpg, viewers=4
        ),
    },
    "1": {
        "9.4 Account insights: a breakdown that is none": lambda d: insights(d, "replies", breakdown="age")
    },
    "4/2207051": {"15 Simulator recipe: error knobs": lambda d: make(d, caption="Buy sim:2207051 now")},
    "190/463": {"15 Simulator recipe: error knobs by both": lambda d: make(d, caption="sim:190/463")},
    "2500": {"1 Hosts: fields that cannot be read": lambda d: d.refused("GET", d.ig, d.insta, fields="id,{")},
    "190": {"0.1 Three account flavours: no token": lambda d: make(d, "IGAA")},
}
ROWS = [pytest.param(ask, told, id=name) for told, asked in TOLD.items() for name, ask in asked.items()]


@pytest.mark.parametrize(("ask", "told"), ROWS)
def test_a_wrong_call_is_told_its_code(desk: Any, ask: Asked, told: str) -> None:
    assert ask(desk) == told


def test_the_envelope_of_a_refusal(desk: Any) -> None:
    answer = desk.ask("POST", f"{desk.ig}/media", desk.insta, image_url=PNG)
    error = answer.json()["error"]
    assert answer.status_code == 400
    assert error["message"].startswith("(#36001) ")
    assert (error["type"], error["is_transient"]) == ("OAuthException", False)
    assert error["fbtrace_id"].startswith("A")
    assert error["error_user_msg"]


def test_a_comment_with_fields_was_created_all_the_same(desk: Any) -> None:
    media = desk.published()
    assert desk.refused("POST", f"{media}/comments", desk.insta, message="Hi", fields="id") == "20/1772107"
    assert len(desk.get(f"{media}/comments", desk.insta)["data"]) == 1
