"""Rules of what may go where: secrets, addresses, permissions, and values that may be missing."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final

from postwire.language.functions import nearest
from postwire.language.lint.fitting import Misfit, misfits
from postwire.language.lint.subject import Mistake, Subject, Way

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from postwire.language.lint.survey import Reading
    from postwire.language.template import Hole
    from postwire.language.yamlfile import Path

# Without these a request cannot be made at all.
_NEEDED: Final = frozenset({"address", "part_size", "ranges", "first", "last", "media"})
# Where a secret may pass: it is kept, or handed on, and the rule looks again where it comes out.
_KEEPS: Final = frozenset({"auth", "save", "let", "collect", "foreach", "items"})
_MARK: Final = "x-secret"


def maybe_missing(subject: Subject) -> Iterator[Mistake]:
    """What a request cannot do without is always there: its address, the parts of an upload."""
    remedy = "Give a fallback with ??, or put the step behind when: exists(…)."
    for reading in subject.walk.survey.readings:
        hole = next((hole for hole, found in reading.holes if found.is_loose), None)
        if reading.purpose in _NEEDED and hole is not None:
            part = (reading.value, hole.offset, len(hole.expression))
            message = f"{hole.expression} may be missing, and {reading.purpose} needs a value"
            yield Mistake(reading.path, message, remedy, part=part)


def address_from_input(subject: Subject) -> Iterator[Mistake]:
    """No address is the caller's: an input may fill a part of a path, not say where a request goes.

    What a private action gets is another action's; that one is looked at where it calls.
    """
    if subject.is_private:
        return
    for reading, hole in _steering(subject):
        part = (reading.value, hole.offset, len(hole.expression))
        message = f"{hole.expression} is the caller's, and would say where the request goes"
        yield Mistake(reading.path, message, part=part)
    for call in subject.walk.callings:
        for name in _steered(subject, call.name, frozenset()):
            if name in call.given and call.given[name].given and call.given[name].words is None:
                message = f"this is the caller's, and {call.name} sends a request there"
                yield Mistake((*call.path, "with", name), message)


def _steering(subject: Subject) -> Iterator[tuple[Reading, Hole]]:
    """The holes of addresses that say the host, and hold what was given from outside."""
    for reading in _addresses(subject):
        for hole, found in reading.holes:
            if found.given and found.words is None and hole.offset < _path_start(reading.value):
                yield reading, hole


def _steered(subject: Subject, name: str, seen: frozenset[str]) -> Iterator[str]:
    """The inputs of the action *name* that say where it, or one that it calls, sends a request."""
    called = subject.folder.subject(name) if name not in seen else None
    if called is None:
        return
    found = " ".join(hole.expression for _, hole in _steering(called))
    for call in called.walk.callings:
        for other in _steered(called, call.name, seen | {name}):
            found += f" {called.handed(call.path, other)}" if other in call.given else ""
    yield from (
        each for each in called.input.get("properties", {}) if re.search(rf"\binput\.{each}\b", found)
    )


def _path_start(address: str) -> int:
    """Where the path of an address begins; behind its end where a hole gives the host."""
    if address.startswith("/"):
        return 0
    start = address.find("/", address.find("://") + 3) if "://" in address else address.find("/")
    return len(address) if start < 0 or address.startswith("${{") else start


def undeclared_host(subject: Subject) -> Iterator[Mistake]:
    """An address that is spelled out is on a host that `integration.yaml` declares, or begins with `/`."""
    for reading in _addresses(subject):
        yield from next(filter(None, (list(foreign_host(reading, way)) for way in subject.ways)), [])


def foreign_host(reading: Reading, way: Way) -> Iterator[Mistake]:
    """The mistake of an address on a host that is not declared for accounts of this kind of login."""
    if reading.value.startswith(("/", "${{")):
        return
    if not reading.value.startswith(("https://", "http://")):
        yield Mistake(reading.path, "an address begins with / (then api.base comes before it) or https://")
        return
    host = reading.value.partition("://")[2].partition("/")[0]
    if "${{" not in host and not any(fnmatchcase(host, glob) for glob in way.hosts):
        remedy = "Add it to api.reach (no credential goes there) or api.trust of integration.yaml."
        yield Mistake(reading.path, f"the host {host} is not declared{nearest(host, way.hosts)}", remedy)


def _addresses(subject: Subject) -> Iterator[Reading]:
    return (each for each in subject.walk.survey.readings if each.purpose == "address")


def secret_outside_auth(subject: Subject) -> Iterator[Mistake]:
    """A secret flows into `auth` and nowhere else."""
    calls = {call.path: call.name for call in subject.walk.callings}
    for reading in subject.walk.survey.readings:
        if reading.type.secret and reading.purpose not in _KEEPS and not _is_taken(subject, reading, calls):
            message = f"a secret must not go into {reading.purpose}"
            hole = next(hole for hole, found in reading.holes if found.secret)
            part = (reading.value, hole.offset, len(hole.expression))
            yield Mistake(reading.path, message, "Secrets flow into auth and nowhere else.", part=part)


def _is_taken(subject: Subject, reading: Reading, calls: dict[Path, str]) -> bool:
    """Whether the place that the secret goes to is marked as one for secrets."""
    if reading.purpose == "return":
        return _marked(subject.output, reading.path[1:])
    if reading.purpose == "with":
        called = calls.get(reading.path[:-2])
        schema = subject.folder.schema(called, "input") if called else None
        return _marked(schema, reading.path[-1:])
    return False


def _marked(schema: Any, path: Path) -> bool:
    for key in path:
        if not isinstance(schema, dict):
            return False
        inner = schema.get("items") if key in ("$each", "to") else (schema.get("properties") or {}).get(key)
        schema = inner
    return isinstance(schema, dict) and schema.get(_MARK) is True


def secret_shown(subject: Subject) -> Iterator[Mistake]:
    """Only a private action returns a secret."""
    if subject.is_private:
        return
    for name, schema in subject.output.get("properties", {}).items():
        if isinstance(schema, dict) and schema.get(_MARK) is True:
            message = f"a public action must not return the secret {name}"
            remedy = "Make the action private: begin its name with _."
            yield Mistake(("output", "properties", name), message, remedy, at_key=True)


def auth_without_secret(subject: Subject) -> Iterator[Mistake]:
    """A credential of one's own comes from an output that is marked `x-secret: true`."""
    for reading in subject.walk.survey.readings:
        if reading.purpose == "auth" and reading.holes and not reading.type.secret:
            remedy = "Mark the output that it comes from with x-secret: true."
            yield Mistake(reading.path, "this credential is not marked as a secret", remedy)


