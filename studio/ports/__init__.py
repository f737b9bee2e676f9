"""What we ask of the outside, in our words.

A port raises when it is called while a transaction is open: `create_app` wraps each one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from flask import current_app

from studio.ports.bounce_box import BounceBox
from studio.ports.calendar_source import CalendarSource
from studio.ports.mailer import Mailer
from studio.ports.payment_gateway import PaymentGateway


@dataclass(frozen=True, slots=True)
class Ports:
    """The outside of one application; *gateway* is None where no cards are taken.

    Without *calendars* nobody's calendar elsewhere is read, without *bounces* no mailbox to
    which mail comes back.

    *now* returns an aware UTC instant. Where a run acts as if it were another time, *machine* is
    the clock that all processes share.
    """

    now: Callable[[], datetime]
    mailer: Mailer
    gateway: PaymentGateway | None
    calendars: CalendarSource | None = None
    bounces: BounceBox | None = None
    machine: Callable[[], datetime] | None = None

    def shared_now(self) -> datetime:
        """What every process agrees on, for what they take turns at."""
        return (self.machine or self.now)()


def ports() -> Ports:
    """The ports of the current application."""
    return cast("Ports", current_app.extensions["ports"])
