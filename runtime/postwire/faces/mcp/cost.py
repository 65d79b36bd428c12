"""What the list of tools costs a model, before it has done anything."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from postwire.faces.mcp.offer import Offer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postwire.faces.mcp.settings import Mode, Settings
    from postwire.language.catalog import Catalog

_BYTES: Final = 4  # of JSON for a token, on the average of the usual tokenizers
_MODEL: Final = ("name", "description", "inputSchema")  # what clients hand on to the model
MODES: Final[tuple[Mode, ...]] = ("direct", "search")


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of a mode: how many tools, tokens for the model, and bytes on the wire."""

    mode: str
    tools: int
    tokens: int
    bytes: int


def costs(
    catalog: Catalog, settings: Settings, granted: Mapping[str, frozenset[str] | None] | None = None
) -> list[Cost]:
    """The cost of each mode, for what *settings* choose."""
    return [_cost(mode, Offer(catalog, replace(settings, mode=mode), granted).tools()) for mode in MODES]


def _cost(mode: str, tools: list[dict[str, Any]]) -> Cost:
    told = [{name: tool[name] for name in _MODEL} for tool in tools]
    return Cost(mode, len(tools), round(_size(told) / _BYTES), _size(tools))


def _size(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())
