"""What we ask of the outside, in our words.

A port raises when it is called while a transaction is open: `create_app` wraps each one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from flask import current_app

from studio.ports.calendar_source import CalendarSource
from studio.ports.mailer import Mailer
from studio.ports.payment_gateway import PaymentGateway


@dataclass(frozen=True, slots=True)
class Ports:
    """The outside of one application; *gateway* is None where no cards are taken.

    Without *calendars* nobody's calendar elsewhere is read.

    *now* returns an aware UTC instant.
    """

    now: Callable[[], datetime]
    mailer: Mailer
    gateway: PaymentGateway | None
    calendars: CalendarSource | None = None


def ports() -> Ports:
    """The ports of the current application."""
    return cast("Ports", current_app.extensions["ports"])
