"""What every word of the language means, in a sentence: editors show it, and the reference is made of it.

A word whose field in the models has a description of its own needs no line here.
"""

from __future__ import annotations

from typing import Final

_REQUEST: Final = {
    "get": "The address of a GET: a path behind api.base, or a whole address; holes are percent-encoded.",
    "post": "The address of a POST.",
    "put": "The address of a PUT.",
    "patch": "The address of a PATCH.",
    "delete": "The address of a DELETE.",
    "query": "Parameters behind the address; missing ones are left out, lists are joined by commas.",
    "headers": "Headers beside those of api.headers; missing ones are left out.",
    "json": "A JSON body; what is missing is left out.",
    "form": "A body as forms send it (application/x-www-form-urlencoded).",
    "multipart": "A multipart/form-data body; a media value becomes a file.",
    "media": "A file as the body itself.",
    "auth": "account (its credential, to declared hosts), none, or a hole that gives a secret.",
    "scheme": "The word before the credential in its header.",
    "accept": "Statuses that are no failure here.",
    "retry": "safe: may be sent again whatever happened; never; default: by the method.",
    "pages": "How a listing goes on.",
}
_WORDS: Final[dict[str, dict[str, str]]] = {
    "Docs": {
        "url": "The provider's page.",
        "read": "The day on which it was read, as 2026-11-24.",
    },
    "Pages": {
        "items": "The items of one answer, a list.",
        "next": "Where it goes on, read from the answer; missing or null at the end. It becomes page.next.",
        "limit": "How many items are wanted at most.",
        "max_pages": "How often it is called at most.",
    },
    "RequestSpec": _REQUEST,
    "Poll": {
        **_REQUEST,
        "until": "A condition on the answer: then it is done.",
        "fail_when": "A condition on the answer: then it has failed.",
        "fail_code": "The error code of that failure.",
        "fail_message": "Its words.",
        "every": "How long to wait in between.",
        "timeout": "How long to wait in all; then the result is pending, not failed.",
    },
    "Upload": {
        **_REQUEST,
        "media": "The file to send.",
        "part_size": "Bytes of each part, as 4MB or a hole.",
        "remainder": "The bytes that are left over: own (a shorter last part) or last (in the last part).",
        "ranges": "The parts that the server asks for, a list; each is range in first, last and the request.",
        "first": "The first byte of a range.",
        "last": "The last byte of a range, inclusive.",
        "parallel": "How many parts are sent at once.",
        "resync": "After status 416 go on from where the server says it is.",
    },
    "Fail": {
        "code": "One of the error codes.",
        "message": "What is wrong, for people.",
        "field": "The input that is wrong; several such mistakes are told together.",
        "remedy": "What to do.",
    },
    "Step": {
        "id": "The step's name; later steps read what it left as steps.ID.NAME.",
        "when": "A condition; where it is not true the step is left out.",
        "request": "One HTTP request.",
        "poll": "A request again and again, until the answer says that it is done.",
        "upload": "A file in parts.",
        "foreach": "The list that the steps of do go over.",
        "as": "What do calls the item.",
        "parallel": "How many items at once.",
        "do": "The steps for each item; they see the item, index, and all steps before.",
        "call": "Another action of this integration; the step holds its output.",
        "with": "The input of the called action.",
        "fail": "Ends the action without success.",
        "save": "What is kept of the answer; a value that is not there fails the step: ?? null allows it.",
        "collect": "What each part or item leaves; together they are steps.ID.items.",
    },
    "ErrorRule": {
        "when": "A condition on status, headers and body.",
        "code": "One of the error codes.",
        "message": "What happened, for people.",
        "remedy": "What to do.",
        "retry_after": "How long to wait where the answer does not say it.",
    },
    "Verify": {
        "when": "A condition on what was lost (lost.step) and what is known: only then it decides.",
        "after": "How long after the request it looks: longer than its answer can take.",
        "call": "The action of this integration that looks; its output is answer.",
        "with": "The input of that action.",
        "match": "What is looked for in answer, as a value; it becomes match.",
        "found": "A condition on answer and match: then it has happened.",
        "absent": "A condition: then it has not happened, and may be sent again.",
        "return": "What the action gives back where it was found; its own return where this is left out.",
        "look": "Where a person can see it, when nothing else tells.",
    },
    "Example": {
        "name": "What it shows.",
        "input": "The input.",
        "account": "Facts of the account that it needs.",
        "return": "What comes back.",
        "error": "The error code that it ends with instead.",
    },
    "Action": {
        "title": "What people call it; no dot at the end.",
        "description": "What it does, in sentences.",
        "keywords": "Other words that people search it by.",
        "docs": "The provider's page that it follows.",
        "effect": "read, create, update or delete: decides about repeats, confirmation and hints to agents.",
        "scopes": "Permissions that it needs; `a or b` where one of them is enough.",
        "flavours": "The kinds of login whose accounts can do it; all where none is named.",
        "errors": "Error rules of this action, tried before those of the integration.",
        "input": "What it takes: a closed JSON Schema (2020-12) of an object, every property described.",
        "let": "Values that are computed once from the input.",
        "request": "The one request of a simple action.",
        "save": "What is kept of that request's answer.",
        "steps": "An ordered list of steps, where one request is not enough.",
        "return": "What is given back, cut to what output describes.",
        "verify": "How to find out whether a request happened whose answer was lost.",
        "output": "What comes back: a JSON Schema (2020-12) of an object, every property described.",
        "examples": "Calls that are played against the recorded traffic.",
    },
    "LimitRule": {
        "path": "The path that is limited, with * for parts of it.",
        "method": "Only this method.",
        "calls": "How many calls.",
        "per": "In what time.",
        "of": "Whose calls are counted together: an account's, or all of the app.",
        "pace": "true: calls wait for their turn; false: the limit is only told.",
        "note": "What else is to be said.",
    },
    "Api": {
        "base": "What stands before an address that begins with a slash.",
        "trust": "Further hosts that get the credential.",
        "reach": "Hosts that may be called without the credential; * stands for any label.",
        "auth": "How the credential goes on a request: bearer or none.",
        "headers": "Headers of every request.",
        "ok": "A condition on an answer with a status of success: only then it is one.",
        "errors": "Which answers are which error; the first that fits decides.",
        "message": "The platform's own words in an answer.",
        "error_code": "The platform's own code in an answer.",
        "request_id": "The platform's name for the request, which its support asks for.",
        "retry_after": "Seconds to wait, where another header than Retry-After tells.",
    },
    "Pkce": {
        "method": "How the challenge is made.",
        "encoding": "How it is written.",
    },
    "Authorize": {
        "url": "The consent page.",
        "params": "Its parameters, by the platform's own names.",
        "scopes": "Every permission that the actions use.",
        "pkce": "Proof key for the code (RFC 7636); left out where the platform has none.",
    },
    "AuthStep": {
        "request": "One HTTP request.",
        "take": "What is kept: access_token, refresh_token, expires_in, refresh_expires_in, scope, subject.",
    },
    "Refresh": {
        "uses": "What is renewed with: refresh_token, access_token, or none where it cannot be.",
        "lead": "How long before its end.",
        "min_age": "How old a token must be before it can be renewed.",
        "steps": "The calls.",
    },
    "Auth": {
        "app": "The keys of the operator's app, as expressions read them: app.NAME.",
        "app_optional": "Keys that may be left out.",
        "authorize": "The consent page.",
        "connect": "From the callback to tokens, call by call.",
        "refresh": "How a token is renewed.",
        "acts": "Whether the account that logs in can act itself; false where only its children can.",
        "children": "Further accounts that the login brings.",
        "inspect": "What the platform says of a credential: its permissions, its end.",
        "codes": "Which connection error is shown where a stage fails, or where a scope is not granted.",
        "identity": "Who the account is: takes id, username, name, avatar_url.",
        "revoke": "How the grant is taken back; left out where the platform has no way to.",
        "errors": "Error rules of these calls.",
    },
    "Children": {
        "request": "One HTTP request, as the account that logged in.",
        "items": "The accounts in its answer, a list.",
        "where": "A condition on item: only those are taken.",
        "take": "What is kept of each item: access_token, id, name and the like.",
        "integration": "The integration that they belong to, where it is another.",
        "flavour": "The kind of login that they count as.",
        "confirm": "Whether a person chooses which of them are connected.",
    },
    "Flavour": {
        "base": "What stands before an address that begins with a slash.",
        "trust": "Further hosts that get the credential.",
        "reach": "Hosts that may be called without the credential; * stands for any label.",
        "auth": "How such an account is connected.",
    },
    "Integration": {
        "name": "The platform's name.",
        "description": "What can be done with it, in sentences.",
        "docs": "The provider's documentation.",
        "version": "The version of the API that is called.",
        "version_ends": "The day on which that version ends, as 2026-11-24.",
        "api": "What all requests share.",
        "limits": "How often the platform lets us call.",
        "auth": "How an account is connected.",
        "flavours": "Other kinds of login to the same platform, with hosts of their own.",
    },
}


def meaning(model: str, word: str) -> str:
    """What *word* of *model* means; empty where nobody has said it (a test finds that)."""
    return _WORDS.get(model, {}).get(word, "")


def described() -> set[tuple[str, str]]:
    """Every (model, word) that has a meaning here."""
    return {(model, word) for model, words in _WORDS.items() for word in words}
