"""The JSON API under /api/v1: packages, free times, holds and their confirmation.

It reads no cookie and sets none, speaks problem+json when it refuses, and describes itself in
`/api/v1/openapi.json`. The use cases are booking's; here are shapes only.
"""
