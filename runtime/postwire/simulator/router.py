"""Which platform and which of its routes a request is for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from postwire.simulator.exchange import Platform, Route


@dataclass(frozen=True, slots=True)
class Found:
    """A platform, and its route if it has one; `methods` are those that the path has."""

    platform: Platform
    route: Route | None = None
    params: dict[str, str] = field(default_factory=dict)
    methods: tuple[str, ...] = ()


class Router:
    """Routes by host, then in the platforms' order: the first that fits is taken.

    Platforms may share a host; what none of them has is answered by the first.
    """

    def __init__(self, platforms: Iterable[Platform]) -> None:
        self._hosts: dict[str, list[Platform]] = {}
        for platform in platforms:
            for host in platform.hosts:
                self._hosts.setdefault(host, []).append(platform)

    @property
    def hosts(self) -> frozenset[str]:
        """Every host that is stood for."""
        return frozenset(self._hosts)

    def find(self, host: str, method: str, path: str) -> Found | None:
        """Find what answers, or None for a host that is not stood for."""
        platforms = self._hosts.get(host)
        if platforms is None:
            return None
        fitting = [
            Found(platform, route, params)
            for platform in platforms
            for route in platform.routes
            if route.host == host and (params := match(route.path, path)) is not None
        ]
        methods = tuple(found.route.method for found in fitting if found.route)
        taken = (found for found in fitting if found.route and found.route.method == method)
        return next(taken, Found(platforms[0], methods=methods))


def match(pattern: str, path: str) -> dict[str, str] | None:
    """Read a path by a pattern, such as `/{version}/{id}/media`; None where it does not fit."""
    wanted, given = pattern.split("/"), path.split("/")
    if len(wanted) != len(given):
        return None
    params: dict[str, str] = {}
    for name, value in zip(wanted, given, strict=True):
        if name.startswith("{") and value:
            params[name.strip("{}")] = value
        elif name != value:
            return None
    return params
