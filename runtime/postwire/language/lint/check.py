"""Checks manifests without running them: every mistake at once, each with its place."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

from postwire.errors import ManifestInvalid
from postwire.language.lint import (
    expressions,
    folder,
    integration,
    order,
    prose,
    quality,
    safety,
    schemas,
    shape,
    texts,
)
from postwire.language.lint.document import Document, file_finding
from postwire.language.lint.quality import Quality
from postwire.language.lint.subject import Folder, Mistake
from postwire.language.locate import MANIFEST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from postwire.language.lint.finding import Finding
    from postwire.language.lint.survey import Survey

_ACTION_RULES: Final = (*schemas.RULES, *order.RULES, *safety.RULES, *prose.RULES)
_EVERY: Final[tuple[Callable[..., Any], ...]] = (
    *shape.RULES,
    *texts.RULES,
    *expressions.RULES,
    *_ACTION_RULES,
    *integration.RULES,
    *quality.RULES,
    *folder.RULES,
)
RULES: Final[dict[str, str]] = {
    rule.__name__.replace("_", "-"): (rule.__doc__ or "").strip() for rule in _EVERY
}


def check(paths: Sequence[Path], *, today: date | None = None) -> list[Finding]:
    """Every mistake in *paths*, in order of file and line.

    Args:
        paths: folders of integrations, folders that hold such folders, or single action files (their
            integration is read too, but only the action's own mistakes are told).
        today: pages cannot have been read after it; the day in UTC by default.

    Raises:
        ManifestInvalid: a path that is none of these.
    """
    day = today or datetime.now(UTC).date()
    found: set[Finding] = set()
    for path in paths:
        found.update(_check(path, day))
    return sorted(found)


def _check(path: Path, today: date) -> Iterator[Finding]:
    if path.is_file() and path.suffix == ".yaml" and path.name != MANIFEST:
        yield from _action(Folder(path.parent.parent, today), path.stem)
        return
    if path.name == MANIFEST:
        path = path.parent
    inside = sorted(path.iterdir()) if path.is_dir() else []
    folders = [path] if _is_integration(path) else [each for each in inside if _is_integration(each)]
    if not folders:
        raise ManifestInvalid(
            f"There is no integration in {path}.",
            remedy="Name an integration's folder, a folder of them, or the file of an action.",
        )
    for each in folders:
        yield from _folder(Folder(each, today))


def _is_integration(path: Path) -> bool:
    return (path / MANIFEST).is_file() or (path / "actions").is_dir()


def _folder(about: Folder) -> Iterator[Finding]:
    for rule in folder.RULES:
        for file, message in rule(about):
            yield file_finding(file, _id(rule), message)
    yield from _integration(about)
    yield from _quality(about)
    for name in about.names:
        yield from _action(about, name)


def _integration(about: Folder) -> Iterator[Finding]:
    if not (about.path / MANIFEST).is_file():
        return
    sheet = about.integration
    yield from sheet.findings
    if sheet.model is not None and sheet.document is not None:
        yield from _faults(sheet.document, integration.survey(sheet.model).survey)
        for rule in integration.RULES:
            yield from _mistakes(sheet.document, rule, rule(sheet.model, about.today))


def _quality(about: Folder) -> Iterator[Finding]:
    file = about.path / "quality.yaml"
    if not file.is_file():
        return
    sheet = shape.read(file, Quality)
    yield from sheet.findings
    if sheet.model is not None and sheet.document is not None:
        for rule in quality.RULES:
            yield from _mistakes(sheet.document, rule, rule(sheet.model, about))


def _action(about: Folder, name: str) -> Iterator[Finding]:
    yield from about.action(name).findings
    subject = about.subject(name)
    if subject is None:
        return
    yield from _faults(subject.document, subject.walk.survey)
    for rule in _ACTION_RULES:
        yield from _mistakes(subject.document, rule, rule(subject))


def _faults(document: Document, survey: Survey) -> Iterator[Finding]:
    for fault in survey.faults:
        if fault.value is None:
            spot = document.key(fault.path)
        else:
            spot = document.inside(fault.path, fault.value, fault.offset, fault.width)
        yield document.finding(spot, fault.rule.replace("_", "-"), fault.message)


def _mistakes(document: Document, rule: Callable[..., Any], mistakes: Iterable[Mistake]) -> Iterator[Finding]:
    for mistake in mistakes:
        if mistake.part is not None:
            spot = document.inside(mistake.path, *mistake.part)
        else:
            spot = document.key(mistake.path) if mistake.at_key else document.value(mistake.path)
        yield document.finding(spot, _id(rule), mistake.message, mistake.remedy, mistake.severity)


def _id(rule: Callable[..., Any]) -> str:
    return rule.__name__.replace("_", "-")
