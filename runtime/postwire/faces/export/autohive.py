"""Autohive: a folder for its integrations SDK, and the running of its actions by our runtime.

`write` makes the folder: `config.json` with the actions under their own names and with their own schemas, and
an entry file of a few lines that calls `register`. The SDK is imported there, and nowhere else.
"""

from __future__ import annotations

import json
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from postwire import __version__
from postwire.accounts.account import Account
from postwire.errors import ActionFailed, MissingExtra, PostwireError
from postwire.faces.export.trouble import explained, sentence
from postwire.language.inputs import MEDIA

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from postwire.faces.export.tools import Tool, Tools
    from postwire.language.catalog import Catalog
    from postwire.language.manifest import Integration
    from postwire.values import Result

# Files: the platform puts them where they can be fetched, and hands over the address.
_FILE: Final = {"x-autohive-input": "file-public-url"}
_WHO: Final = "get_user_info"
_ENTRY: Final = '''"""{title} on Autohive: every action of config.json, run by Postwire."""

from pathlib import Path

from autohive_integrations_sdk import Integration

from postwire.export import autohive

{module} = Integration.load(Path(__file__).with_name("config.json"))
autohive.register({module}, "{name}")
'''
_REQUIREMENTS: Final = f"""postwire>={__version__}
aiohttp
# autohive-integrations-sdk~=2.0.0 is installed by itself, with --no-deps: see README.md
"""
_README: Final = """# {title}

{description}

`config.json` and the entry file are made by `postwire export autohive`; make them again instead of changing
them.

    pip install --target dependencies -r requirements.txt
    pip install --target dependencies --no-deps 'autohive-integrations-sdk~=2.0.0'

The SDK comes with `--no-deps` because its metadata asks for exactly jsonschema 4.17.3. It runs with later
ones, which Postwire needs. It wants Python 3.13.
"""


def config(offered: Tools, integration: str) -> dict[str, Any]:
    """`config.json` of one integration.

    Args:
        offered: the actions; those of other integrations are passed over.
        integration: such as `tiktok`.

    Raises:
        UnknownName: there is no such integration.
    """
    described = offered.catalog.integration(integration)
    tools = [tool for tool in offered if tool.id.partition(".")[0] == integration]
    made: dict[str, Any] = {
        "name": described.name,
        "display_name": described.name,
        "version": __version__,
        "description": described.description,
        "entry_point": f"{_module(integration)}.py",
        "supports_connected_account": any(_short(tool) == _WHO for tool in tools),
    }
    if described.auth is not None:
        scopes = list(described.auth.authorize.scopes)
        made["auth"] = {"type": "platform", "provider": integration, "scopes": scopes}
    return {**made, "actions": {_short(tool): _action(tool) for tool in tools}}


def write(offered: Tools, integration: str, folder: Path) -> list[Path]:
    """Write the folder; the files that it has now. What stands there is replaced.

    Raises:
        UnknownName: there is no such integration.
        ActionFailed: `internal`, when the folder cannot be written.
    """
    described = offered.catalog.integration(integration)
    module = _module(integration)
    files: dict[str, bytes] = {
        "config.json": (
            json.dumps(config(offered, integration), indent=2, ensure_ascii=False) + "\n"
        ).encode(),
        f"{module}.py": _ENTRY.format(title=described.name, module=module, name=integration).encode(),
        "__init__.py": b"",
        "requirements.txt": _REQUIREMENTS.encode(),
        "README.md": _readme(described).encode(),
        **({"icon.svg": icon} if (icon := offered.catalog.icon(integration)) else {}),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / name).write_bytes(content)
    except OSError as error:
        raise ActionFailed(
            "internal",
            f"{folder} cannot be written: {error.strerror}.",
            remedy="Name another folder.",
            sent="no",
        ) from None
    return [folder / name for name in files]


def register(
    integration: Any, name: str, *, sandbox: str | None = None, folders: tuple[str, ...] = ()
) -> None:
    """Have our runtime run every action of an SDK's `Integration`, with the credentials that it hands over.

    Args:
        integration: loaded from our `config.json`.
        name: our integration's, such as `tiktok`.
        sandbox: origin of a simulator to use in the platform's place.
        folders: with integrations of your own.

    Raises:
        MissingExtra: the SDK is not installed.
    """
    runner = _Runner(name, sandbox, folders)
    sdk = _sdk()
    for action in integration.config.actions:
        integration.action(action)(_handler(sdk, runner, action))
    if _WHO in integration.config.actions:
        integration.connected_account()(_who(sdk, runner))


class _Runner:
    """Runs an action for one call of the SDK: the platform may begin a new event loop for each."""

    def __init__(self, name: str, sandbox: str | None, folders: tuple[str, ...]) -> None:
        self.name = name
        self._sandbox = sandbox
        self._folders = folders
        self._catalog: Catalog | None = None

    async def run(self, action: str, given: Mapping[str, Any], context: Any) -> Result:
        from postwire.client import AsyncClient  # noqa: PLC0415 - costs 250 ms

        async with AsyncClient(
            integrations=self._folders, sandbox=self._sandbox, local_files=False
        ) as client:
            return await client.run(f"{self.name}.{action}", given, account=self.account(context))

    def account(self, context: Any) -> Account:
        """The account behind the credentials that the platform holds.

        Raises:
            ActionFailed: `auth_expired`, there are none.
        """
        credentials = (context.auth or {}).get("credentials") or {}
        token = credentials.get("access_token")
        if not token:
            raise ActionFailed("auth_expired", "The platform handed over no access token.", sent="no")
        return Account(self.name, token, id=str(credentials.get("account_id") or ""))


def _handler(sdk: Any, runner: _Runner, action: str) -> type:
    async def execute(_: Any, inputs: Mapping[str, Any], context: Any) -> Any:
        try:
            result = await runner.run(action, inputs, context)
        except PostwireError as error:
            told = explained(error)
            return sdk.ActionError(message=f"{sentence(told)} ({told['code']})")
        return sdk.ActionResult(data=result.output)

    return type(f"Run_{action}", (sdk.ActionHandler,), {"execute": execute})


def _who(sdk: Any, runner: _Runner) -> type:
    async def get_account_info(_: Any, context: Any) -> Any:
        found = (await runner.run(_WHO, {}, context)).output
        return sdk.ConnectedAccountInfo(
            username=found.get("username"),
            user_id=found.get("id"),
            first_name=found.get("name"),
            avatar_url=found.get("avatar_url"),
        )

    return type("Who", (sdk.ConnectedAccountHandler,), {"get_account_info": get_account_info})


def _sdk() -> Any:
    try:
        return import_module("autohive_integrations_sdk")
    except ImportError:
        raise MissingExtra(
            "This needs Autohive's SDK.", remedy="pip install --no-deps autohive-integrations-sdk"
        ) from None


def _action(tool: Tool) -> dict[str, Any]:
    return {
        "display_name": tool.action.title,
        "description": tool.action.description,
        "input_schema": _with_files(tool.schema.published),
        "output_schema": {"type": "object", **tool.action.output},
    }


def _with_files(schema: Any) -> Any:
    """*schema* with the platform's mark on every place for a file."""
    if isinstance(schema, list):
        return [_with_files(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    mark = _FILE if schema.get("format") == MEDIA else {}
    return {**{name: _with_files(inner) for name, inner in schema.items()}, **mark}


def _readme(described: Integration) -> str:
    return _README.format(title=described.name, description=described.description)


def _module(integration: str) -> str:
    return integration.replace("-", "_")


def _short(tool: Tool) -> str:
    return tool.id.partition(".")[2]
