"""How the simulated Meta says no: Graph errors, and the other shapes beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

# Meta sheet 5: Error envelope (HTTP status: mostly 400; 403 on 10, 200 and 4; 500 on 1 and 2)
SESSION: Final = 190
FORBIDDEN: Final = frozenset({3, 4, 10, 17, 32, 200, 80001, 80002, 80006})

# Meta sheet 13.1 to 13.3: what a code and subcode mean; also what `sim:CODE` in a text provokes
KNOWN: Final[Mapping[str, str]] = {
    "1": "An unknown error has occurred.",
    "2": "An unexpected error has occurred. Please retry your request later.",
    "4": "Application request limit reached",
    "10": "Application does not have permission for this action",
    "17": "User request limit reached",
    "32": "Page request limit reached",
    "190": "Invalid OAuth access token.",
    "190/458": "The user has not authorized the application.",
    "190/459": "The session is invalid because the user has been checkpointed.",
    "190/460": "The session has been invalidated because the user changed their password.",
    "190/463": "The session has expired.",
    "190/467": "The access token is invalid since the user has logged out.",
    "190/492": "The user does not have a role on the Page any more.",
    "368": "The action attempted has been deemed abusive or is otherwise disallowed",
    "506": "Duplicate status message",
    "613": "Calls to this api have exceeded the rate limit.",
    "80001": "There have been too many calls to this Page account.",
    "80002": "There have been too many calls to this Instagram account.",
    "80006": "There have been too many calls to this messaging account.",
    "324/2069019": "Invalid image file.",
    "389": "Unable to fetch video file from URL.",
    "390": "There was a problem uploading your video file. Please try again.",
    "100/1609005": "The link cannot be scraped.",
    "100/1609008": "Links to facebook.com are not allowed here.",
    "324/1366046": "Photos should be less than 4 MB and saved as JPG or PNG files.",
    "100/1366051": "A photo is in the post twice.",
    "368/1390008": "You're posting too fast.",
    "368/1346003": "The content was flagged as abusive.",
    "200/1404006": "A security check is needed.",
    "200/4854002": "Confirm your identity.",
    "200/1404078": "The Page needs publishing authorization.",
    "368/1404102": "The content goes against our Community Standards.",
    "368/1404112": "The account is temporarily limited.",
    "100/1349125": "Invalid content.",
    "2/1363047": "The service is unavailable.",
    "2/1609010": "The service is unavailable.",
    "200/1363042": "No permission to upload a video here.",
    "6000/1363023": "The video file is larger than 2 GB.",
    "6000/1363022": "The video file is smaller than 1 KB.",
    "390/1363030": "The upload timed out.",
    "390/1363019": "The upload failed.",
    "6000/1363037": "The start offset is wrong.",
    "6000": "There was a problem with your video file.",
    "6000/1363040": "The aspect ratio of the reel is not supported.",
    "6000/1363127": "The resolution of the reel is not supported.",
    "6000/1363128": "The duration of the reel is not supported.",
    "6000/1363129": "The frame rate of the reel is not supported.",
    "-2/2207003": "It takes too long to download the media.",
    "-2/2207020": "The media has expired.",
    "-1/2207001": "Instagram server error. Try again later.",
    "-1/2207032": "Create media failed, please try to re-create media.",
    "-1/2207053": "Unknown upload error.",
    "-1/2207073": "This kind of media cannot be deleted.",
    "1/2207057": "The thumbnail offset is out of range.",
    "4/2207051": "We restrict certain activity to protect our community.",
    "9/2207042": "You reached the maximum number of posts that is allowed to be published.",
    "9007/2207027": "Media ID is not available",
    "24/2207006": "The requested resource does not exist",
    "24/2207008": "The media builder is gone or has expired.",
    "24/2207024": "The hashtag is unknown or not allowed.",
    "18/2207034": "30 different hashtags within 7 days were exceeded.",
    "25/2207050": "The Instagram account is restricted or inactive.",
    "100/2207023": "Unknown media type",
    "100/2207028": "A carousel needs 2 to 10 usable items.",
    "100/2207035": "Product tag positions are not allowed for video.",
    "100/2207036": "Product tag positions are required for photos.",
    "100/2207037": "Product tags are invalid.",
    "100/2207040": "Cannot use more than 20 tags.",
    "110/2207013": "The user cannot be found: invalid user id",
    "352/2207026": "Unsupported video format.",
    "9004/2207052": "Only photo or video can be accepted as media type: the media could not be fetched.",
    "36000/2207004": "The image is too large: 8 MiB at most.",
    "36001/2207005": "The image format is not supported: JPEG only.",
    "36003/2207009": "The aspect ratio is not supported.",
    "36004/2207010": "The caption is too long.",
    "20/1772107": "The comment cannot be read with these fields.",
    "10/2018278": "This message is sent outside of allowed window.",
    "10/2534022": "This message is sent outside of allowed window.",
    "551": "This person isn't available right now.",
    "0/2207076": "Media upload has failed.",
    "0/2207077": "The video could not be downloaded.",
    "0/2207081": "Trial reels are not available to this account.",
    "0/2207082": "The upload failed.",
}


class GraphError(Exception):
    """A refusal in the Graph envelope; `key` is CODE or CODE/SUBCODE."""

    def __init__(
        self,
        key: str,
        message: str = "",
        *,
        status: int = 0,
        kind: str = "OAuthException",
        data: Mapping[str, Any] | None = None,
    ) -> None:
        code, _, subcode = key.partition("/")
        self.code = int(code)
        self.subcode = int(subcode) if subcode else None
        text = message or KNOWN.get(key, "Refused.")
        self.message = text if self.code == SESSION else f"(#{code}) {text}"
        self.kind = kind
        self.data = data
        self.status = status or _status(self.code, self.subcode)
        super().__init__(self.message)

    def envelope(self, trace: str) -> dict[str, Any]:
        """Show it as the answer's JSON."""
        # Meta sheet 5: Error envelope
        error: dict[str, Any] = {
            "message": self.message,
            "type": self.kind,
            "code": self.code,
            "is_transient": self.code in {1, 2} and self.subcode is None,
            "fbtrace_id": trace,
        }
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
            error["error_user_title"] = "The request was refused"
            error["error_user_msg"] = self.message.partition(") ")[2]
        if self.data:
            error["error_data"] = dict(self.data)
        return {"error": error}


