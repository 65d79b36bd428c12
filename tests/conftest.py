"""A small fictitious platform, acme, and a simulated one on a real port."""

from __future__ import annotations

import asyncio
import os
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

from postwire import Account, AsyncClient, Client, Result
from postwire.decide.programs import Programs
from postwire.decide.retry import Policy
from postwire.flow import run
from postwire.language.catalog import Catalog
from postwire.media.fetch import FetchPolicy
from postwire.testing import Played, play

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from postwire.simulator import Served, Simulator
    from postwire.values import Flow

# A busy machine is no finding. The gate (CI) judges the change, so it tries the same examples each time; at
# work they are new ones each time.
settings.register_profile(
    "postwire",
    deadline=None,
    derandomize="CI" in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("postwire")

# No test's way out is that of the machine.
for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
    del os.environ[name]

TOKEN = "planted-acme-token"
INTEGRATION = """
name: Acme
description: A fictitious platform.
docs: {url: https://acme.example/docs, read: 2026-11-21}
api:
  base: https://api.acme.example
  reach: [upload.acme.example]
  message: ${{ body.error.message }}
  error_code: ${{ body.error.code }}
  errors:
    - {when: body.error.code == 'expired', code: auth_expired, message: The token is old.}
limits:
  - {path: /paced, calls: 2, per: 60s}
"""


class Acme:
    """An integration in a folder of its own, and its actions played on scripted answers."""

    def __init__(self, folder: Path, name: str = "acme") -> None:
        self.name = name
        self.folder = folder / name
        (self.folder / "actions").mkdir(parents=True)
        self.describe(INTEGRATION)

    def describe(self, text: str) -> None:
        (self.folder / "integration.yaml").write_text(dedent(text))

    def write(self, name: str, text: str) -> Acme:
        head = f"title: {name}\ndescription: For a test.\n"
        (self.folder / "actions" / f"{name}.yaml").write_text(head + dedent(text))
        return self

    def flow(
        self,
        name: str = "it",
        given: dict[str, Any] | None = None,
        *,
        account: Account | None = None,
        policy: Policy | None = None,
        run_id: str = "run-1",
    ) -> Flow[Any]:
        program = Programs(Catalog([self.folder])).get(f"{self.name}.{name}")
        values, _ = program.input.prepare(given or {})
        acting = account or Account(self.name, TOKEN, id="a-1")
        return run(program, values, acting, now=1_000.0, run_id=run_id, policy=policy or Policy())

    def play(self, *answers: Any, renewed: Any = None, **options: Any) -> Played:
        return play(self.flow(**options), answers, renewed)


@pytest.fixture
def acme(tmp_path: Path) -> Acme:
    return Acme(tmp_path)


@pytest.fixture(scope="session")
def running() -> Iterator[Served]:
    from postwire.simulator import serve

    with serve() as served:
        yield served


@pytest.fixture
def served(running: Served) -> Served:
    """The simulator on its port, with nothing that happened before."""
    running.simulator.reset()
    return running


@pytest.fixture
def simulator(served: Served) -> Simulator:
    return served.simulator


TOK = """
name: Tok
description: A second, smaller description of the simulated platform.
docs: {url: https://developers.tiktok.com/doc, read: 2026-11-21}
api:
  base: https://open.tiktokapis.com
  reach: ['*.tiktokapis.com']
  ok: body.error.code == 'ok'
  message: ${{ body.error.message }}
  error_code: ${{ body.error.code }}
  request_id: ${{ body.error.log_id }}
  errors:
    - {when: body.error.code == 'access_token_invalid', code: auth_expired, message: The token is dead.}
    - {when: body.error.code == 'rate_limit_exceeded', code: rate_limited, retry_after: 60s}
"""
ME = """
effect: read
request:
  get: /v2/user/info/
  query: {fields: 'open_id,display_name'}
return: ${{ body.data.user }}
output: {required: [open_id], properties: {open_id: {type: string}, display_name: {type: string}}}
"""
LISTING = """
effect: read
input: {properties: {cursor: {type: integer}, count: {type: integer, default: 2}}}
request:
  post: /v2/video/list/
  retry: safe
  query: {fields: 'id,title'}
  json: {cursor: '${{ input.cursor }}', max_count: '${{ input.count }}'}
return:
  videos: ${{ body.data.videos }}
  cursor: ${{ if(body.data.has_more, body.data.cursor) }}
output:
  properties: {videos: {type: array, items: {type: object}}, cursor: {type: integer}}
"""
POST = """
effect: create
input:
  required: [video]
  properties:
    video:
      type: string
      format: media
      x-media: {types: [video/mp4], max_seconds: 60, base64_alias: video_base64}
    title: {type: string, x-length: {unit: utf16, max: 20}}
    parts: {type: integer, default: 1, maximum: 9}
let:
  size: ${{ if(input.parts == 1, input.video.size, floor(input.video.size / input.parts)) }}
steps:
  - id: init
    request:
      post: /v2/post/publish/video/init/
      json:
        post_info: {title: '${{ input.title }}', privacy_level: SELF_ONLY}
        source_info:
          source: FILE_UPLOAD
          video_size: ${{ input.video.size }}
          chunk_size: ${{ let.size }}
          total_chunk_count: ${{ floor(input.video.size / let.size) }}
    save: {publish_id: '${{ body.data.publish_id }}', upload_url: '${{ body.data.upload_url }}'}
  - id: upload
    upload:
      media: ${{ input.video }}
      part_size: ${{ let.size }}
      remainder: last
      put: ${{ steps.init.upload_url }}
      auth: none
      headers:
        Content-Type: ${{ input.video.type }}
        Content-Range: bytes ${{ part.first }}-${{ part.last }}/${{ part.total }}
      resync: true
  - id: status
    request:
      post: /v2/post/publish/status/fetch/
      retry: safe
      json: {publish_id: '${{ steps.init.publish_id }}'}
    save: {bytes: '${{ body.data.uploaded_bytes }}'}
return: {publish_id: '${{ steps.init.publish_id }}', bytes: '${{ steps.status.bytes }}'}
output: {required: [publish_id], properties: {publish_id: {type: string}, bytes: {type: integer}}}
"""


@pytest.fixture
def tok(tmp_path: Path) -> Acme:
    """The simulated platform, described by somebody else, outside of the repository."""
    made = Acme(tmp_path / "elsewhere", "tok")
    made.describe(TOK)
    return made.write("me", ME).write("list", LISTING).write("post", POST)


class Caller:
    """Either client behind the same words, for one run at a time."""

    def __init__(self, kind: str, served: Served, **options: Any) -> None:
        self.kind = kind
        self.slept: list[float] = []
        options = {"sandbox": served.origin, **options}
        self.client = Client(**options) if kind == "sync" else AsyncClient(**options)
        object.__setattr__(self.client._world, "sleep", self._sleep if kind == "sync" else self._asleep)

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    async def _asleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def run(self, *args: Any, **options: Any) -> Result:
        result = self._ended(lambda client: client.run(*args, **options))
        assert isinstance(result, Result)
        return result

    def stream(self, *args: Any, **options: Any) -> list[Any]:
        return self._listed(lambda client: client.stream(*args, **options))

    def iterate(self, *args: Any, **options: Any) -> list[Any]:
        return self._listed(lambda client: client.iterate(*args, **options))

    def _ended(self, call: Callable[[Any], Any]) -> Any:
        if isinstance(self.client, Client):
            return call(self.client)
        client = self.client

        async def go() -> Any:
            try:
                return await call(client)
            finally:
                await client._transport.aclose()

        return asyncio.run(go())

    def _listed(self, call: Callable[[Any], Any]) -> list[Any]:
        if isinstance(self.client, Client):
            return list(call(self.client))

        async def go(client: Any) -> list[Any]:
            return [item async for item in call(client)]

        return list(self._ended(go))

    def close(self) -> None:
        if isinstance(self.client, Client):
            self.client.close()
        else:
            asyncio.run(self.client.aclose())


@pytest.fixture(params=["sync", "async"])
def caller(request: pytest.FixtureRequest, served: Served, tok: Any, tmp_path: Path) -> Iterator[Caller]:
    account = Account("tok", served.simulator.tiktok.connect(), id="u-1")
    made = Caller(
        request.param,
        served,
        account=account,
        integrations=[tok.folder],
        media=tmp_path / "media",
        fetch=FetchPolicy(allow_loopback=True),
    )
    yield made
    made.close()
