"""Finds the mistakes of manifests before a run; nothing here is loaded when an action runs."""

from postwire.language.lint.check import RULES, check
from postwire.language.lint.finding import Finding

__all__ = ["RULES", "Finding", "check"]
