"""Every action of X from the command line against the simulated X, which others wrote from the same pages."""

from __future__ import annotations

import json
import os
import re
import shlex
from contextlib import contextmanager
from string import Template
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from postwire import Account, Client
from postwire.decide.programs import Programs
from postwire.faces.cli import cli
from postwire.faces.cli.ending import UNKNOWN
from postwire.language.catalog import Catalog
from postwire.media.sample import VIDEO
from postwire.sandbox import Sandbox
from postwire.simulator import serve
from postwire.simulator.x.limits import PRICES
from postwire.simulator.x.routes import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from postwire.simulator import Served
    from postwire.simulator.x.operation import Operation

CATALOG = Catalog()
LABS, PREMIUM, FRIEND, LOCKED = (f"152488000000000000{number}" for number in range(1, 5))
PNG = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ"
    "AAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
GIF = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
SPAN = "--start-time 2026-11-17T00:00:00Z --end-time 2026-11-19T00:00:00Z"

# What each is given, and what must be in its output: $names are things of `world`, ... is anything there.
WORKS: dict[str, tuple[str, Any]] = {
    "get_user_info": ("", {"id": LABS, "username": "simlabs"}),
    "get_account_insights": ("", {"id": LABS, "metrics": {"following": 0}}),
    "get_user": ("--username simfriend", {"id": FRIEND, "name": "Sim Friend"}),
    "get_users": (
        f"--user-ids {FRIEND} --user-ids 19",
        {"users": [{"id": FRIEND}], "errors": [{"value": "19"}]},
    ),
    "search_users": ("--query sim", {"users": [{"id": FRIEND}]}),
    "list_followers": ("", {"users": []}),
    "unfollow_user": (f"--user-id {FRIEND}", {"following": False}),
    "list_following": (f"--user-id {FRIEND}", {"users": []}),
    "list_affiliates": ("", {"users": []}),
    "list_blocked_users": ("", {"users": []}),
    "list_muted_users": ("", {"users": [{"id": PREMIUM}]}),
    "mute_user": (f"--user-id {FRIEND}", {"id": FRIEND, "muting": True}),
    "unmute_user": (f"--user-id {LOCKED}", {"id": LOCKED, "muting": False}),
    "create_text_post": ("--text 'Paper boats'", {"text": "Paper boats"}),
    "create_poll_post": ("--text 'Which?' --poll-options Paper --poll-options Tin", {"text": "Which?"}),
    "create_long_post": ("--account simpremium --text '$long'", {"text": "$long"}),
    "create_photo_post": (f"--images {PNG} --alt-texts Boat --text Photo", {"media_ids": ...}),
    "create_gif_post": (f"--gif {GIF} --text Turning", {"text": "Turning"}),
    "create_video_post": (f"--video {VIDEO} --text Sailing", {"text": "Sailing"}),
    "create_thread": ("""--posts '[{"text": "One of two"}, {"text": "Two of two"}]'""", {"ids": ...}),
    "reply_to_post": ("--post-id $summons --text 'Here I am'", {"reply_to": "$summons"}),
    "update_post": (
        "--account simpremium --post-id $editable --text Better",
        {"text": "Better", "previous_id": "$editable"},
    ),
    "delete_post": ("--post-id $spare_post", {"deleted": True}),
    "hide_reply": ("--post-id $reply", {"hidden": True}),
    "unhide_reply": ("--post-id $hidden_reply", {"hidden": False}),
    "get_post": ("--post-id $post", {"id": "$post", "author": {"username": "simlabs"}}),
    "get_posts": (
        "--post-ids $post --post-ids 19",
        {"posts": [{"id": "$post"}], "errors": [{"value": "19"}]},
    ),
    "get_post_insights": ("--post-id $post", {"id": "$post", "metrics": {"comments": 2}}),
    "get_post_analytics": (f"--post-ids $post {SPAN}", {"posts": [{"id": "$post"}]}),
    "list_posts": ("--limit 50", {"posts": [{"id": "$post"}]}),
    "list_mentions": ("", {"posts": [{"id": "$summons"}]}),
    "get_home_timeline": ("--limit 50", {"posts": [{"id": "$post"}]}),
    "list_replies": ("--post-id $post", {"posts": [{"id": "$reply"}]}),
    "list_quotes": ("--post-id $post", {"posts": [{"id": "$quote"}]}),
    "list_reposts": ("--post-id $post", {"posts": [{"author": {"id": PREMIUM}}]}),
    "list_reposters": ("--post-id $post", {"users": [{"id": PREMIUM}]}),
    "list_reposts_of_me": ("", {"posts": [{"id": "$post"}]}),
    "unlike_post": ("--post-id $summons", {"liked": False}),
    "list_likers": ("--post-id $post", {"users": []}),
    "list_liked_posts": ("", {"posts": []}),
    "repost_post": ("--post-id $summons", {"reposted": True}),
    "undo_repost": ("--post-id $reposted", {"reposted": False}),
    "search_posts": ("--query boats", {"posts": [{"id": "$post"}]}),
    "count_posts": ("--query boats", {"counts": ...}),
    "add_bookmark": ("--post-id $reply", {"bookmarked": True}),
    "remove_bookmark": ("--post-id $spare_bookmark", {"bookmarked": False}),
    "list_bookmarks": ("", {"posts": [{"id": "$summons"}]}),
    "create_bookmark_folder": ("--name Later", {"name": "Later"}),
    "list_bookmark_folders": ("", {"folders": [{"id": "$folder"}]}),
    "list_folder_bookmarks": ("--folder-id $folder", {"post_ids": ["$summons"]}),
    "create_list": ("--name Boats --private", {"name": "Boats"}),
    "update_list": ("--list-id $list --description Builders", {"updated": True}),
    "delete_list": ("--list-id $spare_list", {"deleted": True}),
    "get_list": ("--list-id $list", {"id": "$list", "name": "Builders", "owner_id": LABS}),
    "add_list_member": (f"--list-id $list --user-id {PREMIUM}", {"is_member": True}),
    "remove_list_member": (f"--list-id $list --user-id {LOCKED}", {"is_member": False}),
    "follow_list": ("--list-id $list", {"following": True}),
    "unfollow_list": ("--list-id $other_list", {"following": False}),
    "pin_list": ("--list-id $list", {"pinned": True}),
    "unpin_list": ("--list-id $other_list", {"pinned": False}),
    "get_list_members": ("--list-id $list", {"users": [{"id": FRIEND}]}),
    "get_list_followers": ("--list-id $kept_list", {"users": [{"id": LABS}]}),
    "get_list_posts": ("--list-id $list", {"posts": [{"author": {"id": FRIEND}}]}),
    "list_owned_lists": ("", {"lists": [{"id": "$list"}]}),
    "list_memberships": (f"--user-id {FRIEND}", {"lists": [{"id": "$list"}]}),
    "list_followed_lists": ("", {"lists": [{"id": "$kept_list"}]}),
    "list_pinned_lists": ("", {"lists": [{"id": "$kept_list"}]}),
    "send_message": (f"--participant-id {FRIEND} --text Hi", {"conversation_id": "$conversation"}),
    "create_conversation": (
        f"--participant-ids {FRIEND} --participant-ids {PREMIUM} --text 'Hi both'",
        {"conversation_id": ...},
    ),
    "list_conversations": ("", {"conversations": [{"id": "$conversation"}]}),
    "list_messages": (f"--participant-id {FRIEND}", {"messages": [{"id": "$message", "text": "Ahoy"}]}),
    "get_message": ("--message-id $message", {"text": "Ahoy", "sender": {"id": LABS}}),
    "delete_message": ("--message-id $spare_message", {"deleted": True}),
    "block_messages": (f"--user-id {LOCKED}", {"blocked": True}),
    "unblock_messages": (f"--user-id {FRIEND}", {"blocked": False}),
    "upload_media": (f"--file {PNG} --alt-text Boat", {"media_id": ...}),
    "get_media": ("--media-keys $photo_key", {"media": [{"media_key": "$photo_key", "type": "photo"}]}),
    "get_media_analytics": (f"--media-keys $video_key {SPAN}", {"media": [{"media_key": "$video_key"}]}),
    "create_article": ("""--title Boats --blocks '[{"text": "How to fold"}]'""", {"title": "Boats"}),
    "publish_article": ("--article-id $article", {"url": ...}),
    "get_community": ("--community-id 1493000000000000001", {"name": "Simulated makers"}),
    "search_communities": ("--query simulated", {"communities": [{"name": "Simulated makers"}]}),
    "get_space": ("--space-id 1SimSpaceLive", {"title": "Simulated talk", "state": "live"}),
    "get_spaces": (
        "--space-ids 1SimSpaceLive --space-ids 1SimSpaceNext",
        {"spaces": [{"state": "scheduled"}]},
    ),
    "list_user_spaces": (f"--user-ids {LABS}", {"spaces": [{"id": "1SimSpaceLive"}]}),
    "get_space_posts": ("--space-id 1SimSpaceLive", {"posts": []}),
    "get_space_buyers": ("--account simpremium --space-id 1SimSpaceNext", {"users": [{"id": FRIEND}]}),
    "search_spaces": ("--query simulated", {"spaces": [{"id": "1SimSpaceLive"}]}),
    "get_news": ("--news-id 1990000000000000001", {"id": "1990000000000000001"}),
    "search_news": ("--query loopback", {"news": ...}),
    "get_trends": ("--woeid 1 --limit 5", {"trends": ...}),
    "get_personalized_trends": ("--account simpremium", {"trends": ...}),
}


