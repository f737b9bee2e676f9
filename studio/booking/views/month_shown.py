"""What the page that chooses a time shows of a month and of a day in it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from datetime import date, datetime, timedelta

from studio.booking import choices
from studio.booking.sale import Sale
from studio.catalogue.models import Package
from studio.catalogue.promises import Dated
from studio.db import db, from_epoch
from studio.domain.availability import Start
from studio.domain.money import Money
from studio.domain.pricing import LineKind, added
from studio.domain.terms import Account
from studio.scheduling import openings
from studio.scheduling.house import House
from studio.scheduling.memory import recall, version
from studio.web.filters import money

# How many months after this one are looked through for a free time: packages can usually be
# booked 120 days ahead, and a page that anybody may ask for costs a fixed amount of work.
_MONTHS_AHEAD = 4


def the_month(
    wanted: Sale, asked: date | None, today: date, last: date, now: datetime
) -> tuple[date, list[Start], Mapping[date, int]]:
    """The month of *asked*, or else the first near one in which anything is free.

    With its starts, and how many each day would have if nothing were taken.
    """
    first, last = open_span(wanted.package, today, last)
    month = (asked or first).replace(day=1)
    starts = openings.starts_on(db.session(), wanted.needs, choices.days_of(month), now)
    for _ in range(_MONTHS_AHEAD):
        if asked or starts or choices.month_after(month) > last:
            break
        month = choices.month_after(month)
        starts = openings.starts_on(db.session(), wanted.needs, choices.days_of(month), now)
    return month, starts, openings.room_on(db.session(), wanted.needs, choices.days_of(month), now)


def open_span(package: Package, today: date, last: date) -> tuple[date, date]:
    """The first and the last day, from *today* to *last*, that the package can be had on."""
    spans = [
        (max(each.first_on, today), min(each.last_on, last))
        for each in package.open_days
        if each.first_on <= last and each.last_on >= today
    ]
    if not spans:
        return today, last
    return min(first for first, _ in spans), max(until for _, until in spans)


def groups(
    wanted: Sale,
    on_day: Sequence[Start],
    preferred: Collection[int],
    prices: Mapping[int, str],
    house: House,
) -> list[choices.Group]:
    names = {each.id: each.first_name for each in wanted.photographers}
    before = wanted.before_minutes
    early = timedelta(minutes=before + house.arrive_minutes) if before else None
    return choices.groups(on_day, names, house.zone, preferred, early, prices)


def prices(wanted: Sale, starts: Sequence[Start], now: datetime) -> dict[int, str]:
    """What each start costs, where not all cost the same."""
    if not wanted.prices.premiums:
        return {}
    totals = {each.at: wanted.quote(from_epoch(each.at), now).total for each in starts}
    return (
        {at: money(total) for at, total in totals.items()} if len(set(totals.values())) > 1 else {}
    )


def promises(wanted: Sale, starts_at: datetime, now: datetime) -> list[str]:
    """What cancelling would cost, with the dates of the first time of the day."""
    quote = wanted.quote(starts_at, now)
    nothing = Money.zero(quote.total.currency)
    first = {each.slug for each in wanted.add_ons if each.before_minutes}
    ready = (e.total for e in quote.lines if e.kind is LineKind.ADD_ON and e.key in first)
    deposit = wanted.pay_terms.at_stake(quote.deposit, quote.total)
    dated = Dated(
        wanted.policy.policy,
        Account(quote.total, deposit, added(ready, nothing.currency), quote.due_now, nothing),
        wanted.minutes,
        now,
        starts_at,
        starts_at,
        wanted.prices.zone.key,
    )
    return list(dated.cancelling(now))


def keeping(
    asked: Hashable,
    free: Mapping[date, Sequence[Start]],
    on_day: Sequence[Start],
    preferred: Collection[int],
    prices: Mapping[int, str],
) -> Callable[..., str]:
    """Keeps what a month and a day come to on the page, for all who see the same in them.

    Most of the page is that, and drawing it takes longer than all that differs.
    """
    session = db.session()
    key = (
        "month shown",
        version(session).house,
        asked,
        tuple((day, len(starts)) for day, starts in free.items()),
        tuple((start.at, *start.options) for start in on_day),
        tuple(each.at for each in on_day if each.at in preferred),
        tuple(prices.items()),
    )
    return lambda caller: recall(session, key, caller)
