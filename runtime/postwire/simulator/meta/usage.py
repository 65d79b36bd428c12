"""Rate limits: what is counted where, the usage headers, and the refusals."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from postwire.simulator.meta.refusal import GraphError
from postwire.simulator.meta.state import DAY, HOUR

if TYPE_CHECKING:
    from postwire.simulator.meta.ask import Ask
    from postwire.simulator.meta.state import Meta

MESSENGER = frozenset({"messages", "conversations", "message_attachments", "messenger_profile"})
FULL = 100  # per cent


@dataclass(frozen=True, slots=True)
class Bucket:
    """What a call counts against: `code` is the refusal's when it is full."""

    kind: str
    key: str
    limit: int
    seconds: int
    code: str


def buckets(ask: Ask) -> list[Bucket]:
    """Tell what a call counts against; the app's own comes first."""
    # Meta sheet 10: Rate limits
    settings = ask.state.settings
    app = Bucket("app", ask.token.app_id, settings.app_calls, HOUR, "4")
    owner = "" if ask.node is None else _owner(ask.node)
    if ask.state.account(owner) is not None and not _discovers(ask):
        return [app, Bucket("instagram", owner, settings.instagram_calls, DAY, "80002")]
    if ask.state.page(owner) is None:
        return [app]
    if MESSENGER.intersection(ask.path):
        return [app, Bucket("messenger", owner, settings.messenger_calls, DAY, "80006")]
    code = "80001" if ask.token.kind == "PAGE" else "32"
    return [app, Bucket("pages", owner, settings.page_calls, DAY, code)]


def _owner(node: object) -> str:
    kind = getattr(node, "kind", "")
    return str(getattr(node, "id" if kind in {"page", "account"} else "owner", ""))


def _discovers(ask: Ask) -> bool:
    return ask.node.kind == "hashtag" or "business_discovery" in ask.params.text("fields")


def take(ask: Ask) -> dict[str, str]:
    """Count a call and make the headers; raises GraphError, which has them too, when a bucket is full."""
    # Meta sheet 10: Rate limits (continuing to call lengthens the block: refused calls are counted too)
    counted = buckets(ask)
    now = ask.now
    for bucket in counted:
        ask.state.calls[bucket.kind, bucket.key].append(now)
    headers = _headers(ask.state, counted)
    for bucket in counted:
        if _percent(ask.state, bucket) > FULL:
            raise ThrottledError(bucket.code, headers)
    return headers


class ThrottledError(GraphError):
    """A refusal because of too many calls."""

    def __init__(self, code: str, headers: dict[str, str]) -> None:
        super().__init__(code)
        self.headers = headers


def _percent(state: Meta, bucket: Bucket) -> int:
    window, since = state.calls[bucket.kind, bucket.key], state.clock.now() - bucket.seconds
    while window and window[0] <= since:
        window.popleft()
    # Rounded up, so that anything above the limit is above 100.
    return -(-len(window) * FULL // bucket.limit) if bucket.limit else FULL + len(window)


def _headers(state: Meta, counted: list[Bucket]) -> dict[str, str]:
    # Meta sheet 10: Rate limits (headers hold JSON, in per cent; no Retry-After)
    app = _percent(state, counted[0])
    three = {"call_count": app, "total_time": app // 2, "total_cputime": app // 2}
    headers = {"X-App-Usage": json.dumps(three, separators=(",", ":"))}
    for bucket in counted[1:]:
        used = _percent(state, bucket)
        row = {
            "type": bucket.kind,
            "call_count": used,
            "total_cputime": used // 2,
            "total_time": used // 2,
            "estimated_time_to_regain_access": _minutes(state, bucket) if used > FULL else 0,
        }
        value = json.dumps({bucket.key: [row]}, separators=(",", ":"))
        headers["X-Business-Use-Case-Usage"] = value
    return headers


def _minutes(state: Meta, bucket: Bucket) -> int:
    oldest = state.calls[bucket.kind, bucket.key][0]
    return max(1, round((oldest + bucket.seconds - state.clock.now()) / 60))
