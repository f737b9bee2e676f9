"""From an outbox row to the mail exactly as it is sent, and to what a preview shows of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any, Self

from flask import current_app
from sqlalchemy.orm import Session

from studio.messaging import origin, placeholders
from studio.messaging.addresses import plain_address
from studio.messaging.guard import check
from studio.messaging.models import Message
from studio.scheduling.models import Studio
from studio.web.filters import markdown
from studio.web.text import one_line

# The template of prep messages, and of any other once staff have written their own words.
WRITTEN = "prep"

_MASKED = {
    "booking": "/booking/…",
    "prep": "/booking/…/prep",
    "checkout": "/checkout/…",
}
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_STRESS = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
_LINK = re.compile(r"\[([^\]\n]+)\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} +", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Draft:
    """A message's values, free of the database."""

    message_id: str
    kind: str
    template: str
    recipient: str
    context: Mapping[str, Any]
    subject: str | None
    body: str | None

    @classmethod
    def of(cls, message: Message) -> Self:
        return cls(
            message.message_id,
            message.kind.value,
            message.template,
            message.recipient,
            dict(message.context),
            message.subject,
            message.body,
        )

    @property
    def link_to(self) -> str | None:
        wanted: str | None = self.context.get("link_to")
        return wanted


@dataclass(frozen=True, slots=True)
class Stationery:
    """What the studio prints on all it sends. Replies go to *email*, also from *mail_from*."""

    name: str
    email: str
    phone: str
    address_lines: tuple[str, ...]
    mail_from: str

    @classmethod
    def of(cls, studio: Studio) -> Self:
        return cls(
            one_line(studio.name),
            studio.email,
            studio.phone,
            tuple(studio.address_lines),
            origin.mail_from() or studio.email,
        )


@dataclass(frozen=True, slots=True)
class Letter:
    """What a person reads of a message: the words, before any header stands around them."""

    subject: str
    text: str
    html: str


def preview(session: Session, message: Message) -> Letter:
    """*message* as it will be read, with the client's link masked."""
    draft = Draft.of(message)
    return write(draft, Stationery.of(session.get_one(Studio, 1)), masked_link(draft))


def subject_line(message: Message) -> str:
    """The subject alone, for lists: much cheaper than a preview."""
    draft = Draft.of(message)
    return _subject(draft, masked_link(draft))


def masked_link(draft: Draft) -> str:
    """Where the message's link leads, without what makes it open: for previews and kept copies."""
    return origin.base_url() + _MASKED.get(draft.link_to or "", "")


def write(draft: Draft, studio: Stationery, link: str) -> Letter:
    """The words of *draft*, with *link* as its link.

    Raises:
        jinja2.TemplateError: if template and context do not fit.
    """
    import css_inline

    template = WRITTEN if draft.body is not None else draft.template
    scope = {**draft.context, "studio": studio, "link": link, "link_to": draft.link_to}
    if template == WRITTEN:
        scope |= _written(draft, link)
    jinja = current_app.jinja_env
    html = jinja.get_template(f"email/{template}/body.html").render(scope)
    inliner = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)
    return Letter(
        subject=_subject(draft, link),
        text=_spaced(jinja.get_template(f"email/{template}/body.txt").render(scope)),
        html=inliner.inline(html).strip() + "\n",
    )


def envelope(draft: Draft, letter: Letter, studio: Stationery, now: datetime) -> EmailMessage:
    """*letter* as a mail dated *now*, checked byte by byte before anybody may send it.

    Raises:
        NotAnAddress: if the recipient is not one.
        guard.UnsafeMail: if what came out is not what went in.
    """
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(studio.name, addr_spec=plain_address(studio.mail_from))
    mail["To"] = plain_address(draft.recipient)
    mail["Reply-To"] = plain_address(studio.email)
    mail["Subject"] = letter.subject
    mail["Date"] = now
    mail["Message-ID"] = draft.message_id
    mail["X-Sittings-Kind"] = draft.kind
    mail.set_content(letter.text, cte="quoted-printable")
    mail.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    calendar = draft.context.get("calendar")
    if calendar:
        # As bytes: a text would have its line ends rewritten, and CRLF is the format's.
        mail.add_attachment(
            calendar["text"].encode(),
            maintype="text",
            subtype="calendar",
            params={"method": calendar["method"], "charset": "utf-8"},
            filename="session.ics",
        )
    check(mail, draft.message_id, letter.text, has_calendar=bool(calendar))
    return mail


def _subject(draft: Draft, link: str) -> str:
    if draft.body is not None or draft.template == WRITTEN:
        source = draft.subject or draft.context["subject"]
        written = placeholders.fill(source, _plain(draft, link))
    else:
        template = current_app.jinja_env.get_template(f"email/{draft.template}/subject.txt")
        written = template.render(draft.context)
    return one_line(written, limit=150)


def _written(draft: Draft, link: str) -> dict[str, Any]:
    """Staff's own words with their placeholders filled: once for the text, once for the HTML.

    *essentials* of earlier steps stand on top, unless the body has a place for them.
    """
    body = draft.body if draft.body is not None else draft.context["body"]
    plain = _plain(draft, link)
    essentials = [placeholders.fill(item, plain) for item in draft.context.get("essentials", [])]
    marked = {name: _marked(value) for name, value in _values(draft).items()}
    marked |= {"link": f"[open it here](<{link}>)", "essentials": _marked(essentials)}
    plain["essentials"] = _flat(essentials)
    return {
        "essentials": [] if "{essentials}" in body else essentials,
        "text": placeholders.fill(_without_marks(body), plain),
        "html": markdown(placeholders.fill(body, marked)),
    }


def _values(draft: Draft) -> Mapping[str, Any]:
    values: Mapping[str, Any] = draft.context.get("values", {})
    return values


def _plain(draft: Draft, link: str) -> dict[str, str]:
    return {name: _flat(value) for name, value in _values(draft).items()} | {"link": link}


def _flat(value: Any) -> str:
    return "\n".join(f"- {item}" for item in value) if isinstance(value, list) else str(value)


def _marked(value: Any) -> str:
    """A value as Markdown that says just that: nothing in it is taken for a mark."""
    if isinstance(value, list):
        return "\n".join(f"- {_literal(item)}" for item in value)
    return "  \n".join(map(_literal, str(value).splitlines()))


def _literal(line: str) -> str:
    return _PUNCTUATION.sub(r"\\\1", line.strip())


def _without_marks(source: str) -> str:
    """Markdown as a plain text shows it."""
    return _HEADING.sub("", _LINK.sub(r"\1: \2", _STRESS.sub(r"\2", source)))


def _spaced(text: str) -> str:
    """No more than one empty line in a row, none at the ends."""
    return re.sub(r"\n{3,}", "\n\n", "\n".join(map(str.rstrip, text.splitlines()))).strip() + "\n"
