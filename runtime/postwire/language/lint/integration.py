"""Rules of `integration.yaml`."""

from __future__ import annotations

import re
from datetime import date, timedelta
from fnmatch import fnmatchcase
from itertools import product
from typing import TYPE_CHECKING, Final

from postwire.accounts.refusals import REFUSALS, STAGES
from postwire.language.functions import nearest
from postwire.language.lint import kinds
from postwire.language.lint.kinds import TEXT, Type
from postwire.language.lint.prose import reading_day, sentence
from postwire.language.lint.safety import foreign_host
from postwire.language.lint.scope import ACCOUNT, ANSWER, Scope, of_api
from postwire.language.lint.subject import Mistake, ways
from postwire.language.lint.walk import Walk
from postwire.language.template import holes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from postwire.language.manifest import (
        Api,
        Auth,
        AuthStep,
        Children,
        CostRule,
        Flavour,
        Integration,
        Within,
    )
    from postwire.language.webhooks import Webhooks
    from postwire.language.yamlfile import Path

WARNED: Final = 90  # days before a dated API version ends
_ANSWERED: Final = ("message", "error_code", "request_id", "retry_after")


def survey(integration: Integration) -> Walk:
    """Every expression of an integration, read in its scope."""
    walk = Walk(lambda *_: kinds.ANY, lambda _: kinds.ANY)
    api = integration.api
    bare, seen = of_api(), of_api().plus(**ANSWER)
    walk.survey.value(("api", "headers"), api.headers, bare, "headers")
    if api.ok is not None:
        walk.survey.condition(("api", "ok"), api.ok, seen)
    for word in _ANSWERED:
        if (value := getattr(api, word)) is not None:
            walk.survey.value(("api", word), value, seen, word)
    walk.errors(("api", "errors"), api.errors, seen)
    if integration.webhooks is not None:
        _webhooks(walk, integration.webhooks)
    if integration.auth is not None:
        _auth(walk, ("auth",), integration.auth)
    for name, flavour in integration.flavours.items():
        if flavour.auth is not None:
            _auth(walk, ("flavours", name, "auth"), flavour.auth)
    return walk


def _webhooks(walk: Walk, webhooks: Webhooks) -> None:
    """A notice has a body, a challenge a query; there is no account yet, and no answer."""
    signature, path = webhooks.signature, ("webhooks",)
    moment = {} if signature.timestamp is None else {"timestamp": TEXT}
    signed = Scope({"body": TEXT, **moment})
    walk.survey.value((*path, "signature", "signed"), signature.signed, signed, "signed")
    told = Scope({"body": kinds.ANY})
    walk.survey.value((*path, "references"), webhooks.references, told, "references")
    if webhooks.challenge is not None:
        asked = Scope({"query": Type("map")})
        for word in ("token", "answer"):
            value = getattr(webhooks.challenge, word)
            walk.survey.value((*path, "challenge", word), value, asked, word)


def _auth(walk: Walk, path: Path, auth: Auth) -> None:
    """The `auth` section has names of its own (see `accounts/oauth.py`)."""
    optional = dict.fromkeys(auth.app_optional, TEXT.but(optional=True))
    keys = kinds.map_of({**dict.fromkeys(auth.app, TEXT), **optional})
    always = Scope(
        {
            "app": keys,
            "scopes": kinds.list_of(TEXT),
            "redirect_uri": TEXT,
            "run": kinds.map_of({"now": kinds.NUMBER}),
        }
    )
    pkce = {"challenge": TEXT} if auth.authorize.pkce else {}
    consent = always.plus(state=TEXT, pkce=kinds.map_of(pkce))
    walk.survey.value((*path, "authorize", "params"), auth.authorize.params, consent, "params")
    proof = {"verifier": TEXT} if auth.authorize.pkce else {}
    returned = always.plus(state=TEXT, callback=Type("map"), pkce=kinds.map_of(proof))
    known = always.plus(credential=Type("map"))
    for index, step in enumerate(auth.connect):
        _call(walk, (*path, "connect", index), step, returned.plus(credential=Type("map")))
    for index, step in enumerate(auth.refresh.steps):
        _call(walk, (*path, "refresh", "steps", index), step, known)
    for word in ("identity", "inspect", "revoke"):
        if (single := getattr(auth, word)) is not None:
            _call(walk, (*path, word), single, known.plus(account=ACCOUNT))
    if auth.children is not None:
        _children(walk, (*path, "children"), auth.children, known.plus(account=ACCOUNT))
    walk.errors((*path, "errors"), auth.errors, known.plus(**ANSWER))


