"""Credits: what is charged, and what is refused without them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from postwire.simulator.x.limits import DAY, OWNED, PRICES
from postwire.simulator.x.refusal import ProblemError

if TYPE_CHECKING:
    from postwire.simulator.x.operation import Ask, Operation
    from postwire.simulator.x.records import Token
    from postwire.simulator.x.settings import App
    from postwire.simulator.x.state import X

# X sheet 11: Price list (what comes along by expansion is read too; media, polls and places have no price)
_INCLUDED = {"users": "read user", "tweets": "read post", "posts": "read post"}
MONTH = 30  # days


def check(x: X, operation: Operation, token: Token) -> None:
    """Refuse a call that nobody can pay for."""
    # X sheet 11: Credits (balance ≤ 0 blocks everything with 402). Sheet silent on what is free: let through.
    app = x.app(token.grant.client_id)
    if app is None or not operation.price:
        return
    if app.credits is not None and app.credits <= 0:
        raise _depleted(x, app)
    # X sheet 11: Usage cap (monthly cap of post reads)
    if operation.price == "read post" and reads(x, app, MONTH) >= x.settings.post_cap:
        more = {"period": "Monthly", "scope": "Product"}
        raise ProblemError(
            429, "UsageCapExceeded", "Usage cap exceeded: Monthly product cap", "usage-capped", **more
        )


def _depleted(x: X, app: App) -> ProblemError:
    # X sheet 12.1: Examples (two bodies); sheet 11: Credits (a spending limit as 403, and as 429)
    if x.settings.depleted_as == "spending-limit":
        return ProblemError(403, "Forbidden", "Your app has hit its spending limit for this billing cycle.")
    if x.settings.depleted_as == "run-out":
        return ProblemError(429, "Too Many Requests", "Your account has run out of credits.")
    if x.settings.depleted_as == "credits":
        detail = f"Your enrolled account [{app.number}] does not have any credits to fulfill this request."
        return ProblemError(402, "CreditsDepleted", detail, "credits")
    return ProblemError(402, "Payment Required", "credits depleted", "credits-depleted")


def charge(ask: Ask, content: dict[str, Any]) -> None:
    """Charge for a call that went well."""
    price = ask.price
    if not price:
        return
    if not price.startswith("read "):
        _pay(ask.app, PRICES[price])
        return
    owner = ask.operation.owned and ask.viewer == ask.app.owner_id
    _pay_reads(ask, price, content.get("data", []), OWNED if owner else PRICES[price])
    for kind, items in content.get("includes", {}).items():
        if kind in _INCLUDED:
            _pay_reads(ask, _INCLUDED[kind], items, PRICES[_INCLUDED[kind]])


def _pay_reads(ask: Ask, kind: str, data: Any, each: float) -> None:
    # X sheet 11: Credits (reads are deduplicated per resource per UTC day)
    day, app = int(ask.now // DAY), ask.app
    for item in data if isinstance(data, list) else [data]:
        key = (day, app.client_id, kind, str(item.get("id", item.get("media_key", ""))))
        if key not in ask.x.billed:
            ask.x.billed.add(key)
            _pay(app, each)
            if kind == "read post":
                counted = ask.x.post_reads
                counted[app.client_id, day] = counted.get((app.client_id, day), 0) + 1


def _pay(app: App, amount: float) -> None:
    if app.credits is not None:
        app.credits = round(app.credits - amount, 6)


def reads(x: X, app: App, days: int) -> int:
    """Count the posts that an app read in the last days."""
    first = int(x.clock.now() // DAY) - days
    return sum(
        count for (client, day), count in x.post_reads.items() if client == app.client_id and day > first
    )
