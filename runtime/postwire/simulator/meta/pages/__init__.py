"""Facebook Pages: posts, media, comments, inbox, insights."""
