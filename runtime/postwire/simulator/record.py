"""A record of each received request, without secrets."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from postwire.simulator.exchange import Call
    from postwire.simulator.faults import Fault

MASK = "***"
SECRET_HEADERS = frozenset({"authorization", "cookie"})
SECRET_QUERY = frozenset(
    {
        "upload_token",
        "code",
        "access_token",
        "client_secret",
        "ut",
        "fb_exchange_token",
        "input_token",
        "appsecret_proof",
    }
)


@dataclass(slots=True)
class Record:
    """One request: `status` stays None when the connection was cut; `size` counts body bytes."""

    platform: str
    host: str
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    time: float
    fault: str | None
    size: int = 0
    status: int | None = None

    @classmethod
    def of(cls, platform: str, call: Call, now: float, fault: Fault | None) -> Record:
        """Note a request as it arrives."""
        return cls(
            platform=platform,
            host=call.host,
            method=call.method,
            path=call.path,
            query={name: MASK if name in SECRET_QUERY else value for name, value in call.query.items()},
            headers={name: _shown(name, value) for name, value in call.headers.items()},
            time=now,
            fault="+".join(fault.effects) if fault else None,
        )

    def to_json(self) -> dict[str, Any]:
        """Show it as JSON."""
        return asdict(self)


def _shown(name: str, value: str) -> str:
    if name not in SECRET_HEADERS:
        return value
    scheme, space, _ = value.partition(" ")
    return f"{scheme} {MASK}" if space else MASK
