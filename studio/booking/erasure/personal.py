"""Where a client's person is written, and what stands there once they are forgotten.

Invoices, the ledger and the sessions with their prices stay: the law asks for the books. So does
a release that is in force, since it is what lets the pictures be shown.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, delete, func, or_, select, update
from sqlalchemy.orm import Session

from studio.booking import codes, day_sheets
from studio.booking.afterwards.models import Delivery
from studio.booking.erasure.waiting import orders_of
from studio.booking.models import AccessToken, Booking
from studio.booking.releases import queries as releases
from studio.booking.releases.models import Level, Release, Sitter
from studio.clients.models import Client
from studio.messaging.addresses import erased_address
from studio.messaging.models import Message, MessageKind
from studio.messaging.rendering import WRITTEN
from studio.payments import kept_cards
from studio.payments.kept_cards import CardEnd
from studio.payments.models import Payment, Refund
from studio.payments.voucher_orders import VoucherOrder
from studio.payments.vouchers import Voucher
from studio.prep.questionnaires.models import PrepAnswer, PrepPicture

ERASED, NAME = "Erased", "Erased client"
_SIGNED_BY = {
    "Photographed",
    "Signed, by typing the name",
    "For the child, as",
    "From the address",
}
# What the history of a session says in words of the program's own.
_NO_WORDS = ("currency", "method", "called_off_by", "asked_by", "decision", "step", "of")


def erase_messages(session: Session, client: Client, bookings: Collection[int]) -> None:
    """Of what was written to a client, and to staff about them, the envelope alone stays."""
    # Whoever was given a voucher has one letter about it: the others are its buyer's.
    bought = (each for each in orders_of(session, client) if _bought(client, each))
    letters = [Message.dedupe_key.startswith(f"voucher:{each.id}:") for each in bought]
    to_them = and_(
        Message.booking_id.is_(None), func.lower(Message.recipient) == client.address_key
    )
    # Sheets of a day name several sessions.
    sheets = session.execute(
        select(Message.id, Message.context).where(Message.template == day_sheets.TEMPLATE)
    )
    named = [each for each, said in sheets if not set(bookings).isdisjoint(said["bookings"])]
    to_staff = Message.kind == MessageKind.STAFF
    session.execute(
        update(Message)
        .where(or_(Message.booking_id.in_(bookings), Message.id.in_(named), to_them, *letters))
        .values(
            recipient=case((to_staff, Message.recipient), else_=erased_address(client.id)),
            template=WRITTEN,
            context={},
            subject=ERASED,
            body="",
            sent_subject=ERASED,
            sent_text=f"{ERASED}.",
            sent_html=f"<p>{ERASED}.</p>",
            error="",
        )
        .execution_options(synchronize_session=False)
    )


def erase_vouchers(session: Session, client: Client) -> None:
    """Vouchers stay good for whoever has the code."""
    for order in orders_of(session, client):
        voucher = session.get(Voucher, order.voucher_id) if order.voucher_id else None
        if _bought(client, order):
            order.buyer, order.buyer_email = NAME, erased_address(client.id)
            order.greeting = ""
            if voucher:
                voucher.issued_by = NAME
        if order.recipient_email.lower() == client.address_key:
            order.recipient = order.recipient_email = order.greeting = ""
            if voucher:
                voucher.recipient = ""
        of_order = Payment.voucher_order_id == order.id
        session.execute(update(Payment).where(of_order).values(email=order.buyer_email))


def _bought(client: Client, order: VoucherOrder) -> bool:
    return order.buyer_email.lower() == client.address_key


def erase_forms(session: Session, bookings: Collection[int]) -> list[str]:
    """What they answered and showed; the names of the pictures' files, to be removed after this."""
    shown = PrepPicture.booking_id.in_(bookings)
    files = list(session.scalars(select(PrepPicture.file).where(shown)))
    session.execute(delete(PrepPicture).where(shown))
    session.execute(delete(PrepAnswer).where(PrepAnswer.booking_id.in_(bookings)))
    return files


def erase_client(client: Client, now: datetime) -> None:
    client.name, client.email = NAME, erased_address(client.id)
    client.address_key = client.email
    client.phone = client.notes = client.search_text = ""
    client.erased_at = now


def erase_session(session: Session, booking: Booking, address: str, by: str, now: datetime) -> None:
    """The session as it was sold stays, without whom it was for; its links open nothing."""
    booking.contact_name, booking.contact_email, booking.contact_phone = NAME, address, ""
    booking.notes = booking.address = booking.override_reason = booking.attention = ""
    session.execute(
        update(AccessToken)
        .where(AccessToken.booking_id == booking.id, AccessToken.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    if credit := codes.credit_of(session, booking):
        credit.recipient = ""
    of_booking = Payment.booking_id == booking.id
    session.execute(update(Payment).where(of_booking).values(email=address, note=""))
    theirs = Refund.payment_id.in_(select(Payment.id).where(of_booking))
    session.execute(update(Refund).where(theirs).values(reason=ERASED))
    if delivery := session.get(Delivery, booking.id):
        delivery.link = ""
    if consent := kept_cards.of(session, booking.id):
        consent.end(CardEnd.WITHDRAWN, by=by, now=now)
        # The processor's name for them stays until it has forgotten them, too.
        consent.card_id, consent.last4 = None, ""
    for sitter in session.scalars(select(Sitter).where(Sitter.booking_id == booking.id)):
        _erase_sitter(session, sitter)
    for event in booking.events:
        event.detail = without_words(event.kind, event.detail)


def keeps_releases(session: Session, bookings: Sequence[Booking]) -> bool:
    """Whether somebody has signed a release of these sessions that is in force."""
    return any(
        each.release is not None and each.release.allows is not Level.NONE
        for answers in releases.answers(session, [each.id for each in bookings]).values()
        for each in answers
    )


def without_words(kind: str, detail: Mapping[str, Any]) -> dict[str, Any]:
    """What an event tells, without what a person has typed or who they are."""
    said = {*_NO_WORDS, "before", "after"} if kind == "moved" else {*_NO_WORDS}
    kept = {
        name: "" if isinstance(value, str) and name not in said else value
        for name, value in detail.items()
        if name != "recipient"
    }
    return kept | {"erased": True}


def _erase_sitter(session: Session, sitter: Sitter) -> None:
    sitter.email = ""
    newest = releases.latest(session, sitter.id)
    if newest is not None and newest.allows is not Level.NONE:
        return
    sitter.name = ERASED
    if sitter.guardian_name:
        sitter.guardian_name = sitter.guardian_relation = ERASED
    for each in session.scalars(select(Release).where(Release.sitter_id == sitter.id)):
        each.signed_name = ERASED if each.signed_name else ""
        each.signed_from = ""
        each.told = {
            **each.told,
            "facts": _unsigned(each.told.get("facts", ())),
            "signed": _unsigned(each.told.get("signed", ())),
        }


def _unsigned(rows: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    return [{**row, "value": ERASED} if row["label"] in _SIGNED_BY else dict(row) for row in rows]
