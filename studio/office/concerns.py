"""What somebody has to look at, and the page where each is settled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import url_for
from sqlalchemy.orm import Session

from studio.accounts import people
from studio.office import companies, prep_board, prep_queue, queries
from studio.office.misfits import misfits
from studio.office.prep_board import Reach
from studio.payments import disputes, inbox, troubles, voucher_orders
from studio.payments.troubles import Refused
from studio.scheduling.contradictions import contradictions
from studio.web.filters import clock, money, short_day

# What lies further ahead, and more than a few, is listed where hours are changed.
_SOON, _FEW = timedelta(days=60), 5


@dataclass(frozen=True, slots=True)
class Concern:
    """Something that somebody has to look at, and where; *href* may be empty."""

    words: str
    detail: str
    href: str


def of(session: Session, now: datetime, mine: int | None, zone: str) -> list[Concern]:
    """What the person signed in has to look at, the most pressing of each kind first."""
    found = []
    if people.may("book_sessions"):
        found += _counted(
            queries.waiting_requests(session),
            "request waits for an answer",
            "requests wait for an answer",
            url_for("office.requests"),
        )
    if people.may("see_money"):
        found += _of_money(session, now, zone)
    found += _counted(
        prep_board.counts(session, Reach(mine, people.may("see_money")))[1],
        "message was not delivered",
        "messages were not delivered",
        url_for("office.prep_not_delivered"),
    )
    found += _counted(
        prep_queue.unapproved(session, Reach(mine, people.may("see_money")), now),
        "message should have left, and waits for somebody to read and release it",
        "messages should have left, and wait for somebody to read and release them",
        url_for("office.prep_queue_page", show="review"),
    )
    if people.may("block_time"):
        found += _misfits(session, now, mine)
    return found


def _of_money(session: Session, now: datetime, zone: str) -> list[Concern]:
    """What is odd or late about money, each with the page where it is settled."""
    payments = url_for("office.payments")
    return [
        *_about_sessions(session),
        *(
            Concern(
                f"A dispute of {money(each.amount)} has to be answered"
                f" by {short_day(each.due_at, zone)}",
                each.reason,
                url_for("office.dispute", dispute_id=each.id),
            )
            for each in disputes.running(session)
            if each.due_at is not None
        ),
        *(
            Concern(
                f"{each.buyer}: {each.attention}",
                "Gift voucher",
                url_for("office.voucher_order", order_id=each.id),
            )
            for each in voucher_orders.flagged(session)
        ),
        *(
            Concern(
                f"{each.company.name} owes {money(each.open)} of invoice {each.paper.name}",
                "Overdue",
                url_for("office.company", company_id=each.company.id),
            )
            for each in companies.bills(session, companies.today(), unpaid=True)
            if each.overdue
        ),
        *_counted(
            queries.failed_refunds(session),
            "refund was refused by the bank",
            "refunds were refused by the bank",
            payments,
        ),
        *_counted(
            queries.waiting_refunds(session),
            "refund could not be sent yet",
            "refunds could not be sent yet",
            payments,
        ),
        *_counted(
            len(queries.overdue(session, now)),
            "session has not paid what is due",
            "sessions have not paid what is due",
            payments,
        ),
        *_counted(
            len(inbox.stuck(session)),
            "notice from Stripe could not be settled",
            "notices from Stripe could not be settled",
            payments,
        ),
        *_of_notices(session, now, zone, payments),
    ]


def _about_sessions(session: Session) -> list[Concern]:
    return [
        Concern(
            f"{each.contact.name if each.contact else 'A hold'}: {each.attention}",
            each.package.name,
            url_for("office.session", booking_id=each.id),
        )
        for each in queries.flagged(session)
    ]


def _of_notices(session: Session, now: datetime, zone: str, href: str) -> list[Concern]:
    """Whether Stripe's notices come, and are Stripe's."""
    found = []
    silent = troubles.silent_since(session, now)
    if silent is not None:
        at = f"{short_day(silent, zone)}, {clock(silent, zone)}"
        found.append(Concern(f"No notice from Stripe has come since a payment on {at}", "", href))
    forged = troubles.refused(session, Refused.SIGNATURE, now)
    if forged >= troubles.MANY:
        found += _counted(forged, "", "notices with a wrong signature were refused", href)
    found += _counted(
        troubles.refused(session, Refused.MODE, now),
        "notice of Stripe's other mode (test or live) was refused",
        "notices of Stripe's other mode (test or live) were refused",
        href,
    )
    return found


def _misfits(session: Session, now: datetime, mine: int | None) -> list[Concern]:
    """The first sessions that do not fit, each with its reasons, and how many more there are."""
    coming = contradictions(session, now, mine, until=now + _SOON)
    bookings = list(dict.fromkeys(each.booking_id for each in coming))
    few = misfits(session, [each for each in coming if each.booking_id in bookings[:_FEW]])
    return [
        *(
            Concern(
                f"{the.contact.name if the.contact else 'A session'},"
                f" {short_day(the.starts_at, the.zone)}, {clock(the.starts_at, the.zone)}:"
                f" {'; '.join(lack.words for lack in each.lacks)}",
                the.package.name,
                url_for("office.session", booking_id=the.id),
            )
            for each in few
            for the in (each.booking,)
        ),
        *_counted(
            len(bookings[_FEW:]),
            f"more session of the next {_SOON.days} days does not fit the hours or time off",
            f"more sessions of the next {_SOON.days} days do not fit the hours or time off",
            url_for("scheduling_office.studio"),
        ),
    ]


def _counted(count: int, one: str, many: str, href: str) -> list[Concern]:
    return [Concern(f"{count} {one if count == 1 else many}", "", href)] if count else []
