"""The states of a booking, and what leads from one to the next."""

from __future__ import annotations

from enum import StrEnum


class BookingState(StrEnum):
    HELD = "held"
    REQUESTED = "requested"
    CONFIRMED = "confirmed"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    NO_SHOW = "no_show"


# Called off: whatever is paid for it goes back.
OFF = (BookingState.CANCELLED, BookingState.NO_SHOW)


class Action(StrEnum):
    REQUEST = "request"
    ACCEPT = "accept"
    CONFIRM = "confirm"
    EXPIRE = "expire"
    CANCEL = "cancel"
    COMPLETE = "complete"
    MISS = "miss"


class IllegalMove(Exception):
    """*action* is not open in *state*."""

    def __init__(self, state: BookingState, action: Action) -> None:
        super().__init__(f"a {state} booking cannot {action}")
        self.state = state
        self.action = action


_MOVES: dict[tuple[BookingState, Action], BookingState] = {
    # What is asked for takes no time until staff accept it: then it is held while it is paid for.
    (BookingState.HELD, Action.REQUEST): BookingState.REQUESTED,
    (BookingState.REQUESTED, Action.ACCEPT): BookingState.HELD,
    (BookingState.REQUESTED, Action.CANCEL): BookingState.CANCELLED,
    (BookingState.REQUESTED, Action.EXPIRE): BookingState.EXPIRED,
    (BookingState.HELD, Action.CONFIRM): BookingState.CONFIRMED,
    (BookingState.HELD, Action.EXPIRE): BookingState.EXPIRED,
    (BookingState.HELD, Action.CANCEL): BookingState.CANCELLED,
    # Money that came too late finds its time still free.
    (BookingState.EXPIRED, Action.CONFIRM): BookingState.CONFIRMED,
    (BookingState.CONFIRMED, Action.CANCEL): BookingState.CANCELLED,
    (BookingState.CONFIRMED, Action.COMPLETE): BookingState.COMPLETED,
    # The worker completes what is over, whether or not somebody has said that nobody came.
    (BookingState.CONFIRMED, Action.MISS): BookingState.NO_SHOW,
    (BookingState.COMPLETED, Action.MISS): BookingState.NO_SHOW,
    (BookingState.NO_SHOW, Action.COMPLETE): BookingState.COMPLETED,
}


def after(state: BookingState, action: Action) -> BookingState:
    """The state that *action* leads to.

    Raises:
        IllegalMove: if *action* is not open in *state*.
    """
    try:
        return _MOVES[state, action]
    except KeyError:
        raise IllegalMove(state, action) from None
