"""Choosing a time, and holding it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from flask import abort, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from studio.booking import choices, links, sale, service
from studio.booking.forms import HoldForm
from studio.booking.models import Booking, TokenPurpose
from studio.booking.sale import NotOffered, Sale
from studio.booking.views import bp
from studio.catalogue.models import Package
from studio.db import db, from_epoch
from studio.domain import terms
from studio.domain.availability import Start
from studio.domain.lifecycle import BookingState
from studio.ports import ports
from studio.scheduling import openings
from studio.scheduling.calendar import StartNotOpen
from studio.scheduling.queries import the_studio
from studio.web.fields import planned_day
from studio.web.guards import public
from studio.web.limits import caller_mark, limiter

# How many months after this one are looked through for a free time: packages can usually be
# booked 120 days ahead, and a page that anybody may ask for costs a fixed amount of work.
_MONTHS_AHEAD = 4

# The visitor's own hold, so that going back shows it instead of a time that has vanished.
HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the address says has been chosen so far, as far as it is on sale."""

    sale: Sale
    add_ons: Sequence[str]
    photographer: str
    people: int | None
    place: str
    month: date | None
    day: date | None
    complaint: str = ""

    def href(self, *, month: date | None = None, day: date | None = None) -> str:
        """The page with another month or day and the same choices."""
        return url_for(
            "booking.choose",
            slug=self.sale.package.slug,
            month=f"{month or day:%Y-%m}",
            day=day.isoformat() if day else None,
            photographer=self.photographer or None,
            people=self.people,
            place=self.place or None,
            add_on=list(self.add_ons) or None,
        )


@bp.get("/book/<slug:slug>")
@public
def choose(slug: str) -> ResponseReturnValue:
    """Options, a month with how much of each day is free, and the times of one day."""
    chosen = _chosen(slug)
    return _page(chosen, HoldForm(formdata=None)), 422 if chosen.complaint else 200


@bp.post("/book/<slug:slug>/options")
@public
def options(slug: str) -> ResponseReturnValue:
    """Another choice of extras or people: the page again, at an address that says so."""
    given = request.form
    return redirect(
        url_for(
            "booking.choose",
            slug=slug,
            month=given.get("month") or None,
            day=given.get("day") or None,
            photographer=given.get("photographer") or None,
            people=given.get("people") or None,
            place=given.get("place") or None,
            add_on=[text for text in given.getlist("add_on") if text] or None,
        ),
        303,
    )


@bp.post("/book/<slug:slug>/hold")
@limiter.limit("30 per minute")
@public
def hold(slug: str) -> ResponseReturnValue:
    """Hold the time chosen; taken meanwhile, offer the nearest ones."""
    form = HoldForm()
    if not form.validate_on_submit():
        return _page(_chosen(slug), form), 422
    mine = own_hold()
    try:
        held = service.hold_time(
            form.to_request(slug, _caller(), mine.id if mine and not mine.pay_by else None)
        )
    except NotOffered as refusal:
        if refusal.field == "package":
            abort(404)
        form.form_errors.append(str(refusal))
        return _page(_chosen(slug), form), 422
    except StartNotOpen:
        return _taken(slug, form), 409
    except (service.KeyReused, service.HoldOver):
        return redirect(url_for("booking.choose", slug=slug), 303)
    except service.TooManyHolds:
        abort(429, "You are holding three times already. Finish or let go of one first.")
    session[HOLD] = held.token
    return redirect(url_for("booking.check_out", token=held.token), 303)


def own_hold() -> Booking | None:
    """The hold that this browser has now, if it has one."""
    token = session.get(HOLD)
    if not isinstance(token, str):
        return None
    booking = links.find(db.session(), token, TokenPurpose.HOLD)
    if booking is None or booking.state is not BookingState.HELD:
        return None
    over = booking.hold_expires_at and booking.hold_expires_at <= ports().now()
    return None if over and booking.pay_by is None else booking


def _caller() -> str:
    return caller_mark(links.settings().secret_key)


