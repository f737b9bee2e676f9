"""What comes after a session was altered: it is moved, its code is edited, its papers are read."""

from __future__ import annotations

from datetime import timedelta

import pytest

from studio.booking import service
from studio.booking.models import Booking
from studio.booking.service import MoveRequest
from studio.db import db
from studio.payments import ledger
from studio.payments.models import Purpose
from tests import factories
from tests.booking.test_altering import Shop, alter, shop, sold
from tests.clock import Clock
from tests.factories import TEN_FIFTEEN

pytestmark = pytest.mark.usefixtures("database")

__all__ = ["shop", "sold"]

DAY = timedelta(days=1)


def due_days(booking: Booking) -> dict[Purpose, timedelta]:
    """How long before the session each is due."""
    found = factories.booking_of(booking.reference)
    rows = ledger.dues(db.session(), booking.id)
    return {each.purpose: found.starts_at - each.due_at for each in rows}


@pytest.mark.parametrize("weeks", [3, -1])
def test_what_was_added_is_due_with_the_balance_whenever_the_session_is(
    sold: Booking, shop: Shop, weeks: int
) -> None:
    alter(sold, shop.small, 1, {shop.print.slug: 1})
    to = TEN_FIFTEEN + timedelta(weeks=weeks)
    service.move_booking(sold.id, MoveRequest(starts_at=to, photographer=None, by="Dev"))

    found = due_days(sold)
    assert (found[Purpose.BALANCE], found[Purpose.EXTRA]) == (DAY, DAY)
    assert found[Purpose.DEPOSIT] > DAY


def test_what_was_added_too_late_for_the_balance_stays_due_soon(
    sold: Booking, shop: Shop, clock: Clock
) -> None:
    clock.set(TEN_FIFTEEN - timedelta(hours=20))
    alter(sold, shop.small, 1, {shop.print.slug: 1})
    to = TEN_FIFTEEN + timedelta(weeks=3)
    service.move_booking(sold.id, MoveRequest(starts_at=to, photographer=None, by="Dev"))

    assert due_days(sold)[Purpose.EXTRA] == timedelta(weeks=3)