def _children(walk: Walk, path: Path, children: Children, scope: Scope) -> None:
    for index, each in enumerate(children.lists):
        place: Path = (*path, "lists", index)
        inner = scope
        if each.within is not None:
            inner = scope.plus(within=_items(walk, (*place, "within"), each.within, scope))
        item = _items(walk, place, each, inner)
    inner = scope.plus(item=item if len(children.lists) == 1 else kinds.ANY)
    for index, brought in enumerate(children.accounts):
        place = (*path, "accounts", index)
        if brought.where is not None:
            walk.survey.condition((*place, "where"), brought.where, inner)
        walk.survey.value((*place, "take"), brought.take, inner, "take")


def _items(walk: Walk, path: Path, listed: Within, scope: Scope) -> Type:
    seen, _ = walk.request((*path, "request"), "request", listed.request, scope)
    items = walk.survey.value((*path, "items"), listed.items, seen, "items")
    return items.item or kinds.ANY


def _call(walk: Walk, path: Path, step: AuthStep, scope: Scope) -> None:
    seen, _ = walk.request((*path, "request"), "request", step.request, scope)
    walk.survey.value((*path, "take"), step.take, seen, "take")


def auth_host(integration: Integration, _: date) -> Iterator[Mistake]:
    """The calls of `auth` go to hosts that are declared."""
    known = ways(integration)
    for reading in survey(integration).survey.readings:
        if reading.purpose == "address":
            flavour = str(reading.path[1]) if reading.path[0] == "flavours" else ""
            yield from foreign_host(reading, known[flavour])


def connection_codes(integration: Integration, _: date) -> Iterator[Mistake]:
    """`auth.codes` maps stages of connecting, or scopes, to codes of the connection error reference."""
    sections: list[tuple[Path, Auth | None]] = [(("auth",), integration.auth)]
    sections += [(("flavours", name, "auth"), each.auth) for name, each in integration.flavours.items()]
    for path, auth in sections:
        if auth is None:
            continue
        stages = [*STAGES, *auth.authorize.scopes]
        for stage, code in auth.codes.items():
            place = (*path, "codes", stage)
            if stage not in stages:
                message = f"{stage} is neither a stage of connecting nor a scope{nearest(stage, stages)}"
                yield Mistake(place, message, at_key=True)
            if code not in REFUSALS:
                yield Mistake(place, f"there is no connection error {code}{nearest(code, REFUSALS)}")


def webhook_key(integration: Integration, _: date) -> Iterator[Mistake]:
    """The keys that `webhooks` names are keys of the operator's app."""
    webhooks = integration.webhooks
    if webhooks is None:
        return
    sections = [each for each in (integration.auth, *(f.auth for f in integration.flavours.values())) if each]
    known = {name for auth in sections for name in (*auth.app, *auth.app_optional)}
    named: list[tuple[Path, str]] = [
        (("webhooks", "signature", "keys", index), key) for index, key in enumerate(webhooks.signature.keys)
    ]
    if webhooks.challenge is not None:
        named.append((("webhooks", "challenge", "key"), webhooks.challenge.key))
    for path, key in named:
        if key not in known:
            yield Mistake(path, f"the app has no key {key}{nearest(key, known)}")


def webhook_timestamp(integration: Integration, _: date) -> Iterator[Mistake]:
    """A timestamp that a notice shows is signed with it, and so is the body: else both prove nothing."""
    if integration.webhooks is None:
        return
    signature, path = integration.webhooks.signature, ("webhooks", "signature", "signed")
    read = " ".join(hole.expression for hole in holes(signature.signed))
    wanted = ["body", *([] if signature.timestamp is None else ["timestamp"])]
    for name in wanted:
        if not re.search(rf"\b{name}\b", read):
            yield Mistake(path, f"what is signed holds no {name}")


