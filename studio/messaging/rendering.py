"""From an outbox row to the mail exactly as it is sent, and to what a preview shows of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any, Self

from flask import current_app
from sqlalchemy.orm import Session

from studio.messaging import joined as joining
from studio.messaging import marks, origin, placeholders
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
    "pay": "/booking/…/pay",
    "checkout": "/checkout/…",
    "voucher": "/vouchers/…",
    "gift": "/gift/…",
}
_SAME_DAY = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Draft:
    """A message's values, free of the database, with those of what is joined to it."""

    message_id: str
    kind: str
    template: str
    recipient: str
    context: Mapping[str, Any]
    subject: str | None
    body: str | None
    booking_id: int | None = None
    joined: tuple[Draft, ...] = ()
    early: bool = False  # joined to what leaves days before: words of its own day are not true

    @classmethod
    def of(cls, message: Message, joined: Iterable[Message] = ()) -> Self:
        return cls(
            message.message_id,
            message.kind.value,
            message.template,
            message.recipient,
            dict(message.context),
            message.subject,
            message.body,
            message.booking_id,
            tuple(
                replace(cls.of(each), early=each.due_at - message.due_at > _SAME_DAY)
                for each in joined
            ),
        )

    @property
    def link_to(self) -> str | None:
        wanted: str | None = self.context.get("link_to")
        return wanted


@dataclass(frozen=True, slots=True)
class Paper:
    """A PDF that goes with a mail."""

    name: str
    content: bytes


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


def with_missing(context: Mapping[str, Any], missing: Sequence[str]) -> dict[str, Any]:
    """*context*, in which the placeholder of what is missing says *missing*."""
    return {**context, "values": {**context.get("values", {}), "missing": list(missing)}}


def preview(session: Session, message: Message, missing: Sequence[str] = ()) -> Letter:
    """*message* as it will be read, with the client's link masked.

    One that names what is missing names *missing*, unless that is nothing.
    """
    draft = Draft.of(message, joining.to(session, message))
    if missing:
        draft = replace(draft, context=with_missing(draft.context, missing))
    links = tuple(masked_link(each) for each in draft.joined)
    return write(draft, Stationery.of(session.get_one(Studio, 1)), masked_link(draft), links)


def subject_line(message: Message) -> str:
    """The subject alone, for lists: much cheaper than a preview."""
    draft = Draft.of(message)
    return _subject(draft, masked_link(draft))


def masked_link(draft: Draft) -> str:
    """Where the message's link leads, without what makes it open: for previews and kept copies."""
    return origin.base_url() + _MASKED.get(draft.link_to or "", "")


def masked(
    draft: Draft, letter: Letter, link: str, joined: Sequence[str] = (), unsubscribe: str = ""
) -> Letter:
    """*letter*, in which its links stand, as it may be kept: without what makes them open."""
    if unsubscribe:
        letter = _without(letter, unsubscribe.rpartition("/")[2])
    for each, other in zip(draft.joined, joined, strict=True):
        letter = masked(replace(each, joined=()), letter, other)
    if draft.link_to is None:
        return letter
    before, _, after = masked_link(draft).partition("…")
    # The token alone, which nothing on the way to HTML writes otherwise, as it may the rest.
    return _without(letter, link.removeprefix(before).removesuffix(after))


def _without(letter: Letter, token: str) -> Letter:
    parts = letter.subject, letter.text, letter.html
    return Letter(*(each.replace(token, "…") for each in parts))


def write(
    draft: Draft,
    studio: Stationery,
    link: str,
    joined: Sequence[str] = (),
    unsubscribe: str = "",
) -> Letter:
    """The words of *draft*, with *link* as its link, and with *joined* as those of its parts.

    With *unsubscribe* it says how to have no more like it.

    Raises:
        jinja2.TemplateError: if template and context do not fit.
    """
    import css_inline

    template = WRITTEN if draft.body is not None else draft.template
    scope = {**draft.context, "studio": studio, "link": link, "link_to": draft.link_to}
    scope["unsubscribe"] = unsubscribe
    if template == WRITTEN:
        scope |= _written(draft, link)
        before = [draft.booking_id, *(each.booking_id for each in draft.joined)]
        scope["joined"] = [
            {**_values(each), **_written(_beyond(draft, each), other)}
            | {"link": other, "same": (each.booking_id or 0) == of}
            for of, each, other in zip(before, draft.joined, joined, strict=False)
        ]
    jinja = current_app.jinja_env
    html = jinja.get_template(f"email/{template}/body.html").render(scope)
    inliner = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)
    return Letter(
        subject=_subject(draft, link),
        text=marks.spaced(jinja.get_template(f"email/{template}/body.txt").render(scope)),
        html=inliner.inline(html).strip() + "\n",
    )


def envelope(
    draft: Draft,
    letter: Letter,
    studio: Stationery,
    now: datetime,
    paper: Paper | None = None,
    unsubscribe: str = "",
) -> EmailMessage:
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
    if unsubscribe:  # RFC 8058: one click in the mail program, and a post says so
        mail["List-Unsubscribe"] = f"<{unsubscribe}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
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
    if paper:
        mail.add_attachment(
            paper.content, maintype="application", subtype="pdf", filename=paper.name
        )
    enclosed = [
        *(["text/calendar"] if calendar else []),
        *(["application/pdf"] if paper else []),
    ]
    check(mail, draft.message_id, letter.text, enclosed=enclosed, unsubscribe=unsubscribe)
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
    body = _body(draft)
    plain = _plain(draft, link)
    essentials = [placeholders.fill(item, plain) for item in draft.context.get("essentials", [])]
    marked = {name: marks.marked(value) for name, value in _values(draft).items()}
    marked |= {"link": f"[open it here](<{link}>)", "essentials": marks.marked(essentials)}
    plain["essentials"] = marks.flat(essentials)
    return {
        "essentials": [] if "{essentials}" in body else essentials,
        "text": placeholders.fill(marks.without_marks(body), plain),
        "html": markdown(placeholders.fill(body, marked)),
    }


def _beyond(draft: Draft, other: Draft) -> Draft:
    """*other* without what *draft* says in the same words."""
    said = {placeholders.fill(part, _plain(draft, "")) for part in joining.parts(_body(draft))}
    values = _plain(other, "")
    parts = joining.parts(_body(other), early=other.early)
    fresh = [part for part in parts if placeholders.fill(part, values) not in said]
    if fresh and fresh[0] != parts[0]:
        # The greeting that it went on from stands above already.
        fresh[0] = fresh[0][:1].upper() + fresh[0][1:]
    return replace(other, body="\n\n".join(fresh))


def _body(draft: Draft) -> str:
    body: str = draft.body if draft.body is not None else draft.context["body"]
    return body


def _values(draft: Draft) -> Mapping[str, Any]:
    return dict(draft.context.get("values", {}))


def _plain(draft: Draft, link: str) -> dict[str, str]:
    return {name: marks.flat(value) for name, value in _values(draft).items()} | {"link": link}
