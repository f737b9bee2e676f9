"""Links that open one booking without a password.

A token is 256 bits; only its SHA-256 is kept, with what it is for and how long. Links in mail are
random. Those a browser is sent on to are made from the application's key and the reference, so
that a request sent twice gets the same one.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta

from flask import abort, current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.booking.models import AccessToken, Booking, TokenPurpose
from studio.db import db
from studio.inserts import insert_all, insert_if_new
from studio.payments.voucher_orders import VoucherOrder
from studio.ports import ports
from studio.settings import Settings

# A client may come back to their page for a year after the session.
LASTS = timedelta(days=365)

# The pages of an ordered voucher: for who bought it, and for whom it is.
GIFT_PAGES = {"voucher": "/vouchers", "gift": "/gift"}

_TOKEN = re.compile(r"[\w-]{43}", re.ASCII)


def settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found


def own_token(purpose: TokenPurpose, reference: str) -> str:
    """The token that the booking's own redirects use; worthless until it is `registered`."""
    return made_token(f"{purpose}:{reference}")


def made_token(words: str) -> str:
    """The token that *words* always have here, and that nobody makes without our key."""
    digest = hmac.new(settings().secret_key.encode(), words.encode(), hashlib.sha256).digest()
    return urlsafe_b64encode(digest).decode().rstrip("=")


def register(session: Session, booking: Booking, purpose: TokenPurpose, now: datetime) -> str:
    """Make the booking's own token open it, and answer the token."""
    token = own_token(purpose, booking.reference)
    row = _row(token, purpose, booking.id, booking.ends_at, now)
    insert_if_new(session, AccessToken, [row])
    return token


def link_for(session: Session, about: int, to: str) -> str:
    """A link for a mail: to the "booking" *about*, its "prep", to "pay", or a hold's "checkout".

    Those are fresh ones. These stay the same: to "unsubscribe" the client of a booking, to an
    ordered "voucher", or to show it as a "gift".

    Raises:
        ValueError: if *to* is none of these.
    """
    base = settings().base_url
    if to in GIFT_PAGES:
        reference = session.get_one(VoucherOrder, about).reference
        return f"{base}{GIFT_PAGES[to]}/{gift_token(to, reference)}"
    if to == "unsubscribe":
        client_id = session.scalars(select(Booking.client_id).where(Booking.id == about)).one()
        return f"{base}/unsubscribe/{client_id}/{unsubscribe_token(client_id or 0)}"
    if to not in {"booking", "prep", "pay", "checkout"}:
        raise ValueError(f"no link leads to {to!r}")
    token = secrets.token_urlsafe(32)
    purpose = TokenPurpose.HOLD if to == "checkout" else TokenPurpose.BOOKING
    ends_at = session.scalars(select(Booking.ends_at).where(Booking.id == about)).one()
    row = _row(token, purpose, about, ends_at, ports().now())
    insert_all(session, AccessToken, [row])
    if to == "checkout":
        return f"{base}/checkout/{token}"
    below = "" if to == "booking" else f"/{to}"
    return f"{base}/booking/{token}{below}"


def gift_token(to: str, reference: str) -> str:
    """The token of an ordered voucher's page: "voucher" for who bought it, "gift" to show it."""
    return made_token(f"{to}:{reference}")


def unsubscribe_token(client_id: int) -> str:
    """What lets a client have no more letters that are a courtesy only."""
    return made_token(f"unsubscribe:{client_id}")


def hold_for(token: str) -> Booking:
    """The booking that a hold's token opens; anything else is answered 404."""
    return find(db.session(), token, TokenPurpose.HOLD) or abort(404)


def booking_for(token: str) -> Booking:
    """The booking that a client's token opens; anything else is answered 404."""
    return find(db.session(), token, TokenPurpose.BOOKING) or abort(404)


def find(session: Session, token: str, purpose: TokenPurpose) -> Booking | None:
    """The booking that *token* opens now, or None, whatever is wrong with it."""
    if not _TOKEN.fullmatch(token):
        return None
    return session.scalars(
        select(Booking)
        .join(AccessToken, AccessToken.booking_id == Booking.id)
        .where(
            AccessToken.token_hash == token_hash(token),
            AccessToken.purpose == purpose,
            AccessToken.revoked_at.is_(None),
            AccessToken.expires_at > ports().now(),
        )
    ).one_or_none()


def _row(
    token: str, purpose: TokenPurpose, booking_id: int, ends_at: datetime, now: datetime
) -> dict[str, object]:
    return {
        "token_hash": token_hash(token),
        "purpose": purpose,
        "booking_id": booking_id,
        "created_at": now,
        "expires_at": ends_at + LASTS,
    }


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
