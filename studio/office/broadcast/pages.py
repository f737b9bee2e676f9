"""The pages of a broadcast: choose and write, look at it, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from studio.accounts import people
from studio.booking.models import Booking
from studio.db import db
from studio.messaging import placeholders
from studio.messaging.models import Message
from studio.messaging.outbox import UnknownPlaceholder
from studio.messaging.rendering import Draft, Stationery, masked_link, write
from studio.office import prep_board
from studio.office.broadcast import service
from studio.office.broadcast.forms import BroadcastForm, SelectionForm
from studio.office.broadcast.selection import MOST, STANDING, choices, selected
from studio.office.broadcast.service import STEP, Broadcast
from studio.office.once import is_once, new_once, once_of
from studio.office.prep import page_of, reach
from studio.office.shell import bp
from studio.ports import ports
from studio.scheduling.queries import the_studio
from studio.web.filters import iso_day
from studio.web.guards import staff

_BROADCAST = "/prep/broadcast"


@bp.get(_BROADCAST)
@staff("edit_prep")
def broadcast() -> ResponseReturnValue:
    """Choose the sessions by the address alone, and write to them."""
    form = BroadcastForm(formdata=None, once=new_once())
    return _write(form, asked=_asked())


@bp.post(f"{_BROADCAST}/look")
@staff("edit_prep")
def look_at_broadcast() -> ResponseReturnValue:
    """The message as the first of its readers gets it, and who they are; nothing is sent."""
    form = BroadcastForm()
    once = once_of(form.once.data or "")
    bookings = _chosen(form)
    if not form.validate_on_submit() or not _fits(form) or not bookings:
        if not bookings:
            form.booking.errors = ["Please tick at least one session."]
        return _write(form, asked=_asked()), 422
    session = db.session()
    first = service.letter(session, bookings[0], form.words(), once)
    draft = Draft(
        message_id="",
        kind=first.kind.value,
        template=first.template,
        recipient=first.recipient,
        context=first.context,
        subject=None,
        body=None,
    )
    return page_of(
        "broadcast_look",
        form=form,
        bookings=bookings,
        letter=write(draft, Stationery.of(the_studio(session)), masked_link(draft)),
        asked=_asked(),
    )


@bp.post(_BROADCAST)
@staff("edit_prep")
def send_broadcast() -> ResponseReturnValue:
    form = BroadcastForm()
    once = once_of(form.once.data or "")
    if "back" in request.form or not form.validate_on_submit() or not _fits(form):
        return _write(form, asked=_asked()), 422 if form.errors else 200
    person = people.asking()
    ids = form.booking_ids()[:MOST]
    sent = service.send_broadcast(
        Broadcast(once, form.words(), ids, person.name, people.scope(person))
    )
    left_out = len(ids) - len(_messages(once))
    if left_out:
        flash(
            f"{left_out} of the sessions you chose {'does' if left_out == 1 else 'do'} not stand"
            " any more, so nobody was written to about them.",
            "warning",
        )
    elif sent:
        flash("On its way: it leaves within 5 seconds.")
    return redirect(url_for("office.broadcast_result", once=once), 303)


@bp.get(f"{_BROADCAST}/<once>")
@staff("edit_prep")
def broadcast_result(once: str) -> ResponseReturnValue:
    """Who was written to, and whether it has arrived."""
    # Words that cannot be such a number are asked of no database.
    lines = prep_board.joined(db.session(), _messages(once)) if is_once(once) else []
    if not lines:
        abort(404)
    return page_of("broadcast_result", lines=lines)


def _write(form: BroadcastForm, asked: Mapping[str, str]) -> str:
    session = db.session()
    zone = the_studio(session).zone
    everything = {
        "first_on": iso_day(ports().now(), zone),
        "photographer": "",
        "kind": "",
        "where": "",
        "state": "confirmed",
    }
    which = SelectionForm(choices(session), formdata=MultiDict({**everything, **asked}))
    wanted = which.selection()
    found = selected(session, wanted, zone, reach().photographer_id) if wanted else []
    ticked = set(form.booking_ids()) if form.is_submitted() else {each.id for each in found}
    return page_of(
        "broadcast",
        form=form,
        which=which,
        bookings=found[:MOST],
        more=len(found) > MOST,
        most=MOST,
        ticked=ticked,
        names=placeholders.NAMES,
        asked=asked,
        everybody=reach().photographer_id is None,
    )


def _asked() -> Mapping[str, str]:
    """How the address narrows the sessions."""
    names = ("first_on", "last_on", "photographer", "kind", "where", "state")
    return {name: request.args[name] for name in names if name in request.args}


def _fits(form: BroadcastForm) -> bool:
    """Whether every name in braces is filled; else each says so beside its field."""
    try:
        form.words().check()
    except UnknownPlaceholder as error:
        form.refuse(error.names)
        return False
    return True


def _chosen(form: BroadcastForm) -> list[Booking]:
    mine = reach().photographer_id
    wanted = select(Booking).where(
        Booking.id.in_(form.booking_ids()[:MOST]),
        Booking.state.in_(STANDING),
        Booking.contact_email != "",
    )
    if mine is not None:
        wanted = wanted.where(Booking.photographer_id == mine)
    return list(db.session.scalars(wanted.order_by(Booking.starts_at, Booking.id)))


def _messages(once: str) -> list[Message]:
    theirs = select(Message).where(
        Message.dedupe_key.startswith(f"{STEP}:{once}:"), prep_board.within(reach())
    )
    return list(db.session.scalars(theirs.order_by(Message.id)))
