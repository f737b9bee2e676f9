"""All that the stand-in knows: one dict of objects, one list of events, one clock, one lock."""

import copy
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from studio.sandbox.stripe import refusals

API_VERSION = "2026-10-28.endive"

Object: TypeAlias = dict[str, Any]


class World:
    """Hold ``lock`` while reading or changing anything; the transitions expect it held."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.objects: dict[str, Object] = {}
        self.lines: dict[str, list[Object]] = {}  # of a session, by its id
        self.intent_data: dict[str, Object] = {}  # what its payment will carry, likewise
        self.events: list[Object] = []
        self.listeners: list[Callable[[Object], None]] = []
        self.ahead = 0

    def now(self) -> int:
        """Epoch seconds by the stand-in's clock, which may run ahead of the machine's."""
        return int(time.time()) + self.ahead

    def advance(self, seconds: int) -> None:
        self.ahead += seconds

    def add(self, made: Object) -> Object:
        self.objects[made["id"]] = made
        return made

    def get(self, kind: str, object_id: str) -> Object:
        """The object itself, not a copy.

        Raises:
            Refusal: 404, if there is none of that kind.
        """
        found = self.objects.get(object_id)
        if found is None or found["object"] != kind:
            raise refusals.missing(kind, object_id)
        return found

    def all(self, kind: str) -> Iterator[Object]:
        """Every object of a kind, newest first, as Stripe lists them."""
        for each in reversed(list(self.objects.values())):
            if each["object"] == kind:
                yield each

    def emit(self, kind: str, about: Object) -> None:
        """Note that something happened, with the object as it is at this moment."""
        event: Object = {
            "id": new_id("evt"),
            "object": "event",
            "api_version": API_VERSION,
            "created": self.now(),
            "data": {"object": copy.deepcopy(about)},
            "livemode": False,
            "pending_webhooks": 0,
            "request": {"id": None, "idempotency_key": None},
            "type": kind,
        }
        self.events.append(event)
        for tell in self.listeners:
            tell(event)


def new_id(prefix: str) -> str:
    """Never the same twice, also not after a restart: the studio keeps these ids for good."""
    return f"{prefix}_{secrets.token_hex(12)}"