# What X refuses on the usual plan, and what Enterprise gets. Page "Changelog", 2026-04-16: new likes, follows
# and quotes left every self-serve plan.
PLAN: dict[str, tuple[str, str, Any]] = {
    "like_post": ("--post-id $summons", "account_not_eligible", {"liked": True}),
    "follow_user": (f"--user-id {FRIEND}", "account_not_eligible", {"following": True}),
    "quote_post": ("--post-id $summons --text 'Well said'", "policy_blocked", {"quoted_id": "$summons"}),
}
# X's OpenAPI document 2.167: these take the app's own token (BearerToken), not that of a connected account.
APP: list[tuple[str, dict[str, Any]]] = [
    ("search_archive", {"query": "boats"}),
    ("count_posts", {"query": "boats", "archive": True}),
    ("get_usage", {"days": 7}),
]
SEEN = {*WORKS, *PLAN, *(action for action, _ in APP)}


class World:
    """A simulated X with one of everything, and `postwire` in this process."""

    def __init__(self, served: Served, folder: Path) -> None:
        self.served = served
        self.folder = folder
        self.x = served.simulator.x
        self.x.settings.rate_limits = False  # a hundred logins, each of which asks who it is
        self.x.settings.processing_polls = 0
        self.labs = Client(Sandbox(served.origin).account("x"), sandbox=served.origin)
        self.premium = Client(
            Sandbox(served.origin).account("x", postwire_account="simpremium"), sandbox=served.origin
        )
        self.things = {"long": "Paper boats. " * 30}
        with self.labs, self.premium, self.enterprise():
            self._posts()
            self._lists()
            self._rest()

    @contextmanager
    def enterprise(self) -> Iterator[None]:
        """The app on the plan that may do everything."""
        app = self.x.settings.apps[0]
        app.plan = "enterprise"
        yield
        app.plan = "self_serve"

    def run(self, action: str, arguments: str) -> tuple[int, Any, str]:
        """`postwire run`: exit code, what it printed as JSON, what it told beside."""
        words = [Template(word).substitute(self.things) for word in shlex.split(arguments)]
        done = CliRunner().invoke(cli, ["run", f"x.{action}", *words, "--sandbox", "--json"])
        return done.exit_code, json.loads(done.stdout), done.stderr

    def document(self, given: dict[str, Any]) -> Path:
        """A file with *given*, for --input."""
        self.folder.mkdir(exist_ok=True)
        file = self.folder / "input.json"
        file.write_text(json.dumps(given))
        return file

    def texts(self, ids: list[str]) -> list[str]:
        """What the posts with these ids say."""
        return [self.x.posts[each].text for each in ids]

    def known(self, beginning: str) -> list[str]:
        """Every post of the simulator that begins so, oldest first."""
        return [post.text for post in self.x.alive() if post.text.startswith(beginning)][::-1]

    def _posts(self) -> None:
        labs, premium, add = self.labs, self.premium, self.x.add_post
        post = labs.run("x.create_text_post", text="Paper boats, @simpremium")["id"]
        hello = "A word from @simlabs's friend to @simlabs"
        replies = [premium.run("x.reply_to_post", post_id=post, text=f"Answer {n}")["id"] for n in "ab"]
        labs.run("x.hide_reply", post_id=replies[1])
        premium.run("x.repost_post", post_id=post)
        reposted = add(FRIEND, "Passed on").id
        labs.run("x.repost_post", post_id=reposted)
        self.things |= {
            "post": post,
            "summons": add(FRIEND, hello).id,
            "reply": replies[0],
            "hidden_reply": replies[1],
            "quote": premium.run("x.quote_post", post_id=post, text="Look")["id"],
            "reposted": reposted,
            "editable": premium.run("x.create_text_post", text="Good")["id"],
            "spare_post": labs.run("x.create_text_post", text="Not for long")["id"],
        }

    def _lists(self) -> None:
        made = {
            name: self.labs.run("x.create_list", name=name.title())["id"]
            for name in ("builders", "spare", "other", "kept")
        }
        for user in (FRIEND, LOCKED):
            self.labs.run("x.add_list_member", list_id=made["builders"], user_id=user)
        for name in ("other", "kept"):
            self.labs.run("x.follow_list", list_id=made[name])
            self.labs.run("x.pin_list", list_id=made[name])
        self.things |= {
            "list": made["builders"],
            "spare_list": made["spare"],
            "other_list": made["other"],
            "kept_list": made["kept"],
        }

    def _rest(self) -> None:
        run, things = self.labs.run, self.things
        sent = run("x.send_message", participant_id=FRIEND, text="Ahoy")
        things |= {"message": sent["id"], "conversation": sent["conversation_id"]}
        things["spare_message"] = run("x.send_message", participant_id=FRIEND, text="Oops")["id"]
        for user in (PREMIUM, LOCKED):
            run("x.mute_user", user_id=user)
        things["folder"] = run("x.create_bookmark_folder", name="Sea")["id"]
        run("x.add_bookmark", post_id=things["summons"], folder_id=things["folder"])
        things["spare_bookmark"] = things["hidden_reply"]
        run("x.add_bookmark", post_id=things["spare_bookmark"])
        things["photo_key"] = f"3_{run('x.upload_media', file=PNG)['media_id']}"
        things["video_key"] = f"7_{run('x.upload_media', file=str(VIDEO))['media_id']}"
        draft = run("x.create_article", title="Boats", blocks=[{"text": "How to fold"}])
        things["article"] = draft["id"]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with pytest.MonkeyPatch.context() as patch, serve() as served:
        for name in [name for name in os.environ if name.startswith("POSTWIRE_")]:
            patch.delenv(name)
        home = tmp_path_factory.mktemp("home")
        patch.setenv("POSTWIRE_HOME", str(home))
        patch.setenv("POSTWIRE_SANDBOX", served.origin)
        yield World(served, home / "inputs")


