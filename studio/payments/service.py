from __future__ import annotations

from studio.db import db, retried, transaction
from studio.payments import disputes, inbox, ledger, troubles
from studio.payments.models import Method, Payment, Refund, RefundState
from studio.payments.troubles import Refused
from studio.ports import ports
from studio.ports.payment_gateway import Event
from studio.scheduling import calendar

# Why a refund that failed needs nothing more.
_GONE = "The payment had gone back already."


class StillDisputed(Exception):
    """A bank disputes the payment: nothing of it can be given back meanwhile."""


@retried
def keep_event(event: Event) -> None:
    """Store an event whose signature has been checked; a second delivery changes nothing."""
    with transaction() as session:
        inbox.keep(session, [event], ports().now())


@retried
def count_refused(reason: Refused) -> None:
    """Count a notice that was not taken; nothing else of it is kept."""
    with transaction() as session:
        troubles.count_refused(session, reason, ports().now())


@retried
def forget_refused() -> None:
    """Somebody has looked at the notices that were refused."""
    with transaction() as session:
        troubles.forget_refused(session)


def note_paused(*, paused: bool) -> None:
    """Note that the processor has just not taken our key, or has; written only where it is news."""
    known = troubles.paused_since(db.session()) is not None
    db.session().rollback()
    if known is not paused:
        _note_paused(paused=paused)


@retried
def _note_paused(*, paused: bool) -> None:
    with transaction() as session:
        troubles.note_paused(session, paused=paused, now=ports().now())


@retried
def note_given_back(refund_id: int) -> int | None:
    """Staff have handed money back that no processor gives back; the id of the payment.

    That is money that had not come by card, or that a bank did not take. Twice is once, and where
    a refund made since has gone instead, this one is withdrawn. None if there is no such refund,
    or the processor is about to give it back.
    """
    with transaction() as session:
        calendar.queue(session)
        refund = session.get(Refund, refund_id, with_for_update=True)
        if refund is None:
            return None
        payment = session.get_one(Payment, refund.payment_id)
        if payment.method is Method.CARD and refund.state is not RefundState.FAILED:
            return None
        failed = refund.state is RefundState.FAILED
        if failed and ledger.left_of(session, payment) < refund.amount:
            refund.state, refund.error = RefundState.WITHDRAWN, _GONE
            return payment.id
        refund.state, refund.error = RefundState.DONE, ""
        ledger.record_given_back(session, payment, refund, ports().now())
        return payment.id


@retried
def send_again(refund_id: int, *, by: str) -> Refund | None:
    """Make a refund anew that failed; None if that is no refund, or waits for nobody any more.

    Where less is left of its payment, the rest has gone already: at most that is sent, and the
    answer is withdrawn where that is nothing.

    Raises:
        StillDisputed: if a bank disputes the payment, so that nothing can be sent yet.
    """
    with transaction() as session:
        # The queue first: what is left of a payment is asked by everybody who gives back.
        calendar.queue(session)
        failed = session.get(Refund, refund_id, with_for_update=True)
        if failed is None or failed.state is not RefundState.FAILED:
            return None
        payment = session.get_one(Payment, failed.payment_id)
        if disputes.blocked(session, payment.id):
            raise StillDisputed
        failed.state, failed.error = RefundState.WITHDRAWN, "Sent again."
        amount = min(failed.amount, ledger.left_of(session, payment))
        if amount.minor <= 0:
            failed.error = _GONE
            return failed
        return ledger.add_refund(session, payment, amount, failed.reason, by, ports().now())
