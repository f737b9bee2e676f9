"""Forgetting a client: shown what goes and what stays, asked twice, and done once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import structlog
from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from studio.accounts import people
from studio.booking import codes
from studio.booking.erasure import personal, service, waiting
from studio.booking.form.showing import folder
from studio.booking.models import Booking
from studio.clients.models import Client
from studio.db import db
from studio.domain.money import Money
from studio.office.once import new_once, once_of
from studio.office.shell import bp
from studio.payments import vouchers
from studio.ports import ports
from studio.web.fields import LineField
from studio.web.form import Form
from studio.web.guards import staff

log = structlog.get_logger()


class EraseForm(Form):
    """The second time of asking."""

    typed = LineField("Their email address", longest=254)

    def check(self, address_key: str) -> bool:
        if not self.validate():
            return False
        if self.typed.data.lower() != address_key:
            self.typed.errors = ["That is not the address of this client."]
        return not self.errors


@bp.route("/clients/<id:client_id>/erase", methods=["GET", "POST"])
@staff("erase_clients")
def erase_client(client_id: int) -> ResponseReturnValue:
    """Show what erasing a client would do; asked twice, do it."""
    client = db.session().get(Client, client_id) or abort(404)
    if client.erased_at is not None:
        return _done(client_id, "This client was erased already.")
    if request.method == "GET":
        return _page(client, None)
    once_of(request.form.get("once", ""))
    form = EraseForm()
    if "typed" not in request.form:
        return _page(client, form)
    if not form.check(client.address_key):
        return _page(client, form), 422
    try:
        files = service.erase_client(client_id, by=people.asking().name)
    except service.StillNeeded:
        return _page(db.session().get_one(Client, client_id), None), 409
    if left := _not_removed(files):
        pictures = f"{left} of their pictures" if left > 1 else "One of their pictures"
        flash(
            f"{pictures} could not be removed. Whoever looks after the server finds the reason in"
            f" its log, and has to remove what is left from the folder “{folder().name}”.",
            "warning",
        )
    return _done(client_id, "Erased. Nobody can say any more who this client was.")


def _not_removed(files: Sequence[str]) -> int:
    """Remove the files of pictures; how many are left, each of which is in the log."""
    left = 0
    for file in files:
        try:
            folder().drop(file)
        except OSError as error:
            # Nobody is named by it: a picture's name is drawn at random.
            log.warning("picture_not_removed", file=file, error=error.strerror)
            left += 1
    return left


def _page(client: Client, form: EraseForm | None) -> str:
    """What erasing does, or why it cannot be done yet; with *form* it is asked again."""
    session, now = db.session(), ports().now()
    bookings = waiting.bookings_of(session, client.id)
    return render_template(
        "office/clients/erase.html",
        client=client,
        form=form,
        once=request.form.get("once") or new_once(),
        in_the_way=waiting.in_the_way(session, client, now),
        sessions=len(bookings),
        releases=personal.keeps_releases(session, bookings),
        credits=[*_credits(bookings, now)],
    )


def _credits(bookings: Sequence[Booking], now: datetime) -> Iterator[Money]:
    """What is left of each credit that can be spent still."""
    for each in bookings:
        voucher = codes.credit_of(db.session(), each) if each.credit else None
        if voucher and (each.credit_until or now) >= now:
            left = vouchers.left(db.session(), voucher)
            if left:
                yield left


def _done(client_id: int, words: str) -> ResponseReturnValue:
    flash(words)
    return redirect(url_for("office.client", client_id=client_id), 303)
