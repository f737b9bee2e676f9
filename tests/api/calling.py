"""A program that calls the API in process, and looks at every answer's form."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from tests.factories import TEN_FIFTEEN

ROBIN = {"name": "Robin Ash", "email": "robin@client.example", "accept_policy": True}


@dataclass(frozen=True, slots=True)
class Sold:
    """The slugs of what a test sells."""

    package: str
    extra: str
    amara: str
    jonas: str

    def at(self, starts_at: Any = TEN_FIFTEEN, **more: Any) -> dict[str, Any]:
        """What a hold is asked for with."""
        when = starts_at if isinstance(starts_at, str) else starts_at.isoformat()
        return {"package": self.package, "starts_at": when, **more}


class Caller:
    def __init__(self, app: Flask) -> None:
        self.client = app.test_client(use_cookies=False)

    def get(self, path: str, status: int = 200, query: dict[str, Any] | None = None) -> Any:
        return self.read(self.client.get(f"/api/v1{path}", query_string=query), status)

    def post(self, path: str, body: Any, status: int = 200, **headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.read(
            self.client.post(
                f"/api/v1{path}",
                data=body if isinstance(body, bytes) else json.dumps(body),
                headers={"Content-Type": "application/json", **named},
            ),
            status,
        )

    def delete(self, path: str, status: int = 204) -> Any:
        return self.read(self.client.delete(f"/api/v1{path}"), status)

    def hold(self, body: dict[str, Any], **headers: str) -> Any:
        return self.post("/holds", body, 201, **headers)

    def read(self, response: TestResponse, status: int) -> Any:
        """The answer's JSON; a refusal has to be a problem with a sentence."""
        text = response.get_data(as_text=True)
        assert response.status_code == status, f"{response.status_code}: {text[:800]}"
        assert "Set-Cookie" not in response.headers
        if status == 204:
            assert text == ""
            return None
        if status < 400:
            assert response.content_type == "application/json"
            return json.loads(text)
        assert response.content_type == "application/problem+json"
        found = json.loads(text)
        assert found["status"] == status
        assert found["type"].startswith("/problems/")
        assert found["detail"].endswith((".", "?"))
        return found
