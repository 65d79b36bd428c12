"""One mistake in a manifest, as people and programs read it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """A mistake and its place.

    Attributes:
        file: as it was reached from the path that was asked for, with forward slashes.
        line: counted from 1.
        column: counted from 1.
        rule: the id of the rule that it breaks.
        message: what is wrong.
        remedy: what to do, where the message does not say it already.
        severity: a `warning` may stand, an `error` may not.
        source: the line of the file, without its end.
        width: how many characters of it are meant.
    """

    file: str
    line: int
    column: int
    rule: str
    message: str
    remedy: str = ""
    severity: Severity = "error"
    source: str = ""
    width: int = 1

    def render(self) -> str:
        """As text: place, rule and message, then the line with carets under it, then the remedy."""
        kind = "" if self.severity == "error" else f"{self.severity}: "
        lines = [f"{self.file}:{self.line}:{self.column}: {kind}{self.rule}: {self.message}"]
        if self.source.strip():
            indent = len(self.source) - len(self.source.lstrip())
            space = max(self.column - 1 - indent, 0)
            room = max(len(self.source) - indent - space, 1)
            lines += [f"   {self.source.strip()}", f"   {' ' * space}{'^' * min(max(self.width, 1), room)}"]
        return "\n".join([*lines, f"   {self.remedy}"] if self.remedy else lines)

    def to_dict(self) -> dict[str, Any]:
        """As plain data, without the line of the file."""
        return {key: value for key, value in asdict(self).items() if key not in ("source", "width")}
