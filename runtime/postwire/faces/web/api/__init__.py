"""`/v1`: the same for programs, which show an API key."""
