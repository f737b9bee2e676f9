"""Holding a time, confirming it, and giving it up."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NoReturn
from zoneinfo import ZoneInfo

from flask import Response, request
from werkzeug.datastructures import MultiDict

from studio.api import problems, reading
from studio.api.answers import (
    Amount,
    AwaitingPayment,
    Confirmed,
    HeldTime,
    Requested,
    Slot,
    answer,
    plain,
)
from studio.api.blueprint import bp
from studio.booking import links, sale, service
from studio.booking.forms import DetailsForm
from studio.booking.models import Booking, TokenPurpose
from studio.booking.reaching import NotReached
from studio.booking.sale import NotOffered
from studio.booking.service import Details, HoldRequest
from studio.db import db, from_epoch
from studio.domain.lifecycle import BookingState
from studio.ports import ports
from studio.scheduling import openings
from studio.scheduling.calendar import StartNotOpen
from studio.scheduling.queries import the_studio
from studio.web.guards import holder, public
from studio.web.limits import caller_mark, few_codes, limiter

if TYPE_CHECKING:
    from studio.api.bodies import DetailsGiven

_KEY = re.compile(r"[\x21-\x7e]{1,255}")

_BOOKED = {BookingState.CONFIRMED, BookingState.COMPLETED}
_SETTLED = {*_BOOKED, BookingState.REQUESTED}


@bp.post("/holds")
@limiter.limit("30 per minute")
@public
def hold() -> Response:
    from studio.api.bodies import HoldWanted, Nothing

    reading.parameters(Nothing)
    wanted = reading.body(HoldWanted)
    asked = HoldRequest(
        package=wanted.package,
        starts_at=wanted.starts_at,
        photographer=wanted.photographer,
        add_ons=tuple(wanted.add_ons),
        people=wanted.people,
        place=wanted.place,
        held_by=_caller(),
        key=_key(),
    )
    try:
        held = service.hold_time(asked)
    except NotOffered as refusal:
        raise problems.InvalidInput({refusal.field: [str(refusal)]}) from None
    except StartNotOpen:
        _refuse(asked)
    except service.KeyReused:
        raise problems.KeyReused from None
    except service.HoldOver:
        raise problems.HoldOver from None
    except service.TooManyHolds:
        raise problems.TooManyHolds from None
    response = answer(_held(held), 201)
    response.headers["Cache-Control"] = "no-store"  # the token opens the hold
    return response


@bp.post("/holds/<token>/confirm")
@limiter.limit("60 per minute")
@few_codes
@holder
def confirm(token: str) -> Response:
    from studio.api.bodies import DetailsGiven, Nothing

    reading.parameters(Nothing)
    booking = _hold(token)
    given = reading.body(DetailsGiven)
    details, code = _details(given), (given.code or "").strip()
    if booking.state in _SETTLED:
        return _confirmed(booking)
    try:
        if code and booking.pay_by is None:
            service.use_code(booking.id, code)
        pay_at = service.check_out(booking.id, details)
    except service.CodeRefused as refused:
        raise problems.InvalidInput({"code": [str(refused)]}) from None
    except service.HoldOver as over:
        if over.state in _SETTLED:
            return _confirmed(_hold(token))
        raise problems.HoldOver from None
    except service.TooManyHolds:
        raise problems.TooManyHolds from None
    except NotReached as refused:
        raise problems.InvalidInput({refused.field: [str(refused)]}) from None
    except service.PaymentUnreachable:
        raise problems.PaymentUnreachable from None
    if pay_at:
        return answer(AwaitingPayment("awaiting_payment", pay_at))
    return _confirmed(_hold(token))


@bp.delete("/holds/<token>")
@limiter.limit("60 per minute")
@holder
def give_up(token: str) -> Response:
    from studio.api.bodies import Nothing

    reading.parameters(Nothing)
    booking = _hold(token)
    if booking.state in _BOOKED:
        raise problems.AlreadyPaid
    if booking.state is BookingState.REQUESTED:
        service.withdraw_request(booking.id)
    try:
        service.release_hold(booking.id, by="client")
    except service.AlreadyPaid:
        raise problems.AlreadyPaid from None
    except service.PaymentUnreachable:
        raise problems.PaymentUnreachable from None
    response = Response(status=204)
    del response.headers["Content-Type"]
    return response


def _hold(token: str) -> Booking:
    found = links.find(db.session(), token, TokenPurpose.HOLD)
    if found is None:
        raise problems.NoSuchHold
    return found


def _caller() -> str:
    return caller_mark(links.settings().secret_key)


def _key() -> str | None:
    """The caller's key. Another caller's key of the same name is another key."""
    given = request.headers.get("Idempotency-Key")
    if given is None:
        return None
    if not _KEY.fullmatch(given):
        raise problems.InvalidInput(
            {"Idempotency-Key": ["Please give 1 to 255 printable ASCII characters, no spaces."]}
        )
    return f"api {_caller()} {given}"


def _refuse(asked: HoldRequest) -> NoReturn:
    """Say that the time is not open, and which near it are."""
    session = db.session()
    found = sale.sale_of(
        session,
        asked.package,
        add_ons=asked.add_ons,
        photographer=asked.photographer,
        people=asked.people,
        place=asked.place,
    )
    zone = ZoneInfo(the_studio(session).zone)
    slugs = {each.id: each.slug for each in found.photographers}
    raise problems.SlotTaken(
        [
            plain(
                Slot(
                    from_epoch(start.at).astimezone(zone),
                    from_epoch(start.at + found.needs.seconds).astimezone(zone),
                    [slugs[each] for each in start.options],
                )
            )
            for start in openings.nearest(session, found.needs, asked.starts_at, ports().now())
        ]
    )


def _held(held: service.Held) -> HeldTime:
    zone = ZoneInfo(held.zone)
    return HeldTime(
        token=held.token,
        expires_at=held.expires_at.astimezone(zone),
        arrive_at=held.arrive_at.astimezone(zone),
        starts_at=held.starts_at.astimezone(zone),
        ends_at=held.ends_at.astimezone(zone),
        photographer=held.photographer,
        price=Amount.of(held.price),
        due_now=Amount.of(held.due_now),
    )


def _details(given: DetailsGiven) -> Details:
    """The details by the rules of the checkout page's form.

    Raises:
        InvalidInput: if one of them cannot be used.
    """
    form = DetailsForm(
        MultiDict(
            {
                "name": given.name,
                "email": given.email,
                "phone": given.phone or "",
                "notes": given.notes or "",
                "address": given.address or "",
                "accept_policy": "true" if given.accept_policy else "false",
            }
        ),
        meta={"csrf": False},
    )
    if not form.validate():
        raise problems.InvalidInput({name: list(texts) for name, texts in form.errors.items()})
    return form.to_details()


def _confirmed(booking: Booking) -> Response:
    own = links.own_token(TokenPurpose.BOOKING, booking.reference)
    page = f"{links.settings().base_url}/booking/{own}"
    if booking.state is BookingState.REQUESTED:
        return answer(Requested("requested", page))
    return answer(Confirmed("confirmed", page))
