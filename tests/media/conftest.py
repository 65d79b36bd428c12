"""Settings of these tests."""

from __future__ import annotations

from hypothesis import settings

# A busy machine is no finding; where time matters, a test measures the processor's.
settings.register_profile("media", deadline=None)
settings.load_profile("media")
