"""The prep centre: who is ready, what goes out next, and a hand on each message."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from studio.accounts import people
from studio.booking.readiness_of import missing_for
from studio.catalogue.models import SessionType
from studio.db import db
from studio.messaging import placeholders
from studio.messaging.addresses import is_erased
from studio.messaging.models import Message, MessageState
from studio.messaging.outbox import NotOpen, UnknownPlaceholder
from studio.messaging.rendering import Letter, preview
from studio.office import prep_board, prep_service
from studio.office.guides.service import behind
from studio.office.once import new_once
from studio.office.prep_board import Board, Line, Reach
from studio.office.prep_forms import MessageForm, RecipientForm
from studio.office.prep_service import Editor, NotYours
from studio.office.shell import bp
from studio.ports import ports
from studio.prep import queries
from studio.prep.questionnaires.queries import newest_by_type
from studio.prep.sections import sections
from studio.scheduling.house import studio_shown
from studio.web.guards import staff
from studio.web.headers import show_as_mail

_MESSAGE = "/prep/messages/<id:message_id>"

_ACTS: dict[str, tuple[Callable[[int, Editor], None], str]] = {
    "hold": (prep_service.hold_message, "Held back until you release it."),
    "release": (prep_service.release_message, "Released: it leaves at its time."),
    "send-now": (prep_service.send_message_now, "On its way: it leaves within 5 seconds."),
    "skip": (prep_service.skip_message, "Skipped: this message will not be sent."),
}


_BOARDS = {
    Board.ALL: "Every session",
    Board.TODAY: "Message due today",
    Board.REVIEW: "Needs review",
    Board.UNDELIVERED: "Not delivered",
    Board.FORM: "Form missing",
}


@bp.get("/prep")
@staff("see_own_sessions")
def prep() -> ResponseReturnValue:
    """Coming up: how ready each session is."""
    session, mine = db.session(), reach().photographer_id
    zone = _zone()
    now = ports().now()
    today = now.astimezone(ZoneInfo(zone)).date()
    midnight = datetime.combine(today, time(), ZoneInfo(zone))
    asked = request.args.get("show", "")
    show = Board(asked) if asked in set(Board) else Board.ALL
    return page_of(
        "coming_up",
        days=prep_board.coming_up(session, midnight, zone, mine, now, show),
        today=today,
        shown=[
            (words, url_for("office.prep", show=each.value or None), each is show)
            for each, words in _BOARDS.items()
        ],
        narrowed=show is not Board.ALL,
    )


@bp.get("/prep/not-delivered")
@staff("see_own_sessions")
def prep_not_delivered() -> ResponseReturnValue:
    return page_of("not_delivered", lines=prep_board.not_delivered(db.session(), reach()))


@bp.get("/prep/guides")
@staff("see_own_sessions")
def prep_guides() -> ResponseReturnValue:
    session = db.session()
    kinds = session.scalars(select(SessionType).order_by(SessionType.genre, SessionType.position))
    return page_of(
        "guides",
        kinds=kinds.all(),
        guides=queries.newest_guides(session),
        asked=newest_by_type(session),
    )


@bp.get("/prep/guides/<slug:slug>")
@staff("see_own_sessions")
def prep_guide(slug: str) -> ResponseReturnValue:
    session = db.session()
    kind = session.scalars(select(SessionType).where(SessionType.slug == slug)).one_or_none()
    guide = queries.guide_for(session, kind.id, queries.FALLBACK) if kind else None
    if kind is None or guide is None:
        abort(404)
    return page_of(
        "guide",
        kind=kind,
        guide=guide,
        sections=sections(guide.body),
        track=queries.steps_of(session, kind.id, guide.version),
        may_write=people.may("edit_guides"),
        behind=behind(session, guide),
    )


@bp.get(_MESSAGE)
@staff("see_own_sessions")
def prep_message(message_id: int) -> ResponseReturnValue:
    line = _line(message_id)
    return _message_page(line, _message_form(line.message), _recipient_form(line.message))


@bp.get(f"{_MESSAGE}/html")
@staff("see_own_sessions")
def prep_message_html(message_id: int) -> ResponseReturnValue:
    """The HTML part alone, under a policy that lets it do nothing."""
    message = _line(message_id).message
    show_as_mail()
    return message.sent_html or _preview(message).html


@bp.post(_MESSAGE)
@staff("edit_prep")
def edit_prep_message(message_id: int) -> ResponseReturnValue:
    line = _line(message_id)
    form = MessageForm()
    if form.validate_on_submit():
        try:
            prep_service.edit_message(
                message_id, editor(), subject=form.subject.data, body=form.body.data
            )
        except UnknownPlaceholder as error:
            form.refuse(error.names)
        except NotOpen:
            return _too_late(message_id)
        except NotYours:
            abort(404)
        else:
            flash("Saved. This is how it will be sent.")
            return redirect(url_for("office.prep_message", message_id=message_id), 303)
        line = _line(message_id)
    return _message_page(line, form, _recipient_form(line.message)), 422


@bp.post(f"{_MESSAGE}/<any('hold', 'release', 'send-now', 'skip'):act>")
@staff("edit_prep")
def act_on_prep_message(message_id: int, act: str) -> ResponseReturnValue:
    do, done = _ACTS[act]
    try:
        do(message_id, editor())
    except NotOpen:
        return _too_late(message_id)
    except NotYours:
        abort(404)
    flash(done)
    return redirect(url_for("office.prep_message", message_id=message_id), 303)


@bp.post(f"{_MESSAGE}/retry")
@staff("edit_prep")
def retry_prep_message(message_id: int) -> ResponseReturnValue:
    form = RecipientForm()
    if not form.validate_on_submit():
        line = _line(message_id)
        return _message_page(line, _message_form(line.message), form), 422
    try:
        prep_service.retry_message(message_id, editor(), form.recipient.data)
    except NotOpen:
        return _too_late(message_id)
    except NotYours:
        abort(404)
    flash("On its way again: it leaves within 5 seconds.")
    return redirect(url_for("office.prep_message", message_id=message_id), 303)


def _message_page(line: Line, form: MessageForm, recipient: RecipientForm) -> str:
    message = line.message
    letter = None if message.sent_text else _preview(message)
    written = prep_board.is_written(message)
    waiting = message.state in prep_board.WAITING
    return render_template(
        "office/prep/message.html",
        line=line,
        message=message,
        subject=message.sent_subject or (letter.subject if letter else ""),
        text=message.sent_text or (letter.text if letter else ""),
        form=form,
        recipient=recipient,
        names=placeholders.NAMES,
        may_edit=people.may("edit_prep"),
        editable=written and (waiting or message.state is MessageState.DEAD),
        waiting=written and waiting,
        resendable=message.state is MessageState.SENT
        and not is_erased(message.recipient)
        and prep_service.may_choose(message, editor()),
        once=new_once(),
        **prep_common(),
    )


def _preview(message: Message) -> Letter:
    """As it would be sent now: the reminder names what is missing now."""
    session, booking_id = db.session(), message.booking_id
    if booking_id is None or not message.context.get("only_if_missing"):
        return preview(session, message)
    missing = missing_for(session, booking_id, message.context.get("task"))
    return preview(session, message, missing)


def _may_retry(message: Message) -> bool:
    """A confirmation's link opens the whole booking, so not everybody says where it goes."""
    return prep_board.is_written(message) or people.may("cancel_sessions")


