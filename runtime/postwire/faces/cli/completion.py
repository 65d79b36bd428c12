"""`postwire completion`: the script that a shell reads."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from postwire.faces.cli import output

_VARIABLE = "_POSTWIRE_COMPLETE"
_HELP = """Print the script for your shell's completion.

\b
bash  postwire completion bash > ~/.local/share/bash-completion/completions/postwire
zsh   postwire completion zsh > "${fpath[1]}/_postwire"
fish  postwire completion fish > ~/.config/fish/completions/postwire.fish
"""


def _completion(shell: str) -> None:
    ctx = click.get_current_context().find_root()
    found = get_completion_class(shell)
    assert found is not None
    output.say(found(ctx.command, {}, "postwire", _VARIABLE).source())


completion = click.Command(
    "completion",
    callback=_completion,
    help=_HELP,
    params=[click.Argument(["shell"], type=click.Choice(["bash", "zsh", "fish"]))],
)
