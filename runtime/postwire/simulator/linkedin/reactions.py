"""Reactions, and the legacy likes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from postwire.simulator.linkedin import notices, restli, social
from postwire.simulator.linkedin.ask import Answer, Operation, batch, field_of
from postwire.simulator.linkedin.posts import AUTHORS, author_of
from postwire.simulator.linkedin.records import Reaction
from postwire.simulator.linkedin.refusal import bad_query, invalid, not_found, wrong_value

if TYPE_CHECKING:
    from postwire.simulator.linkedin.ask import Ask

# LinkedIn sheet 8.2: Reactions (MAYBE is deprecated: 400)
TYPES = ("LIKE", "PRAISE", "EMPATHY", "INTEREST", "APPRECIATION", "ENTERTAINMENT")
SORTS = ("REVERSE_CHRONOLOGICAL", "CHRONOLOGICAL", "RELEVANCE")


def create(ask: Ask) -> Answer:
    """Answer POST /rest/reactions."""
    # LinkedIn sheet 8.2: Reactions; sheet 14 (reaction actor: query)
    actor = ask.text("actor")
    kind = field_of(ask.body, "reactionType", str)
    if kind not in TYPES:
        raise wrong_value("reactionType", f"must be one of {', '.join(TYPES)}")
    reaction = _react(ask, actor, field_of(ask.body, "root", str), kind)
    return Answer(201, _shown(reaction), {"x-restli-id": reaction.urn})


def _react(ask: Ask, actor: str, root: str, kind: str) -> Reaction:
    if restli.kind_of(actor) not in AUTHORS:
        raise invalid("INVALID_URN_TYPE", "actor is not the URN of a person or an organization")
    social.act(ask, actor)
    post, comment = social.target(ask, root)
    now, state = ask.state.milliseconds(), ask.state
    agent = "" if actor == ask.member.urn else ask.member.urn
    fresh = Reaction(actor, agent, comment.urn if comment else post.activity, kind, now, now)
    # LinkedIn sheet 8.2: Reactions (re-creating replaces the type)
    if old := state.reactions.get(fresh.urn):
        fresh.created_ms = old.created_ms
    elif actor != post.author and comment is None:
        notices.note(state, post.author, "LIKE", post.activity, fresh.urn)
    state.reactions[fresh.urn] = fresh
    return fresh


def _entity(ask: Ask, urn: str) -> tuple[Any, str]:
    post, comment = social.target(ask, urn)
    return post, comment.urn if comment else post.activity


def _find(ask: Ask, key: dict[str, Any]) -> tuple[Any, Reaction | None]:
    if key.keys() != {"actor", "entity"} or not all(isinstance(part, str) for part in key.values()):
        raise bad_query("The key of a reaction is (actor:URN,entity:URN)")
    post, entity = _entity(ask, key["entity"])
    return post, ask.state.reactions.get(f"urn:li:reaction:({key['actor']},{entity})")


def get(ask: Ask) -> Answer:
    """Answer one reaction."""
    post, reaction = _find(ask, restli.key(ask.params["key"]))
    social.readable(ask, post)
    if reaction is None:
        raise not_found("Reaction")
    return Answer(body=_shown(reaction))


def several(ask: Ask) -> Answer:
    """Answer a batch of reactions."""
    keys = ask.query.get("ids")
    if not isinstance(keys, list) or not keys or not all(isinstance(key, dict) for key in keys):
        raise bad_query("ids must be a List() of (actor:URN,entity:URN)")
    names, found = [], {}
    for key in keys:
        post, reaction = _find(ask, key)
        social.readable(ask, post)
        names.append(f"(actor:{quote(key['actor'], safe='')},entity:{quote(key['entity'], safe='')})")
        if reaction is not None:
            found[names[-1]] = _shown(reaction)
    return batch(names, found)


def listed(ask: Ask) -> Answer:
    """Answer the reactions to a post or comment."""
    # LinkedIn sheet 8.2: Reactions (list)
    key = restli.key(ask.params["key"])
    if key.keys() != {"entity"}:
        raise bad_query("The key of the finder is (entity:URN)")
    post, entity = _entity(ask, key["entity"])
    social.readable(ask, post)
    sort = ask.query.get("sort", {"value": SORTS[0]})
    if not isinstance(sort, dict) or sort.get("value") not in SORTS:
        raise bad_query("sort must be (value:WORD)")
    rows = sorted(social.reactions_on(ask, entity), key=lambda reaction: reaction.created_ms)
    if sort["value"] != "CHRONOLOGICAL":
        rows.reverse()
    return ask.listing([_shown(reaction) for reaction in rows])


def delete(ask: Ask) -> Answer:
    """Answer the deletion of a reaction."""
    key = restli.key(ask.params["key"])
    _, reaction = _find(ask, key)
    social.act(ask, key["actor"])
    if reaction is None:
        raise not_found("Reaction")  # sheet silent on a reaction that is gone
    del ask.state.reactions[reaction.urn]
    return Answer(204)


def _shown(reaction: Reaction) -> dict[str, Any]:
    by = {"actor": reaction.actor} | ({"impersonator": reaction.agent} if reaction.agent else {})
    return {
        "id": reaction.urn,
        "root": reaction.entity,
        "reactionType": reaction.kind,
        "created": by | {"time": reaction.created_ms},
        "lastModified": by | {"time": reaction.modified_ms},
    }


def like(ask: Ask) -> Answer:
    """Answer a legacy like."""
    # LinkedIn sheet 8.1: Comments (self-serve fallback; x-restli-id is the actor's URN)
    actor = author_of(ask.body, "actor")
    post, comment = social.target(ask, ask.params["urn"])
    named, other = social.target(ask, field_of(ask.body, "object", str))
    if (named, other) != (post, comment):
        raise wrong_value("object", "is not the post of the address")
    reaction = _react(ask, actor, ask.params["urn"], "LIKE")
    shown = _shown(reaction)
    body = {
        "$URN": f"urn:li:like:({actor},{reaction.entity})",
        "actor": actor,
        "agent": reaction.agent or actor,
        "object": reaction.entity,
        "created": shown["created"],
        "lastModified": shown["lastModified"],
    }
    return Answer(201, body, {"x-restli-id": actor})


def unlike(ask: Ask) -> Answer:
    """Answer the end of a legacy like."""
    actor = ask.params["actor"]
    if ask.text("actor") != actor:
        raise bad_query("actor must be the actor of the address")
    social.act(ask, actor)
    _, entity = _entity(ask, ask.params["urn"])
    if ask.state.reactions.pop(f"urn:li:reaction:({actor},{entity})", None) is None:
        raise not_found("Like")
    return Answer(204)


_LIKES = "/v2/socialActions/{urn}/likes"
_NAME = "partnerApiReactions"
LEGACY = {
    ("POST", _LIKES): Operation(social.SOCIAL_ACTIONS, "CREATE-likes", like, social.LEGACY_WRITE),
    ("DELETE", f"{_LIKES}/{{actor}}"): Operation(
        social.SOCIAL_ACTIONS, "DELETE-likes", unlike, social.LEGACY_WRITE
    ),
}
REST = {
    "/rest/reactions": {
        "POST": Operation(_NAME, "CREATE", create, social.WRITE),
        "GET:ids": Operation(_NAME, "BATCH_GET", several, social.READ),
    },
    "/rest/reactions/{key}": {
        "GET:q=entity": Operation(_NAME, "FINDER-entity", listed, social.READ),
        "GET": Operation(_NAME, "GET", get, social.READ),
        "DELETE": Operation(_NAME, "DELETE", delete, social.WRITE),
    },
}
