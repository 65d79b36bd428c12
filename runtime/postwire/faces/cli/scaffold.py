"""What the files of a new integration or action hold at first."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, Final

BASE: Final = "https://api.example.com/v1"
_PAGE: Final = "https://example.com/docs"
_BOUNDS: Final = {
    "read": ("get", "/{noun}/${{{{ input.id }}}}"),
    "create": ("post", "/{noun}"),
    "update": ("put", "/{noun}/${{{{ input.id }}}}"),
    "delete": ("delete", "/{noun}/${{{{ input.id }}}}"),
}
_ID: Final = "    id: {type: string, minLength: 1, description: Which one.}\n"
_TEXT: Final = "    text: {type: string, minLength: 1, description: What it says.}\n"


_ICON: Final = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" role="img" aria-label="{title}">
  <circle cx="12" cy="12" r="9" fill="none" stroke="currentColor" stroke-width="2"/>
</svg>
"""


def integration(name: str) -> dict[str, str]:
    """The files of an integration besides its actions, by their path in its folder."""
    title = name.replace("_", " ").title()
    return {
        "integration.yaml": _sheet(title),
        "quality.yaml": _quality(),
        "icon.svg": _ICON.format(title=title),
    }


def _quality() -> str:
    from postwire.language.lint.quality import STANDARDS  # noqa: PLC0415 - only here

    rules = [
        f"  {name}: {{status: todo, comment: Still to do. {said.asks}}}\n" for name, said in STANDARDS.items()
    ]
    return f"# Where it stands with each rule: done, todo, or exempt and why.\nrules:\n{''.join(rules)}"


def _sheet(title: str) -> str:
    return f"""\
name: {title}
description: Say in one sentence what can be done on {title} with this.
docs: {{url: {_PAGE}, read: {_today()}}} # the page that you follow, and when you read it
version: v1

api:
  base: {BASE}
  auth: bearer # the account's token; none for a platform without accounts
  message: ${{{{ body.error.message }}}} # where the platform says what is wrong
  error_code: ${{{{ body.error.code }}}}
  errors: # in order; the first that fits decides
    - {{when: status == 401, code: auth_expired}}
    - {{when: status == 403, code: permission_denied}}
    - {{when: status == 404, code: not_found}}
    - {{when: status == 409, code: conflict}}
    - {{when: status == 429, code: rate_limited}}
    - {{when: 'status in [400, 422]', code: invalid_input}}
    - {{when: status >= 500, code: transient}}
"""


def action(name: str, effect: str, base: str) -> dict[str, str]:
    """The files of an action, by their path in the integration's folder."""
    return {
        f"actions/{name}.yaml": _manifest(name, effect),
        f"cassettes/{name}.yaml": _cassette(name, effect, base),
    }


def _manifest(name: str, effect: str) -> str:
    takes_id, takes_text = effect != "create", effect in {"create", "update"}
    needed = [word for word, is_taken in (("id", takes_id), ("text", takes_text)) if is_taken]
    properties = "".join(line for line, is_taken in ((_ID, takes_id), (_TEXT, takes_text)) if is_taken)
    method, path = _BOUNDS[effect]
    body = "  json:\n    text: ${{ input.text }}\n" if takes_text else ""
    gives = "${{ input.id }}" if effect == "delete" else "${{ body.id }}"
    return f"""\
title: {name.replace("_", " ").capitalize()}
description: Say what it does and when to use it; people and agents choose by this.
docs: {{url: {_PAGE}, read: {_today()}}} # the page of this call, and when you read it
effect: {effect} # read, create, update or delete
scopes: [] # the permissions that it needs
input:
  required: [{", ".join(needed)}]
  properties:
{properties}request:
  {method}: {path.format(noun=_noun(name))}
{body}return:
  id: {gives}
output:
  required: [id]
  properties:
    id: {{type: string, description: The platform's id of it.}}
examples: # played against the cassette of the same name
  - input: {json.dumps(_example(needed)).replace('"', "")}
    return: {{id: x1}}
"""


def _example(needed: list[str]) -> dict[str, str]:
    return {name: {"id": "x1", "text": "Hello"}[name] for name in needed}


def _noun(name: str) -> str:
    return name.partition("_")[2] or name


def _cassette(name: str, effect: str, base: str) -> str:
    method, path = _BOUNDS[effect]
    address = base + path.format(noun=_noun(name)).replace("${{ input.id }}", "x1")
    sent = {"text": "Hello"} if effect in {"create", "update"} else None
    interaction: dict[str, Any] = {
        "request": {
            "method": method.upper(),
            "uri": address,
            "body": json.dumps(sent) if sent else None,
            "headers": {},
        },
        "response": {
            "status": {"code": 200, "message": "OK"},
            "headers": {"Content-Type": ["application/json"]},
            "body": {"string": json.dumps({"id": "x1"})},
        },
    }
    import yaml  # noqa: PLC0415 - only here

    head = {"source": "documentation", "page": _PAGE}
    written: str = yaml.safe_dump({**head, "interactions": [interaction], "version": 1}, sort_keys=False)
    return f"# Recorded traffic: replace it by what the platform really answers, without secrets.\n{written}"


def _today() -> str:
    return datetime.now(UTC).date().isoformat()
