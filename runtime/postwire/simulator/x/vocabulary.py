"""The two vocabularies of read answers, and which parameters and values each takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Dialect = Literal["legacy", "2.167"]

# X sheet 3: Vocabulary table (legacy name → the one of 2.167)
WORDS: Final[Mapping[str, str]] = {
    "edit_history_tweet_ids": "edit_history_post_ids",
    "note_tweet": "note_post",
    "referenced_tweets": "referenced_posts",
    "retweet_count": "repost_count",
    "tweet_count": "post_count",
    "pinned_tweet_id": "pinned_post_id",
    "most_recent_tweet_id": "most_recent_post_id",
    "tweets": "posts",
    "total_tweet_count": "total_post_count",
}
# X sheet 3: Vocabulary table (expansions)
EXPANSIONS: Final[Mapping[str, str]] = {
    "referenced_posts": "referenced_tweets.id",
    "edit_history_post_ids": "edit_history_tweet_ids",
    "affiliation": "affiliation.user_id",
    "pinned_post_id": "pinned_tweet_id",
    "most_recent_post_id": "most_recent_tweet_id",
}
LEGACY_WORDS: Final[Mapping[str, str]] = {new: old for old, new in WORDS.items()}


@dataclass(frozen=True, slots=True)
class Values:
    """What a parameter takes: in both vocabularies, and in one of them only."""

    both: str
    legacy: str = ""
    new: str = ""

    def of(self, dialect: Dialect) -> frozenset[str]:
        """List what one dialect takes."""
        return frozenset(f"{self.both} {self.legacy if dialect == 'legacy' else self.new}".split())


_SPACE_PEOPLE = "creator_id host_ids invited_user_ids speaker_ids topic_ids"
_ANALYTICS = """app_install_attempts app_opens bookmarks detail_expands email_tweet engagements follows
    hashtag_clicks id impressions likes media_views permalink_clicks quote_tweets replies retweets shares
    timestamp timestamped_metrics unfollows unlikes url_clicks user_profile_clicks"""
_MEDIA_ANALYTICS = """cta_url_clicks cta_watch_clicks media_key play_from_tap playback25 playback50 playback75
    playback_complete playback_start timestamp timestamped_metrics video_views watch_time_ms"""

# X sheet 3: Allowed values; sheet 9: analytics.fields and media_analytics.fields
FIELDS: Final[Mapping[str, Values]] = {
    "post": Values(
        """article attachments card_uri community_id context_annotations conversation_id created_at
        display_text_range edit_controls entities geo id lang matched_media_notes media_metadata
        non_public_metrics note_request_suggestions organic_metrics paid_partnership possibly_sensitive
        promoted_metrics public_metrics reply_settings scopes source suggested_source_links
        suggested_source_links_with_counts text withheld""",
        "author_id edit_history_tweet_ids in_reply_to_user_id note_tweet referenced_tweets",
        "article_title note_post",
    ),
    "user": Values(
        """confirmed_email connection_status created_at description entities id is_identity_verified location
        name parody profile_banner_url profile_image_url protected public_metrics receives_your_dm
        subscription subscription_type url username verified verified_followers_count verified_type
        withheld""",
        "affiliation most_recent_tweet_id pinned_tweet_id",
        "subscribes_to_you",
    ),
    "media": Values(
        """alt_text duration_ms height media_key non_public_metrics organic_metrics preview_image_url
        promoted_metrics public_metrics type url variants width"""
    ),
    "poll": Values("duration_minutes end_datetime id options voting_status"),
    "place": Values("contained_within country country_code full_name geo id name place_type"),
    "list": Values("created_at description follower_count id member_count name private", "owner_id"),
    "dm_event": Values(
        "attachments created_at dm_conversation_id entities event_type id text",
        "participant_ids referenced_tweets sender_id",
    ),
    "space": Values(
        """created_at ended_at id is_ticketed lang participant_count scheduled_start started_at state
        subscriber_count title updated_at""",
        _SPACE_PEOPLE,
    ),
    "topic": Values("description id name"),
    "community": Values("access created_at description id join_policy member_count name"),
    "usage": Values(
        "cap_reset_day daily_client_app_usage daily_project_usage project_cap project_id project_usage"
    ),
    "trend": Values("trend_name tweet_count"),
    "personalized_trend": Values("category post_count trend_name trending_since"),
    "news": Values(
        """category cluster_posts_results contexts disclaimer hook id keywords name summary updated_at"""
    ),
    "analytics": Values(_ANALYTICS),
    "media_analytics": Values(_MEDIA_ANALYTICS),
}

# X sheet 3: Allowed values (expansions)
EXPANSION_VALUES: Final[Mapping[str, Values]] = {
    "post": Values(
        """article.cover_media article.media_entities attachments.media_keys attachments.media_source_tweet
        attachments.poll_ids author_id entities.mentions.username geo.place_id in_reply_to_user_id""",
        """edit_history_tweet_ids entities.note.mentions.username referenced_tweets.id
        referenced_tweets.id.author_id referenced_tweets.id.attachments.media_keys""",
        "edit_history_post_ids referenced_posts username",
    ),
    "user": Values(
        "",
        "affiliation.user_id most_recent_tweet_id pinned_tweet_id",
        "affiliation most_recent_post_id pinned_post_id",
    ),
    "dm_event": Values(
        "attachments.media_keys participant_ids sender_id", "referenced_tweets.id", "referenced_posts"
    ),
    "list": Values("owner_id"),
    "space": Values(_SPACE_PEOPLE),
}

# X sheet 3: Which field parameters an operation takes ("post" stands for tweet.fields or post.fields)
FAMILIES: Final[Mapping[str, tuple[str, ...]]] = {
    "": (),
    "posts": ("post", "user", "media", "poll", "place"),
    "users": ("user", "post"),
    "lists": ("list", "user"),
    "dms": ("dm_event", "user", "media", "post"),
    "spaces": ("space", "user", "topic"),
    **{
        name: (name,)
        for name in (
            "media",
            "community",
            "trend",
            "personalized_trend",
            "news",
            "usage",
            "analytics",
            "media_analytics",
        )
    },
}
EXPANDED: Final[Mapping[str, str]] = {
    "posts": "post",
    "users": "user",
    "lists": "list",
    "dms": "dm_event",
    "spaces": "space",
}
# X sheet 2: Default object fields
DEFAULTS: Final[Mapping[str, tuple[str, ...]]] = {
    "post": ("id", "text", "edit_history_tweet_ids"),
    "user": ("id", "name", "username"),
    "media": ("media_key", "type"),
    "poll": ("id", "options"),
    "place": ("id", "full_name"),
    "space": ("id", "state"),
    "topic": ("id", "name"),
    "list": ("id", "name"),
    "dm_event": ("id", "event_type", "text"),
    "community": ("id", "name"),
    # Sheet silent on these: all but what is only asked for by name.
    "trend": ("trend_name", "tweet_count"),
    "personalized_trend": ("category", "post_count", "trend_name", "trending_since"),
    "news": ("id", "name", "summary"),
    "usage": ("cap_reset_day", "project_cap", "project_id", "project_usage"),
    "analytics": ("id", "timestamped_metrics"),
    "media_analytics": ("media_key", "timestamped_metrics"),
}


def parameters(family: str) -> frozenset[str]:
    """List the field parameters that an operation of a family takes."""
    names = {f"{kind}.fields" for kind in FAMILIES[family]}
    if "post" in FAMILIES[family]:
        names.add("tweet.fields")
    return frozenset(names | ({"expansions"} if family in EXPANDED else set()))
