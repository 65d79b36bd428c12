"""Loaded once by the server that forks processes for tests: what each of them would load by itself."""

from __future__ import annotations

import pytest  # noqa: F401 - a forked process looks at the main module of its starter
from tests.publish.posts import POSTS

from postwire.decide.programs import Programs
from postwire.language.catalog import Catalog

PROGRAMS = Programs(Catalog())
for post in POSTS:
    PROGRAMS.get(post.action)
