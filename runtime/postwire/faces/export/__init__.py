"""Actions as the tools of models and other platforms; see `postwire.export`."""
