"""Likes, reposts and bookmarks with their folders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postwire.simulator.x import paging, posts, rules
from postwire.simulator.x.operation import TU, Answer, Operation
from postwire.simulator.x.records import Folder, Post, add, drop
from postwire.simulator.x.refusal import forbidden, not_found
from postwire.simulator.x.shapes import an_id, shape, text

if TYPE_CHECKING:
    from postwire.simulator.x.operation import Ask


def _target(ask: Ask) -> Post | None:
    # X sheet 6.7: Toggles (an unknown target answers 200 + errors[] without data)
    found = posts.find(ask, "tweet_id", [ask.body["tweet_id"]])
    return found[0] if found else None


def like(ask: Ask) -> Answer:
    """Like a post."""
    rules.plan(ask)
    if (post := _target(ask)) is None:
        return Answer()
    add(ask.ties.likes, post.id)
    return Answer({"liked": True})


def unlike(ask: Ask) -> Answer:
    """Take a like back."""
    drop(ask.ties.likes, ask.params["tweet_id"])
    return Answer({"liked": False})


def liked(ask: Ask) -> Answer:
    """Answer the posts that a user likes."""
    # X sheet 5: liked posts (likes of other accounts are private). Sheet silent on the answer: none of them.
    account = posts.someone(ask)
    if account is None:
        return Answer()
    ids = ask.ties.likes if account == ask.viewer else []
    return posts.posts_page(ask, [ask.x.posts[post_id] for post_id in ids])


def repost(ask: Ask) -> Answer:
    """Repost a post."""
    post = _target(ask)
    if post is None:
        return Answer()
    author = ask.x.owner(post.author_id)
    if author.protected:  # Sheet silent: posts of locked accounts cannot be reposted.
        raise forbidden("Posts of protected accounts cannot be reposted.")
    made = _mine(ask, post.id) or ask.x.add_post(
        ask.me.id, f"RT @{author.username}: {post.text}"[:140], reposted=post.id
    )
    return Answer({"rest_id": made.id, "retweeted": True})


def _mine(ask: Ask, post_id: str) -> Post | None:
    return next((post for post in ask.x.alive(ask.me.id) if post.reposted == post_id), None)


def unrepost(ask: Ask) -> Answer:
    """Take a repost back."""
    if made := _mine(ask, ask.params["source_tweet_id"]):
        made.deleted = True
    return Answer({"retweeted": False})


def bookmark(ask: Ask) -> Answer:
    """Bookmark a post, in a folder where one is named."""
    post, folder_id = _target(ask), ask.body.get("folder_id")
    if post is None or (folder_id and _folder(ask, folder_id) is None):
        return Answer()
    add(ask.ties.bookmarks, post.id)
    if folder_id and (folder := _folder(ask, folder_id)):
        add(folder.posts, post.id)
    return Answer({"bookmarked": True})


def _folder(ask: Ask, folder_id: str) -> Folder | None:
    found = next((folder for folder in ask.ties.folders if folder.id == folder_id), None)
    if found is None:  # Sheet silent on a folder that is not there: as other unknown targets.
        ask.lens.note(not_found("folder_id", folder_id, "bookmark_folder"))
    return found


def unbookmark(ask: Ask) -> Answer:
    """Take a bookmark away, from its folders too."""
    drop(ask.ties.bookmarks, ask.params["tweet_id"])
    for folder in ask.ties.folders:
        drop(folder.posts, ask.params["tweet_id"])
    return Answer({"bookmarked": False})


def bookmarks(ask: Ask) -> Answer:
    """Answer the user's bookmarks."""
    return posts.posts_page(ask, [ask.x.posts[post_id] for post_id in ask.ties.bookmarks])


def folders(ask: Ask) -> Answer:
    """Answer the user's folders."""
    # X sheet 6.7: bookmark folders (no meta, although they take pagination_token)
    taken, _ = paging.page(ask, ask.ties.folders, lambda folder: folder.id)
    return Answer([{"id": folder.id, "name": folder.name} for folder in taken])


def folder_content(ask: Ask) -> Answer:
    """Answer the ids of the posts in a folder."""
    folder = _folder(ask, ask.params["folder_id"])
    taken, _ = paging.page(ask, folder.posts if folder else [], str)
    return Answer([{"id": post_id} for post_id in taken])


def create_folder(ask: Ask) -> Answer:
    """Make a folder."""
    folder = Folder(ask.x.id(), ask.body["name"])
    ask.ties.folders.insert(0, folder)
    return Answer({"id": folder.id, "name": folder.name})


TWEET = shape({"tweet_id": an_id}, "tweet_id")
_LIKES, _REPOSTS, _BOOKMARKS = (f"/2/users/{{id}}/{name}" for name in ("likes", "retweets", "bookmarks"))
OPERATIONS = (
    Operation(
        "POST",
        _LIKES,
        like,
        f"{TU} like.write",
        limits="U 50; U 1,000/24h",
        price="interaction",
        body=TWEET,
        own="id",
    ),
    Operation(
        "DELETE",
        f"{_LIKES}/{{tweet_id}}",
        unlike,
        f"{TU} like.write",
        limits="U 50; U 1,000/24h",
        price="interaction delete",
        own="id",
    ),
    Operation(
        "GET",
        "/2/users/{id}/liked_tweets",
        liked,
        f"{TU} like.read",
        limits="75",
        price="read post",
        owned=True,
        family="posts",
        query=paging.parameters(5, 100, 100),
    ),
    Operation(
        "POST",
        _REPOSTS,
        repost,
        f"{TU} tweet.write",
        limits="U 50",
        price="interaction",
        body=TWEET,
        own="id",
    ),
    Operation(
        "DELETE",
        f"{_REPOSTS}/{{source_tweet_id}}",
        unrepost,
        f"{TU} tweet.write",
        limits="U 50",
        price="manage",
        own="id",
    ),
    Operation(
        "POST",
        _BOOKMARKS,
        bookmark,
        f"{TU} bookmark.write",
        limits="U 50",
        price="bookmark",
        body=shape({"tweet_id": an_id, "folder_id": an_id}, "tweet_id"),
        own="id",
    ),
    Operation(
        "DELETE",
        f"{_BOOKMARKS}/{{tweet_id}}",
        unbookmark,
        f"{TU} bookmark.write",
        limits="U 50",
        price="bookmark",
        own="id",
    ),
    Operation(
        "GET",
        _BOOKMARKS,
        bookmarks,
        f"{TU} bookmark.read",
        limits="U 180",
        price="read post",
        owned=True,
        family="posts",
        query=paging.parameters(1, 100, 100),
        own="id",
    ),
    Operation(
        "GET",
        f"{_BOOKMARKS}/folders",
        folders,
        "bookmark.read users.read",
        limits="50",
        query=paging.parameters(1, 100, 100),
        own="id",
    ),
    Operation(
        "GET",
        f"{_BOOKMARKS}/folders/{{folder_id}}",
        folder_content,
        f"{TU} bookmark.read",
        limits="50",
        query=paging.parameters(1, 100, 100),
        own="id",
    ),
    Operation(
        "POST",
        f"{_BOOKMARKS}/folders",
        create_folder,
        "bookmark.write users.read",
        price="bookmark",
        body=shape({"name": text(1, 25)}, "name"),
        own="id",
        ok=201,
    ),
)
