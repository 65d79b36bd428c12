"""One action call against the bare HTTP client doing the same request, at 1 and at 50 at once, in one run."""

from __future__ import annotations

import asyncio
import shutil
import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
from loopback import Json, serving

from postwire import Account, AsyncClient, Client

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine
    from typing import Any

FIELDS = (
    "open_id,union_id,avatar_url,display_name,username,bio_description,profile_deep_link,is_verified,"
    "follower_count,following_count,likes_count,video_count"
)
CALLS = 3000
ROUNDS = 7
ACTION = "tiktok.get_user_info"
ACCOUNT = Account("tiktok", "act.bench", id="bench")


def unlimited(folder: Path) -> Path:
    """The TikTok integration with its limits counted but never reached."""
    ours = Path(__file__).parents[1] / "integrations" / "tiktok"
    shutil.copytree(ours, folder / "tiktok")
    file = folder / "tiktok" / "integration.yaml"
    file.write_text(file.read_text().replace("calls: 600", "calls: 100000000"))
    return folder


def bare_request(origin: str) -> dict[str, Any]:
    return {
        "url": f"{origin}/v2/user/info/",
        "params": {"fields": FIELDS},
        "headers": {"Authorization": "Bearer act.bench"},
    }


def timed_sync(call: Callable[[], object], at_once: int) -> float:
    if at_once == 1:
        begin = time.perf_counter()
        for _ in range(CALLS):
            call()
        return time.perf_counter() - begin
    with ThreadPoolExecutor(at_once) as pool:
        begin = time.perf_counter()
        list(pool.map(lambda _: [call() for _ in range(CALLS // at_once)], range(at_once)))
        return time.perf_counter() - begin


async def timed_async(call: Callable[[], Awaitable[object]], at_once: int) -> float:
    async def some() -> None:
        for _ in range(CALLS // at_once):
            await call()

    begin = time.perf_counter()
    await asyncio.gather(*(some() for _ in range(at_once)))
    return time.perf_counter() - begin


def show(name: str, ours: list[float], bare: list[float]) -> None:
    ratios = sorted(a / b for a, b in zip(ours, bare, strict=True))
    a, b = statistics.median(ours), statistics.median(bare)
    print(
        f"{name:16} postwire {CALLS / a:6.0f}/s   httpx2 {CALLS / b:6.0f}/s   "
        f"time ratio {statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
    )


def compare_sync(origin: str, folder: Path, at_once: int) -> None:
    limits = httpx2.Limits(max_connections=at_once, max_keepalive_connections=at_once)
    with (
        Client(ACCOUNT, integrations=[folder], override=True, sandbox=origin) as client,
        httpx2.Client(limits=limits) as bare,
    ):
        request = bare_request(origin)
        pair = (lambda: client.run(ACTION), lambda: bare.get(**request).json())
        results: tuple[list[float], list[float]] = ([], [])
        for _ in range(ROUNDS):
            for call, found in zip(pair, results, strict=True):
                found.append(timed_sync(call, at_once))
        show(f"sync, {at_once} at once", results[0][1:], results[1][1:])


async def compare_async(origin: str, folder: Path, at_once: int) -> None:
    limits = httpx2.Limits(max_connections=at_once, max_keepalive_connections=at_once)
    async with (
        AsyncClient(ACCOUNT, integrations=[folder], override=True, sandbox=origin) as client,
        httpx2.AsyncClient(limits=limits) as bare,
    ):
        request = bare_request(origin)

        async def plain() -> object:
            return (await bare.get(**request)).json()

        def ours() -> Coroutine[Any, Any, object]:
            return client.run(ACTION)

        results: tuple[list[float], list[float]] = ([], [])
        for _ in range(ROUNDS):
            for call, found in zip((ours, plain), results, strict=True):
                found.append(await timed_async(call, at_once))
        show(f"async, {at_once} at once", results[0][1:], results[1][1:])


def main() -> None:
    with serving(Json) as origin, tempfile.TemporaryDirectory() as folder:
        place = unlimited(Path(folder))
        for at_once in (1, 50):
            compare_sync(origin, place, at_once)
            asyncio.run(compare_async(origin, place, at_once))


if __name__ == "__main__":
    main()
