"""The stand-in without its wires: a request in plain values in, an answer in plain values out."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from studio.sandbox.stripe import api, controls, faults, pages, payments
from studio.sandbox.stripe.answers import Answers
from studio.sandbox.stripe.delivery import Manner, Outbox
from studio.sandbox.stripe.params import parse
from studio.sandbox.stripe.refusals import Refusal
from studio.sandbox.stripe.world import API_VERSION, World, new_id


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer to send."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came; header names are lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: str

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def encoded(self) -> str:
        return self.body if self.method == "POST" else urlsplit(self.target).query


class Core:
    """The world with everything that happens to it, for requests from any thread."""

    def __init__(self, webhooks: Sequence[str], secrets: Sequence[str]) -> None:
        self.world = World()
        self.outbox = Outbox(self.world, Manner(tuple(webhooks), tuple(secrets)))
        self.faults: list[faults.Fault] = []
        self.url = ""
        self.answers = Answers()

    def reply(self, request: Request) -> Reply | None:
        """The answer, or None where it is to be lost on the way."""
        if request.path.startswith("/v1/"):
            return self._api(request)
        if request.path.startswith("/_test/"):
            return self._control(request)
        return self._page(request)

    def _api(self, request: Request) -> Reply | None:
        with self.world.lock:
            fault = faults.take(self.faults, request.method, request.path)
        if fault and fault.kind == "slow":
            time.sleep(fault.seconds)
        try:
            _authorise(request.headers.get("authorization", ""))
            with self.world.lock:
                status, body, replayed = self._once(request, fault)
        except Refusal as refusal:
            status, body, replayed = refusal.status, refusal.body(), False
        if fault and fault.kind == "lost":
            return None
        headers = {"Request-Id": new_id("req"), "Stripe-Version": API_VERSION}
        if replayed:
            headers["Idempotent-Replayed"] = "true"
        return _json(status, body, headers)

    def _once(
        self, request: Request, fault: faults.Fault | None
    ) -> tuple[int, dict[str, Any], bool]:
        """Answer a request, or repeat what was answered before to its idempotency key."""
        payments.expire_due(self.world)
        key = request.headers.get("idempotency-key", "") if request.method == "POST" else ""
        now = self.world.now()
        if fault and fault.kind != "500-kept" and (refusal := fault.refusal()):
            raise refusal
        if key and (known := self.answers.find(key, request.path, request.body, now)):
            return *known, True
        try:
            if fault and (refusal := fault.refusal()):
                raise refusal
            params = parse(request.encoded)
            body = api.answer(self.world, request.method, request.path, params, self.url)
            status = 200
        except Refusal as said:
            status, body = said.status, said.body()
        if key:
            self.answers.keep(key, request.path, request.body, status, body, now)
        return status, body, False

    def _control(self, request: Request) -> Reply:
        name = request.path.removeprefix("/_test/")
        try:
            return _json(200, controls.do(self, request.method, name, _told(request.body)))
        except Refusal as refusal:
            return _json(refusal.status, refusal.body())

    def _page(self, request: Request) -> Reply:
        form = parse(request.body) if request.method == "POST" else None
        with self.world.lock:
            payments.expire_due(self.world)
            drawn = pages.answer(self.world, request.path, form)
        return Reply(drawn.status, drawn.body, drawn.headers)


def _authorise(authorization: str) -> None:
    """Let in test keys only: nobody shall send a live key to a stand-in and not hear of it."""
    scheme, _, key = authorization.partition(" ")
    if scheme != "Bearer" or not key.startswith(("sk_test_", "rk_test_")):
        raise Refusal(401, "Invalid API Key provided. The stand-in takes test keys only.")


def _told(body: str) -> dict[str, Any]:
    try:
        told = json.loads(body or "{}")
    except json.JSONDecodeError as error:
        raise Refusal(400, "That is not JSON.") from error
    if not isinstance(told, dict):
        raise Refusal(400, "A JSON object, please.")
    return told


def _json(status: int, body: object, headers: Mapping[str, str] | None = None) -> Reply:
    return Reply(
        status,
        json.dumps(body, indent=2).encode(),
        {"Content-Type": "application/json", **(headers or {})},
    )
