"""Pages for people and an HTTP API for programs: `postwire serve`.

pages/      what people see: connections, an account, forms of actions, runs, schedules, developers
api/        `/v1`: the same for programs, with an OpenAPI document
templates/, static/     the pages' looks
"""