def fits(action: str, output: Any) -> None:
    """Fail when *output* is not what the action describes, or has more than that."""
    schema = json.loads(json.dumps({"type": "object", **CATALOG.action(f"x.{action}").output}))
    close(schema)
    assert [error.message for error in Draft202012Validator(schema).iter_errors(output)] == []


def close(schema: dict[str, Any]) -> None:
    for inner in [*schema.get("properties", {}).values(), *filter(None, [schema.get("items")])]:
        close(inner)
    if "properties" in schema:
        schema["additionalProperties"] = False


def holds(found: Any, wanted: Any) -> bool:
    """Whether *found* has all of *wanted*; of a list, whether each has its like in it."""
    if wanted is ...:
        return bool(found)
    if isinstance(wanted, dict):
        return all(holds(found.get(key), value) for key, value in wanted.items())
    if isinstance(wanted, list):
        return isinstance(found, list) and all(any(holds(f, w) for f in found) for w in wanted)
    return bool(found == wanted)


def filled(wanted: Any, things: dict[str, str]) -> Any:
    if isinstance(wanted, dict):
        return {key: filled(value, things) for key, value in wanted.items()}
    if isinstance(wanted, list):
        return [filled(value, things) for value in wanted]
    return Template(wanted).substitute(things) if isinstance(wanted, str) else wanted


