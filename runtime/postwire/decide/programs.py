"""Every program that runs share, each compiled when it is first asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postwire.decide.api import Api
from postwire.decide.program import Program

if TYPE_CHECKING:
    from postwire.language.catalog import Catalog


class Programs:
    """The programs of a catalog; safe to share between threads (at worst one is compiled twice)."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self._apis: dict[str, Api] = {}
        self._programs: dict[str, Program] = {}

    def get(self, name: str) -> Program:
        """The program of `tiktok.create_video_post`.

        Raises:
            UnknownName: there is no such action.
            ManifestInvalid: its manifest cannot be used.
        """
        found = self._programs.get(name)
        if found is None:
            found = self._programs[name] = self._compile(name)
        return found

    def api(self, integration: str) -> Api:
        """The compiled shared part of an integration."""
        if integration not in self._apis:
            self._apis[integration] = Api(integration, self.catalog.integration(integration))
        return self._apis[integration]

    def _compile(self, name: str) -> Program:
        action = self.catalog.action(name)
        integration, _, short = name.partition(".")
        return Program(short, action, self.api(integration), lambda other: self.get(f"{integration}.{other}"))
