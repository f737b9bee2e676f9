"""What a change of hours does, on a page before it is saved."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from studio.db import db
from studio.office.hours import words
from studio.office.misfits import misfits
from studio.scheduling.effects import Effect, NotAgreed
from studio.scheduling.hours_text import write_hours
from studio.scheduling.openings import known_house

# What the page sends besides the fields of the change: what was shown, and "back to the form".
_AGREED, _BACK = "agreed", "back"
_OURS = {_AGREED, _BACK, "csrf_token"}


def going_back() -> bool:
    """Whether somebody returns from the page to the form, with all that they typed."""
    return _BACK in request.form


def saved_or_asked(
    what: str, change: Callable[[str], Effect], *, saved: str, leave: str = ""
) -> ResponseReturnValue:
    """Make *change* if its effect was agreed to, else show the effect and ask.

    *what* says what is about to be changed, *saved* that it is. *leave* is where to go on to
    if it leaves no session without what it needs; else, and without it, that is the page of hours.
    """
    hours = url_for("scheduling_office.studio")
    agreed = request.form.get(_AGREED, "")
    try:
        effect = change(agreed)
    except NotAgreed as refused:
        return _page(what, refused.effect, leave or hours, again=bool(agreed))
    if leave and not effect.caused:
        flash(saved)
        return redirect(leave, 303)
    _flash(saved, effect)
    return redirect(hours, 303)


def _page(what: str, effect: Effect, leave: str, *, again: bool) -> str:
    session = db.session()
    return render_template(
        "office/studio/effect.html",
        what=what,
        again=again,
        caused=misfits(session, effect.caused),
        known=misfits(session, effect.known),
        effect=effect,
        leave=leave,
        together=_together(effect),
        held=[(words.stretch(e.first_on, e.last_on), write_hours(e.spans)) for e in effect.held],
        fields=[
            (name, value)
            for name, values in request.form.lists()
            for value in values
            if name not in _OURS
        ],
    )


def _together(effect: Effect) -> list[str]:
    known = known_house(db.session())
    return [
        words.together(each, words.whose(known, each.other.resource_id)) for each in effect.overlaps
    ]


def _flash(saved: str, effect: Effect) -> None:
    sessions = len({each.booking_id for each in (*effect.caused, *effect.known)})
    if sessions:
        what = "1 booked session does" if sessions == 1 else f"{sessions} booked sessions do"
        flash(f"{saved} {what} not fit; see the list below.", "warning")
    else:
        flash(f"{saved} Every booked session still fits.")
