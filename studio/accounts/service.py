"""Adding people, checking their passwords, and ending their sign-ins."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass

import structlog
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from studio.accounts import passwords, queries, tries
from studio.accounts.models import SignIn, User
from studio.accounts.permissions import Role
from studio.db import retried, transaction
from studio.inserts import insert_if_new
from studio.ports import ports

log = structlog.get_logger()


class EmailTaken(Exception):
    """Somebody else here signs in with that address."""


class WrongPassword(Exception):
    """There is no such account, or that is not its password: nobody learns which."""


class LastOwner(Exception):
    """Without them nobody could manage the studio."""


@dataclass(frozen=True, slots=True)
class NewPerson:
    """Who starts to work here; a photographer's account names the photographer."""

    email: str
    name: str
    role: Role
    photographer_id: int | None = None


def add_person(person: NewPerson, password: str | None = None) -> str:
    """Let somebody sign in from now on.

    Returns:
        Their password: the one given, else an invented one that is shown nowhere again.

    Raises:
        EmailTaken: if an account has the address, whatever its case.
        ValueError: if the password is too short or too long.
    """
    password = password or passwords.invented()
    row = {
        "email": _key(person.email),
        "name": person.name,
        "role": person.role,
        "photographer_id": person.photographer_id,
        "password": passwords.hashed(password),
        "active": True,
        "fs_uniquifier": uuid.uuid4().hex,
        "created_at": ports().now(),
    }
    with transaction() as session:
        if not insert_if_new(session, User, [row]):
            raise EmailTaken
    return password


def create_owner(email: str, name: str) -> str:
    """An owner with a new password, or a new password for the owner who lost theirs.

    Only whoever runs the machine calls this: it is the way back in.

    Returns:
        The password, which is shown nowhere again.

    Raises:
        EmailTaken: if the address belongs to somebody of another role.
    """
    password = passwords.invented()
    try:
        return add_person(NewPerson(email, name, Role.OWNER), password)
    except EmailTaken:
        hashed = passwords.hashed(password)
        with transaction() as session:
            owner = _by_email(session, email, Role.OWNER)
            if owner is None:
                raise
            owner.active = True
            _change_password(session, owner, hashed)
        return password


def set_password(person_id: int, password: str) -> None:
    """Give somebody another password, and sign them out everywhere.

    Raises:
        ValueError: if the password is too short or too long.
    """
    hashed = passwords.hashed(password)
    with transaction() as session:
        _change_password(session, session.get_one(User, person_id), hashed)


def deactivate(person_id: int) -> None:
    """Let somebody in no more; what they did stays theirs.

    Raises:
        LastOwner: if they are the only owner left.
    """
    with transaction() as session:
        # All owners are locked, in one order: two of them must not remove each other.
        owners = session.scalars(
            select(User.id)
            .where(User.role == Role.OWNER, User.active)
            .order_by(User.id)
            .with_for_update()
        ).all()
        if list(owners) == [person_id]:
            raise LastOwner
        person = session.get_one(User, person_id)
        person.active = False
        _sign_out_everywhere(session, person)


def check_password(email: str, password: str, address: str) -> User:
    """The person whose address and password these are; *address* is where the request is from.

    No transaction is open while the password is hashed, which is slow on purpose.

    Raises:
        tries.TooManyTries: if the account or the address has to wait.
        WrongPassword: in every other case.
    """
    counted = tries.keys(_key(email), address)
    person_id, kept = _begin_try(email, counted)
    right, newer = passwords.verify(password, kept)
    if not right or person_id is None:
        log.warning("sign_in_failed", known=person_id is not None)
        raise WrongPassword
    log.info("sign_in", person=person_id)
    return _welcome(person_id, newer, counted)


@retried
def _begin_try(email: str, counted: tuple[str, ...]) -> tuple[int | None, str | None]:
    now = ports().now()
    with transaction() as session:
        tries.count(session, counted, now)
        person = session.scalars(
            select(User).where(User.email == _key(email), User.active)
        ).one_or_none()
        return (person.id, person.password) if person else (None, None)


@retried
def _welcome(person_id: int, newer: str | None, counted: tuple[str, ...]) -> User:
    with transaction() as session:
        person = session.get_one(User, person_id)
        if newer:
            person.password = newer
        tries.forgive(session, counted)
    return person


@retried
def begin_sign_in(uniquifier: str, data: str) -> str:
    """Remember that a browser is signed in, and forget those that no longer are.

    Returns:
        The random id of 256 bits for its cookie; only its SHA-256 is kept.
    """
    now = ports().now()
    token = secrets.token_urlsafe(32)
    with transaction() as session:
        session.execute(
            delete(SignIn).where(
                (SignIn.seen_at < now - queries.IDLE) | (SignIn.created_at < now - queries.LONGEST)
            )
        )
        session.add(
            SignIn(
                id_hash=queries.hash_of(token),
                user_id=session.scalars(
                    select(User.id).where(User.fs_uniquifier == uniquifier)
                ).one(),
                data=data,
                created_at=now,
                seen_at=now,
            )
        )
    return token


@retried
def keep_sign_in(sign_in_id: int, data: str) -> None:
    """Write down that a browser was seen and what it holds; one signed out stays so."""
    now = ports().now()
    with transaction() as session:
        session.execute(
            update(SignIn).where(SignIn.id == sign_in_id).values(data=data, seen_at=now)
        )


@retried
def end_sign_in(sign_in_id: int) -> None:
    """The cookie is worth nothing from now on, whoever kept a copy."""
    with transaction() as session:
        session.execute(delete(SignIn).where(SignIn.id == sign_in_id))


def _key(email: str) -> str:
    return email.strip().lower()


def _by_email(session: Session, email: str, role: Role) -> User | None:
    return session.scalars(
        select(User).where(User.email == _key(email), User.role == role).with_for_update()
    ).one_or_none()


def _change_password(session: Session, person: User, hashed: str) -> None:
    person.password = hashed
    person.fs_uniquifier = uuid.uuid4().hex
    _sign_out_everywhere(session, person)


def _sign_out_everywhere(session: Session, person: User) -> None:
    session.execute(delete(SignIn).where(SignIn.user_id == person.id))