def test_no_action_is_left_out() -> None:
    assert {summary.id for summary in CATALOG.actions("x")} == {f"x.{name}" for name in SEEN}


@pytest.mark.parametrize("action", WORKS)
def test_it_goes_well(world: World, action: str) -> None:
    arguments, wanted = WORKS[action]
    code, output, told = world.run(action, arguments)
    assert code == 0, told
    assert "Warning" not in told
    fits(action, output)
    assert holds(output, filled(wanted, world.things)), output


@pytest.mark.parametrize("action", PLAN)
def test_a_plan_decides(world: World, action: str) -> None:
    arguments, refused, wanted = PLAN[action]
    code, output, told = world.run(action, arguments)
    assert (code, output["code"]) == (1, refused), told
    with world.enterprise():
        code, output, told = world.run(action, arguments)
    assert code == 0, told
    fits(action, output)
    assert holds(output, filled(wanted, world.things)), output


@pytest.mark.parametrize(("action", "given"), APP)
def test_only_the_app_itself_may(world: World, action: str, given: dict[str, Any]) -> None:
    code, output, told = world.run(action, f"--input {world.document(given)}")
    assert (code, output["code"]) == (1, "scope_missing"), told
    assert "the app's own token" in output["remedy"]
    app = Account("x", world.x.app_token())
    with Client(app, sandbox=world.served.origin) as client:
        fits(action, client.run(f"x.{action}", given).output)


