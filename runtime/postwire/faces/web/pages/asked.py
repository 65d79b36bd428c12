"""An action that a person fills in: who can act, what it takes, and its form."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlencode

from postwire.errors import ActionFailed, Field, InvalidInput, UnknownName, shown
from postwire.faces.typed import typed
from postwire.faces.web.pages import filled, takes
from postwire.faces.web.pages.forms import form
from postwire.faces.web.pages.hosting import hosted, hosts
from postwire.faces.web.pages.moments import zone_of, zones
from postwire.publish.times import read_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from postwire.accounts.records import StoredAccount
    from postwire.faces.web.here import Form, Here
    from postwire.faces.web.pages.forms import Control
    from postwire.faces.web.pages.forms import Form as Fields
    from postwire.faces.web.pages.options import Offer
    from postwire.language.manifest import Action

ZONE: Final = "postwire_zone"  # a cookie: the browser's time zone
ACCOUNT, WHEN = "account", "when"  # fields beside the input; no pointer is written so
_PAGE: Final = 200  # accounts


@dataclass(frozen=True, slots=True)
class Asked:
    """An action, and the accounts that can do it.

    Attributes:
        id: of the action.
        schema: of its input, for the account's kind of login.
        account: who acts; None while nobody is chosen.
        authless: nobody needs to act.
    """

    id: str
    action: Action
    schema: Mapping[str, Any]
    accounts: tuple[StoredAccount, ...]
    account: StoredAccount | None
    authless: bool

    @property
    def integration(self) -> str:
        """The platform."""
        return self.id.partition(".")[0]

    @property
    def choices(self) -> list[tuple[str, str]]:
        """(id, name) of who can act."""
        return [(each.id, name_of(each)) for each in self.accounts]

    @property
    def who(self) -> str | None:
        """The id of who acts."""
        return self.account.id if self.account else None


def name_of(account: StoredAccount) -> str:
    """An account as people know it."""
    name = account.label or account.name or account.username or account.id
    return f"{name} (@{account.username})" if account.username and account.username != name else name


async def ask(here: Here, action: str, account: str = "") -> Asked:
    """What is known of an action for a person here.

    Raises:
        UnknownName: there is no such action.
        ActionFailed: `account_not_eligible`, the account is of another kind.
    """
    if action.partition(".")[2].startswith("_"):
        raise UnknownName(f"There is no action {shown(action)!r}.")
    described = here.site.catalog.action(action)
    integration = action.partition(".")[0]
    able = [each for each in await accounts(here) if each.integration == integration]
    if described.flavours:
        able = [each for each in able if each.flavour in described.flavours]
    chosen = next((each for each in able if each.id == account), None)
    chosen = chosen or (able[0] if len(able) == 1 else None)
    programs = here.client.programs
    program = programs.get(action, chosen.flavour) if chosen else programs.described(action)
    authless = program.api.auth == "none"
    return Asked(action, described, program.input.schema, tuple(able), chosen, authless)


async def accounts(here: Here) -> list[StoredAccount]:
    """All accounts of the workspace that an action may act as, newest first."""
    found: list[StoredAccount] = []
    after = None
    while True:
        listing = here.site.vault.listing
        page = await here.site.vault.run(listing.page, here.workspace, limit=_PAGE, after=after)
        found += page.accounts
        if page.after is None:
            return [each for each in found if each.state != "disconnected"]
        after = page.after


def entered(asked: Asked, sent: Form) -> filled.Filled:
    """The input that was sent: its fields, or all of it as JSON."""
    if "json" not in sent:
        return filled.read(asked.schema, sent.multi_items())
    try:
        value = typed(sent["json"] or "{}", {"type": "object"}, "")
    except InvalidInput as error:
        return filled.Filled({}, error.fields)
    return filled.Filled(value, []) if isinstance(value, dict) else _no_object()


def _no_object() -> filled.Filled:
    return filled.Filled({}, [Field("", "must be an object: { … }")])


def moment_of(sent: Form) -> float | None:
    """The time that was chosen; None for now.

    Raises:
        InvalidInput: it is no time, or lies back.
    """
    if sent.get("when") != "at":
        return None
    local, zone = sent.get("at", ""), sent.get("zone", "").strip() or "UTC"
    if not local:
        raise InvalidInput([Field(WHEN, "Choose a date and a time.")])
    if zone_of(zone) is None:
        raise InvalidInput([Field(WHEN, f"{shown(zone)} is no time zone. Give one such as Europe/Berlin.")])
    try:
        return read_time(f"{local}{zone}" if zone[0] in "+-" else f"{local} {zone}")
    except InvalidInput as error:
        raise InvalidInput([Field(WHEN, each.message) for each in error.fields]) from None


def zone_here(here: Here) -> str:
    """The browser's time zone, as far as it has told."""
    said = unquote(here.request.cookies.get(ZONE, ""))
    return said if said and zone_of(said) else "UTC"


