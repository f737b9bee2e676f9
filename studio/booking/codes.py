"""What becomes of a hold's codes when it is agreed, and when nothing comes of it."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from studio.booking import history
from studio.booking.models import Booking
from studio.domain.lifecycle import BookingState
from studio.domain.money import Money, smallest_card_payment
from studio.payments import ledger, promos, vouchers
from studio.payments.models import Purpose
from studio.payments.standing import Standing, standing
from studio.payments.vouchers import Voucher
from studio.web.filters import money


def due_now(session: Session, booking: Booking) -> Money:
    """What has to be paid by card before a hold is a session."""
    nothing = Money.zero(booking.currency)
    money = standing(session, booking.id, booking.currency)
    left = max(money.deposit - money.covered, nothing)
    return left if left >= smallest_card_payment(booking.currency) else nothing


def spend(session: Session, booking: Booking, now: datetime) -> Standing:
    """Count a voucher's money as paid, and write off what is too little for any card.

    Answers the booking's money as it stands then.
    """
    money = standing(session, booking.id, booking.currency)
    if money.for_a_first and _booked_before(session, booking):
        why = "Its code is for a first booking, and this address has booked before."
        history.flag(session, booking, why, now=now)
    if money.covered:
        ref = f"voucher-{booking.id}"
        ledger.record_voucher(session, booking.id, ref, money.covered, now)
        money = standing(session, booking.id, booking.currency)
    rest = money.owed
    if Money.zero(booking.currency) < rest < smallest_card_payment(booking.currency):
        ledger.write_off(session, booking.id, f"booking-{booking.id}", rest, now)
        money = standing(session, booking.id, booking.currency)
    return money


def _booked_before(session: Session, booking: Booking) -> bool:
    """Whether the address of a session that was sold by a code for first bookings had booked.

    That is for the staff to know. To refuse the code would tell anybody who types somebody
    else's address whether they are a client, and whoever has two addresses would not notice.
    """
    others = (
        func.lower(Booking.contact_email) == booking.contact_email.lower(),
        Booking.id != booking.id,
        Booking.state.in_((BookingState.CONFIRMED, BookingState.COMPLETED)),
    )
    return session.scalars(select(Booking.id).where(*others).limit(1)).first() is not None


def let_go(session: Session, booking_id: int, now: datetime) -> None:
    """Give back what a hold has of codes, since nothing came of it."""
    promos.release(session, booking_id, now)
    vouchers.release(session, booking_id, now)


def take_again(session: Session, booking_id: int, now: datetime) -> None:
    """A hold that had ended came to be agreed after all."""
    promos.take_again(session, booking_id)
    vouchers.take_again(session, booking_id, now)


def tell_what_is_short(session: Session, booking: Booking, now: datetime) -> None:
    """Tell the staff where a session agreed late lacks what its voucher was to pay."""
    missing = ledger.missing(session, booking.id, booking.currency)
    for each in missing:
        if each.due.purpose is Purpose.DEPOSIT:
            why = (
                "Paid late, and its voucher had been spent meanwhile:"
                f" {money(each.amount)} of the deposit is missing."
            )
            history.flag(session, booking, why, now=now)


def spent(session: Session, booking: Booking) -> Money:
    """What vouchers have paid of a booking and can go back on them; of a hold nothing."""
    if booking.confirmed_at is None:
        return Money.zero(booking.currency)
    return vouchers.covered(session, booking.id, booking.currency)


def give_back(session: Session, booking: Booking, amount: Money, now: datetime) -> None:
    """Put *amount* back on the vouchers that paid for a booking, as far as they did."""
    back = vouchers.give_back(session, booking.id, amount, now)
    if back:
        # It may go back in parts.
        number = len(ledger.entries(session, booking.id))
        ref = f"voucher-back-{booking.id}-{number}"
        ledger.record_back_to_voucher(session, booking.id, ref, back, now)


_CREDIT = "credit-"


def issue_credit(
    session: Session,
    booking: Booking,
    amount: Money,
    until: datetime | None,
    by: str,
    now: datetime,
) -> Voucher:
    """Move a credit from a booking that was called off to a voucher, which any session spends."""
    last = until.astimezone(ZoneInfo(booking.zone)).date() if until else None
    voucher = vouchers.issue(
        session, amount, recipient=booking.contact_name, expires_on=last,
        note=f"Credit of booking {booking.reference}", by=by, now=now,
    )  # fmt: skip
    # From here on it is the voucher's money: what the studio keeps of the booking is less by it.
    ledger.record_back_to_voucher(session, booking.id, f"{_CREDIT}{voucher.id}", amount, now)
    return voucher


def take_off_credit(
    session: Session, booking: Booking, voucher: Voucher, most: Money, now: datetime
) -> Money:
    """Take up to *most* off a booking's credit, and have the booking answer for it again."""
    taken = vouchers.withdraw(session, voucher, now, most=most)
    if taken:
        # It may be taken in parts.
        number = len(ledger.entries(session, booking.id))
        ledger.record_back_from_credit(
            session, booking.id, f"off-{voucher.id}-{number}", taken, now
        )
    return taken


def credit_of(session: Session, booking: Booking) -> Voucher | None:
    """The voucher that a booking's credit became."""
    refs = (each.ref for each in ledger.entries(session, booking.id))
    found = next((ref for ref in refs if ref.startswith(_CREDIT)), None)
    return session.get(Voucher, int(found.removeprefix(_CREDIT))) if found else None