def integration_description(integration: Integration, _: date) -> Iterator[Mistake]:
    """The description of an integration is made of sentences."""
    yield from sentence(("description",), integration.description)


def setup_texts(integration: Integration, _: date) -> Iterator[Mistake]:
    """What people read before they connect is made of sentences, its titles of a few words."""
    setup, path = integration.setup, ("setup",)
    if setup is None:
        return
    for index, each in enumerate(setup.requirements):
        place: Path = (*path, "requirements", index)
        if each.title.rstrip().endswith("."):
            yield Mistake((*place, "title"), "a title has no dot at its end")
        if each.text:
            yield from sentence((*place, "text"), each.text)
    for index, step in enumerate(setup.guide):
        yield from sentence((*path, "guide", index), step)
    if setup.phone is not None:
        yield from sentence((*path, "phone", "text"), setup.phone.text)


def integration_docs(integration: Integration, today: date) -> Iterator[Mistake]:
    """The day on which the provider's pages were read is a day that has been."""
    yield from reading_day(integration.docs, today)


def bare_host(integration: Integration, _: date) -> Iterator[Mistake]:
    """`trust` and `reach` hold host names; only `reach` may have `*`, and never alone."""
    places: list[tuple[Path, Api | Flavour]] = [(("api",), integration.api)]
    places += [(("flavours", name), flavour) for name, flavour in integration.flavours.items()]
    for place, word in product(places, ("trust", "reach")):
        for index, host in enumerate(getattr(place[1], word)):
            path = (*place[0], word, index)
            if "/" in host or ":" in host:
                yield Mistake(path, f"{host} is no bare host name such as api.acme.test")
            elif "*" in host and (word == "trust" or host.strip("*.").count(".") < 1):
                yield Mistake(path, f"{host} lets too many hosts in")


def limit_path(integration: Integration, _: date) -> Iterator[Mistake]:
    """A limit's path begins with `/`; no two limits say the same."""
    seen = set()
    for index, rule in enumerate(integration.limits):
        if not rule.path.startswith(("/", "*")):
            yield Mistake(("limits", index, "path"), "a path begins with /")
        same = (rule.path, rule.method, rule.per, rule.of)
        if same in seen:
            yield Mistake(("limits", index), "an earlier limit says this already")
        seen.add(same)


def cost_path(integration: Integration, _: date) -> Iterator[Mistake]:
    """A price's path begins with `/`, and no earlier price takes all of its calls."""
    seen: list[CostRule] = []
    for index, rule in enumerate(integration.costs):
        if not rule.path.startswith(("/", "*")):
            yield Mistake(("costs", index, "path"), "a path begins with /")
        if any(fnmatchcase(rule.path, old.path) and old.method in (None, rule.method) for old in seen):
            yield Mistake(("costs", index), "an earlier price stands for these calls already")
        seen.append(rule)


def version_day(integration: Integration, _: date) -> Iterator[Mistake]:
    """`version_ends` is a day, of a version that is named."""
    if integration.version_ends is None:
        return
    if not integration.version:
        yield Mistake(("version_ends",), "version_ends without version", at_key=True)
    try:
        date.fromisoformat(integration.version_ends)
    except ValueError:
        yield Mistake(("version_ends",), f"there is no day {integration.version_ends}")


def retiring(integration: Integration, today: date, days: int = WARNED) -> Iterator[Mistake]:
    """The mistake of an API version that ends in fewer than *days* days.

    Not among the rules of `check`: a file that was right yesterday does not become wrong by itself; a test
    asks for it with the day of the test.
    """
    if integration.version_ends is not None:
        left = date.fromisoformat(integration.version_ends) - today
        if left < timedelta(days=days):
            message = f"version {integration.version} ends on {integration.version_ends}, in {left.days} days"
            yield Mistake(("version_ends",), message, "Move to the next version of the API.")


RULES: Final[tuple[Callable[[Integration, date], Iterator[Mistake]], ...]] = (
    integration_description,
    integration_docs,
    auth_host,
    bare_host,
    limit_path,
    cost_path,
    version_day,
    connection_codes,
    setup_texts,
    webhook_key,
    webhook_timestamp,
)
