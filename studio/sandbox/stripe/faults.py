"""Trouble on demand: which calls go wrong, how, and how often."""

import fnmatch
from dataclasses import dataclass

from studio.sandbox.stripe.refusals import Refusal

KINDS = ("500", "500-kept", "lost", "429", "401", "400", "slow")


@dataclass(slots=True)
class Fault:
    """What happens to the next *times* calls of *method* on *path* (``*`` stands for anything).

    ``500`` answers before anything is done and is not remembered; ``500-kept`` is remembered
    for the idempotency key, as Stripe does when it fails half-way; ``lost`` does the work and
    drops the answer; ``slow`` waits *seconds* first; ``400`` refuses with *code*.
    """

    method: str
    path: str
    kind: str
    times: int = 1
    seconds: float = 1.0
    code: str = "balance_insufficient"

    def __post_init__(self) -> None:
        self.kind = {"500 before": "500"}.get(self.kind, self.kind)
        if self.kind not in KINDS:
            raise Refusal(400, f"kind is one of {', '.join(KINDS)}")

    def refusal(self) -> Refusal | None:
        """The error this fault answers with, where it answers with one."""
        if self.kind in {"500", "500-kept"}:
            return Refusal(500, "Something went wrong on our end.", kind="api_error")
        if self.kind == "429":
            return Refusal(429, "Too many requests.", code="rate_limit")
        if self.kind == "401":
            return Refusal(401, "Invalid API Key provided.")
        if self.kind == "400":
            return Refusal(400, f"Refused on request: {self.code}.", code=self.code)
        return None


def take(faults: list[Fault], method: str, path: str) -> Fault | None:
    """The first fault that fits this call, used up by one."""
    for fault in faults:
        if (
            fault.times > 0
            and fault.method.upper() in {method, "*"}
            and fnmatch.fnmatchcase(path, fault.path)
        ):
            fault.times -= 1
            return fault
    return None
