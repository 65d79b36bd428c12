"""Which host, method and path go to which function of the simulated Meta."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, PlainTextResponse, Response

from postwire.simulator.exchange import Call, Job, Route
from postwire.simulator.meta import dialog, face, hooks, processing, uploads
from postwire.simulator.meta.ask import FACEBOOK, INSTAGRAM
from postwire.simulator.meta.refusal import KNOWN, GraphError, InstagramLoginError, UploadError
from postwire.simulator.meta.settings import Settings
from postwire.simulator.meta.state import LOGGED_OUT, Meta

if TYPE_CHECKING:
    from collections.abc import Sequence

    from postwire.simulator.clock import Clock

# Meta sheet 1: Hosts, versions, general rules
GRAPH, GRAPH_VIDEO, WEB = "graph.facebook.com", "graph-video.facebook.com", "www.facebook.com"
RUPLOAD = "rupload.facebook.com"
GRAPH_INSTAGRAM, API_INSTAGRAM, WEB_INSTAGRAM = (
    "graph.instagram.com",
    "api.instagram.com",
    "www.instagram.com",
)
DIALOGS = ("/{version}/dialog/oauth", "/dialog/oauth")
DEPTH = 4  # segments of the longest Graph path


def graph_routes(state: Meta, host: str, login: str) -> list[Route]:
    """List the paths of a Graph host: any node and edge, with a version or without."""
    graph, upload = face.handler(state, login), uploads.app_upload(state)

    async def handle(call: Call) -> Response:
        # Meta sheet 6.3: Video (Resumable Upload API: bytes go to /{upload id})
        raw = login == FACEBOOK and call.path.rpartition("/")[2].startswith("upload:")
        return await (upload(call) if raw else graph(call))

    paths = ["".join(f"/{{s{n}}}" for n in range(depth)) for depth in range(DEPTH + 1)]
    paths = [*paths[1:], *(f"{path}/" for path in paths)]
    return [Route(host, method, path, handle) for method in ("GET", "POST", "DELETE") for path in paths]


def upload_routes(state: Meta) -> list[Route]:
    """List the paths of rupload."""
    paths = ("/video-upload/{version}/{id}", "/ig-api-upload/{version}/{id}")
    return [Route(RUPLOAD, "POST", path, uploads.rupload(state)) for path in paths]


class MetaPlatform:
    """Facebook's hosts, which serve Pages and Instagram accounts behind Facebook Login."""

    name = "meta"
    hosts = frozenset({GRAPH, GRAPH_VIDEO, RUPLOAD, WEB})

    def __init__(self, state: Meta) -> None:
        self.state = state
        consent = dialog.authorize(state, FACEBOOK)
        self.routes: Sequence[Route] = [
            *(Route(WEB, method, path, consent) for method in ("GET", "POST") for path in DIALOGS),
            *upload_routes(state),
            *graph_routes(state, GRAPH, FACEBOOK),
            *graph_routes(state, GRAPH_VIDEO, FACEBOOK),
        ]

    @classmethod
    def make(cls, clock: Clock, settings: Settings | None, seed: int | None) -> MetaPlatform:
        """Make it with a fresh state."""
        return cls(Meta(clock, settings or Settings(), seed))

    def beside(self) -> InstagramPlatform:
        """Make the part that serves Instagram login, with the same state."""
        return InstagramPlatform(self.state)

    def due(self) -> list[Job]:
        """Let time pass and hand out the outside work that is due."""
        return processing.tick(self.state) + hooks.due(self.state)

    def greeting(self) -> dict[str, Any]:
        """Tell people how to use it."""
        return {
            "apps": apps(self.state, FACEBOOK),
            "accounts": [person.key for person in self.state.settings.people],
            "pages": [page.id for page in self.state.settings.pages],
            "authorize": f"/{WEB}/v26.0/dialog/oauth",
            "api": f"/{GRAPH}/v26.0/",
        }

    def missing(self, call: Call, methods: tuple[str, ...]) -> Response:
        """Answer a path that it does not have."""
        return missing(self.state, call, methods, call.host in {GRAPH, GRAPH_VIDEO})

    def part(self, call: Call) -> int | None:
        """Tell which part of an upload a request is: the first, or what comes after a break."""
        offset = call.headers.get("offset") or call.headers.get("file_offset")
        return None if offset is None else 1 if offset == "0" else 2

    def refusal(self, call: Call, status: int, code: str, message: str) -> Response:
        """Make a refusal in the form of the host that was called."""
        if call.host == RUPLOAD:
            usual = 400 if status == 200 else status  # noqa: PLR2004
            return uploads.refused(UploadError(code, message, retriable=usual != 400, status=usual))  # noqa: PLR2004
        return refusal(self.state, status, code, message)

    def revoke(self, token: str) -> None:
        """Make an access token invalid from now on."""
        revoke(self.state, token)


