"""Templates and static files."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from postwire.language.units import moment

if TYPE_CHECKING:
    from starlette.responses import Response

    from postwire.faces.web.here import Here

FOLDER: Final = Path(__file__).parent
NAVIGATION: Final = (
    ("/connections", "Connections", "plug"),
    ("/publish", "Publish", "send"),
    ("/runs", "Runs", "list"),
    ("/schedules", "Schedules", "calendar"),
    ("/developers", "Developers", "code"),
)

_NOBODY: Final[dict[str, Any]] = {
    "here": None,
    "brands": None,
    "nav": [],
    "workspace": None,
    "workspaces": [],
    "csrf": "",
    "person": None,
    "flash": [],
    "sandbox": False,
    "dir": "ltr",
    "lang": "en",
    "theme": "",
    "title": "Postwire",
}


@cache
def environment() -> Environment:
    """The templates; an unknown name in one is an error."""
    made = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["static"] = static
    made.filters["moment"] = lambda seconds: moment(seconds) or ""
    return made


@cache
def static(name: str) -> str:
    """The address of a static file, which changes with its content."""
    digest = hashlib.sha256((FOLDER / "static" / name).read_bytes()).hexdigest()
    return f"/static/{name}?v={digest[:12]}"


def render(here: Here, template: str, status: int, context: dict[str, Any]) -> Response:
    """A page for somebody, with what every page shows around it."""
    return HTMLResponse(environment().get_template(template).render(**_around(here), **context), status)


def plain(
    template: str, status: int = 200, headers: dict[str, str] | None = None, **context: Any
) -> Response:
    """A page for somebody who is not let in yet."""
    text = environment().get_template(template).render(**{**_NOBODY, **context})
    return HTMLResponse(text, status, headers)


def _around(here: Here) -> dict[str, Any]:
    path = here.request.url.path
    links = [(here.href(place), label, icon) for place, label, icon in NAVIGATION]
    return {
        "here": here,
        "brands": here.site.brands,
        "nav": [(link, label, icon, path.startswith(link)) for link, label, icon in links],
        "workspace": next((each for each in here.workspaces if each.id == here.workspace), None),
        "workspaces": here.workspaces,
        "csrf": here.session.csrf,
        "person": here.session.person,
        "flash": [],
        "sandbox": here.site.settings.sandbox is not None,
        "dir": "rtl" if here.request.query_params.get("dir") == "rtl" else "ltr",
        "lang": "en",
        "theme": here.request.cookies.get("postwire_theme", ""),
        "title": here.site.settings.title,
    }