# Not on X's page; and what no action calls.
UNPRICED = {"POST /2/users/{id}/bookmarks/folders", "GET /2/users/{id}"}


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_what_is_said_of_prices_is_what_is_charged(operation: Operation) -> None:
    rule = Programs(CATALOG).api("x").price(operation.method, re.sub(r"\{[a-z_]+\}", "15", operation.path))
    if operation.name in UNPRICED or PRICES[operation.price] == 0:
        assert rule is None
    else:
        assert rule is not None
        assert (rule.cost, rule.unit) == (PRICES[operation.price], "USD")
        assert (rule.each != "call") == operation.price.startswith("read ")


@pytest.mark.parametrize(("cut", "there"), [("refuse", 3), ("lose_answer", 4)])
def test_a_thread_that_is_cut_goes_on_where_it_was(world: World, cut: str, there: int) -> None:
    """The connection ends at the fourth post, before or after it was made: none is lost, none doubled."""
    posts = [{"text": f"{cut} {number} of 5"} for number in range(1, 6)]
    texts = [post["text"] for post in posts]
    rule: dict[str, Any] = {"platform": "x", "method": "POST", "path": "/2/tweets", "nth": 4, cut: True}
    world.served.simulator.faults.add(**rule)
    code, error, told = world.run("create_thread", f"--input {world.document({'posts': posts})}")
    assert (code, error["code"]) == (UNKNOWN, "outcome_unknown"), told
    saved = error["saved"]["thread.items"]
    assert world.texts(saved) == texts[:3]
    assert world.known(cut) == texts[:there]
    # As its remedy says: look first, then go on behind what is there.
    _, found, _ = world.run("list_posts", "--limit 10")
    so_far = [post["id"] for post in found["posts"] if post["text"] in texts][::-1]
    assert so_far[:3] == saved
    given = world.document({"posts": posts, "continue_from": so_far})
    code, output, told = world.run("create_thread", f"--input {given}")
    assert code == 0, told
    assert world.known(cut) == world.texts(output["ids"]) == texts
    assert [world.x.posts[each].reply_to for each in output["ids"]] == ["", *output["ids"][:-1]]
