"""The accounts of one post: how it goes to each, what each wants besides, what speaks against it there."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from postwire.errors import InvalidInput, PostwireError
from postwire.faces.web.pages import asked as asking
from postwire.faces.web.pages import takes
from postwire.faces.web.pages.filled import read
from postwire.faces.web.pages.fits import Fit, fits
from postwire.faces.web.pages.forms import Control, form, label_of, sentence
from postwire.faces.web.pages.hosting import hosts
from postwire.faces.web.pages.options import offers
from postwire.language.lengths import UNITS, length

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postwire.accounts.records import StoredAccount
    from postwire.errors import Field
    from postwire.faces.web.here import Form as Sent
    from postwire.faces.web.here import Here
    from postwire.faces.web.pages.forms import Form
    from postwire.faces.web.pages.options import Offer

MOST_FILES: Final = 50
_WORDS: Final = {"image": "photos", "video": "a video", "document": "a document"}


@dataclass(frozen=True, slots=True)
class Content:
    """What all accounts post.

    Attributes:
        files: handles and addresses.
        alts: what each of them shows, "" where nobody said.
        known: what is known of the files.
    """

    text: str
    files: tuple[str, ...]
    alts: tuple[str, ...]
    known: Mapping[str, takes.About]

    @property
    def kinds(self) -> list[str]:
        """Of each file; an address is taken for what its name says."""
        return [self.known[each].kind if each in self.known else _kind_of(each) for each in self.files]

    @property
    def named(self) -> list[tuple[str, str, str]]:
        """(handle or address, kind, description) of each file."""
        return list(zip(self.files, self.kinds, self.alts, strict=True))


@dataclass(frozen=True, slots=True)
class Target:
    """One account, and how the post goes there.

    Attributes:
        fit: the action; None where the platform takes no such post, and `problem` says why.
        own: the text for this account alone, "" for the one of all.
        used: how long the text is, as the platform counts.
        form: what the platform wants besides.
        warnings: what speaks against it.
        errors: what the platform's schema refuses, at the shared parts.
    """

    account: StoredAccount
    name: str
    fit: Fit | None
    own: str = ""
    text: str = ""
    used: int = 0
    form: Form | None = None
    problem: str = ""
    warnings: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    values: Mapping[str, Any] | None = None

    @property
    def needed(self) -> list[Control]:
        """What must be answered, or depends on the account."""
        return [each for each in self._all if each.required or each.offer]

    @property
    def optional(self) -> list[Control]:
        """What may be said besides."""
        return [each for each in self._all if not (each.required or each.offer)]

    @property
    def _all(self) -> tuple[Control, ...]:
        return (*self.form.main, *self.form.more) if self.form else ()

    @property
    def unit(self) -> str:
        """What is counted, in words."""
        return UNITS[self.fit.length["unit"]][1] if self.fit and self.fit.length else ""


def _kind_of(address: str) -> str:
    end = address.partition("?")[0].rpartition(".")[2].lower()
    return "video" if end in {"mp4", "mov", "webm", "m4v", "avi"} else "document" if end == "pdf" else "image"


async def content_of(here: Here, sent: Sent) -> Content:
    """What was written and chosen for all accounts."""
    entered = read(_FILES, sent.multi_items()).values
    files = tuple(entered.get("files", ()))[:MOST_FILES]
    alts = tuple(sent.get(f"alt/{number}", "").strip() for number in range(len(files)))
    known = await asyncio.to_thread(takes.known, here.client.media, files) if files else {}
    return Content(sent.get("text", "").replace("\r\n", "\n"), files, alts, known)


_FILES: Final[dict[str, Any]] = {
    "properties": {"files": {"type": "array", "items": {"type": "string", "format": "media"}}}
}


async def targets_of(here: Here, sent: Sent, content: Content, *, offered: bool = True) -> list[Target]:
    """The chosen accounts; with *offered* the platforms are asked what each can choose from."""
    wanted = sent.getlist("to")
    able = {each.id: each for each in await asking.accounts(here)}
    chosen = [able[each] for each in dict.fromkeys(wanted) if each in able]
    return list(
        await asyncio.gather(*(_target(here, each, sent, content, offered=offered) for each in chosen))
    )


async def _target(
    here: Here, account: StoredAccount, sent: Sent, content: Content, *, offered: bool
) -> Target:
    way = await _way(here, account, content)
    own = sent.get(f"{account.id}@text", "").replace("\r\n", "\n")
    plain = Target(account, asking.name_of(account), None, own, own or content.text)
    if way is None:
        return replace(plain, problem=_no_fit(content))
    extras = read(way.schema, sent.multi_items(), root=account.id)
    choices = await offers(here, way.action, way.schema, account.id) if offered else {}
    made = _form(here, account, way, extras.values, {}, choices)
    used = length(plain.text, way.length["unit"]) if way.length else len(plain.text)
    values = {**extras.values, **way.place(plain.text, content.named)}
    warnings = tuple(_warnings(here, way, content, plain.text, used))
    return replace(plain, fit=way, used=used, form=made, warnings=warnings, values=values)


def _form(
    here: Here,
    account: StoredAccount,
    way: Fit,
    values: Mapping[str, Any],
    errors: Mapping[str, str],
    choices: Mapping[str, Offer],
) -> Form:
    """What is asked besides, for one account."""
    root, taken = account.id, hosts(here.site)
    return form(way.schema, values, errors, choices, root=root, leave_out=way.given, hosts=taken)


async def _way(here: Here, account: StoredAccount, content: Content) -> Fit | None:
    """How the account publishes it: the first way that this account is not refused."""
    addresses = all(each.startswith("http") for each in content.files)
    found = fits(
        here.site.catalog,
        account.integration,
        account.flavour,
        content.kinds,
        hosts=addresses or hosts(here.site),
    )
    for way in found[:-1]:
        given = way.place(content.text, content.named)
        try:
            await asyncio.to_thread(asking.ready, here, way.action, way.schema, given, account.id)
        except InvalidInput:
            return way  # something is still to be said; the way is open
        except PostwireError:
            continue
        return way
    return found[-1] if found else None


def _no_fit(content: Content) -> str:
    words = [_WORDS.get(kind, "such a file") for kind in dict.fromkeys(content.kinds)]
    if not words:
        return "It takes no post without a photo or video: add one."
    many = f"{len(content.files)} files: " if len(content.files) > 1 else ""
    return f"It takes no post with {many}{' and '.join(words)} from here."


def _warnings(here: Here, fit: Fit, content: Content, text: str, used: int) -> list[str]:
    found = []
    if fit.length and used > fit.length["max"]:
        found.append(f"The text is {used - fit.length['max']} too long.")
    if not text and fit.text in fit.schema.get("required", ()):
        found.append("It needs a text.")
    for handle, kind, _ in content.named:
        if handle in content.known:
            media = here.client.media.get(handle)
            found += [f"{media.name}: {told}" for told in takes.about(media, fit.places[kind].rules).mistakes]
    if text and fit.text is None:
        found.append("It takes no text with this.")
    return found


async def checked(here: Here, target: Target, sent: Sent) -> Target:
    """*target* with all that its schema and the files' rules refuse."""
    if target.fit is None or target.values is None:
        return target
    try:
        values = await asyncio.to_thread(_try, here, target)
    except InvalidInput as error:
        given = {f"/{name}" for name in target.fit.given}
        shared = [each for each in error.fields if _top(each.path) in given or not each.path]
        inside = asking.told(each for each in error.fields if each not in shared)
        extras = read(target.fit.schema, sent.multi_items(), root=target.account.id).values
        choices = await offers(here, target.fit.action, target.fit.schema, target.account.id)
        made = _form(here, target.account, target.fit, extras, inside, choices)
        return replace(target, form=made, errors=tuple(dict.fromkeys(_sentence(each) for each in shared)))
    except PostwireError as error:
        return replace(target, errors=(f"{error.message} {error.remedy}",))
    return replace(target, values=values)


def _sentence(mistake: Field) -> str:
    first = mistake.path.strip("/").partition("/")[0]
    return sentence(label_of(first) if first else "The post", mistake.message)


def _top(path: str) -> str:
    return "/" + path.strip("/").partition("/")[0]


def _try(here: Here, target: Target) -> dict[str, Any]:
    assert target.fit is not None
    way = target.fit
    return asking.ready(here, way.action, way.schema, target.values or {}, target.account.id)
