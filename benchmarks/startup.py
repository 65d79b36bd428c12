"""What a user waits for before anything happens: whole processes, against an empty Python."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 15
ACTION = """title: Get thing {n}
description: Gets thing {n} of the connected account, with everything that belongs to it.
keywords: [thing, item]
effect: read
scopes: [things.read]
input:
  properties:
    id: {{type: string, description: Which one.}}
request:
  get: /things/${{{{ input.id }}}}
  query: {{fields: 'id,name,url,created_at'}}
return: ${{{{ body }}}}
output:
  properties:
    id: {{type: string, description: The id.}}
    name: {{type: string, description: The name.}}
"""
INTEGRATION = """
name: Things
description: Many things.
docs: {url: https://example.com/, read: 2026-11-21}
api: {base: 'https://things.example.com'}
"""
LOOK_UP = """
import time
from postwire.language.catalog import Catalog
from postwire.decide.programs import Programs
programs = Programs(Catalog([%r]))
programs.get("things.get_1")
begin = time.perf_counter()
programs.get("things.get_200")
print((time.perf_counter() - begin) * 1000)
"""


def many(folder: Path) -> Path:
    actions = folder / "things" / "actions"
    actions.mkdir(parents=True)
    (folder / "things" / "integration.yaml").write_text(INTEGRATION)
    for n in range(250):
        (actions / f"get_{n}.yaml").write_text(ACTION.format(n=n))
    return folder


def whole(*command: str) -> float:
    """Milliseconds of a whole process, the median of several."""
    times = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        subprocess.run([sys.executable, *command], check=True, capture_output=True)
        times.append((time.perf_counter() - begin) * 1000)
    return statistics.median(times)


def look_up(folder: str) -> float:
    command = [sys.executable, "-c", LOOK_UP % folder]
    return float(subprocess.run(command, check=True, capture_output=True).stdout)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = str(many(Path(name)))
        empty = whole("-c", "pass")
        rows = {
            "an empty Python": empty,
            "import postwire": whole("-c", "import postwire"),
            "postwire --help": whole("-m", "postwire", "--help"),
            "list 250 actions": whole(
                "-m", "postwire", "--integrations", folder, "actions", "--integration", "things"
            ),
        }
        for what, milliseconds in rows.items():
            print(f"{what:18} {milliseconds:6.1f} ms   {milliseconds / empty:.1f} x an empty Python")
        found = [look_up(folder) for _ in range(ROUNDS)]
        print(f"{'one look-up':18} {statistics.median(found):6.2f} ms   of an action that was not read yet")


if __name__ == "__main__":
    main()
