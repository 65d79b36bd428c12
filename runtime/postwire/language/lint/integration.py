"""Rules of `integration.yaml`."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from postwire.language.lint.prose import reading_day, sentence
from postwire.language.lint.scope import ANSWER, of_api
from postwire.language.lint.subject import Mistake
from postwire.language.lint.survey import Survey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from postwire.language.manifest import Api, Integration

WARNED: Final = 90  # days before a dated API version ends
_ANSWERED: Final = ("message", "error_code", "request_id", "retry_after")


def survey(integration: Integration) -> Survey:
    """Every expression of an integration, read in its scope."""
    found = Survey()
    api = integration.api
    bare, seen = of_api(), of_api().plus(**ANSWER)
    found.value(("api", "headers"), api.headers, bare, "headers")
    if api.ok is not None:
        found.condition(("api", "ok"), api.ok, seen)
    for word in _ANSWERED:
        if (value := getattr(api, word)) is not None:
            found.value(("api", word), value, seen, word)
    _errors(found, api, seen)
    return found


def _errors(found: Survey, api: Api, seen: Any) -> None:
    for index, rule in enumerate(api.errors):
        path = ("api", "errors", index)
        found.condition((*path, "when"), rule.when, seen)
        for word in ("message", "remedy"):
            if (value := getattr(rule, word)) is not None:
                found.value((*path, word), value, seen, word)


def integration_description(integration: Integration, _: date) -> Iterator[Mistake]:
    """The description of an integration is made of sentences."""
    yield from sentence(("description",), integration.description)


def integration_docs(integration: Integration, today: date) -> Iterator[Mistake]:
    """The day on which the provider's pages were read is a day that has been."""
    yield from reading_day(integration.docs, today)


def bare_host(integration: Integration, _: date) -> Iterator[Mistake]:
    """`trust` and `reach` hold host names; only `reach` may have `*`, and never alone."""
    for word in ("trust", "reach"):
        for index, host in enumerate(getattr(integration.api, word)):
            path = ("api", word, index)
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
    bare_host,
    limit_path,
    version_day,
)
