"""Choosing a time, and holding it."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from flask import abort, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from studio.booking import choices, links, sale, service
from studio.booking.forms import HoldForm
from studio.booking.models import Booking, TokenPurpose
from studio.booking.sale import NotOffered, Sale
from studio.booking.views import bp, month_shown
from studio.catalogue.models import BookingMode
from studio.db import db, from_epoch
from studio.domain.lifecycle import BookingState
from studio.ports import ports
from studio.scheduling import openings
from studio.scheduling.calendar import StartNotOpen
from studio.web.fields import planned_day
from studio.web.guards import public
from studio.web.limits import caller_mark, limiter

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

    def href(self, month: date) -> str:
        """The page with another month and the same choices."""
        page = url_for(
            "booking.choose",
            slug=self.sale.package.slug,
            photographer=self.photographer or None,
            people=self.people,
            place=self.place or None,
            add_on=list(self.add_ons) or None,
        )
        return f"{page}{'&' if '?' in page else '?'}month={month:%Y-%m}"

    def hrefs(self, days: Collection[date]) -> dict[date, str]:
        """The page with each of *days*, all of one month: thirty addresses, put together once."""
        page = self.href(min(days)) if days else ""
        return {each: f"{page}&day={each}" for each in days}


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
    house = openings.known_house(db.session())
    today = now.astimezone(house.zone).date()
    package = chosen.sale.package
    _, last = month_shown.open_span(package, today, today + timedelta(days=package.horizon_days))
    asks = package.mode is BookingMode.REQUEST
    month, starts, room = month_shown.the_month(
        chosen.sale, chosen.day or chosen.month, today, last, now
    )
    free = choices.by_day(starts, month, house.zone)
    day = chosen.day if chosen.day and chosen.day.month == month.month else min(free, default=None)
    on_day = free.get(day, []) if day else []
    first_start = from_epoch(on_day[0].at) if on_day else now + timedelta(days=60)
    preferred = openings.preferred(db.session(), chosen.sale.needs, on_day, now)
    prices = month_shown.prices(chosen.sale, on_day, now)
    before = chosen.href(choices.month_before(month)) if month > today else ""
    after = chosen.href(choices.month_after(month)) if choices.month_after(month) <= last else ""
    return render_template(
        "booking/choose.html",
        chosen=chosen,
        package=package,
        form=form,
        key=secrets.token_urlsafe(16),
        everybody=chosen.sale.everybody,
        open_days=[each for each in package.open_days if each.last_on >= today],
        month=month,
        weeks=lambda: choices.weeks(
            month, free=free, room=room, selected=day, today=today, links=chosen.hrefs(free)
        ),
        before=before,
        after=after,
        day=day,
        on_day=on_day,
        groups=lambda: month_shown.groups(chosen.sale, on_day, preferred, prices, house),
        prices_differ=bool(prices),
        kept=month_shown.keeping(
            (chosen.href(month), day, today, bool(before), bool(after), form.starts_at.data),
            free,
            on_day,
            preferred,
            prices,
        ),
        quote=chosen.sale.quote(first_start, now),
        # What is asked for is bound by nothing until it is answered, on a day that nobody knows.
        promises=month_shown.promises(chosen.sale, first_start, now) if on_day and not asks else [],
        held=own_hold(),
        now=now,
    )


def _taken(slug: str, form: HoldForm) -> str:
    """Somebody was quicker: the nearest free times, with the same choices."""
    chosen = _chosen(slug)
    zone = openings.known_house(db.session()).zone
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
