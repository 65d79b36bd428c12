"""How an action runs: generators that yield effects and are sent their answers; no socket, clock or disk."""

from postwire.flow.run import run

__all__ = ["run"]
