"""What a vault's everyday calls cost with few accounts and with many, in one run: the ratio should be 1.

vault.py [URL] [COUNT ...]      SQLite in a temporary folder, 1000 and 200000 accounts, by default
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert

from postwire.accounts import rows
from postwire.accounts.keyring import KeyRing
from postwire.accounts.listing import Filter
from postwire.accounts.records import NewAccount
from postwire.accounts.schema import accounts
from postwire.accounts.tokens import Tokens
from postwire.accounts.vault import Vault
from postwire.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

CALLS = 400
BATCH = 5000
TOKENS = Tokens(Secret("a" * 250), Secret("r" * 250), expires_at=2e9, scopes=frozenset({"read", "post"}))


@dataclass
class Bench:
    """A vault that holds *count* accounts in one workspace, and ways to ask for any of them."""

    vault: Vault
    count: int

    def fill(self) -> None:
        store = self.vault._store  # noqa: SLF001 - one by one would take an hour
        have = self.vault.listing.summary("default").total
        for first in range(have, self.count, BATCH):
            numbers = range(first, min(first + BATCH, self.count))
            with store.database.write() as connection:
                connection.execute(insert(accounts), [self.row(store, number) for number in numbers])

    def row(self, store: rows.Store, number: int) -> dict[str, Any]:
        account = f"acc_{number:024x}"
        moment = 1.7e9 + number
        profile = {"username": f"user{number}", "label": f"Label {number}"}
        return {
            **rows.FREE,
            **profile,
            **rows.lookup_keys(profile),
            **rows.token_values(store, "default", account, TOKENS, 1),
            "id": account,
            "workspace_id": "default",
            "integration": ("x", "meta", "tiktok")[number % 3],
            "flavour": "",
            "subject": str(number),
            "listed": True,
            "name": f"Name {number}",
            "avatar_url": "",
            "owner": "",
            "facts": {},
            "state": "active",
            "reason": "",
            "created_at": moment,
            "connected_at": moment,
            "updated_at": moment,
            "refresh_at": 3e9 - number,
            "due_at": 3e9 - number,
        }

    def calls(self) -> dict[str, Callable[[int], object]]:
        vault = self.vault
        return {
            "get by id": lambda n: vault.accounts.get("default", f"acc_{n:024x}"),
            "tokens, opened": lambda n: vault.accounts.tokens("default", f"acc_{n:024x}"),
            "find by @name": lambda n: vault.accounts.find("default", f"@User{n}"),
            "find by label": lambda n: vault.accounts.find("default", f"label {n}"),
            "find by platform id": lambda n: vault.accounts.find("default", str(n)),
            "first page": lambda _: vault.listing.page("default", limit=20),
            "page of a platform": lambda _: vault.listing.page("default", Filter(integration="x"), limit=20),
            "due": lambda _: vault.refreshing.due(),
            "next due": lambda _: vault.refreshing.next_due(),
            "claim and release": self.renew,
            "connect again": self.connect,
            "connect and let go": self.come_and_go,
        }

    def renew(self, number: int) -> None:
        account = f"acc_{number:024x}"
        version = self.vault.accounts.tokens("default", account).version
        lease = self.vault.refreshing.claim("default", account, version)
        assert lease is not None
        self.vault.refreshing.release(lease)

    def connect(self, number: int) -> None:
        integration = ("x", "meta", "tiktok")[number % 3]
        self.vault.accounts.connect("default", [NewAccount(integration, TOKENS, subject=str(number))])

    def come_and_go(self, number: int) -> None:
        new = NewAccount("linkedin", TOKENS, subject=f"new-{number}")
        (stored,) = self.vault.accounts.connect("default", [new])
        self.vault.accounts.disconnect("default", stored.id)

    def median(self, call: Callable[[int], object]) -> float:
        chance = random.Random(7)
        seconds = []
        for _ in range(CALLS):
            number = chance.randrange(self.count)
            begin = time.perf_counter()
            call(number)
            seconds.append(time.perf_counter() - begin)
        return statistics.median(seconds)


def measure(vault: Vault, count: int) -> dict[str, float]:
    bench = Bench(vault, count)
    begin = time.perf_counter()
    bench.fill()
    print(f"{count} accounts after {time.perf_counter() - begin:.1f} s")
    assert vault.listing.summary("default").total == count
    return {name: bench.median(call) for name, call in bench.calls().items()}


def main(url: str | None, counts: list[int]) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        Vault(url or f"sqlite:///{folder}/vault.db", keys=KeyRing([b"b" * 32]), folder=Path(folder)) as vault,
    ):
        assert vault.listing.summary("default").total == 0, "give it an empty database"
        found = [measure(vault, count) for count in counts]
    print(f"{'median, µs':22}" + "".join(f"{count:>12}" for count in counts) + "       ratio")
    for name in found[0]:
        times = [each[name] * 1e6 for each in found]
        print(f"{name:22}" + "".join(f"{each:12.0f}" for each in times) + f"{times[-1] / times[0]:12.2f}")


if __name__ == "__main__":
    address = next((word for word in sys.argv[1:] if "://" in word), None)
    main(address, [int(word) for word in sys.argv[1:] if "://" not in word] or [1000, 200_000])
