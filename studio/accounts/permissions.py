"""What each role may do: the one table of it."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    OWNER = "owner"
    MANAGER = "manager"
    PHOTOGRAPHER = "photographer"
    PREP = "prep"


class Action(StrEnum):
    """What a route for staff asks for.

    A photographer's actions reach their own sessions, their prep and their time off only:
    `people.scope` says how far, and queries keep to it.
    """

    SEE_OWN_SESSIONS = "see_own_sessions"  # sign in and see at least one's own
    SEE_SESSIONS = "see_sessions"  # see everybody's
    BOOK_SESSIONS = "book_sessions"  # book and move, also against soft rules, with a reason
    CANCEL_SESSIONS = "cancel_sessions"
    EDIT_PREP = "edit_prep"
    EDIT_GUIDES = "edit_guides"  # what is written to everybody's clients
    EDIT_PACKAGES = "edit_packages"
    EDIT_HOURS = "edit_hours"
    BLOCK_TIME = "block_time"
    SEE_MONEY = "see_money"
    TAKE_MONEY = "take_money"  # write down what came in, add to a price
    REFUND = "refund"
    SEE_MAILBOX = "see_mailbox"
    ERASE_CLIENTS = "erase_clients"  # for good, so that nobody can say who they were
    EDIT_RELEASE = "edit_release"  # write what sitters are asked to sign
    MANAGE_STAFF = "manage_staff"


ALLOWED: dict[Role, frozenset[Action]] = {
    Role.OWNER: frozenset(Action),
    Role.MANAGER: frozenset(Action)
    - {Action.MANAGE_STAFF, Action.EDIT_RELEASE, Action.ERASE_CLIENTS},
    Role.PHOTOGRAPHER: frozenset(
        {Action.SEE_OWN_SESSIONS, Action.EDIT_PREP, Action.BLOCK_TIME},
    ),
    Role.PREP: frozenset(
        {Action.SEE_OWN_SESSIONS, Action.SEE_SESSIONS, Action.EDIT_PREP, Action.EDIT_GUIDES}
    ),
}


def allows(role: Role, action: Action) -> bool:
    return action in ALLOWED[role]
