"""Who the member is, and which pages there are: userinfo, me, roles, organisations, people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from postwire.simulator.linkedin import restli
from postwire.simulator.linkedin.ask import ADMINS, POSTERS, Answer, Ask, Operation, batch
from postwire.simulator.linkedin.refusal import bad_query, denied, invalid, not_found
from postwire.simulator.linkedin.settings import ROLES, STATES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from postwire.simulator.linkedin.settings import Member, Page

ADMIN_SCOPES = ("rw_organization_admin", "r_organization_admin")
# Sheet silent on the scopes of look-ups of other organisations: any of the page scopes.
LOOKUP = (*ADMIN_SCOPES, "r_organization_social", "w_organization_social")
FOLLOWED = "COMPANY_FOLLOWED_BY_MEMBER"


def userinfo(ask: Ask) -> Answer:
    """Answer /v2/userinfo."""
    # LinkedIn sheet 5.1: GET /v2/userinfo (locale is an object on the wire)
    member, scopes = ask.member, ask.token.grant.scopes
    body: dict[str, Any] = {"sub": member.sub}
    if "profile" in scopes:
        body |= {
            "name": member.name,
            "given_name": member.given_name,
            "family_name": member.family_name,
            "picture": _picture(member.sub),
            "locale": {"country": "US", "language": "en"},
        }
    if "email" in scopes:
        body |= {"email": member.email, "email_verified": True}
    return Answer(body=body)


def me(ask: Ask) -> Answer:
    """Answer /v2/me."""
    # LinkedIn sheet 5.1: GET /v2/me (needs r_basicprofile)
    member = ask.member
    return Answer(
        body={
            "id": member.sub,
            "localizedFirstName": member.given_name,
            "localizedLastName": member.family_name,
            "localizedHeadline": member.headline,
            "vanityName": member.key,
            "profilePicture": {"displayImage": "urn:li:digitalmediaAsset:D5603AQSim"},
        }
    )


def _picture(name: str) -> str:
    return f"https://media.licdn.com/dms/image/sim/{name}.jpg?e=1830000000&v=beta"


def roles_of_member(ask: Ask) -> Answer:
    """Answer organizationAcls?q=roleAssignee: one row per role."""
    # LinkedIn sheet 5.2: Pages the member may act for
    rows = _acls(ask, (p for p in ask.state.settings.pages), ask.member.sub)
    return ask.listing(rows)


def roles_on_page(ask: Ask) -> Answer:
    """Answer organizationAcls?q=organization."""
    page = ask.managed(ask.text("organization"))
    return ask.listing(_acls(ask, [page], None))


def _acls(ask: Ask, pages: Iterable[Page], only: str | None) -> list[dict[str, str]]:
    wanted = {"role": ROLES, "state": STATES}
    for name, words in wanted.items():
        if name in ask.query:
            ask.one_of(name, words, words[0])
    return [
        {
            "organization": page.urn,
            "role": role,
            "roleAssignee": f"urn:li:person:{sub}",
            "state": state,
        }
        for page in pages
        for sub, role, state in page.roles
        if only in {None, sub}
        and ask.query.get("role", role) == role
        and ask.query.get("state", state) == state
    ]


def decorated_roles(ask: Ask) -> Answer:
    """Answer the legacy organizationalEntityAcls with its projection."""
    # LinkedIn sheet 5.2: Pages the member may act for (the decorated call; only as much as the sheet names)
    if ask.query.get("q") != "roleAssignee":
        raise bad_query()
    rows = []
    for page in ask.state.settings.pages:
        for sub, role, state in page.roles:
            if sub == ask.member.sub and ask.query.get("state", state) == state:
                shown = {"localizedName": page.name, "vanityName": page.vanity}
                rows.append({"role": role, "organizationalTarget": page.urn, "organizationalTarget~": shown})
    return Answer(body={"elements": rows})


# Which roles an action of organizationAuthorizations wants
ACTION_TYPES = {
    "ORGANIC_SHARE_CREATE": POSTERS,
    "ORGANIC_SHARE_VIEW_AS_AUTHOR": POSTERS,
    "ORGANIC_SHARE_EDIT": POSTERS,
    "ORGANIC_SHARE_DELETE": POSTERS,
}


def authorization(ask: Ask) -> Answer:
    """Answer organizationAuthorizations of one key."""
    # LinkedIn sheet 5.2: Pages the member may act for. Sheet silent on the key of a refusal: ...Denied.
    wanted = restli.key(ask.params["key"])
    page = ask.state.page(wanted.get("organization", ""))
    action = restli.key(
        restli.key(wanted.get("action", "")).get("organizationContentAuthorizationAction", "")
    )
    roles = ACTION_TYPES.get(action.get("actionType", ""))
    if page is None or roles is None or wanted.get("impersonator") != ask.member.urn:
        raise invalid("INVALID_VALUE_FOR_FIELD", "impersonator, organization or action is not valid")
    good = bool(ask.state.roles(ask.member.sub, page) & roles)
    status = "Approved" if good else "Denied"
    return Answer(body=wanted | {"action": action, "status": {f"com.linkedin.organization.{status}": {}}})


def organization(ask: Ask) -> Answer:
    """Answer one organisation whole, for its administrators."""
    # LinkedIn sheet 5.3: Organisation lookup
    page = ask.state.page(ask.params["id"])
    if page is None or bool(page.parent) != (ask.operation.resource == "organizationBrands"):
        raise not_found(f"Organization {ask.params['id'][:40]}")
    if not ask.state.roles(ask.member.sub, page) & ADMINS:
        raise denied("Viewer is not an administrator of this organization")
    return Answer(body=_whole(page))


def organizations_batch(ask: Ask) -> Answer:
    """Answer several organisations: whole ones, or the public fields by the look-up."""
    public = ask.operation.resource.endswith("Lookup")
    keys = restli.urns(ask.query, "ids")
    pages = {key: page for key in keys if (page := ask.state.page(key)) is not None and page.id == key}
    if public:
        return batch(keys, {key: _public(page) for key, page in pages.items()})
    mine = {k: _whole(p) for k, p in pages.items() if ask.state.roles(ask.member.sub, p) & ADMINS}
    return batch(keys, mine, dict.fromkeys(pages.keys() - mine.keys(), 403))


def by_vanity_name(ask: Ask) -> Answer:
    """Find an organisation by its vanity name."""
    wanted = ask.text("vanityName")
    return _found(ask, [p for p in ask.state.settings.pages if p.vanity == wanted])


def by_email_domain(ask: Ask) -> Answer:
    """Find organisations by e-mail domain."""
    wanted = ask.text("emailDomain")
    return _found(ask, [p for p in ask.state.settings.pages if p.domain == wanted])


def by_parent(ask: Ask) -> Answer:
    """Find the brands of an organisation."""
    parent = ask.state.page(ask.text("parent"))
    return _found(ask, [p for p in ask.state.settings.pages if parent and p.parent == parent.id])


def _found(ask: Ask, pages: list[Page]) -> Answer:
    return ask.listing([_public(page) for page in pages])


def _public(page: Page) -> dict[str, Any]:
    return {
        "id": int(page.id),
        "localizedName": page.name,
        "vanityName": page.vanity,
        "localizedWebsite": f"https://{page.domain}/",
        "logoV2": {
            "original": "urn:li:digitalmediaAsset:C4D0Sim",
            "cropped": "urn:li:digitalmediaAsset:C4D0Sim",
        },
        "primaryOrganizationType": "BRAND" if page.parent else "NONE",
    }


def _whole(page: Page) -> dict[str, Any]:
    locale = {"country": "US", "language": "en"}
    return _public(page) | {
        "name": {"localized": {"en_US": page.name}, "preferredLocale": locale},
        "localizedDescription": "A simulated organization.",
        "locations": [],
        "industries": ["urn:li:industry:4"],
        "organizationType": "PRIVATELY_HELD",
        "staffCountRange": "SIZE_11_TO_50",
        "foundedOn": {"year": 2019},
        "versionTag": "1",
    }


def network_size(ask: Ask) -> Answer:
    """Answer the number of followers of a page."""
    # LinkedIn sheet 5.3: Organisation lookup (networkSizes)
    page, edge = ask.state.page(ask.params["urn"]), ask.query.get("edgeType")
    if edge != FOLLOWED and not (ask.legacy and edge == "CompanyFollowedByMember"):
        raise bad_query(f"edgeType must be {FOLLOWED}")
    if page is None:
        raise not_found(ask.params["urn"])
    return Answer(body={"firstDegreeSize": page.followers})


def people_typeahead(ask: Ask) -> Answer:
    """Find followers of a page by name."""
    # LinkedIn sheet 5.3: Organisation lookup (peopleTypeahead; the answer's shape is inferred there)
    page, words = ask.managed(ask.text("organization"), POSTERS), ask.text("keywords").lower()
    found = [m for m in _followers(ask, page) if words in m.name.lower()]
    return ask.listing([_person(member) for member in found])


def vanity_url(ask: Ask) -> Answer:
    """Find a follower of a page by the address of a profile."""
    page = ask.managed(ask.text("organization"), POSTERS)
    parts = urlsplit(ask.text("vanityUrl"))
    found = [m for m in _followers(ask, page) if parts.path.strip("/") == f"in/{m.key}"]
    return ask.listing([_person(member) for member in found])


def _followers(ask: Ask, page: Page) -> list[Member]:
    return [member for member in ask.state.settings.members if page.id in member.follows]


def _person(member: Member) -> dict[str, str]:
    return {
        "member": member.urn,
        "firstName": member.given_name,
        "lastName": member.family_name,
        "headline": member.headline,
    }


LEGACY = {
    ("GET", "/v2/userinfo"): Operation("userinfo", "GET", userinfo, ("openid",)),
    ("GET", "/v2/me"): Operation("me", "GET", me, ("r_basicprofile",)),
    ("GET", "/v2/organizationalEntityAcls"): Operation(
        "organizationalEntityAcls", "FINDER", decorated_roles, ADMIN_SCOPES
    ),
    ("GET", "/v2/networkSizes/{urn}"): Operation("networkSizes", "GET", network_size, LOOKUP),
}
REST = {
    "/rest/organizationAcls": {
        "GET:q=roleAssignee": Operation("organizationAcls", "FINDER", roles_of_member, ADMIN_SCOPES),
        "GET:q=organization": Operation("organizationAcls", "FINDER", roles_on_page, ADMIN_SCOPES),
    },
    "/rest/organizationAuthorizations/{key}": {
        "GET": Operation("organizationAuthorizations", "GET", authorization, ADMIN_SCOPES),
    },
    "/rest/organizations/{id}": {"GET": Operation("organizations", "GET", organization, ADMIN_SCOPES)},
    "/rest/organizationBrands/{id}": {
        "GET": Operation("organizationBrands", "GET", organization, ADMIN_SCOPES)
    },
    "/rest/organizations": {
        "GET:ids": Operation("organizations", "BATCH_GET", organizations_batch, ADMIN_SCOPES),
        "GET:q=vanityName": Operation("organizations", "FINDER", by_vanity_name, LOOKUP),
        "GET:q=emailDomain": Operation("organizations", "FINDER", by_email_domain, LOOKUP),
        "GET:q=parentOrganization": Operation("organizations", "FINDER", by_parent, LOOKUP),
    },
    "/rest/organizationsLookup": {
        "GET:ids": Operation("organizationsLookup", "BATCH_GET", organizations_batch, LOOKUP)
    },
    "/rest/organizationBrandsLookup": {
        "GET:ids": Operation("organizationBrandsLookup", "BATCH_GET", organizations_batch, LOOKUP)
    },
    "/rest/networkSizes/{urn}": {"GET": Operation("networkSizes", "GET", network_size, LOOKUP)},
    "/rest/peopleTypeahead": {
        "GET:q=organizationFollowers": Operation(
            "peopleTypeahead", "FINDER", people_typeahead, ("r_organization_followers",)
        )
    },
    "/rest/vanityUrl": {
        "GET:q=vanityUrlAsOrganization": Operation(
            "vanityUrl", "FINDER", vanity_url, ("r_organization_followers",)
        )
    },
}