class InstagramPlatform:
    """Instagram's hosts, which serve Instagram login; the state is Meta's."""

    name = "instagram"
    hosts = frozenset({GRAPH_INSTAGRAM, API_INSTAGRAM, WEB_INSTAGRAM})

    def __init__(self, state: Meta) -> None:
        self.state = state
        consent = dialog.authorize(state, INSTAGRAM)
        self.routes: Sequence[Route] = [
            *(Route(WEB_INSTAGRAM, method, "/oauth/authorize", consent) for method in ("GET", "POST")),
            Route(API_INSTAGRAM, "POST", "/oauth/access_token", dialog.instagram_code(state)),
            *graph_routes(state, GRAPH_INSTAGRAM, INSTAGRAM),
        ]

    def due(self) -> list[Job]:
        """Hand out nothing: Facebook's part hands out the work of both."""
        return []

    def greeting(self) -> dict[str, Any]:
        """Tell people how to use it: its own apps first, then those of the other login."""
        return {
            "apps": apps(self.state, INSTAGRAM) + apps(self.state, FACEBOOK),
            "accounts": [a.username for a in self.state.settings.accounts if a.professional],
            "authorize": f"/{WEB_INSTAGRAM}/oauth/authorize",
            "api": f"/{GRAPH_INSTAGRAM}/v26.0/",
        }

    def missing(self, call: Call, methods: tuple[str, ...]) -> Response:
        """Answer a path that it does not have."""
        return missing(self.state, call, methods, call.host == GRAPH_INSTAGRAM)

    def part(self, _call: Call) -> int | None:
        """Tell nothing: uploads go to Facebook's hosts."""
        return None

    def refusal(self, call: Call, status: int, code: str, message: str) -> Response:
        """Make a refusal in the form of the host that was called."""
        if call.host == API_INSTAGRAM:
            error = InstagramLoginError(message, "OAuthException", int(code) if code.isdigit() else 400)
            return JSONResponse(error.envelope(), 400 if status == 200 else status)  # noqa: PLR2004
        return refusal(self.state, status, code, message)

    def revoke(self, token: str) -> None:
        """Make an access token invalid from now on."""
        revoke(self.state, token)


def apps(state: Meta, login: str) -> list[dict[str, Any]]:
    """Describe the apps of a login by the names that its calls use."""
    return [
        {
            "client_id": app.id,
            "client_secret": app.secret,
            "login": app.login,
            "redirect_uris": app.redirect_uris,
        }
        for app in state.settings.apps
        if app.login == login
    ]


def missing(state: Meta, call: Call, methods: tuple[str, ...], in_graph: bool) -> Response:
    """Answer a path that is not there."""
    if in_graph:
        error = GraphError("2500", "Unknown path components.", kind="GraphMethodException")
        return face.refused(state, error, {})
    if methods:
        return PlainTextResponse("Method not allowed.", 405, {"Allow": ", ".join(methods)})
    return PlainTextResponse(f"Not found: {call.path[:80]}", 404)


def refusal(state: Meta, status: int, code: str, message: str) -> Response:
    """Make a refusal for a fault; `code` is CODE or CODE/SUBCODE, or a subcode that is known."""
    keys = [key for key in KNOWN if code in {key, key.partition("/")[2]}]
    numeric = code.partition("/")[0].lstrip("-").isdigit()
    key = keys[0] if keys else code if numeric else "1"
    # Meta sheet 5: Error envelope (a refusal is never 200)
    error = GraphError(key, message, status=0 if status == 200 else status)  # noqa: PLR2004
    return face.refused(state, error, {})


def revoke(state: Meta, text: str) -> None:
    """Make a token invalid."""
    if text in state.tokens:
        state.tokens[text].ended = LOGGED_OUT
