"""A desk from which tests send requests to the simulated Meta in-process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.simulator.conftest import Sender

if TYPE_CHECKING:
    import httpx2

GRAPH, INSTAGRAM = "https://graph.facebook.com/v26.0", "https://graph.instagram.com/v26.0"
REDIRECT = "http://127.0.0.1:5005/callback/"
APP = {"client_id": "999000000000001", "client_secret": "metasimsecret"}
INSTA = {"client_id": "888000000000001", "client_secret": "instasimsecret"}
JPG, MP4 = "https://media.example.com/a.jpg", "https://media.example.com/a.mp4"
FILM = b"\x00\x00\x00\x18ftypmp42" + bytes(5_000)


class Desk(Sender):
    """Sends requests, one at a time, as one connected person, Page or Instagram account."""

    app, insta_app = APP, INSTA
    app_token = "999000000000001|metasimsecret"
    ig = "17841400000000001"
    jpg, mp4, film = JPG, MP4, FILM
    graph = GRAPH

    def __init__(self) -> None:
        super().__init__()
        self.meta = self.simulator.meta
        self.settings = self.meta.settings
        self.user = self.meta.connect()
        self.page = self.meta.connect_page()
        self.insta = self.meta.connect("harborbakery")

    def ask(self, method: str, path: str, token: str = "", **params: Any) -> httpx2.Response:
        """Ask the Graph that the token is for: a GET by query, else by JSON."""
        token = token or self.page
        base = INSTAGRAM if token.startswith("IGAA") else GRAPH
        options = {"params": params} if method == "GET" else {"json": params}
        return self.send(method, f"{base}/{path}", headers={"Authorization": f"Bearer {token}"}, **options)

    def get(self, path: str, token: str = "", **params: Any) -> Any:
        return self._good(self.ask("GET", path, token, **params))

    def post(self, path: str, token: str = "", **params: Any) -> Any:
        return self._good(self.ask("POST", path, token, **params))

    def delete(self, path: str, token: str = "", **params: Any) -> Any:
        return self._good(self.ask("DELETE", path, token, **params))

    def _good(self, answer: httpx2.Response) -> Any:
        assert answer.status_code == 200, answer.text
        return answer.json()

    def later(self, seconds: float) -> None:
        self.simulator.clock.advance(seconds)
        self.settle()

    @staticmethod
    def code(answer: httpx2.Response) -> str:
        """Read CODE or CODE/SUBCODE of a refusal."""
        error = answer.json().get("error", {"code": "none"})
        subcode = error.get("error_subcode")
        return f"{error['code']}/{subcode}" if subcode else str(error["code"])

    def refused(self, method: str, path: str, token: str = "", **params: Any) -> str:
        return self.code(self.ask(method, path, token, **params))

    def container(self, token: str = "", **params: Any) -> str:
        """Make a container by either login, whose media is there at once."""
        made: str = self.post(f"{self.ig}/media", token or self.insta, **params)["id"]
        self.later(40)
        return made

    def published(self, token: str = "", **params: Any) -> str:
        """Publish on Instagram, and give the media's id."""
        token = token or self.insta
        made = self.container(token, **(params or {"image_url": JPG, "caption": "Hello"}))
        media: str = self.post(f"{self.ig}/media_publish", token, creation_id=made)["id"]
        return media

    def upload(self, url: str, data: bytes = FILM, offset: int = 0, **headers: str) -> httpx2.Response:
        about = {"Authorization": f"OAuth {self.page}", "offset": str(offset), "file_size": str(len(FILM))}
        return self.send("POST", url, content=data, headers=about | headers)

    def without(self, *scopes: str) -> str:
        """Give a Page token that lacks some permissions."""
        app = self.settings.apps[0]
        return self.meta.connect_page(scopes=app.scopes - set(scopes))

    def authorize(self, login: str = "facebook", **changes: Any) -> dict[str, str]:
        """Ask with the simulator's own switch, and read the callback's query."""
        where, app, scope = {
            "facebook": (
                "https://www.facebook.com/v26.0/dialog/oauth",
                APP,
                "pages_show_list,instagram_basic",
            ),
            "instagram": ("https://www.instagram.com/oauth/authorize", INSTA, "instagram_business_basic"),
        }[login]
        query = {
            "postwire_auto": "allow",
            "client_id": app["client_id"],
            "redirect_uri": REDIRECT,
            "response_type": "code",
            "scope": scope,
            "state": "s-1",
        } | changes
        return self.consent(where, query)

    def exchange(self, **changes: Any) -> httpx2.Response:
        query = {**APP, "redirect_uri": REDIRECT, **changes}
        return self.send("GET", f"{GRAPH}/oauth/access_token", params=query)

    def insta_exchange(self, **changes: Any) -> httpx2.Response:
        form = {**INSTA, "redirect_uri": REDIRECT, "grant_type": "authorization_code", **changes}
        return self.send("POST", "https://api.instagram.com/oauth/access_token", data=form)

    def insta_tokens(self, path: str, **query: Any) -> httpx2.Response:
        return self.send("GET", f"https://graph.instagram.com/{path}", params=query)


@pytest.fixture
def desk() -> Desk:
    return Desk()
