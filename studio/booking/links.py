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
from studio.db import db, insert_if_new
from studio.ports import ports
from studio.settings import Settings

# A client may come back to their page for a year after the session.
LASTS = timedelta(days=365)

_TOKEN = re.compile(r"[\w-]{43}", re.ASCII)


def settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found


def own_token(purpose: TokenPurpose, reference: str) -> str:
    """The token that the booking's own redirects use; worthless until it is `registered`."""
    key = settings().secret_key.encode()
    digest = hmac.new(key, f"{purpose}:{reference}".encode(), hashlib.sha256).digest()
    return urlsafe_b64encode(digest).decode().rstrip("=")


def register(session: Session, booking: Booking, purpose: TokenPurpose, now: datetime) -> str:
    """Make the booking's own token open it, and answer the token."""
    token = own_token(purpose, booking.reference)
    insert_if_new(session, AccessToken, [_row(token, purpose, booking, now)])
    return token


def link_for(session: Session, booking_id: int, to: str) -> str:
    """A fresh link for a mail, to the "booking", its "prep", or the "checkout" of a hold.

    Raises:
        ValueError: if *to* is none of these.
    """
    booking = session.get_one(Booking, booking_id)
    base = settings().base_url
    if to not in {"booking", "prep", "checkout"}:
        raise ValueError(f"no link leads to {to!r}")
    token = secrets.token_urlsafe(32)
    purpose = TokenPurpose.HOLD if to == "checkout" else TokenPurpose.BOOKING
    session.add(AccessToken(**_row(token, purpose, booking, ports().now())))
    if to == "checkout":
        return f"{base}/checkout/{token}"
    return f"{base}/booking/{token}/prep" if to == "prep" else f"{base}/booking/{token}"


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
            AccessToken.token_hash == _hash(token),
            AccessToken.purpose == purpose,
            AccessToken.revoked_at.is_(None),
            AccessToken.expires_at > ports().now(),
        )
    ).one_or_none()


def _row(token: str, purpose: TokenPurpose, booking: Booking, now: datetime) -> dict[str, object]:
    return {
        "token_hash": _hash(token),
        "purpose": purpose,
        "booking_id": booking.id,
        "created_at": now,
        "expires_at": booking.ends_at + LASTS,
    }


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
