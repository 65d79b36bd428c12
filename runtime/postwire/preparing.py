"""From an action's name and an input to a run that may begin: what both clients share."""

from __future__ import annotations

import dataclasses
import secrets
import threading
import time
from typing import TYPE_CHECKING, Any

from postwire.accounts.account import Account, from_environment, variable
from postwire.accounts.acting import Acting
from postwire.accounts.renewal import MARGIN, UPLOADING
from postwire.decide.limits import Limiter
from postwire.decide.programs import Programs
from postwire.decide.retry import Policy
from postwire.errors import ActionFailed, InvalidInput
from postwire.flow import run
from postwire.language.catalog import Catalog
from postwire.media.store import MediaStore
from postwire.secret import MASK, Secret
from postwire.transport import opener

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from postwire.accounts.connections import Connections
    from postwire.accounts.records import StoredAccount
    from postwire.accounts.vault import Vault
    from postwire.decide.program import Program
    from postwire.errors import Field
    from postwire.language.catalog import Summary
    from postwire.language.inputs import Place
    from postwire.media.fetch import FetchPolicy
    from postwire.media.inputs import Opened
    from postwire.media.source import Fetch
    from postwire.publish.journal import Journal
    from postwire.transport import Transport
    from postwire.values import Flow, Result


@dataclasses.dataclass(slots=True)
class Prepared:
    """An input that may run: checked, its media open.

    Attributes:
        account: who acts; a connected account has no token here until the run begins.
        stored: the connected account, if it is one.
    """

    program: Program
    values: dict[str, Any]
    account: Account | None
    opened: Opened | None
    stored: StoredAccount | None = None

    @property
    def need(self) -> float:
        """Seconds that the token must still live when the run begins."""
        return MARGIN if self.opened is None else UPLOADING

    def flow(
        self, policy: Policy, *, now: float | None = None, run_id: str = "", verify: bool = False
    ) -> Flow[Result]:
        """The run itself, not yet begun; one that goes on is given its first `now` and `run_id`."""
        return run(
            self.program,
            self.values,
            self.account,
            now=time.time() if now is None else now,
            run_id=run_id or secrets.token_hex(8),
            policy=policy,
            verify=verify,
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
        account: Account | str | None,
        media: Path | None,
        policy: Policy | None,
        fetch: FetchPolicy | None,
        *,
        local_files: bool,
        override: bool,
        vault: Vault | str | None,
        workspace: str,
        renewals: Callable[[], Transport],
        sandbox: str | None = None,
    ) -> None:
        self.catalog = Catalog(integrations, override=override)
        self.programs = Programs(self.catalog)
        self.media = MediaStore(media)
        self._account = account
        self.policy = policy or Policy()
        self._fetch_policy = fetch
        self._local_files = local_files
        self.limiter = Limiter()
        self.sandbox = sandbox
        self.workspace = workspace
        self._connected = Acting(vault, workspace, self.catalog, renewals, usual=sandbox is None)
        self._journal: Journal | None = None
        self._opening = threading.Lock()

    @property
    def accounts(self) -> Connections:
        """The workspace's connected accounts: connecting, letting go, and in its `vault` the lists.

        Raises:
            UnknownName: a sandbox was given no vault.
            WrongKey, DatabaseUnusable: the vault does not open.
        """
        return self._connected.connections

    @property
    def journal(self) -> Journal:
        """Where runs with a key are written down; opened when the first one comes."""
        from postwire.publish.opening import open_journal  # noqa: PLC0415 - loads SQLAlchemy

        with self._opening:
            if self._journal is None:
                known = self._connected
                self._journal = open_journal(known.connections.vault if known.exists else None)
            return self._journal

    @property
    def has_vault(self) -> bool:
        """There are accounts and runs to look for, in a vault; it is not opened to find out."""
        return self._journal is not None or self._connected.exists

    def _close_journal(self) -> None:
        if self._journal is not None:
            self._journal.close()

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

        return describe(self.programs.described(action))

    def dry_run(
        self,
        action: str,
        input: Mapping[str, Any] | None = None,  # noqa: A002 - everyone's word for it
        /,
        *,
        account: Account | str | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        """The requests that a run would send, with nothing sent and tokens masked.

        Requests after the first are built from the answers of the action's example, and say so.

        Raises:
            InvalidInput: the input does not fit.
        """
        from postwire.dryrun import rehearse  # noqa: PLC0415 - as above

        prepared = self.prepare(action, input, more, self._masked(action, account))
        try:
            flow = prepared.flow(dataclasses.replace(self.policy, attempts=1))
            checks = prepared.opened.notes if prepared.opened else []
            return rehearse(prepared.program, flow, self.catalog, checks)
        finally:
            prepared.close()

    def _masked(self, action: str, account: Account | str | None) -> Account:
        """The account that would act, without its token; one that nothing is known of where there is none."""
        who = self.who(action, account)
        known = who if who is None or isinstance(who, Account) else who.account(Secret(MASK))
        if known is None:
            return Account(action.partition(".")[0], MASK)
        return Account(
            known.integration,
            MASK,
            name=known.name,
            id=known.id,
            scopes=known.scopes,
            flavour=known.flavour,
            facts=known.facts,
        )

    def prepare(
        self,
        action: str,
        given: Mapping[str, Any] | None,
        more: Mapping[str, Any],
        who: Account | StoredAccount | None,
    ) -> Prepared:
        """The run of *action* by *who*; every mistake of its input at once."""
        stored = None if who is None or isinstance(who, Account) else who
        acting = who if who is None or isinstance(who, Account) else who.account(Secret(""))
        program = self.programs.get(action, acting.flavour if acting else "")
        values, places = program.input.prepare({**given, **more} if given and more else given or more)
        mistakes = program.input.mistakes(values, places)
        opened = self._open(places, download=not mistakes) if places else None
        try:
            _refuse([*mistakes, *(opened.mistakes if opened else [])], action)
            return Prepared(program, values, _checked(program, acting), opened, stored)
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

    def who(self, action: str, account: Account | str | None = None) -> Account | StoredAccount | None:
        """Who acts: the given account, else the client's own, the environment's, or the only connected one.

        Raises:
            UnknownName: no connected account has this name, or several could be meant.
        """
        return self._at_hand(action, account) or self._from_vault(action, account)

    def _at_hand(self, action: str, account: Account | str | None) -> Account | None:
        """Who acts, where the vault need not be asked."""
        named = self._account if account is None else account
        if isinstance(named, str):
            return None
        integration = action.partition(".")[0]
        if named is not None and (account is not None or named.integration == integration):
            return named
        return from_environment(integration)

    def _from_vault(self, action: str, account: Account | str | None) -> StoredAccount | None:
        integration = action.partition(".")[0]
        named = self._account if account is None else account
        if isinstance(named, str):
            return self._connected.find(named, integration)
        if not self._connected.exists or self.programs.api(integration).auth == "none":
            return None
        return self._connected.only(integration)

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


def pages_of(core: Core, action: str) -> tuple[str, str]:
    """(the output's list, the input's cursor) of a listing action."""
    schema = core.programs.get(action).action
    lists = [
        name for name, inner in schema.output.get("properties", {}).items() if inner.get("type") == "array"
    ]
    if "cursor" not in schema.input.get("properties", {}) or not lists:
        raise ActionFailed("invalid_input", f"{action} does not give pages.", sent="no")
    return lists[0], "cursor"


def following_page(output: Mapping[str, Any], before: Any) -> Any:
    """Where the next page begins; None on the last one.

    Raises:
        ActionFailed: `internal`, when it is where this page began: it would never end.
    """
    following = output.get("cursor") if output.get("has_more", True) else None
    if following and following == before:
        raise ActionFailed("internal", "The platform's list goes round in circles.")
    return following
