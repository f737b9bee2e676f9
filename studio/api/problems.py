"""What the API answers when it refuses; each kind is stable and ends the problem's `type`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response

from studio.web.errors import problem

Errors = dict[str, list[str]]


class Problem(Exception):
    """The answer to a request that is refused: see `studio.web.errors.problem`."""

    status = 422
    kind = "invalid-input"
    detail = "Some of what was sent cannot be used."

    def __init__(self, errors: Errors | None = None, **more: Any) -> None:
        super().__init__(self.detail)
        self.errors = errors
        self.more = more

    @property
    def headers(self) -> Mapping[str, str]:
        return {}


class MalformedJson(Problem):
    status = 400
    kind = "malformed-json"
    detail = "The body is not JSON that can be read: an object, in UTF-8, with each name once."


class NotJson(Problem):
    status = 415
    kind = "unsupported-media-type"
    detail = "Please send JSON, with the content type application/json."


class TooLarge(Problem):
    status = 413
    kind = "body-too-large"
    detail = "The body is too large."


class InvalidInput(Problem):
    """Fields that cannot be used, each with sentences why."""


class NoSuchPackage(Problem):
    status = 404
    kind = "not-found"
    detail = "We do not offer this package."


class NoSuchHold(Problem):
    status = 404
    kind = "not-found"
    detail = "No hold has this token."


class SlotTaken(Problem):
    """The start is not open; `nearest` are up to three that are."""

    status = 409
    kind = "slot-taken"
    detail = "This time is not free. Please choose another."

    def __init__(self, nearest: Sequence[Mapping[str, Any]]) -> None:
        super().__init__(nearest=nearest)


class KeyReused(Problem):
    kind = "idempotency-key-reused"
    detail = "This Idempotency-Key came with another request before."


class HoldOver(Problem):
    status = 410
    kind = "hold-over"
    detail = "This hold has run out or was given up. The time may still be free: hold it again."


class AlreadyPaid(Problem):
    status = 409
    kind = "already-paid"
    detail = "This session is booked. It can be cancelled on the client's own page."


class TooManyHolds(Problem):
    status = 429
    kind = "too-many-holds"
    detail = "You are holding three times already. Confirm or give up one first."


class TooManyRequests(Problem):
    status = 429
    kind = "too-many-requests"
    detail = "That was too often. Please wait a minute and try again."

    @property
    def headers(self) -> Mapping[str, str]:
        return {"Retry-After": "60"}


class PaymentUnreachable(Problem):
    status = 503
    kind = "payment-unreachable"
    detail = "The payment page cannot be reached just now. The time is still held: try again."

    @property
    def headers(self) -> Mapping[str, str]:
        return {"Retry-After": "5"}


def answer_to(refused: Problem) -> Response:
    response = problem(refused.status, refused.kind, refused.detail, refused.errors, **refused.more)
    response.headers.update(refused.headers)
    return response
