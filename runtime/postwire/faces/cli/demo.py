"""`postwire demo`: a video published on the simulated TikTok, from the consent to the link."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from postwire.errors import ActionFailed
from postwire.faces.cli import output
from postwire.faces.cli.ending import DONE, FAILED

if TYPE_CHECKING:
    from postwire.accounts.account import Account
    from postwire.client import Client
    from postwire.simulator import Served
    from postwire.values import Result

_ACTION: Final = "tiktok.publish_video"
_LARGE: Final = 70_000_000  # bytes; TikTok takes at most 64 MB in one piece, so this goes in chunks


def _demo() -> int:
    from postwire.simulator import create, serve  # noqa: PLC0415 - needs an extra

    output.say("This runs on the simulator, not on the real TikTok: nothing is published anywhere.")
    with serve(create()) as served, tempfile.TemporaryDirectory(prefix="postwire-demo-") as folder:
        results = _shown(served, Path(folder))
        public = {
            str(post) for publish in served.simulator.tiktok.publishes.values() for post in publish.post_ids
        }
        chunks = sum(record.method == "PUT" for record in served.simulator.requests)
    if public != {result["id"] for result in results}:
        output.tell(f"The demo did not come to its end: the simulator shows {len(public)} public posts.")
        return FAILED
    output.say(f"\nBoth videos are public on the simulator; their bytes came in {chunks} chunks.")
    output.say(_FOR_REAL)
    return DONE


def _shown(served: Served, folder: Path) -> list[Result]:
    """Connect an account, and publish a small and a large video."""
    from postwire.client import Client  # noqa: PLC0415 - costs 250 ms
    from postwire.media.sample import write  # noqa: PLC0415 - only the demo needs it
    from postwire.sandbox import open_sandbox  # noqa: PLC0415 - as above

    settings = served.simulator.tiktok.settings
    settings.public_polls = 0
    with open_sandbox(served.origin) as sandbox:
        output.say("\n1. Connect an account")
        account = sandbox.account("tiktok")
        output.say(f"   Consent page: {sandbox.consent_url}")
        output.say("   Consent was given automatically, as the address asks; a person would press Allow.")
        output.say(f"   Connected: @{account.name}, with {', '.join(sorted(account.scopes or ()))}")
        with Client(account, sandbox=served.origin) as client:
            settings.processing_polls = 1  # the first look finds it busy
            small = _publish(client, account, 2, write(folder / "paper-boats.mp4"))
            settings.processing_polls = 0
            large = _publish(client, account, 3, write(folder / "long-film.mp4", _LARGE))
    return [small, large]


def _publish(client: Client, account: Account, number: int, video: Path) -> Result:
    from postwire.faces.cli.progress import watching  # noqa: PLC0415 - as above
    from postwire.language.units import show_size  # noqa: PLC0415 - as above

    given: dict[str, Any] = {
        "video": str(video),
        "title": "Paper boats",
        "privacy_level": "PUBLIC_TO_EVERYONE",
    }
    output.say(f"\n{number}. Publish {video.name}, {show_size(video.stat().st_size)}, with {_ACTION}")
    with watching() as watch:
        result = client.run(_ACTION, given, account=account, on_event=watch)
    if not _is_whole(result):
        raise ActionFailed(
            "transient", f"{video.name} was not published: {result.state}.", saved=result.output
        )
    output.say(f"   Published: {result['url']}")
    return result


def _is_whole(result: Result) -> bool:
    return result.state == "done" and bool(result.output.get("url"))


_FOR_REAL: Final = f"""
For a real account:
  1. Register an app at https://developers.tiktok.com with Login Kit and the Content Posting API, and take its
     client key and secret.
  2. Log in with the account through your app, and put its access token into the environment:
       export POSTWIRE_TIKTOK_ACCESS_TOKEN=act.…
  3. Look at what would be sent, then send it; until TikTok has audited the app only private posts are taken:
       postwire run {_ACTION} --video clip.mp4 --privacy-level SELF_ONLY --dry-run
       postwire run {_ACTION} --video clip.mp4 --privacy-level SELF_ONLY
Try more here, without an account: postwire run {_ACTION} --help, and --sandbox."""


demo = click.Command(
    "demo",
    callback=_demo,
    help="Publish two videos on the simulated TikTok, from consent to link. Needs no account; takes 15 s.",
)