def new_key() -> str:
    """Names what a form will do, so that it is done once however often the form is sent."""
    return f"web-{secrets.token_hex(12)}"


def told(fields: Iterable[Field]) -> dict[str, str]:
    """Mistakes by their place; the first of each."""
    found: dict[str, str] = {}
    for each in fields:
        found.setdefault(each.path, each.message)
    return found


def inside(errors: Mapping[str, str]) -> dict[str, str]:
    """Those of the input."""
    return {path: text for path, text in errors.items() if path not in {ACCOUNT, WHEN}}


def summary(made: Fields, errors: Mapping[str, str]) -> list[tuple[str, str]]:
    """All mistakes of a page with one form: (the id of what mends it, what is wrong)."""
    beside = [(place, errors[name]) for name, place in ((ACCOUNT, ACCOUNT), (WHEN, "f-at")) if name in errors]
    return [*beside[:1], *((place or "main", text) for place, text in made.errors), *beside[1:]]


async def drawing(
    here: Here,
    asked: Asked,
    values: Mapping[str, Any],
    errors: Mapping[str, str],
    offers: Mapping[str, Offer] | None = None,
) -> dict[str, Any]:
    """What the templates of forms need."""
    made = form(asked.schema, values, errors, offers, hosts=hosts(here.site))
    return {"form": made, "action": asked.id, **await around(here, [made], f"/publish/{asked.id}")}


def looked_for(control: Control) -> dict[str, str]:
    """The query that says for which control something is looked for."""
    return {"place": control.place, "for": control.id}


async def around(here: Here, forms: Iterable[Fields], path: str) -> dict[str, Any]:
    """What every page with such forms needs, besides the forms."""
    texts = [
        each for one in forms for control in one.walk() if control.kind == "media" for each in control.value
    ]
    known = await asyncio.to_thread(takes.known, here.client.media, texts) if texts else {}
    return {
        "known": known,
        "base": here.href(path),
        "finding": lambda control: here.href(f"{path}/find?{urlencode(looked_for(control))}"),
        "uploads": here.href("/uploads"),
        "counting": here.href("/count"),
        "takes": takes.takes,
        "largest": takes.largest,
        "zones": zones,
        "zone": zone_here(here),
    }


def ready(
    here: Here, action: str, schema: Mapping[str, Any], values: Mapping[str, Any], account: str | None
) -> dict[str, Any]:
    """*values* as they can be sent: with addresses for the files that the platform fetches; for threads.

    What the action itself would refuse before its first request is refused here.

    Raises:
        InvalidInput: the input does not fit.
        ActionFailed: the account cannot do it so.
    """
    made: dict[str, Any] = hosted(here, schema, dict(values))
    told = here.client.dry_run(action, made, account=account)
    if not told["requests"] and told["checks"]:
        raise ActionFailed("invalid_input", told["checks"][-1], sent="no")
    return made


def check(asked: Asked, entered: filled.Filled) -> None:
    """Refuse to go on without somebody who acts, or with what cannot be read.

    Raises:
        InvalidInput: the account is not chosen, or a text is no JSON.
        ActionFailed: `account_not_eligible`, there is no account.
    """
    if asked.account is None and not asked.authless:
        if not asked.accounts:
            raise ActionFailed(
                "account_not_eligible",
                "No connected account can do this.",
                remedy="Connect an account first.",
                sent="no",
            )
        raise InvalidInput([Field(ACCOUNT, "Choose the account that acts."), *entered.mistakes])
    if entered.mistakes:
        raise InvalidInput(entered.mistakes)
