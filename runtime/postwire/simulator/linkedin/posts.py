"""Making, changing and deleting posts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from postwire.simulator.linkedin import content, littletext, notices, restli
from postwire.simulator.linkedin.ask import POSTERS, Acting, Answer, Operation, field_of, patch
from postwire.simulator.linkedin.refusal import (
    RestError,
    blank,
    denied,
    invalid,
    missing_field,
    not_found,
    too_long,
    wrong_value,
)
from postwire.simulator.linkedin.settings import GONE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postwire.simulator.linkedin.ask import Ask
    from postwire.simulator.linkedin.records import Post
    from postwire.simulator.linkedin.state import LinkedIn

RESOURCE = "partnerApiPostsExternal"  # LinkedIn sheet 12: Errors (permission keys)
WRITE = ("w_member_social", "w_organization_social")
AS = Acting(*((scope,) for scope in WRITE))
AUTHORS = frozenset({"person", "organization", "organizationBrand"})
# LinkedIn sheet 6.1: Create
LENGTH = 3_000
VISIBILITIES = ("PUBLIC", "CONNECTIONS", "LOGGED_IN", "CONTAINER")
CALLS = (
    "LEARN_MORE",
    "SIGN_UP",
    "DOWNLOAD",
    "REGISTER",
    "SUBSCRIBE",
    "APPLY",
    "VIEW_QUOTE",
    "JOIN",
    "ATTEND",
    "REQUEST_DEMO",
    "SEE_MORE",
    "BUY_NOW",
    "SHOP_NOW",
)
FIELDS = frozenset(
    {
        "author",
        "commentary",
        "visibility",
        "distribution",
        "lifecycleState",
        "isReshareDisabledByAuthor",
        "content",
        "reshareContext",
        "contentLandingPage",
        "contentCallToActionLabel",
        "container",
        "adContext",
    }
)
TARGETS = frozenset(
    {
        "geoLocations",
        "industries",
        "jobFunctions",
        "seniorities",
        "staffCountRanges",
        "degrees",
        "fieldsOfStudy",
        "schools",
        "organizations",
        "interfaceLocales",
    }
)
# LinkedIn sheet 6.4: Update / delete
UPDATABLE = frozenset(
    {"commentary", "contentCallToActionLabel", "contentLandingPage", "lifecycleState", "adContext"}
)


def create(ask: Ask) -> Answer:
    """Answer POST /rest/posts."""
    # LinkedIn sheet 6.1: Create; the checks in the order of sheet 13
    body = ask.body
    author = author_of(body)
    ask.act(author, AS, POSTERS)
    _envelope(body, author)
    post: dict[str, Any] = {"author": author, "by": ask.member.sub}
    post |= _text(ask, body) | _attachments(ask, author, body)
    _refuse_duplicate(ask.state, post)
    made = ask.state.add_post(kind=_urn_kind(post["content"]), **post, **_kept(body))
    notices.posted(ask.state, made)
    # LinkedIn sheet 1: Twelve things that will surprise you (1: the id is in a header, the body is empty)
    return Answer(201, headers={"x-restli-id": made.urn})


def author_of(body: Mapping[str, Any], name: str = "author", kinds: frozenset[str] = AUTHORS) -> str:
    """Take an author's or actor's URN out of a body."""
    author: str = field_of(body, name, str)
    if restli.kind_of(author) not in kinds:
        raise invalid("INVALID_URN_TYPE", f"Field /{name} is not the URN of a person or an organization")
    return author


def _envelope(body: Mapping[str, Any], author: str) -> None:
    by_page = restli.kind_of(author) != "person"
    for name in body.keys() - FIELDS:  # sheet silent on unknown fields: refused, so that misspellings show
        raise wrong_value(name[:60], "is not a field of a post")
    visibility = field_of(body, "visibility", str)
    if visibility not in VISIBILITIES or (by_page and visibility != "PUBLIC"):
        raise wrong_value("visibility", "must be PUBLIC for a page" if by_page else "is not a visibility")
    if (visibility == "CONTAINER") != (body.get("container") is not None):
        raise wrong_value("container", "goes with the visibility CONTAINER")
    _distribution(field_of(body, "distribution", dict), by_page)
    if field_of(body, "lifecycleState", str) != "PUBLISHED":
        # LinkedIn sheet 14: Contradictions and open points (DRAFT at create: support only PUBLISHED)
        raise wrong_value("lifecycleState", "must be PUBLISHED at creation")
    if not isinstance(body.get("isReshareDisabledByAuthor", False), bool):
        raise wrong_value("isReshareDisabledByAuthor", "must be a boolean")
    _landing(body)


def _distribution(body: Mapping[str, Any], by_page: bool) -> None:
    # LinkedIn sheet 6.1: Create (NONE and targeting for pages only). The 300-member rule needs an audience,
    # which is not simulated.
    feed = field_of(body, "feedDistribution", str, "distribution/")
    if feed not in {"MAIN_FEED", "NONE"} or (feed == "NONE" and not by_page):
        raise wrong_value("distribution/feedDistribution", "must be MAIN_FEED, or NONE for a page")
    targets = body.get("targetEntities") or []
    if not isinstance(targets, list) or (targets and not by_page):
        raise wrong_value("distribution/targetEntities", "is a list, and for pages only")
    for target in targets:
        if not isinstance(target, dict) or target.keys() - TARGETS:
            raise wrong_value("distribution/targetEntities", "has an unknown facet")
        if not all(isinstance(values, list) for values in target.values()):
            raise wrong_value("distribution/targetEntities", "holds lists")


def _landing(body: Mapping[str, Any]) -> None:
    # LinkedIn sheet 12: Errors (INVALID_URL, INVALID_CALL_TO_ACTION)
    page, label = body.get("contentLandingPage"), body.get("contentCallToActionLabel")
    if page is not None and not content.is_address(page):
        raise invalid("INVALID_URL", "Field /contentLandingPage is not a valid URL")
    if label is not None and label not in CALLS:
        raise invalid("INVALID_CALL_TO_ACTION", "Field /contentCallToActionLabel is not a call to action")


def _text(ask: Ask, body: Mapping[str, Any]) -> dict[str, str]:
    # LinkedIn sheet 6.1: Create (an absent key counts as missing; "" with reshareContext)
    if not isinstance(body.get("commentary"), str):
        raise missing_field("commentary")
    source = str(body["commentary"])
    if not source.strip() and (source or not body.get("reshareContext")):
        raise blank("commentary")
    parsed = read_text(ask.state, source)
    return {"text": parsed.text, "little": parsed.little}


def read_text(state: LinkedIn, source: str) -> littletext.Parsed:
    """Parse commentary and measure what is seen of it; raises RestError."""
    parsed = littletext.parse(source, lambda urn: _names(state, urn))
    if parsed.cut is not None and state.settings.strict_text:
        raise wrong_value("commentary", f"has an unescaped reserved character at {parsed.cut}")
    if content.units(parsed.text if parsed.cut is None else source) > LENGTH:
        raise too_long("commentary", LENGTH)
    return parsed


def _names(state: LinkedIn, urn: str) -> tuple[str, ...]:
    # LinkedIn sheet 6.2: little text format (organisations: full name; members: full, first or last name)
    if page := state.page(urn):
        return (page.name,)
    member = state.member(urn)
    return (member.name, member.given_name, member.family_name) if member else ()


def _attachments(ask: Ask, author: str, body: Mapping[str, Any]) -> dict[str, Any]:
    attached, parent = body.get("content"), ""
    if body.get("reshareContext") is not None:
        if attached is not None:
            raise wrong_value("content", "does not go with reshareContext")
        parent = _parent(ask, field_of(body, "reshareContext", dict))
    kept = content.check(ask, author, field_of(body, "content", dict)) if attached is not None else None
    return {"content": kept, "reshare_of": parent}


def _parent(ask: Ask, context: Mapping[str, Any]) -> str:
    urn: str = field_of(context, "parent", str, "reshareContext/")
    if restli.kind_of(urn) not in {"share", "ugcPost"}:
        raise invalid("INVALID_URN_TYPE", "Field /reshareContext/parent is not the URN of a post")
    parent = ask.state.post(urn)
    if parent is None:
        raise invalid("INVALID_URN_ID", f"{urn} was not found")
    if parent.reshare_disabled:
        # Sheet silent on the answer for a post whose author forbids it.
        raise RestError(422, "UNPROCESSABLE_ENTITY", "The author of this post has disabled resharing")
    return urn


def _refuse_duplicate(state: LinkedIn, post: Mapping[str, Any]) -> None:
    # LinkedIn sheet 13: Simulator notes (duplicate rule)
    since = state.milliseconds() - state.settings.duplicate_seconds * 1000
    same = [
        other
        for other in state.posts.values()
        if not other.deleted
        and other.created_ms > since
        and all(getattr(other, name) == post[name] for name in ("author", "text", "content", "reshare_of"))
    ]
    if same:
        raise _duplicate(same[0].urn)


def _duplicate(urn: str) -> RestError:
    # LinkedIn sheet 12: Errors (the recorded 422: no top-level code, class name in front of the sentence)
    wrong = {"description": "Duplicate post is detected", "input": {}, "code": "DUPLICATE_POST"}
    more = {
        "errorDetailType": "com.linkedin.common.error.BadRequest",
        "errorDetails": {"inputErrors": [wrong]},
    }
    name = "com.linkedin.content.common.exception.BadRequestResponseException"
    return RestError(422, "", f"{name}: Content is a duplicate of {urn}", more=more)


def _urn_kind(kept: Mapping[str, Any] | None) -> str:
    # LinkedIn sheet 13: Simulator notes (share for text, image, poll, article; ugcPost for video, document)
    media = (kept or {}).get("media", {}).get("id", "")
    return "ugcPost" if restli.kind_of(media) in {"video", "document"} else "share"


def _kept(body: Mapping[str, Any]) -> dict[str, Any]:
    names = ("contentLandingPage", "contentCallToActionLabel", "container", "adContext")
    return {
        "visibility": body["visibility"],
        "distribution": dict(body["distribution"]),
        "reshare_disabled": body.get("isReshareDisabledByAuthor", False),
        "more": {name: body[name] for name in names if body.get(name) is not None},
    }


def own(ask: Ask) -> Post:
    """Find the post of the path that the token may change; deleted ones too."""
    urn = ask.params["urn"]
    # LinkedIn sheet 12: Errors (INVALID_URN_TYPE: wrong URN)
    if restli.kind_of(urn) not in {"share", "ugcPost"}:
        raise invalid("INVALID_URN_TYPE", f"{urn[:80]} is not the URN of a post")
    post = ask.state.posts.get(urn)
    if post is None:
        raise not_found(urn)
    ask.act(post.author, AS, POSTERS)
    return post


def update(ask: Ask) -> Answer:
    """Answer a partial update of a post."""
    # LinkedIn sheet 6.4: Update / delete (media cannot change)
    post = own(ask)
    if post.deleted:
        raise not_found(post.urn)
    changes = patch(ask.body)
    for name in changes.keys() - UPDATABLE:
        raise wrong_value(f"patch/$set/{name[:60]}", "cannot be changed")
    if changes.get("lifecycleState", "PUBLISHED") != "PUBLISHED":
        raise wrong_value("patch/$set/lifecycleState", "must be PUBLISHED")
    _landing(changes)
    if "commentary" in changes:
        fresh = _text(ask, {"commentary": changes["commentary"]})
        post.text, post.little = fresh["text"], fresh["little"]
    post.more |= {n: changes[n] for n in changes.keys() & {"contentLandingPage", "contentCallToActionLabel"}}
    post.modified_ms, post.edited = ask.state.milliseconds(), True
    return Answer(204)


def delete(ask: Ask) -> Answer:
    """Answer the deletion of a post."""
    # LinkedIn sheet 6.4: Update / delete (again: 204 in the documents, 404 live); sheet 14
    post = own(ask)
    if post.deleted and ask.state.settings.delete_again == GONE:
        raise not_found(post.urn)
    post.deleted = True
    return Answer(204)


def visible(ask: Ask, author: str) -> None:
    """Require that the token may read an author's posts."""
    # LinkedIn sheet 6.3: Read / list / batch; sheet 14 (self-serve reads of own post: 403)
    if restli.kind_of(author) == "person":
        ask.need("r_member_social")
        if author != ask.member.urn:
            raise denied("Viewer is not the author of the post")
        return
    ask.need("r_organization_social")
    ask.managed(author, POSTERS)


REST = {
    "/rest/posts": {"POST": Operation(RESOURCE, "CREATE", create, WRITE)},
    "/rest/posts/{urn}": {
        "POST:PARTIAL_UPDATE": Operation(RESOURCE, "PARTIAL_UPDATE", update, WRITE),
        "DELETE": Operation(RESOURCE, "DELETE", delete, WRITE),
    },
}