def _status(code: int, subcode: int | None) -> int:
    if code in FORBIDDEN:
        return 403
    return 500 if code in {1, 2} and subcode is None else 400


class InstagramLoginError(Exception):
    """A refusal of api.instagram.com, which has an envelope of its own."""

    def __init__(self, message: str, kind: str = "OAuthException", code: int = 400) -> None:
        super().__init__(message)
        self.message = message
        self.kind = kind
        self.code = code

    def envelope(self) -> dict[str, Any]:
        """Show it as the answer's JSON."""
        # Meta sheet 3.2: Three token calls (step-1 errors)
        return {"error_type": self.kind, "code": self.code, "error_message": self.message}


class UploadError(Exception):
    """A refusal of rupload.facebook.com."""

    def __init__(self, kind: str, message: str, *, retriable: bool = False, status: int = 400) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.retriable = retriable
        self.status = status


def invalid(message: str) -> GraphError:
    """Refuse a parameter."""
    return GraphError("100", message)


def required(name: str) -> GraphError:
    """Refuse a call that lacks a parameter."""
    return GraphError("100", f"The parameter {name} is required.")


def unsupported(method: str, node: str) -> GraphError:
    """Refuse what does not exist, cannot be seen or cannot be done with this method."""
    # Meta sheet 13.1: 100/33 (object missing or no access)
    return GraphError(
        "100/33",
        f"Unsupported {method.lower()} request. Object with ID '{node[:80]}' does not exist, cannot be"
        " loaded due to missing permissions, or does not support this operation.",
        kind="GraphMethodException",
    )


def no_field(name: str, label: str) -> GraphError:
    """Refuse a field that a node does not have."""
    # Meta sheet 15: Simulator recipe (defaults)
    return invalid(f"Tried accessing nonexisting field ({name[:80]}) on node type ({label})")


def session(subcode: int | None = None) -> GraphError:
    """Refuse a token."""
    # Meta sheet 13.1: 190
    return GraphError(f"190/{subcode}" if subcode else "190")


def provoke(text: str | None) -> GraphError | None:
    """Read `sim:2207051` or `sim:190/463` in a text: the error that it asks for."""
    # Meta sheet 15: Simulator recipe (error knobs)
    wanted = (text or "").partition("sim:")[2].split(" ", 1)[0].strip()
    if not wanted:
        return None
    key = next((key for key in KNOWN if wanted in {key, key.partition("/")[2]}), "")
    return GraphError(key) if key else None
