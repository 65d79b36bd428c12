"""`quality.yaml`: what an integration says of itself, rule by rule, and what a program can prove of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from pydantic import Field

from postwire.language.functions import nearest
from postwire.language.lint.subject import Folder, Mistake, Way, ways
from postwire.language.word import Word

if TYPE_CHECKING:
    from postwire.language.manifest import Action

Proof = Callable[[Folder], Iterator[str]]


class QualityRule(Word):
    """Where an integration stands with one rule, and why."""

    status: Literal["done", "todo", "exempt"] = Field(
        description="done: it is so; todo: not yet; exempt: it makes no sense here."
    )
    comment: str = Field(default="", description="Why it is not done; needed with todo and exempt.")


class Quality(Word):
    """`quality.yaml`: every rule, with where the integration stands."""

    rules: dict[str, QualityRule] = Field(description="By the rule's name.")


@dataclass(frozen=True, slots=True)
class Standard:
    """One rule of quality: what it asks for, and how to prove that it is not done (None: people judge)."""

    asks: str
    disproof: Proof | None = None


def _public(folder: Folder) -> Iterator[tuple[str, Action]]:
    for name in folder.names:
        found = folder.model(name)
        if found is not None and not name.startswith("_"):
            yield name, found


def _without_cassette(folder: Folder) -> Iterator[str]:
    for name, _ in _public(folder):
        if folder.cassette(name) is None:
            yield f"{name} has no cassette"


def _without_example(folder: Folder) -> Iterator[str]:
    return (f"{name} has no example" for name, action in _public(folder) if not action.examples)


def _without_docs(folder: Folder) -> Iterator[str]:
    return (f"{name} has no docs" for name, action in _public(folder) if action.docs is None)


def _unmapped_codes(folder: Folder) -> Iterator[str]:
    found = folder.integration.model
    mapped = {rule.code for rule in found.api.errors} if found else None
    for code in ("auth_expired", "rate_limited"):
        if mapped is not None and code not in mapped:
            yield f"no rule of api.errors gives {code}"


def _without_limits(folder: Folder) -> Iterator[str]:
    found = folder.integration.model
    if found is not None and not found.limits:
        yield "integration.yaml has no limits"


def _without_refresh(folder: Folder) -> Iterator[str]:
    for name, way in _ways(folder):
        if way.auth is None or way.auth.refresh.uses == "none":
            yield f"{name}auth.refresh of integration.yaml renews nothing"


def _without_revoke(folder: Folder) -> Iterator[str]:
    for name, way in _ways(folder):
        if way.auth is None or way.auth.revoke is None:
            yield f"integration.yaml has no {name}auth.revoke"


def _ways(folder: Folder) -> Iterator[tuple[str, Way]]:
    """Every kind of login, and what its words in `integration.yaml` begin with."""
    found = ways(folder.integration.model) if folder.integration.model else {}
    return ((f"flavours.{name}." if name else "", way) for name, way in found.items())


def _without_icon(folder: Folder) -> Iterator[str]:
    icon = folder.path / "icon.svg"
    if not icon.is_file() or b"<svg" not in icon.read_bytes():
        yield "there is no icon.svg with a picture in it"


def _undescribed(folder: Folder) -> Iterator[str]:
    for name, action in _public(folder):
        for schema in (action.input, action.output):
            properties = schema.get("properties")
            for key, inner in properties.items() if isinstance(properties, dict) else ():
                if not (isinstance(inner, dict) and inner.get("description")):
                    yield f"{name} does not describe {key}"


def _python(folder: Folder) -> Iterator[str]:
    return (
        f"{file.relative_to(folder.path).as_posix()} is Python" for file in sorted(folder.path.rglob("*.py"))
    )


def _not_live(folder: Folder) -> Iterator[str]:
    for name, _ in _public(folder):
        found = folder.cassette(name)
        if found is None or found.source != "live":
            yield f"the traffic of {name} was not recorded live"


STANDARDS: Final[dict[str, Standard]] = {
    "cassette-for-every-action": Standard("Every public action has recorded traffic.", _without_cassette),
    "example-for-every-action": Standard("Every public action has an example.", _without_example),
    "error-codes-mapped": Standard("The platform's error codes lead to ours.", _unmapped_codes),
    "limits-declared": Standard("The platform's limits are declared.", _without_limits),
    "docs-linked": Standard("Every public action names the provider's page.", _without_docs),
    "refresh": Standard("An account's credential is renewed before it ends.", _without_refresh),
    "revoke": Standard("Disconnecting an account ends its credential.", _without_revoke),
    "simulator": Standard("A simulator answers as the platform's documentation says."),
    "icon": Standard("There is an icon.", _without_icon),
    "descriptions": Standard("Every input and output is described.", _undescribed),
    "no-python": Standard("The integration is data only.", _python),
    "live-recorded": Standard("Every cassette was recorded on the live platform.", _not_live),
}


def quality_unknown(quality: Quality, _: Folder) -> Iterator[Mistake]:
    """`quality.yaml` names rules that there are; of its own it may exempt what the platform cannot do."""
    for name, rule in quality.rules.items():
        hint = nearest(name, STANDARDS)
        if name not in STANDARDS and (hint or rule.status != "exempt"):
            yield Mistake(("rules", name), f"there is no rule {name}{hint}", at_key=True)


def quality_missing(quality: Quality, _: Folder) -> Iterator[Mistake]:
    """`quality.yaml` says where the integration stands with every rule."""
    for name, standard in STANDARDS.items():
        if name not in quality.rules:
            yield Mistake(("rules",), f"nothing is said of {name}", standard.asks, at_key=True)


def quality_comment(quality: Quality, _: Folder) -> Iterator[Mistake]:
    """What is not done says why."""
    for name, rule in quality.rules.items():
        if rule.status != "done" and not rule.comment.strip():
            yield Mistake(("rules", name), f"{name} is {rule.status} and does not say why", at_key=True)


def quality_not_done(quality: Quality, folder: Folder) -> Iterator[Mistake]:
    """What is called done is done, as far as a program can tell."""
    for name, rule in quality.rules.items():
        disproof = STANDARDS[name].disproof if name in STANDARDS else None
        for proof in disproof(folder) if disproof and rule.status == "done" else ():
            yield Mistake(("rules", name), f"{name} is not done: {proof}", at_key=True)


RULES: Final[tuple[Callable[[Quality, Folder], Iterator[Mistake]], ...]] = (
    quality_unknown,
    quality_missing,
    quality_comment,
    quality_not_done,
)
