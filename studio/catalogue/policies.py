"""Policies as they are kept: versions that are never changed once written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, Session

from studio.db import Base, primary_key
from studio.domain.policy import Policy


class PolicyVersion(Base):
    """What cancelling, moving and not coming cost from one day on; bookings keep theirs.

    *key* names the policy that session types follow.
    """

    __tablename__ = "policies"
    __table_args__ = (UniqueConstraint("key", "version"),)

    id: Mapped[int] = primary_key()
    key: Mapped[str]
    version: Mapped[int]
    name: Mapped[str]
    rules: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]

    @property
    def policy(self) -> Policy:
        return Policy.from_json(self.rules)


def in_force(session: Session, key: str) -> PolicyVersion:
    """The newest version of a policy: what is sold from now on is sold under it."""
    return session.scalars(
        select(PolicyVersion)
        .where(PolicyVersion.key == key)
        .order_by(PolicyVersion.version.desc())
        .limit(1)
    ).one()


def keep_version(
    session: Session, known: PolicyVersion, name: str, policy: Policy, now: datetime
) -> int:
    """The version that says so: *known*, if it does already, else a new one."""
    if (known.name, known.policy) == (name, policy):
        return known.version
    version = known.version + 1
    session.add(
        PolicyVersion(
            key=known.key, version=version, name=name, rules=policy.to_json(), created_at=now
        )
    )
    return version


def every_in_force(session: Session) -> Sequence[PolicyVersion]:
    """The newest version of each policy."""
    newest = (
        select(PolicyVersion.key, func.max(PolicyVersion.version).label("version"))
        .group_by(PolicyVersion.key)
        .subquery()
    )
    return session.scalars(
        select(PolicyVersion)
        .join(
            newest,
            (newest.c.key == PolicyVersion.key) & (newest.c.version == PolicyVersion.version),
        )
        .order_by(PolicyVersion.id)
    ).all()