def _message_form(message: Message) -> MessageForm:
    """The words as staff write them, placeholders and all."""
    context = message.context
    return MessageForm(
        formdata=None,
        subject=message.subject if message.subject is not None else context.get("subject", ""),
        body=message.body if message.body is not None else context.get("body", ""),
    )


def _recipient_form(message: Message) -> RecipientForm:
    return RecipientForm(formdata=None, recipient=message.recipient)


def page_of(name: str, **values: Any) -> str:
    """A page of the prep centre, under its tabs."""
    return render_template(f"office/prep/{name}.html", tabs=tabs(name), **prep_common(), **values)


def tabs(name: str) -> list[tuple[str, str, bool]]:
    """The parts of the prep centre, of which *name* is the one that is shown."""
    waiting, dead = prep_board.counts(db.session(), reach())
    return [
        ("Coming up", "office.prep", name == "coming_up"),
        ("Phone list", "office.phone_list", name == "phone_list"),
        (f"Queue {waiting}", "office.prep_queue_page", name == "queue"),
        (f"Not delivered {dead}", "office.prep_not_delivered", name == "not_delivered"),
        ("Broadcast", "office.broadcast", name.startswith("broadcast")),
        ("Guides", "office.prep_guides", name in {"guides", "guide"}),
    ]


def _zone() -> str:
    studio = studio_shown(db.session()) or abort(404)
    return studio.zone


def prep_common() -> dict[str, Any]:
    """What the pages that list messages are told."""
    return {
        "zone": _zone(),
        "is_written": prep_board.is_written,
        "may_retry": _may_retry,
    }


def _too_late(message_id: int) -> ResponseReturnValue:
    flash("Too late for that: the message has moved on meanwhile.", "warning")
    return redirect(url_for("office.prep_message", message_id=message_id), 303)


def _line(message_id: int) -> Line:
    return prep_board.line(db.session(), message_id, reach()) or abort(404)


def reach() -> Reach:
    """What whoever asks may read."""
    person = people.current()
    if person is None:
        abort(403)
    return Reach(people.scope(person), people.may("see_money"))


def editor() -> Editor:
    """Whoever asks, as one who acts on messages."""
    person = people.current()
    if person is None:
        abort(403)
    return Editor(person.name, reach(), any_kind=people.may("cancel_sessions"))
