"""Selling under another policy from now on."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import update

from studio.catalogue.models import SessionType
from studio.catalogue.policies import in_force, keep_version
from studio.db import retried, transaction
from studio.domain.policy import Policy
from studio.ports import ports
from studio.scheduling import calendar


@retried
def change_policy(key: str, name: str, policy: Policy, session_types: Collection[int]) -> int:
    """Write a new version of a policy, if it is another, and let *session_types* follow it.

    What is booked already keeps the version it was sold under. Types that are not among these and
    followed it go on to follow it: one is moved by ticking it with another policy.

    Returns:
        The version in force.
    """
    with transaction() as session:
        # What is on sale is kept in memory with its session types.
        calendar.lock(session)
        version = keep_version(session, in_force(session, key), name, policy, ports().now())
        session.execute(
            update(SessionType).where(SessionType.id.in_(session_types)).values(policy_key=key)
        )
        return version
