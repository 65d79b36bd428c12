"""Which host, method and path go to which function of the simulated TikTok."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import PlainTextResponse, Response

from postwire.simulator.exchange import Call, Job, Route
from postwire.simulator.login import OAuthRefusalError
from postwire.simulator.tiktok import display, face, hooks, oauth, posting, processing, upload
from postwire.simulator.tiktok.refusal import RefusalError
from postwire.simulator.tiktok.settings import UPLOAD_HOSTS, Settings
from postwire.simulator.tiktok.state import TikTok

if TYPE_CHECKING:
    from collections.abc import Sequence

    from postwire.simulator.clock import Clock

# TikTok sheet 1: Hosts and general rules
API_HOST = "open.tiktokapis.com"
WEB_HOST = "www.tiktok.com"
AUTHORIZE = "/v2/auth/authorize/"


def routes(state: TikTok) -> list[Route]:
    """List everything that the platform answers."""
    # TikTok sheet 5: Endpoints
    publish = "/v2/post/publish"
    apis = [
        ("GET", "/v2/user/info/", face.json_api(state, face.user_info)),
        ("POST", "/v2/video/list/", face.json_api(state, display.list_videos)),
        ("POST", "/v2/video/query/", face.json_api(state, display.query_videos)),
        ("POST", f"{publish}/creator_info/query/", face.json_api(state, face.creator_info)),
        ("POST", f"{publish}/video/init/", face.init(state, posting.init_video)),
        ("POST", f"{publish}/inbox/video/init/", face.init(state, posting.init_draft)),
        ("POST", f"{publish}/content/init/", face.init(state, posting.init_photo)),
        ("POST", f"{publish}/status/fetch/", face.status_fetch(state)),
        ("POST", f"{publish}/cancel/", face.json_api(state, face.cancel, "invalid_publish_id")),
        # TikTok sheet 2: OAuth 2.0
        ("POST", "/v2/oauth/token/", face.form_api(state, oauth.token)),
        ("POST", "/v2/oauth/revoke/", face.form_api(state, oauth.revoke)),
    ]
    consent = face.authorize(state)
    return [
        *(Route(API_HOST, method, path, handler) for method, path, handler in apis),
        Route(WEB_HOST, "GET", AUTHORIZE, consent),
        Route(WEB_HOST, "POST", AUTHORIZE, consent),  # the simulator's own: the page's form
        *(Route(host, "PUT", "/video/", face.put(state)) for host in UPLOAD_HOSTS),
    ]


class TikTokPlatform:
    """The simulated TikTok as the frame sees it."""

    name = "tiktok"
    hosts = frozenset({API_HOST, WEB_HOST, *UPLOAD_HOSTS})

    def __init__(self, state: TikTok) -> None:
        self.state = state
        self.routes: Sequence[Route] = routes(state)

    @classmethod
    def make(cls, clock: Clock, settings: Settings | None, seed: int | None) -> TikTokPlatform:
        """Make it with a fresh state."""
        return cls(TikTok(clock, settings or Settings(), seed))

    def due(self) -> list[Job]:
        """Let time pass and hand out the outside work that is due."""
        return processing.tick(self.state) + hooks.due(self.state)

    def greeting(self) -> dict[str, Any]:
        """Tell people how to use it."""
        settings = self.state.settings
        return {
            "apps": [
                {
                    "client_key": c.key,
                    "client_secret": c.secret,
                    "kind": c.kind,
                    "redirect_uris": c.redirect_uris,
                }
                for c in settings.clients
            ],
            "accounts": [account.username for account in settings.accounts],
            "authorize": f"/{WEB_HOST}{AUTHORIZE}",
            "api": f"/{API_HOST}/v2/",
        }

    def missing(self, call: Call, methods: tuple[str, ...]) -> Response:
        """Answer a path that it does not have."""
        # TikTok sheet 1: Hosts and general rules (every path ends with /). Sheet silent on the answer.
        if methods:
            return PlainTextResponse("Method not allowed.", 405, {"Allow": ", ".join(methods)})
        hint = "" if call.path.endswith("/") else " Paths end with a slash."
        return PlainTextResponse(f"Not found.{hint}", 404)

    def part(self, call: Call) -> int | None:
        """Tell which part of an upload a request is."""
        return upload.part(self.state, call.query, call.headers) if call.host in UPLOAD_HOSTS else None

    def refusal(self, call: Call, status: int, code: str, message: str) -> Response:
        """Make a refusal in the form of the endpoint that was called."""
        if call.host in UPLOAD_HOSTS:
            return Response(message, status, media_type="text/plain")
        if call.path.startswith("/v2/oauth/"):
            return face.flat(self.state, OAuthRefusalError(code, message), status)
        return face.envelope(self.state, {}, RefusalError(status, code, message))

    def revoke(self, token: str) -> None:
        """Make an access token invalid from now on."""
        if token in self.state.access:
            self.state.access[token].dead = True
