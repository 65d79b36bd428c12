"""Actions as tools of an MCP server: `postwire mcp`. Needs postwire[mcp], which is imported when it serves.

`offer` says what there is, `calls` runs what is called, `asking` talks with the person behind the model,
`server` puts them behind the protocol, `serving` behind stdio or HTTP.
"""