def _chosen(slug: str) -> Chosen:
    given = request.values
    add_ons = [text for text in given.getlist("add_on") if text]
    photographer, people = given.get("photographer", ""), given.get("people", "")
    place = given.get("place", "")
    number = int(people) if people.isascii() and people.isdigit() and len(people) < 4 else None
    complaint = ""
    try:
        found = sale.sale_of(
            db.session(),
            slug,
            add_ons=add_ons,
            photographer=photographer or None,
            people=number,
            place=place or None,
        )
    except NotOffered as refusal:
        if refusal.field == "package":
            abort(404)
        complaint = str(refusal)
        add_ons, photographer, number, place = [], "", None, ""
        found = sale.sale_of(db.session(), slug)
    month, day = planned_day(f"{given.get('month', '')}-01"), planned_day(given.get("day", ""))
    return Chosen(found, add_ons, photographer, number, place, month, day, complaint)


def _page(chosen: Chosen, form: HoldForm) -> str:
    now = ports().now()
    studio = the_studio(db.session())
    zone = ZoneInfo(studio.zone)
    today = now.astimezone(zone).date()
    package = chosen.sale.package
    last = today + timedelta(days=package.horizon_days)
    month, starts, room = _month(chosen, today, last)
    free = choices.per_day(starts, zone)
    day = chosen.day if chosen.day and chosen.day.month == month.month else min(free, default=None)
    on_day = [start for start in starts if choices.local_day(start.at, zone) == day]
    names = {each.id: each.first_name for each in chosen.sale.photographers}
    first_start = from_epoch(on_day[0].at) if on_day else now + timedelta(days=60)
    before = chosen.sale.before_minutes
    early = timedelta(minutes=before + studio.arrive_minutes) if before else None
    preferred = openings.preferred(db.session(), chosen.sale.needs, starts)
    return render_template(
        "booking/choose.html",
        chosen=chosen,
        package=package,
        form=form,
        key=secrets.token_urlsafe(16),
        everybody=chosen.sale.everybody,
        open_days=[each for each in package.open_days if each.last_on >= today],
        month=month,
        weeks=choices.weeks(
            month,
            free=free,
            room=room,
            selected=day,
            today=today,
            links={each: chosen.href(day=each) for each in free},
        ),
        before=chosen.href(month=choices.month_before(month)) if month > today else "",
        after=chosen.href(month=choices.month_after(month))
        if choices.month_after(month) <= last
        else "",
        day=day,
        groups=choices.groups(on_day, names, zone, preferred, early),
        quote=chosen.sale.quote(first_start, now),
        free_until=terms.free_until(now, first_start),
        credit_until=terms.credit_until(first_start) if on_day else None,
        held=own_hold(),
        now=now,
    )


def _month(chosen: Chosen, today: date, last: date) -> tuple[date, list[Start], Mapping[date, int]]:
    """The month asked for; without one, the first near one in which anything is free."""
    asked = chosen.day or chosen.month
    first, last = _open_span(chosen.sale.package, today, last)
    month = (asked or first).replace(day=1)
    needs, now = chosen.sale.needs, ports().now()
    starts = openings.starts_on(db.session(), needs, choices.days_of(month), now)
    for _ in range(_MONTHS_AHEAD):
        if asked or starts or choices.month_after(month) > last:
            break
        month = choices.month_after(month)
        starts = openings.starts_on(db.session(), needs, choices.days_of(month), now)
    return month, starts, openings.room_on(db.session(), needs, choices.days_of(month), now)


def _open_span(package: Package, today: date, last: date) -> tuple[date, date]:
    """The first and the last day, from *today* to *last*, that the package can be had on."""
    spans = [
        (max(each.first_on, today), min(each.last_on, last))
        for each in package.open_days
        if each.first_on <= last and each.last_on >= today
    ]
    if not spans:
        return today, last
    return min(first for first, _ in spans), max(until for _, until in spans)


def _taken(slug: str, form: HoldForm) -> str:
    """Somebody was quicker: the nearest free times, with the same choices."""
    chosen = _chosen(slug)
    studio = the_studio(db.session())
    zone = ZoneInfo(studio.zone)
    wanted = form.starts_at.data
    near = openings.nearest(db.session(), chosen.sale.needs, wanted, ports().now())
    names = {each.id: each.first_name for each in chosen.sale.photographers}
    return render_template(
        "booking/taken.html",
        chosen=chosen,
        package=chosen.sale.package,
        wanted=wanted,
        key=secrets.token_urlsafe(16),
        near=[
            (from_epoch(start.at), choices.groups([start], names, zone)[0].slots[0])
            for start in near
        ],
    )
