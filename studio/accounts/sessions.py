"""Where a browser's session is kept.

An anonymous one stays in Flask's signed cookie, so that looking around writes nothing. Once
somebody is signed in the cookie holds a random id only, and the row it names can be ended here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from flask import Flask, Request, Response
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from studio.accounts import queries, service
from studio.db import DatabaseBusy, db
from studio.ports import ports

log = structlog.get_logger()

_ID = re.compile(r"[A-Za-z0-9_-]{43}")

# Where Flask-Login keeps who is signed in.
USER = "_user_id"

# Reading a page writes at most this often.
_SEEN_EVERY = timedelta(minutes=5)

_UNREACHABLE = (DBAPIError, PoolTimeout, DatabaseBusy)


@dataclass(frozen=True, slots=True)
class Row:
    """The sign-in that a session was read from, and for whom."""

    id: int
    user: str
    seen_at: datetime


class Session(SecureCookieSession):
    row: Row | None = None
    # One that is never written back: files and programs need none, and without the database there
    # is none.
    passing = False


class SignInSessions(SecureCookieSessionInterface):
    session_class = Session

    def open_session(self, app: Flask, request: Request) -> Session:
        if request.path.startswith((f"{app.static_url_path}/", "/api/")):
            return _passing()
        token = request.cookies.get(self.get_cookie_name(app), "")
        if not _ID.fullmatch(token):
            session = super().open_session(app, request)
            if not isinstance(session, Session):
                raise TypeError("an application without a secret key")
            # Never written there by us: whoever is named was forged with a stolen key.
            dict.pop(session, USER, None)
            return session
        try:
            found = queries.live_sign_in(db.session(), token, ports().now())
        except _UNREACHABLE:
            db.session.rollback()
            log.warning("sign_ins_unreachable")
            return _passing()
        if found is None:
            return Session()
        sign_in_id, data, seen_at = found
        session = Session(self.serializer.loads(data))
        session.row = Row(sign_in_id, str(session.get(USER)), seen_at)
        session.accessed = False
        return session

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if not isinstance(session, Session) or session.passing:
            return
        row, user = session.row, session.get(USER)
        if row and row.user != user:
            service.end_sign_in(row.id)
            row = None
        if user is None:
            super().save_session(app, session, response)
            return
        response.vary.add("Cookie")
        if row is None:
            self._begin(app, session, response)
        elif session.modified or ports().now() - row.seen_at > _SEEN_EVERY:
            try:
                service.keep_sign_in(row.id, self.serializer.dumps(dict(session)))
            except _UNREACHABLE:
                log.warning("sign_in_not_kept")  # the page itself is fine

    def _begin(self, app: Flask, session: Session, response: Response) -> None:
        response.set_cookie(
            self.get_cookie_name(app),
            service.begin_sign_in(str(session[USER]), self.serializer.dumps(dict(session))),
            httponly=self.get_cookie_httponly(app),
            path=self.get_cookie_path(app),
            secure=self.get_cookie_secure(app),
            samesite=self.get_cookie_samesite(app),
        )


def _passing() -> Session:
    session = Session()
    session.passing = True
    return session
