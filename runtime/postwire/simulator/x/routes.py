"""Which host, method and path go to which function of the simulated X."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from postwire.simulator.exchange import Call, Job, Route
from postwire.simulator.login import OAuthRefusalError
from postwire.simulator.x import (
    analytics,
    articles,
    engage,
    explore,
    face,
    graph,
    lists,
    messages,
    oauth,
    posting,
    posts,
    search,
    spaces,
    upload,
    users,
)
from postwire.simulator.x.refusal import CodedError, ProblemError
from postwire.simulator.x.settings import SCOPES, Settings
from postwire.simulator.x.state import X

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.responses import Response

    from postwire.simulator.clock import Clock
    from postwire.simulator.x.operation import Operation

# X sheet 2: Base URL (api.twitter.com still resolves); sheet 4: Authorize (x.com; TWEEPY still twitter.com)
API_HOSTS = ("api.x.com", "api.twitter.com")
WEB_HOSTS = ("x.com", "twitter.com")
AUTHORIZE = "/i/oauth2/authorize"
OAUTH_PATHS = frozenset({"/2/oauth2/token", "/2/oauth2/revoke"})

OPERATIONS: tuple[Operation, ...] = (
    *users.OPERATIONS,
    *posting.OPERATIONS,
    *posts.OPERATIONS,
    *search.OPERATIONS,
    *engage.OPERATIONS,
    *graph.OPERATIONS,
    *lists.OPERATIONS,
    *messages.OPERATIONS,
    *upload.OPERATIONS,
    *analytics.OPERATIONS,
    *articles.OPERATIONS,
    *explore.OPERATIONS,
    *spaces.OPERATIONS,
)


def routes(x: X) -> list[Route]:
    """List everything that the platform answers."""
    # Paths with fixed words come before those with ids in their place.
    operations = sorted(OPERATIONS, key=lambda op: [part.startswith("{") for part in op.path.split("/")])
    consent = face.authorize(x)
    # X sheet 4: OAuth 2.0
    forms = (
        ("/2/oauth2/token", oauth.token),
        ("/2/oauth2/revoke", oauth.revoke),
        ("/oauth2/token", oauth.app_only),
        ("/oauth2/invalidate_token", oauth.invalidate),
    )
    made = [(op.method, op.path, face.api(x, op)) for op in operations]
    made += [("GET", "/2/openapi.json", face.catalogue(operations))]
    made += [("POST", path, face.form_api(x, function)) for path, function in forms]
    return [
        *(Route(host, method, path, handler) for host in API_HOSTS for method, path, handler in made),
        *(Route(host, method, AUTHORIZE, consent) for host in WEB_HOSTS for method in ("GET", "POST")),
    ]


class XPlatform:
    """The simulated X as the frame sees it."""

    name = "x"
    hosts = frozenset({*API_HOSTS, *WEB_HOSTS})

    def __init__(self, state: X) -> None:
        self.state = state
        self.routes: Sequence[Route] = routes(state)

    @classmethod
    def make(cls, clock: Clock, settings: Settings | None, seed: int | None) -> XPlatform:
        """Make it with a fresh state."""
        return cls(X(clock, settings or Settings(), seed))

    def due(self) -> list[Job]:
        """Let time pass; nothing leaves this platform."""
        return []

    def greeting(self) -> dict[str, Any]:
        """Tell people how to use it."""
        settings = self.state.settings
        return {
            "apps": [
                {
                    "client_id": app.client_id,
                    "client_secret": app.client_secret,
                    "consumer_key": app.consumer_key,
                    "consumer_secret": app.consumer_secret,
                    "kind": app.kind,
                    "plan": app.plan,
                    "redirect_uris": app.redirect_uris,
                }
                for app in settings.apps
            ],
            "accounts": [account.username for account in settings.accounts],
            "scopes": list(SCOPES),
            "authorize": f"/{WEB_HOSTS[0]}{AUTHORIZE}",
            "api": f"/{API_HOSTS[0]}/2/",
        }

    def missing(self, call: Call, methods: tuple[str, ...]) -> Response:
        """Answer a path that it does not have."""
        # X sheet 2: Unknown path (live about:blank). Sheet silent on a wrong method: 405 in the same form.
        if methods:
            return face.problem(self.state, ProblemError(405, "Method Not Allowed", call.method))
        return face.problem(self.state, ProblemError(404, "Not Found", "Not Found"))

    def part(self, call: Call) -> int | None:
        """Tell which part of an upload a request is: the next one, as its number is inside the body."""
        if not call.path.endswith("/append"):
            return None
        return upload.part(self.state.media.get(call.path.split("/")[-2]))

    def refusal(self, call: Call, status: int, code: str, message: str) -> Response:
        """Make a refusal in the form of the endpoint that was called; `code` is a slug or a number."""
        if call.path in OAUTH_PATHS:
            return face.flat(OAuthRefusalError(code, message), max(status, 400))
        if code.isdigit():
            return face.problem(self.state, CodedError(status, int(code), message))
        kind = code if code != "blank" else "about:blank"
        return face.problem(self.state, ProblemError(status, message, message, kind))

    def revoke(self, token: str) -> None:
        """Make an access token invalid from now on."""
        if token in self.state.access:
            self.state.access[token].dead = True
