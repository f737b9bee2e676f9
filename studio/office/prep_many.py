"""The queue, and acts on many of its messages at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from studio.accounts import people
from studio.db import db
from studio.messaging.models import Message
from studio.messaging.outbox import NotOpen
from studio.office import prep_board, prep_queue, prep_service
from studio.office.once import new_once, once_of
from studio.office.prep import editor, page_of, prep_common, reach
from studio.office.prep_board import Line
from studio.office.prep_queue import PAGE, Filter, Listed, Show
from studio.office.prep_service import Editor, NotYours
from studio.office.shell import bp
from studio.ports import ports
from studio.scheduling.queries import the_studio
from studio.web.guards import staff
from studio.web.text import as_slug

# What is shown, in the words of the links above the list, and what can be done to all of it.
_SHOWN: dict[Show, tuple[str, Sequence[str]]] = {
    Show.WAITING: ("Everything planned", ("hold", "release", "send-now", "skip")),
    Show.TODAY: ("Due today", ("hold", "release", "send-now", "skip")),
    Show.REVIEW: ("Needs review", ("release", "send-now", "skip")),
    Show.HELD: ("Held back", ("release", "send-now", "skip")),
    Show.UNDELIVERED: ("Not delivered", ("resend", "skip")),
    Show.SENT: ("Sent", ("resend",)),
}
_WORDS = {
    "hold": ("Hold back", "held back"),
    "release": ("Release", "released"),
    "send-now": ("Send now", "on the way"),
    "skip": ("Skip", "skipped"),
    "resend": ("Send again", "on the way again"),
}


@bp.get("/prep/queue")
@staff("see_own_sessions")
def prep_queue_page() -> ResponseReturnValue:
    return _page(_asked())


@bp.post("/prep/queue/<any('hold', 'release', 'send-now', 'skip', 'resend'):act>")
@staff("edit_prep")
def act_on_prep_messages(act: str) -> ResponseReturnValue:
    """Do *act* to each chosen message, and say which were done, which not, and why."""
    once = once_of(request.form.get("once", ""))
    chosen = list(dict.fromkeys(i for i in request.form.getlist("message") if _is_id(i)))[:PAGE]
    if not chosen:
        flash("Nothing was chosen. Tick the messages first.", "warning")
        return redirect(url_for("office.prep_queue_page", **_narrowed()), 303)
    done: list[Line] = []
    refused: list[tuple[Line, str]] = []
    for message_id in map(int, chosen):
        why = _do(act, message_id, editor(), once)
        line = prep_board.line(db.session(), message_id, reach())
        if line is None:
            continue
        if why:
            refused.append((line, why))
        else:
            done.append(line)
    return render_template(
        "office/prep/done.html",
        words=_WORDS[act][1],
        done=done,
        refused=refused,
        gone=len(chosen) - len(done) - len(refused),
        back=url_for("office.prep_queue_page", **_narrowed()),
        **prep_common(),
    )


@bp.post("/prep/messages/<id:message_id>/resend")
@staff("edit_prep")
def resend_prep_message(message_id: int) -> ResponseReturnValue:
    """Send again what was sent, once for each time the page was opened."""
    try:
        again = prep_service.resend_message(
            message_id, editor(), once=once_of(request.form.get("once", ""))
        )
    except NotOpen:
        flash("Only what was sent can be sent again.", "warning")
        again = message_id
    except NotYours:
        abort(404)
    else:
        flash("On its way again, as a message of its own: it leaves within 5 seconds.")
    return redirect(url_for("office.prep_message", message_id=again), 303)


def _do(act: str, message_id: int, by: Editor, once: str) -> str:
    """Why it could not be done; empty if it was."""
    acts: dict[str, Callable[[], object]] = {
        "hold": lambda: prep_service.hold_message(message_id, by),
        "release": lambda: prep_service.release_message(message_id, by),
        "send-now": lambda: prep_service.send_message_now(message_id, by),
        "skip": lambda: prep_service.skip_message(message_id, by),
        "resend": lambda: prep_service.resend_message(message_id, by, once=once),
    }
    try:
        acts[act]()
    except NotOpen as error:
        return prep_board.STANDS[error.state]
    except NotYours:
        return "It is not for you to do this to it"
    return ""


def _asked() -> Filter:
    """What the address asks for; what nobody knows counts as nothing asked."""
    given, zone = request.args, ZoneInfo(the_studio(db.session()).zone)
    shown = given.get("show", "")
    page = given.get("page", "1")
    tomorrow = ports().now().astimezone(zone).date() + timedelta(days=1)
    return Filter(
        show=Show(shown) if shown in set(Show) else Show.WAITING,
        until=datetime.combine(tomorrow, time(), zone),
        kind=as_slug(given.get("kind", "")),
        photographer=as_slug(given.get("photographer", "")),
        page=int(page) if _is_id(page) else 1,
    )


def _narrowed() -> dict[str, Any]:
    """How the address narrows the list."""
    names = ("show", "kind", "photographer", "page")
    return {name: request.args[name] for name in names if request.args.get(name)}


def _page(wanted: Filter) -> str:
    session = db.session()
    found: Listed = prep_queue.listed(session, wanted, reach())
    here = {name: value for name, value in _narrowed().items() if name != "page"}
    kept = {name: value for name, value in here.items() if name != "show"}
    return page_of(
        "queue",
        found=found,
        wanted=wanted,
        choices=prep_queue.choices(session, reach()),
        shown=[
            (words, url_for("office.prep_queue_page", show=show.value or None, **kept),
             show is wanted.show)
            for show, (words, _) in _SHOWN.items()
        ],
        acts=[(act, _WORDS[act][0]) for act in _SHOWN[wanted.show][1]],
        here=here,
        once=new_once(),
        may_choose=lambda message: _may_choose(message, wanted.show),
        any_to_choose=any(_may_choose(line.message, wanted.show) for line in found.lines),
    )  # fmt: skip


def _may_choose(message: Message, show: Show) -> bool:
    """Whether a message can be ticked; nobody keeps back a receipt, but it may be sent again."""
    if not people.may("edit_prep"):
        return False
    over = show in {Show.SENT, Show.UNDELIVERED}
    return prep_service.may_choose(message, editor()) if over else prep_board.is_written(message)


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and 0 < len(text) <= 18 and int(text) > 0
