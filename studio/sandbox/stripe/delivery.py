"""Notices on their way: who still has to hear of which event, signed and tried until heard."""

import hashlib
import hmac
import json
import random
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from studio.sandbox.stripe import payments
from studio.sandbox.stripe.world import Object, World

TRIED_FOR_SECONDS = 3 * 24 * 3600
ANSWER_WITHIN_SECONDS = 10
LONGEST_PAUSE_SECONDS = 3600
TICK_SECONDS = 0.5


@dataclass(slots=True)
class Delivery:
    """One event for one endpoint; due by the world's clock."""

    event: Object
    endpoint: str
    due_at: int
    tries: int = 0


@dataclass(slots=True)
class Manner:
    """How notices travel: ``held`` ones wait for a flush.

    ``drop`` names event types that are never sent (``*`` is all of them), ``duplicate`` is how
    many more times each is sent, ``secrets`` sign it, all of them at once.
    """

    endpoints: Sequence[str]
    secrets: Sequence[str]
    held: bool = False
    shuffle: bool = False
    duplicate: int = 0
    drop: Sequence[str] = field(default_factory=tuple)


class Outbox:
    """The queue and, once started, the thread that empties it."""

    def __init__(self, world: World, manner: Manner) -> None:
        self.manner = manner
        self.queue: list[Delivery] = []
        self._world = world
        self._heard: set[tuple[str, str]] = set()
        self._changed = threading.Condition(world.lock)
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="stripe-outbox", daemon=True)
        world.listeners.append(self._post)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Send nothing more; a delivery on its way is waited for."""
        with self._world.lock:
            self._closed = True
            self._changed.notify_all()
        self._thread.join()

    def wake(self) -> None:
        """Look again now: the clock or the manner has changed. Expects the world's lock."""
        self._changed.notify_all()

    def flush(self, most: int | None) -> dict[str, int]:
        """Send what waits now, due or not, each once and *most* of them; say how it went."""
        with self._world.lock:
            waiting = len(self.queue)
        heard = tried = 0
        for _ in range(waiting if most is None else min(most, waiting)):
            with self._world.lock:
                delivery = self._next(due_by=None)
            if delivery is None:
                break
            tried += 1
            heard += self._deliver(delivery)
        with self._world.lock:
            return {"delivered": heard, "failed": tried - heard, "queued": len(self.queue)}

    def _post(self, event: Object) -> None:
        event["pending_webhooks"] = len(self.manner.endpoints)
        if event["type"] in self.manner.drop or "*" in self.manner.drop:
            return
        for endpoint in self.manner.endpoints:
            for _ in range(1 + self.manner.duplicate):
                self.queue.append(Delivery(event, endpoint, due_at=event["created"]))
        self._changed.notify_all()

    def _run(self) -> None:
        while True:
            with self._world.lock:
                if self._closed:
                    return
                payments.expire_due(self._world)
                delivery = None if self.manner.held else self._next(due_by=self._world.now())
                if delivery is None:
                    self._changed.wait(TICK_SECONDS)
                    continue
            self._deliver(delivery)

    def _next(self, *, due_by: int | None) -> Delivery | None:
        """Take the next one off the queue, or any, where they are shuffled."""
        due = [each for each in self.queue if due_by is None or each.due_at <= due_by]
        if not due:
            return None
        chosen = random.choice(due) if self.manner.shuffle else due[0]
        self.queue.remove(chosen)
        return chosen

    def _deliver(self, delivery: Delivery) -> bool:
        """Send one; without a 2xx it goes back into the queue, for three days."""
        body = json.dumps(delivery.event, indent=2).encode()
        heard = send(delivery.endpoint, body, self.manner.secrets)
        with self._world.lock:
            if heard:
                key = (delivery.event["id"], delivery.endpoint)
                if key not in self._heard:
                    self._heard.add(key)
                    delivery.event["pending_webhooks"] -= 1
            else:
                delivery.tries += 1
                pause = min(2**delivery.tries, LONGEST_PAUSE_SECONDS)
                delivery.due_at = self._world.now() + pause
                if delivery.due_at <= delivery.event["created"] + TRIED_FOR_SECONDS:
                    self.queue.append(delivery)
        return heard


def signature(body: bytes, secrets: Sequence[str]) -> str:
    """The ``Stripe-Signature`` of *body* at this moment of the machine's own clock.

    The stand-in's clock may run hours ahead; a receiver would take such a stamp for a forgery.
    """
    stamp = int(time.time())
    signed = b"%d." % stamp + body
    marks = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets]
    return ",".join([f"t={stamp}", *(f"v1={mark}" for mark in marks)])


def send(endpoint: str, body: bytes, secrets: Sequence[str]) -> bool:
    """POST *body*; True if the endpoint answered 2xx. A redirect is not followed: it is a no."""
    to = urlsplit(endpoint)
    kind = HTTPSConnection if to.scheme == "https" else HTTPConnection
    connection = kind(to.hostname or "", to.port, timeout=ANSWER_WITHIN_SECONDS)
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Stripe-Signature": signature(body, secrets),
        "User-Agent": "Stripe/1.0 (stand-in)",
    }
    path = (to.path or "/") + (f"?{to.query}" if to.query else "")
    try:
        connection.request("POST", path, body, headers)
        return connection.getresponse().status // 100 == 2
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
