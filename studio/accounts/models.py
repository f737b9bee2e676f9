"""Staff, where they are signed in, and how often somebody failed to."""

from __future__ import annotations

from datetime import datetime

from flask_security.core import UserMixin
from sqlalchemy import CheckConstraint, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from studio.accounts.permissions import Role
from studio.db import Base, primary_key, words


class User(Base, UserMixin):
    """Somebody who works here. *email* is kept in lower case.

    *fs_uniquifier* is what a sign-in refers to: a new one makes every older sign-in nobody's.
    A photographer's account names whose sessions are theirs.
    """

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint("role <> 'photographer' OR photographer_id IS NOT NULL", name="whose"),
    )

    id: Mapped[int] = primary_key()
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    role: Mapped[Role] = mapped_column(words(Role))
    password: Mapped[str]
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(unique=True)
    photographer_id: Mapped[int | None] = mapped_column(ForeignKey("photographers.id"))
    created_at: Mapped[datetime]


class SignIn(Base):
    """One browser in which somebody is signed in; the cookie's id is kept as its SHA-256."""

    __tablename__ = "sign_ins"

    id: Mapped[int] = primary_key()
    id_hash: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    data: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class SignInTry(Base):
    """How often in a row signing in failed, for one account or from one address."""

    __tablename__ = "sign_in_tries"

    id: Mapped[int] = primary_key()
    key: Mapped[str] = mapped_column(unique=True)
    failures: Mapped[int]
    tried_at: Mapped[datetime] = mapped_column(index=True)
    blocked_until: Mapped[datetime]
