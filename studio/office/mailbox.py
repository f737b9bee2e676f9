"""Mail as it was sent, for a studio that keeps it on its own machine."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import EmailMessage, MIMEPart

from flask import Response, abort, current_app, render_template
from flask.typing import ResponseReturnValue

from studio.messaging.mailbox import Mailbox
from studio.office.shell import bp
from studio.settings import Settings
from studio.web.guards import staff
from studio.web.headers import show_as_mail

_HEADERS = ("From", "To", "Reply-To", "Subject", "Date", "Message-ID", "X-Sittings-Kind")


@dataclass(frozen=True, slots=True)
class Parts:
    """The texts of a mail; "" where it has no such part."""

    text: str
    html: str
    calendar: str

    @classmethod
    def of(cls, mail: EmailMessage) -> Parts:
        calendars = [
            part.get_payload(decode=True)
            for part in mail.walk()
            if part.get_content_type() == "text/calendar"
        ]
        calendar = calendars[0] if calendars else b""
        return cls(
            _content(mail.get_body(("plain",))),
            _content(mail.get_body(("html",))),
            calendar.decode() if isinstance(calendar, bytes) else "",
        )


@bp.get("/mailbox")
@staff("see_mailbox")
def mailbox() -> ResponseReturnValue:
    """What was kept, the newest first."""
    return render_template("office/mailbox/list.html", kept=_mailbox().messages())


@bp.get("/mailbox/<name>")
@staff("see_mailbox")
def mail(name: str) -> ResponseReturnValue:
    found = _mail(name)
    headers = [(each, found[each]) for each in _HEADERS if found[each] is not None]
    return render_template(
        "office/mailbox/mail.html",
        name=name,
        subject=found["Subject"] or "No subject",
        headers=headers,
        parts=Parts.of(found),
    )


@bp.get("/mailbox/<name>/html")
@staff("see_mailbox")
def mail_html(name: str) -> ResponseReturnValue:
    """The HTML part alone, under a policy that lets it do nothing."""
    html = Parts.of(_mail(name)).html or abort(404)
    show_as_mail()
    return html


@bp.get("/mailbox/<name>/calendar")
@staff("see_mailbox")
def mail_calendar(name: str) -> ResponseReturnValue:
    text = Parts.of(_mail(name)).calendar or abort(404)
    return _download(text.encode(), "text/calendar; charset=utf-8", "session.ics")


@bp.get("/mailbox/<name>/raw")
@staff("see_mailbox")
def mail_raw(name: str) -> ResponseReturnValue:
    return _download(_mail(name).as_bytes(), "message/rfc822", name)


def _download(content: bytes, kind: str, name: str) -> Response:
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, content_type=kind, headers=disposition)


def _mailbox() -> Mailbox:
    settings: Settings = current_app.extensions["settings"]
    if settings.mail_url is not None:
        abort(404, "Mail is sent, not kept here.")
    return Mailbox(settings.mailbox)


def _mail(name: str) -> EmailMessage:
    """The mail kept under *name*; the mailbox knows its own names and reads nothing else."""
    return _mailbox().read(name) or abort(404)


def _content(part: MIMEPart | None) -> str:
    return str(part.get_content()) if part is not None else ""
