"""Fields: `a,b{c,d},edge.limit(5){x}` read and answered, and lists cut into pages."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from postwire.simulator.meta import versions
from postwire.simulator.meta.ask import Ask, Kind, Listing, Made
from postwire.simulator.meta.refusal import GraphError, invalid, no_field

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAME = re.compile(r"[A-Za-z0-9_]+")
_TOKEN_NAME = "access_token"  # noqa: S105 - a parameter's name


@dataclass(slots=True)
class Field:
    """A wanted field, with its modifiers and what is wanted inside it."""

    name: str
    args: dict[str, str] = field(default_factory=dict)
    inner: list[Field] = field(default_factory=list)


def parse(text: str) -> list[Field]:
    """Read a list of fields; raises GraphError 2500."""
    # Meta sheet 1: Hosts, versions, general rules (field expansion)
    found, at = _fields(text, 0)
    if at != len(text):
        raise _syntax(text)
    return found


def _syntax(text: str) -> GraphError:
    return GraphError("2500", f"Syntax error in the field list: {text[:60]}")


def _fields(text: str, at: int) -> tuple[list[Field], int]:
    found: list[Field] = []
    while True:
        one, at = _field(text, at)
        found.append(one)
        if text[at : at + 1] != ",":
            return found, at
        at += 1
        if at == len(text):  # a comma at the end is tolerated (sheet silent)
            return found, at


def _field(text: str, at: int) -> tuple[Field, int]:
    while text[at : at + 1] == " ":
        at += 1
    match = _NAME.match(text, at)
    if match is None:
        raise _syntax(text)
    one, at = Field(match[0]), match.end()
    while text[at : at + 1] == ".":
        at = _modifier(text, at + 1, one)
    if text[at : at + 1] == "{":
        one.inner, at = _fields(text, at + 1)
        if text[at : at + 1] != "}":
            raise _syntax(text)
        at += 1
    return one, at


def _modifier(text: str, at: int, one: Field) -> int:
    match = _NAME.match(text, at)
    if match is None:
        raise _syntax(text)
    if text[match.end() : match.end() + 1] != "(":
        one.inner.append(Field(match[0]))  # `copyright_check_information.status`
        return match.end()
    end = text.find(")", match.end())
    if end < 0:
        raise _syntax(text)
    one.args[match[0]] = text[match.end() + 1 : end]
    return end + 1


def answer(ask: Ask, result: Any) -> Any:
    """Make the JSON of what a function gave."""
    if not isinstance(result, Made | Listing) and not hasattr(result, "kind"):
        return result
    wanted = parse(ask.params.text("fields")) if ask.params.text("fields") else []
    if isinstance(result, Made):
        # Meta sheet 1: Hosts, versions, general rules (read-after-write)
        return show(ask, result.node, wanted) if wanted else dict(result.bare)
    if isinstance(result, Listing):
        names = ("limit", "after", "before", "summary")
        args = {name: ask.params.text(name) for name in names if name in ask.params}
        return listed(ask, result, args, wanted, _next_url)
    return show(ask, result, wanted)


def show(ask: Ask, node: Any, wanted: list[Field]) -> dict[str, Any]:
    """Show a node by fields; what is not set is left out."""
    kind = ask.kinds[node.kind]
    wanted = wanted or [Field(name) for name in kind.default]
    shown: dict[str, Any] = {}
    for one in wanted:
        value = _value(ask, node, kind, one)
        if value is not None:
            shown[one.args.get("as", one.name)] = value
    if "id" in kind.fields:
        shown.setdefault("id", kind.fields["id"](ask, node, {}))
    return shown


def _value(ask: Ask, node: Any, kind: Kind, one: Field) -> Any:
    # Meta sheet 15: Simulator recipe (unknown or flavour-foreign field → 100)
    if one.name in kind.foreign(ask.login):
        raise no_field(one.name, kind.label)
    if getter := kind.fields.get(one.name):
        value = getter(ask, node, one.args)
    elif edge := ask.edges.get((node.kind, one.name, "GET")):
        # Meta sheet 1: Hosts, versions, general rules (field expansion: edges too)
        value = edge(ask.about(node, one.name, one.args))
    else:
        raise no_field(one.name, kind.label)
    if isinstance(value, Listing):
        return listed(ask, value, one.args, one.inner, _edge_url)
    if value is not None and hasattr(value, "kind"):
        return show(ask, value, one.inner)
    return _part(value, one.inner)


def _part(value: Any, inner: list[Field]) -> Any:
    """Show a part of a plain object, or of each in a list."""
    if not inner or value is None:
        return value
    if isinstance(value, list):
        return [_part(item, inner) for item in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"data"}:
        return {"data": _part(value["data"], inner)}
    return {one.name: _part(value[one.name], one.inner) for one in inner if one.name in value}


def listed(ask: Ask, listing: Listing, args: Mapping[str, str], wanted: list[Field], link: Any) -> Any:
    """Cut a page out of a list."""
    # Meta sheet 1.1: Pagination
    limit = _limit(args.get("limit"), listing)
    first, end = _span(listing.items, args, limit)
    page = listing.items[first:end]
    shown = [show(ask, item, wanted) if hasattr(item, "kind") else _part(item, wanted) for item in page]
    body: dict[str, Any] = {"data": shown}
    if page:
        body["paging"] = {"cursors": {"before": cursor(page[0]), "after": cursor(page[-1])}}
        if end < len(listing.items):
            body["paging"]["next"] = link(ask, listing, cursor(page[-1]), limit)
    if listing.summary is not None and args.get("summary", "false") not in {"false", "0"}:
        body["summary"] = dict(listing.summary)
    return body


def _limit(text: str | None, listing: Listing) -> int:
    if text is None:
        return listing.limit
    if not text.isdigit():
        raise invalid("Param limit must be an integer")
    # Meta sheet 1.1: Pagination (max 100). Sheet silent on more: cut to the most.
    return min(int(text), listing.most)


def _span(items: list[Any], args: Mapping[str, str], limit: int) -> tuple[int, int]:
    keys = [_key(item) for item in items]
    if after := args.get("after"):
        first = _index(keys, after) + 1
        return first, first + limit
    if before := args.get("before"):
        end = _index(keys, before)
        return max(0, end - limit), end
    return 0, limit


def _index(keys: list[str], given: str) -> int:
    try:
        return keys.index(base64.urlsafe_b64decode(given.encode()).decode())
    except (ValueError, binascii.Error):
        # Sheet silent on an unusable cursor.
        raise invalid("Invalid cursor.") from None


def _key(item: Any) -> str:
    return str(item.get("id", item) if isinstance(item, dict) else item.id)


def cursor(item: Any) -> str:
    """Make the opaque mark of an item."""
    return base64.urlsafe_b64encode(_key(item).encode()).decode()


def _next_url(ask: Ask, _: Listing, after: str, limit: int) -> str:
    # Meta sheet 1.1: Pagination (`next` repeats the query, with the token when it was sent there)
    query = {name: value for name, value in parse_qsl(ask.raw_query) if name not in {"after", "before"}}
    query |= {"limit": str(limit), "after": after}
    return ask.url(ask.host, f"/{versions.show(ask.version)}/{'/'.join(ask.path)}?{urlencode(query)}")


def _edge_url(ask: Ask, listing: Listing, after: str, limit: int) -> str:
    query = {"limit": str(limit), "after": after}
    if token := dict(parse_qsl(ask.raw_query)).get(_TOKEN_NAME):
        query[_TOKEN_NAME] = token
    return ask.url(ask.host, f"/{versions.show(ask.version)}/{listing.at}?{urlencode(query)}")
