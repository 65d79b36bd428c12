"""Instagram accounts, the same by both logins: publishing, media, comments, messages, insights."""
