"""Posts, identity and pages: what works, and what is remembered of it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

MINA, OMAR = "urn:li:person:782bbtaQ", "urn:li:person:AbC4dEfG"
FJORD, NORTHWIND = "urn:li:organization:5515715", "urn:li:organization:2414183"
POLL = {"question": "Tea?", "options": [{"text": "Yes"}, {"text": "No"}], "settings": {"duration": "ONE_DAY"}}
READER = "r_member_social"  # closed to ordinary apps, so tests give it by hand


def enc(urn: str) -> str:
    return quote(urn, safe="")


def read(desk: Any, urn: str, **options: Any) -> dict[str, Any]:
    answer = desk.rest("GET", f"/posts/{enc(urn)}", **options)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_the_id_is_in_a_header_and_the_body_is_empty(desk: Any) -> None:
    answer = desk.rest("POST", "/posts", desk.draft())
    assert answer.status_code == 201
    assert answer.content == b""
    assert answer.headers["x-restli-id"].startswith("urn:li:share:")
    for name in ("x-li-uuid", "x-li-fabric", "x-restli-protocol-version"):
        assert answer.headers[name]
    assert "x-restli-error-response" not in answer.headers


def test_what_is_read_back(desk: Any) -> None:
    urn = desk.post("We open \\(finally\\) with @[Northwind](urn:li:organization:2414183) #launch", FJORD)
    body = read(desk, urn)
    assert body["id"] == urn
    assert body["commentary"] == (
        "We open \\(finally\\) with @[Northwind](urn:li:organization:2414183) {hashtag|\\#|launch}"
    )
    assert (body["author"], body["visibility"], body["lifecycleState"]) == (FJORD, "PUBLIC", "PUBLISHED")
    assert body["createdAt"] == body["publishedAt"] == 1_795_000_000_000
    assert body["lifecycleStateInfo"] == {"isEditedByAuthor": False}
    assert "content" not in body
    post = desk.linkedin.posts[urn]
    assert post.text == "We open (finally) with Northwind #launch"
    assert post.activity.rpartition(":")[2] != urn.rpartition(":")[2]


def test_an_unescaped_character_cuts_silently_or_is_refused_when_strict(desk: Any) -> None:
    urn = desk.post("Join us (today) at noon")
    assert desk.linkedin.posts[urn].text == "Join us "
    desk.settings.strict_text = True
    answer = desk.rest("POST", "/posts", desk.draft("Join (us)"))
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_VALUE_FOR_FIELD")


def test_the_length_counts_what_is_seen(desk: Any) -> None:
    assert desk.rest("POST", "/posts", desk.draft("\\(" * 3_000)).status_code == 201
    assert desk.rest("POST", "/posts", desk.draft("\\(" * 3_001)).status_code == 400


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda d: {"media": {"id": d.image(), "altText": "Office"}}, "share"),
        (
            lambda d: {"multiImage": {"images": [{"id": d.image()}, {"id": d.image(), "altText": "B"}]}},
            "share",
        ),
        (lambda d: {"media": {"id": d.video(), "title": "Tour"}}, "ugcPost"),
        (lambda d: {"media": {"id": d.document(), "title": "Deck.pdf"}}, "ugcPost"),
        (
            lambda d: {"article": {"source": "https://e.example/", "title": "T", "thumbnail": d.image()}},
            "share",
        ),
    ],
)
def test_each_content_is_kept_and_gives_its_kind_of_urn(desk: Any, make: Any, kind: str) -> None:
    held = make(desk)
    urn = desk.post("With content", content=held)
    assert urn.startswith(f"urn:li:{kind}:")
    assert read(desk, urn, token=desk.only(READER))["content"] == held


def test_a_poll_takes_its_defaults(desk: Any) -> None:
    urn = desk.post("Vote", FJORD, content={"poll": POLL})
    assert urn.startswith("urn:li:share:")
    poll = read(desk, urn)["content"]["poll"]
    assert poll["settings"] == {
        "duration": "ONE_DAY",
        "voteSelectionType": "SINGLE_VOTE",
        "isVoterVisibleToAuthor": True,
    }
    assert [option["text"] for option in poll["options"]] == ["Yes", "No"]


def test_a_reshare_may_have_no_words(desk: Any) -> None:
    parent = desk.post("First", FJORD)
    urn = desk.post("", FJORD, reshareContext={"parent": parent})
    assert read(desk, urn)["reshareContext"] == {"parent": parent, "root": parent}


def test_a_page_may_target_and_post_dark(desk: Any) -> None:
    feed = {"feedDistribution": "NONE", "targetEntities": [{"geoLocations": ["urn:li:geo:103644278"]}]}
    urn = desk.post("Dark", FJORD, distribution=feed)
    assert read(desk, urn)["distribution"] == feed


def test_a_content_administrator_posts_text(desk: Any) -> None:
    assert desk.post("As a content admin", NORTHWIND)


def test_a_self_serve_token_writes_and_deletes(desk: Any) -> None:
    token = desk.only("w_member_social")
    made = desk.rest("POST", "/posts", desk.draft(), token=token)
    urn = made.headers["x-restli-id"]
    assert desk.patch(f"/posts/{enc(urn)}", {"patch": {"$set": {"commentary": "B"}}}, token=token).is_success
    assert desk.rest("DELETE", f"/posts/{enc(urn)}", token=token).status_code == 204


def test_an_update_changes_text_and_marks_it(desk: Any) -> None:
    urn = desk.post("Before", FJORD)
    desk.simulator.clock.advance(5)
    changes = {"commentary": "After \\*", "contentCallToActionLabel": "LEARN_MORE"}
    answer = desk.patch(f"/posts/{enc(urn)}", {"patch": {"$set": changes}})
    assert (answer.status_code, answer.content) == (204, b"")
    body = read(desk, urn)
    assert (body["commentary"], body["contentCallToActionLabel"]) == ("After \\*", "LEARN_MORE")
    assert body["lifecycleStateInfo"] == {"isEditedByAuthor": True}
    assert body["lastModifiedAt"] - body["createdAt"] == 5_000


@pytest.mark.parametrize("again", [204, 404])
def test_a_second_deletion(desk: Any, again: int) -> None:
    desk.settings.delete_again = again
    urn = desk.post("Gone", FJORD)
    statuses = [desk.rest("DELETE", f"/posts/{enc(urn)}", X_RestLi_Method="DELETE").status_code for _ in "ab"]
    assert statuses == [204, again]
    assert desk.rest("GET", f"/posts/{enc(urn)}").status_code == 404
    assert desk.post("Gone", FJORD)  # what is deleted is no duplicate


def test_lists_go_page_by_page(desk: Any) -> None:
    made = []
    for number in range(5):
        desk.simulator.clock.advance(1)
        made.append(desk.post(f"Number {number}", FJORD))
    desk.patch(f"/posts/{enc(made[0])}", {"patch": {"$set": {"commentary": "Changed"}}})
    path = f"/posts?q=author&author={enc(FJORD)}&count=3&sortBy=CREATED"
    first = desk.rest("GET", path, X_RestLi_Method="FINDER").json()
    assert [post["id"] for post in first["elements"]] == made[:1:-1]
    assert first["paging"]["total"] == 8  # with the three samples
    (link,) = first["paging"]["links"]
    assert link["rel"] == "next"
    second = desk.rest("GET", link["href"].removeprefix("/rest")).json()
    assert [post["id"] for post in second["elements"]][:2] == [made[1], made[0]]
    last = desk.rest("GET", f"{path}&start=6").json()
    assert (len(last["elements"]), last["paging"]["links"]) == (2, [])
    by_change = desk.rest("GET", path.replace("CREATED", "LAST_MODIFIED")).json()
    assert by_change["elements"][0]["id"] in {made[0], made[4]}
    desk.simulator.clock.advance(1)
    desk.patch(f"/posts/{enc(made[1])}", {"patch": {"$set": {"commentary": "Changed too"}}})
    by_change = desk.rest("GET", path.replace("CREATED", "LAST_MODIFIED")).json()
    assert by_change["elements"][0]["id"] == made[1]


def test_a_batch_tells_what_is_there_and_what_is_not(desk: Any) -> None:
    mine, member = desk.post("Page", FJORD), desk.post("Member")
    ids = ",".join(enc(urn) for urn in (mine, member, "urn:li:share:1"))
    body = desk.rest("GET", f"/posts?ids=List({ids})", X_RestLi_Method="BATCH_GET").json()
    assert set(body["results"]) == {mine}
    assert body["statuses"] == {mine: 200, member: 403, "urn:li:share:1": 404}
    assert set(body["errors"]) == {member, "urn:li:share:1"}


def test_an_image_that_fails_later_unpublishes_the_post(desk: Any) -> None:
    desk.settings.fail_media.append("Too odd")
    image = desk.image(FJORD)
    urn = desk.post("Odd image", FJORD, content={"media": {"id": image}})
    assert read(desk, urn)["lifecycleState"] == "PUBLISHED"
    desk.simulator.clock.advance(15)
    assert read(desk, urn)["lifecycleState"] == "PUBLISH_FAILED"
    assert desk.rest("GET", f"/images/{enc(image)}").json()["status"] == "PROCESSING_FAILED"


def test_versions_live_until_their_last_day(desk: Any) -> None:
    path = f"/networkSizes/{enc(FJORD)}?edgeType=COMPANY_FOLLOWED_BY_MEMBER"
    assert desk.rest("GET", path, LinkedIn_Version="202601").json() == {"firstDegreeSize": 12_345}
    desk.settings.versions["202601"] = "2026-11-18"  # today
    assert desk.rest("GET", path, LinkedIn_Version="202601").status_code == 200
    desk.settings.versions["202601"] = "2026-11-17"
    answer = desk.rest("GET", path, LinkedIn_Version="202601")
    assert answer.json() == {
        "status": 426,
        "code": "NONEXISTENT_VERSION",
        "message": "Requested version 20260101 is not active",
    }


def test_pages_and_roles(desk: Any) -> None:
    path = "/organizationAcls?q=roleAssignee"
    every = desk.rest("GET", path, X_RestLi_Method="FINDER").json()["elements"]
    assert {(row["organization"], row["state"]) for row in every} == {
        (FJORD, "APPROVED"),
        (NORTHWIND, "APPROVED"),
        ("urn:li:organization:1035001", "REQUESTED"),
    }
    some = desk.rest("GET", f"{path}&state=APPROVED&role=ADMINISTRATOR").json()["elements"]
    assert some == [
        {"organization": FJORD, "role": "ADMINISTRATOR", "roleAssignee": MINA, "state": "APPROVED"}
    ]
    on_page = desk.rest("GET", f"/organizationAcls?q=organization&organization={enc(FJORD)}").json()
    assert [row["roleAssignee"] for row in on_page["elements"]] == [MINA]
    old = desk.v2("GET", "/organizationalEntityAcls?q=roleAssignee&state=APPROVED").json()["elements"]
    assert old[0]["organizationalTarget~"]["localizedName"] == "Fjord Studio"


@pytest.mark.parametrize(
    ("organization", "status"), [(FJORD, "Approved"), ("urn:li:organization:1035001", "Denied")]
)
def test_authorizations(desk: Any, organization: str, status: str) -> None:
    action = "(organizationContentAuthorizationAction:(actionType:ORGANIC_SHARE_CREATE))"
    key = f"(impersonator:{enc(MINA)},organization:{enc(organization)},action:{action})"
    body = desk.rest("GET", f"/organizationAuthorizations/{key}").json()
    assert f"com.linkedin.organization.{status}" in body["status"]


def test_organizations_are_looked_up(desk: Any) -> None:
    whole = desk.rest("GET", "/organizations/5515715").json()
    assert (whole["id"], whole["localizedName"]) == (5_515_715, "Fjord Studio")
    assert "localizedDescription" in whole
    found = desk.rest("GET", "/organizations?q=vanityName&vanityName=northwind").json()["elements"]
    assert [(page["id"], "localizedDescription" in page) for page in found] == [(2_414_183, False)]
    found = desk.rest("GET", "/organizations?q=emailDomain&emailDomain=contoso.example").json()["elements"]
    assert [page["vanityName"] for page in found] == ["contoso"]
    found = desk.rest("GET", f"/organizations?q=parentOrganization&parent={enc(FJORD)}").json()["elements"]
    assert [page["localizedName"] for page in found] == ["Fjord Labs"]
    several = desk.rest("GET", "/organizationsLookup?ids=List(2414183,9)").json()
    assert several["results"]["2414183"]["localizedName"] == "Northwind"
    assert several["statuses"] == {"2414183": 200, "9": 404}
    mine = desk.rest("GET", "/organizations?ids=List(2414183,5515715)").json()
    assert mine["statuses"] == {"2414183": 403, "5515715": 200}


def test_people_are_found_among_a_pages_followers_only(desk: Any) -> None:
    at_fjord = desk.rest(
        "GET", f"/peopleTypeahead?q=organizationFollowers&keywords=omar&organization={enc(FJORD)}"
    )
    assert [row["member"] for row in at_fjord.json()["elements"]] == [OMAR]
    elsewhere = desk.rest(
        "GET", f"/peopleTypeahead?q=organizationFollowers&keywords=omar&organization={enc(NORTHWIND)}"
    )
    assert elsewhere.json()["elements"] == []
    url = "https%3A//www.linkedin.com/in/omar/"
    by_address = desk.rest(
        "GET", f"/vanityUrl?q=vanityUrlAsOrganization&vanityUrl={url}&organization={enc(FJORD)}"
    )
    assert [row["member"] for row in by_address.json()["elements"]] == [OMAR]


def test_me(desk: Any) -> None:
    body = desk.v2("GET", "/me").json()
    assert (body["id"], body["localizedFirstName"], body["vanityName"]) == ("782bbtaQ", "Mina", "mina")


def test_userinfo_tells_what_the_scopes_allow(desk: Any) -> None:
    assert desk.v2("GET", "/userinfo", token=desk.only("openid")).json() == {"sub": "782bbtaQ"}
    assert "email" not in desk.v2("GET", "/userinfo", token=desk.only("openid", "profile")).json()
