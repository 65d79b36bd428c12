"""Files that platforms fetch from here, because they take nothing but an address.

An input says with `x-file` that it is the address of a file. Forms then take the file itself, and the
platform is given an address under which this server hands it out: nobody can guess it, and it works as long
as the file is kept. A platform reaches a server that has a public address; the simulator takes any.
"""

from __future__ import annotations

import asyncio
import re
import threading
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from starlette.responses import FileResponse, PlainTextResponse
from starlette.routing import Route

from postwire.errors import Field, InvalidInput
from postwire.faces.web.sealed import fits, seal
from postwire.language.places import escaped
from postwire.media.convert import converted
from postwire.media.rules import check_media
from postwire.media.store import HANDLE, MediaStore
from postwire.publish.portable import media_folder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from postwire.faces.web.here import Here
    from postwire.faces.web.site import Site
    from postwire.media.file import Media

    Schema = Mapping[str, Any]

WORD: Final = "x-file"
_SHOWN: Final = ("image/", "video/")
_REMEMBERED: Final = 10_000
_PLAIN: Final = (
    "The platform fetches files by https only, and this server is not reached so: give an address."
)
_made: dict[tuple[str, str], str] = {}  # what a picture was made into, so that it is made once
_making = threading.Lock()


def hosts(site: Site) -> bool:
    """Whether platforms can fetch files from here."""
    return site.settings.secure or site.settings.sandbox is not None


def hosted(here: Here, schema: Schema, values: Any, at: str = "") -> Any:
    """*values* with an address in the place of each file that the platform is to fetch; for threads.

    Raises:
        InvalidInput: a file is gone, or does not fit.
    """
    if isinstance(values, dict):
        inner = schema.get("properties", {})
        return {
            key: hosted(here, inner.get(key, {}), each, f"{at}/{escaped(key)}")
            for key, each in values.items()
        }
    if isinstance(values, list):
        items = schema.get("items", {})
        return [hosted(here, items, each, f"{at}/{number}") for number, each in enumerate(values)]
    if WORD not in schema or not isinstance(values, str) or not HANDLE.fullmatch(values):
        return values
    made = _address(here, values, schema[WORD], at)
    if not re.search(schema.get("pattern", ""), made):
        raise InvalidInput([Field(at, _PLAIN)])
    return made


def _address(here: Here, handle: str, rules: Mapping[str, Any], at: str) -> str:
    store = here.client.media
    try:
        media = _fitting(store, handle, rules)
    except KeyError:
        raise InvalidInput([Field(at, "This file is no longer here: upload it again.")]) from None
    if mistakes := check_media(media, rules, at):
        raise InvalidInput(mistakes)
    mark = seal(_key(here.site), "files", str(media.handle))
    return f"{here.site.settings.public_url}/files/{media.handle}/{mark}/{quote(media.name)}"


def _key(site: Site) -> str:
    return site.vault.store.ring.export()


def _fitting(store: MediaStore, handle: str, rules: Mapping[str, Any]) -> Media:
    """The file as the platform takes it: the same one however often it is asked for."""
    key = (handle, str(rules.get("convert")))
    with _making:
        made = store.get(_made.get(key, handle))
        if key not in _made:
            made = converted(made, rules, store)
            while len(_made) >= _REMEMBERED:
                _made.pop(next(iter(_made)))
            _made[key] = str(made.handle)
        return made


async def fetch(request: Request) -> Response:
    """`/files/…`: a file for a platform, which needs no session."""
    site: Site = request.app.state.site
    handle = request.path_params["handle"]
    if not fits(_key(site), request.path_params["seal"], "files", handle):
        return PlainTextResponse("There is no such file.", 404)
    try:
        media = await asyncio.to_thread(MediaStore(media_folder()).get, handle)
    except KeyError:
        return PlainTextResponse("There is no such file.", 404)
    if not media.type.startswith(_SHOWN):
        return PlainTextResponse("There is no such file.", 404)
    return FileResponse(media.path, media_type=media.type, headers={"X-Robots-Tag": "noindex"})


ROUTES: Final = [Route("/files/{handle}/{seal}/{name}", fetch)]
