"""From an action's name and an input to a run that may begin: what both clients share."""

from __future__ import annotations

import dataclasses
import secrets
import time
from typing import TYPE_CHECKING, Any

from postwire.accounts.account import Account, from_environment, variable
from postwire.decide.limits import Limiter
from postwire.decide.programs import Programs
from postwire.decide.retry import Policy
from postwire.errors import ActionFailed, InvalidInput
from postwire.flow import run
from postwire.language.catalog import Catalog
from postwire.media.store import MediaStore
from postwire.secret import MASK
from postwire.transport import opener

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from postwire.decide.program import Program
    from postwire.errors import Field
    from postwire.language.catalog import Summary
    from postwire.language.inputs import Place
    from postwire.media.fetch import FetchPolicy
    from postwire.media.inputs import Opened
    from postwire.media.source import Fetch
    from postwire.values import Flow, Result


@dataclasses.dataclass(slots=True)
class Prepared:
    """An input that may run: checked, its media open."""

    program: Program
    values: dict[str, Any]
    account: Account | None
    opened: Opened | None

    def flow(self, policy: Policy) -> Flow[Result]:
        """The run itself, not yet begun."""
        return run(
            self.program,
            self.values,
            self.account,
            now=time.time(),
            run_id=secrets.token_hex(8),
            policy=policy,
        )

    def finish(self, result: Result) -> Result:
        """*result* with what could not be checked about the media."""
        if self.opened is None or not self.opened.notes:
            return result
        return dataclasses.replace(result, warnings=(*self.opened.notes, *result.warnings))

    def close(self) -> None:
        """Delete the files that were made for this input."""
        if self.opened is not None:
            self.opened.close()


class Core:
    """What both clients share; nothing here waits for a network but the fetching of media."""

    def __init__(
        self,
        integrations: Iterable[Path | str],
        account: Account | None,
        media: Path | None,
        policy: Policy | None,
        fetch: FetchPolicy | None,
        *,
        local_files: bool,
        override: bool,
    ) -> None:
        self.catalog = Catalog(integrations, override=override)
        self.programs = Programs(self.catalog)
        self.media = MediaStore(media)
        self._account = account
        self.policy = policy or Policy()
        self._fetch_policy = fetch
        self._local_files = local_files
        self.limiter = Limiter()

    def actions(self, integration: str | None = None) -> list[Summary]:
        """Every action, or those of one integration: id, title, description, effect, scopes.

        Raises:
            UnknownName: there is no such integration.
        """
        return self.catalog.actions(integration)

    def describe(self, action: str) -> dict[str, Any]:
        """An action's title, description, effect, scopes, schemas, limits, errors and examples, as JSON.

        Raises:
            UnknownName: there is no such action.
        """
        from postwire.decide.describe import describe  # noqa: PLC0415 - only who asks needs it

        return describe(self.programs.get(action))

    def dry_run(self, action: str, input: Mapping[str, Any] | None = None, /, **more: Any) -> dict[str, Any]:  # noqa: A002 - everyone's word for it
        """The requests that a run would send, with nothing sent and tokens masked.

        Requests after the first are built from the answers of the action's example, and say so.

        Raises:
            InvalidInput: the input does not fit.
        """
        from postwire.dryrun import rehearse  # noqa: PLC0415 - as above

        prepared = self.prepare(action, input, more, self._masked(action.partition(".")[0]))
        try:
            flow = prepared.flow(dataclasses.replace(self.policy, attempts=1))
            checks = prepared.opened.notes if prepared.opened else []
            return rehearse(prepared.program, flow, self.catalog, checks)
        finally:
            prepared.close()

    def _masked(self, integration: str) -> Account:
        """The account that would act, without its token; one that nothing is known of where there is none."""
        known = self._known(integration)
        if known is None:
            return Account(integration, MASK)
        return Account(
            integration,
            MASK,
            name=known.name,
            id=known.id,
            scopes=known.scopes,
            flavour=known.flavour,
            facts=known.facts,
        )

    def prepare(
        self, action: str, given: Mapping[str, Any] | None, more: Mapping[str, Any], account: Account | None
    ) -> Prepared:
        """The run of *action*; every mistake of its input at once."""
        acting = account or self._known(action.partition(".")[0])
        program = self.programs.get(action, acting.flavour if acting else "")
        values, places = program.input.prepare({**given, **more} if given and more else given or more)
        mistakes = program.input.mistakes(values, places)
        opened = self._open(places, download=not mistakes) if places else None
        try:
            _refuse([*mistakes, *(opened.mistakes if opened else [])], action)
            return Prepared(program, values, _checked(program, acting), opened)
        except BaseException:
            if opened:
                opened.close()
            raise

    def _open(self, places: Sequence[Place], *, download: bool) -> Opened:
        from postwire.media.inputs import Opened  # noqa: PLC0415 - only media need it

        opened = Opened()
        try:
            opened.open(
                places, store=self.media, fetch=self._fetch(), local=self._local_files, download=download
            )
        except BaseException:
            opened.close()
            raise
        return opened

    def _known(self, integration: str) -> Account | None:
        """The account that acts where none is given: the client's own, or the environment's."""
        if self._account is not None and self._account.integration == integration:
            return self._account
        return from_environment(integration)

    def _fetch(self) -> Fetch:
        from postwire.media.fetch import FetchPolicy, fetcher  # noqa: PLC0415 - only addresses need it

        policy = self._fetch_policy or FetchPolicy()
        return fetcher(opener(policy), policy)


def _checked(program: Program, account: Account | None) -> Account | None:
    """*account*, when it is one that the action can use."""
    name = program.api.name
    if account is not None and account.integration != name:
        raise ActionFailed(
            "invalid_input",
            f"{program.id} needs a {program.api.title} account; this one is of {account.integration}.",
            remedy=f"Give an account whose integration is {name}.",
            sent="no",
        )
    if account is None and program.api.auth != "none":
        raise ActionFailed(
            "auth_expired",
            f"No {program.api.title} account is connected.",
            remedy=f"Give an account, or set {variable(name)} to an access token.",
            sent="no",
        )
    return account


def _refuse(mistakes: list[Field], action: str) -> None:
    if mistakes:
        raise InvalidInput(mistakes, action=action)
