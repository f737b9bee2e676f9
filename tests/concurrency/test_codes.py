"""Rivals for the last use of a promo code, and for a voucher's money, with real commits."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from studio.booking import service
from studio.booking.companies import service as companies
from studio.booking.companies.models import CompanyBooking
from studio.booking.companies.service import CompanyEdit
from studio.booking.models import Booking
from studio.db import db, transaction
from studio.domain.money import Money
from studio.payments import promos, vouchers
from studio.payments.promos import PromoCode
from studio.payments.vouchers import Voucher, VoucherEntry, VoucherMove
from studio.ports import ports
from tests import factories
from tests.concurrency.test_claim import race

pytestmark = pytest.mark.concurrency

RIVALS = 20
USES, OVER = 7, 100_000


@pytest.fixture
def holds(committed: Flask) -> Iterator[list[int]]:
    """As many holds of 395 pounds as there are rivals."""
    with committed.app_context():
        package = factories.a_bookable_package(lead_hours=0)
        starts: list[datetime] = [
            factories.TEN_FIFTEEN + timedelta(days=n // 4, hours=2 * (n % 4)) for n in range(40)
        ]
        found: list[int] = []
        for at in starts:
            if len(found) == RIVALS:
                break
            if at.isoweekday() < 7:
                found.append(factories.a_hold(package, at, held_by=str(len(found))).id)
        yield found


def use(booking_id: int, code: str) -> None:
    service.use_code(booking_id, code)


def test_a_code_is_used_no_more_often_than_it_may(committed: Flask, holds: list[int]) -> None:
    with committed.app_context():
        promo = PromoCode(
            code="SPRING", label="Spring", percent=10, amount_minor=0, currency="GBP",
            most_uses=USES,
        )  # fmt: skip
        promo_id = factories.kept(promo).id

    outcomes = race(committed, [lambda n=n: use(n, "SPRING") for n in holds])  # type: ignore[misc]

    assert outcomes == Counter({"held": USES, "CodeRefused": RIVALS - USES})
    with committed.app_context():
        assert promos.uses(db.session(), promo_id) == USES


def test_a_voucher_pays_no_more_than_it_is_over(committed: Flask, holds: list[int]) -> None:
    code = a_voucher(committed)

    outcomes = race(committed, [lambda n=n: use(n, code) for n in holds])  # type: ignore[misc]

    # 395 pounds twice, what is left once, and nothing for the rest.
    assert outcomes == Counter({"held": 3, "CodeRefused": RIVALS - 3})
    with committed.app_context():
        assert spent() == OVER


def test_control_looking_first_and_writing_later_pays_too_much(
    committed: Flask, holds: list[int]
) -> None:
    """If this fails, the ones above might be useless."""
    code = a_voucher(committed)
    gate = threading.Barrier(RIVALS)

    def look_then_write(booking_id: int) -> None:
        session = db.session()
        voucher_id = session.scalars(select(Voucher.id).where(Voucher.code == code)).one()
        amount = min(vouchers.left(session, session.get_one(Voucher, voucher_id)).minor, 39500)
        session.rollback()
        gate.wait(timeout=30)
        with transaction() as again:
            again.add(
                VoucherEntry(
                    voucher_id=voucher_id, booking_id=booking_id, kind=VoucherMove.RESERVED,
                    amount_minor=-amount, currency="GBP", at=ports().now(),
                )
            )  # fmt: skip

    outcomes = race(committed, [lambda n=n: look_then_write(n) for n in holds])  # type: ignore[misc]

    assert outcomes == Counter({"held": RIVALS})
    with committed.app_context():
        assert spent() > OVER


def a_voucher(app: Flask) -> str:
    with app.app_context(), transaction() as session:
        return vouchers.issue(
            session, Money(OVER, "GBP"), recipient="", note="", expires_on=None, by="x",
            now=ports().now(),
        ).code  # fmt: skip


def spent() -> int:
    taken = select(func.sum(VoucherEntry.amount_minor)).where(VoucherEntry.booking_id.is_not(None))
    return -int(db.session.scalars(taken).one())


def a_company(app: Flask, limit: int) -> int:
    with app.app_context():
        return companies.keep_company(
            CompanyEdit(
                name="Acme Ltd", address="1 Mill Lane", email="pay@acme.example", tax_number="",
                code="ACME26", order_required=False, limit=Money(limit, "GBP"), payment_days=30,
                packages=(), in_use=True,
            )
        )  # fmt: skip


def covered_in_all() -> int:
    total = (
        select(func.sum(Booking.price_minor))
        .join(CompanyBooking, CompanyBooking.booking_id == Booking.id)
    )  # fmt: skip
    return int(db.session.scalars(total).one() or 0)


def test_a_company_pays_no_more_than_its_limit(committed: Flask, holds: list[int]) -> None:
    a_company(committed, OVER)

    outcomes = race(committed, [lambda n=n: use(n, "ACME26") for n in holds])  # type: ignore[misc]

    assert outcomes == Counter({"held": 2, "CodeRefused": RIVALS - 2})
    with committed.app_context():
        assert covered_in_all() == 79000


def test_control_counting_first_and_writing_later_passes_the_limit(
    committed: Flask, holds: list[int]
) -> None:
    """If this fails, the one above might be useless."""
    company_id = a_company(committed, OVER)
    gate = threading.Barrier(RIVALS)

    def count_then_write(booking_id: int) -> None:
        session = db.session()
        assert covered_in_all() + 39500 <= OVER
        session.rollback()
        gate.wait(timeout=30)
        with transaction() as again:
            again.add(CompanyBooking(booking_id=booking_id, company_id=company_id))

    outcomes = race(committed, [lambda n=n: count_then_write(n) for n in holds])  # type: ignore[misc]

    assert outcomes == Counter({"held": RIVALS})
    with committed.app_context():
        assert covered_in_all() > OVER
