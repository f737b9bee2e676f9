"""First answers kept by idempotency key, so that a repeat is told the same and does nothing."""

from dataclasses import dataclass
from typing import Any

from studio.sandbox.stripe.refusals import Refusal

KEPT_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class Kept:
    """A first answer, and to what."""

    path: str
    encoded: str
    status: int
    body: dict[str, Any]
    at: int


class Answers:
    """What was answered to which key in the last 24 hours."""

    def __init__(self) -> None:
        self.kept: dict[str, Kept] = {}

    def find(
        self, key: str, path: str, encoded: str, now: int
    ) -> tuple[int, dict[str, Any]] | None:
        """The first answer to this key, or None.

        Raises:
            Refusal: if the key came with another request.
        """
        kept = self.kept.get(key)
        if kept is None or kept.at + KEPT_SECONDS <= now:
            return None
        if (kept.path, kept.encoded) != (path, encoded):
            raise Refusal(
                400,
                "Keys for idempotent requests can only be used with the same parameters they"
                " were first used with.",
                kind="idempotency_error",
            )
        return kept.status, kept.body

    def keep(
        self, key: str, path: str, encoded: str, status: int, body: dict[str, Any], now: int
    ) -> None:
        """Remember an answer; what failed a check (4xx) is not, as at Stripe.

        A card that was refused (402) was tried, and is remembered.
        """
        if status < 400 or status >= 500 or status == 402:
            self.kept[key] = Kept(path, encoded, status, body, now)
