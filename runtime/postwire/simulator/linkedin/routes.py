"""Which host, method and path go to which function of the simulated LinkedIn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import PlainTextResponse, Response

from postwire.simulator.exchange import Call, Job, Route
from postwire.simulator.linkedin import (
    ads,
    analytics,
    comments,
    dialog,
    face,
    hooks,
    identity,
    media,
    memberanalytics,
    notifications,
    oauth,
    postreads,
    posts,
    reactions,
    social,
    upload,
)
from postwire.simulator.linkedin.records import REVOKED
from postwire.simulator.linkedin.refusal import SERVICE, RestError
from postwire.simulator.linkedin.settings import Settings
from postwire.simulator.linkedin.state import LinkedIn
from postwire.simulator.login import OAuthRefusalError
from postwire.simulator.outside import HTTP_OK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from postwire.simulator.clock import Clock

# LinkedIn sheet 2.1: Hosts and headers
API, WEB = "api.linkedin.com", "www.linkedin.com"
AUTHORIZE = "/oauth/v2/authorization"
TOKEN_PATHS = {
    "/oauth/v2/accessToken": oauth.token,
    "/oauth/v2/introspectToken": oauth.introspect,
    "/oauth/v2/revoke": oauth.revoke,
}
MODULES: tuple[Any, ...] = (
    identity,
    posts,
    postreads,
    media,
    social,
    comments,
    reactions,
    analytics,
    memberanalytics,
    notifications,
    ads,
)


def routes(state: LinkedIn) -> list[Route]:
    """List everything that the platform answers."""
    consent = dialog.authorize(state)
    listed = [
        Route(WEB, "GET", AUTHORIZE, consent),
        Route(WEB, "POST", AUTHORIZE, consent),  # the simulator's own: the page's form
        *(Route(WEB, "POST", path, dialog.form_api(state, f)) for path, f in TOKEN_PATHS.items()),
        Route(WEB, "PUT", upload.PATH, upload.put(state)),
    ]
    for module in MODULES:
        for (method, path), operation in getattr(module, "LEGACY", {}).items():
            listed.append(Route(API, method, path, face.legacy(state, operation)))
    for path, methods in _rest().items():
        handle = face.rest(state, methods)
        used = sorted({wanted.partition(":")[0] for wanted in methods})
        listed += [Route(API, method, path, handle) for method in used]
    return listed


def _rest() -> dict[str, face.Methods]:
    paths: dict[str, face.Methods] = {}
    for module in MODULES:
        for path, methods in module.REST.items():
            paths.setdefault(path, {}).update(methods)
    return paths


class LinkedInPlatform:
    """The simulated LinkedIn as the frame sees it."""

    name = "linkedin"
    hosts = frozenset({API, WEB})

    def __init__(self, state: LinkedIn) -> None:
        self.state = state
        self.routes: Sequence[Route] = routes(state)

    @classmethod
    def make(cls, clock: Clock, settings: Settings | None, seed: int | None) -> LinkedInPlatform:
        """Make it with a fresh state."""
        return cls(LinkedIn(clock, settings or Settings(), seed))

    def due(self) -> list[Job]:
        """Let time pass and hand out the outside work that is due."""
        return hooks.due(self.state)

    def greeting(self) -> dict[str, Any]:
        """Tell people how to use it."""
        settings = self.state.settings
        return {
            "apps": [
                {
                    "client_id": app.id,
                    "client_secret": app.secret,
                    "tier": app.tier,
                    "redirect_uris": app.redirect_uris,
                }
                for app in settings.apps
            ],
            "accounts": [member.key for member in settings.members],
            "pages": [page.id for page in settings.pages],
            "authorize": f"/{WEB}{AUTHORIZE}",
            "api": f"/{API}/rest/",
        }

    def missing(self, call: Call, methods: tuple[str, ...]) -> Response:
        """Answer a path that it does not have."""
        if call.host == WEB:
            return PlainTextResponse(f"Not found: {call.path[:80]}", 405 if methods else 404)
        # LinkedIn sheet 9.4: Member posts (what does not exist: 404 RESOURCE_NOT_FOUND)
        if methods:
            return face.refused(self.state, RestError(405, "", "Method not allowed."))
        said = f"No virtual resource found for {call.path[:80]}"
        return face.refused(self.state, RestError(404, "RESOURCE_NOT_FOUND", said))

    def part(self, call: Call) -> int | None:
        """Tell which part of an upload a request is."""
        target = upload.find(self.state, call) if call.path.startswith("/dms-uploads/") else None
        return target.number or None if target else None

    def refusal(self, call: Call, status: int, code: str, message: str) -> Response:
        """Make a refusal in the form of the endpoint that was called; its own status where that is 200."""
        if call.path.startswith("/oauth/"):
            usual = 401 if code == "invalid_client" else 400
            return dialog.flat(OAuthRefusalError(code, message), _own(status, usual))
        usual, service = SERVICE.get(code, (400, None))
        return face.refused(self.state, RestError(_own(status, usual), code, message, service))

    def revoke(self, token: str) -> None:
        """Make an access token invalid from now on."""
        if token in self.state.access:
            self.state.access[token].ended = REVOKED


def _own(status: int, usual: int) -> int:
    """A refusal's status: what a fault asked for, or the code's own where it named none."""
    return usual if status == HTTP_OK else status
