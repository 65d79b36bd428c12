"""How pages show a platform: what people call it, and its badge, from its manifest and its `icon.svg`."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

from starlette.responses import Response
from starlette.routing import Route

from postwire.errors import PostwireError
from postwire.faces.web.templating import static

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request

    from postwire.language.catalog import Catalog
    from postwire.language.manifest import Integration

# Announced, and not there yet.
SOON: Final = {"telegram": "Telegram", "whatsapp": "WhatsApp"}
_SVG: Final = "http://www.w3.org/2000/svg"
_SIZE, _ICON, _ROUND = 24, 16, 7  # of a badge
ET.register_namespace("", _SVG)


def readable(catalog: Catalog, name: str) -> Integration | None:
    """What is said of an integration; None where it is gone or broken: the others are shown all the same."""
    try:
        return catalog.integration(name)
    except PostwireError:
        return None


def called(described: Integration) -> str:
    """What people call a platform."""
    return (described.brand.name if described.brand else "") or described.name


class Brands:
    """The names and badges of a catalogue's platforms."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def name(self, platform: str) -> str:
        """What people call *platform*: an integration, or another kind of login."""
        if platform in SOON:
            return SOON[platform]
        described = readable(self._catalog, platform)
        return called(described) if described else platform.replace("_", " ").title()

    def badge(self, platform: str) -> str:
        """The address of its badge, which changes with its content; "" where it has only a letter."""
        if platform in SOON:
            return static(f"{platform}.svg")
        drawn = self.drawn(platform)
        return f"/badges/{platform}.svg?v={hashlib.sha256(drawn).hexdigest()[:12]}" if drawn else ""

    def drawn(self, platform: str) -> bytes:
        """The badge, an SVG; nothing where the integration has no brand, or no icon that can be read."""
        described = readable(self._catalog, platform)
        if described is None or described.brand is None:
            return b""
        return _badge(self._catalog.icon(platform), tuple(described.brand.colours))


@lru_cache(maxsize=256)
def _badge(icon: bytes, colours: Sequence[str]) -> bytes:
    try:
        glyph = ET.fromstring(icon)  # noqa: S314 - an integration's folder is trusted as its manifests are
    except ET.ParseError:
        return b""
    place = (_SIZE - _ICON) // 2
    glyph.attrib |= {"x": f"{place}", "y": f"{place}", "width": f"{_ICON}", "height": f"{_ICON}"}
    side = {"width": f"{_SIZE}", "height": f"{_SIZE}"}
    badge = ET.Element(f"{{{_SVG}}}svg", {"viewBox": f"0 0 {_SIZE} {_SIZE}", **side})
    fill = ET.SubElement(
        badge, f"{{{_SVG}}}linearGradient", {"id": "of", "x1": "0", "y1": "1", "x2": "1", "y2": "0"}
    )
    for number, colour in enumerate(colours):
        at = f"{100 * number // max(1, len(colours) - 1)}%"
        ET.SubElement(fill, f"{{{_SVG}}}stop", {"offset": at, "stop-color": colour})
    ET.SubElement(badge, f"{{{_SVG}}}rect", {**side, "rx": f"{_ROUND}", "fill": "url(#of)"})
    ET.SubElement(badge, f"{{{_SVG}}}g", {"color": "#fff"}).append(glyph)
    return ET.tostring(badge)


async def badge(request: Request) -> Response:
    """A platform's badge; browsers keep it, as its address changes with it."""
    drawn = request.app.state.site.brands.drawn(request.path_params["platform"])
    kept = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(drawn, 200, kept, "image/svg+xml") if drawn else Response(status_code=404)


ROUTES = [Route("/badges/{platform}.svg", badge)]