def undeclared_scope(subject: Subject) -> Iterator[Mistake]:
    """Every scope is one that connecting an account asks for."""
    known = [scope for way in subject.ways if way.auth for scope in way.auth.authorize.scopes]
    if not any(way.auth for way in subject.ways):
        return
    for index, said in enumerate(subject.action.scopes):
        for scope in said.split(" or "):
            if scope not in known:
                message = f"connecting an account does not ask for {scope}{nearest(scope, known)}"
                remedy = "Declare it in auth.authorize.scopes of integration.yaml."
                yield Mistake(("scopes", index), message, remedy)


def unknown_flavour(subject: Subject) -> Iterator[Mistake]:
    """`flavours` names kinds of login that `integration.yaml` has."""
    if subject.integration is not None:
        known = subject.integration.flavours
        for index, name in enumerate(subject.action.flavours):
            if name not in known:
                yield Mistake(("flavours", index), f"there is no flavour {name}{nearest(name, known)}")


def output_field(subject: Subject) -> Iterator[Mistake]:
    """`return` gives the fields that `output` describes, and of their kinds."""
    for misfit in _returned(subject):
        if misfit.kind in ("unknown", "type"):
            yield Mistake(misfit.path, misfit.message, at_key=misfit.kind == "unknown")


def output_missing(subject: Subject) -> Iterator[Mistake]:
    """`return` gives every field that `output` requires."""
    action = subject.action
    if action.return_ is None and subject.output.get("required"):
        yield Mistake(("output", "required"), "there is no return, so that these are never given")
    for misfit in _returned(subject):
        if misfit.kind == "missing":
            yield Mistake(misfit.path, misfit.message, at_key=True)
        elif misfit.kind == "loose":
            yield Mistake(misfit.path, misfit.message, severity="warning")


def _returned(subject: Subject) -> Iterator[Misfit]:
    value = subject.action.return_
    if value is not None and subject.output.get("properties"):
        yield from misfits(value, subject.walk.returned, subject.output, ("return",), "output")


RULES: Final[tuple[Callable[[Subject], Iterator[Mistake]], ...]] = (
    maybe_missing,
    address_from_input,
    undeclared_host,
    secret_outside_auth,
    secret_shown,
    auth_without_secret,
    undeclared_scope,
    unknown_flavour,
    output_field,
    output_missing,
)
