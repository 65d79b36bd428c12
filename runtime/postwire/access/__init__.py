"""Who may use the server: people who sign in, their sessions, and the keys of programs."""
