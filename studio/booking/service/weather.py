"""The photographer decides about the weather."""

from __future__ import annotations

from studio.booking import history, letters_of_weather
from studio.booking.letters_of_weather import Weather
from studio.booking.models import Booking
from studio.db import retried, transaction
from studio.domain.lifecycle import BookingState
from studio.messaging import outbox
from studio.ports import ports


class NoWeather(Exception):
    """The session is indoors, over, or not confirmed: the weather has no say."""


_SAID = {
    Weather.ON: "we shoot",
    Weather.MOVE: "another time has to be found",
    Weather.OFF: "off",
}
_LEFT_TO_DO = {
    Weather.MOVE: "The weather is against this session: find another time with the client.",
    Weather.OFF: "The weather has called this session off: move it, or cancel it as the studio.",
}


@retried
def decide_weather(booking_id: int, decision: Weather, *, words: str, by: str) -> None:
    """Keep what was decided about an outdoor session, and tell its client at once.

    Where it cannot be as planned, the office is asked to see to the rest: the money and the
    calendar change only when somebody moves or cancels it.

    Raises:
        NoWeather: if there is nothing to decide.
    """
    with transaction() as session:
        now = ports().now()
        booking = history.locked(session, booking_id)
        if not open_to_weather(booking):
            raise NoWeather
        said = ": ".join(filter(None, (_SAID[decision], words)))
        history.note(
            session, booking, letters_of_weather.EVENT, by=by, now=now,
            decision=decision.value, why=said, of=booking.starts_at.isoformat(),
        )  # fmt: skip
        outbox.withdraw(session, booking.id, steps=("staff_weather", "weather"))
        letters_of_weather.told(session, booking, decision, words, now)
        if decision in _LEFT_TO_DO:
            history.flag(session, booking, _LEFT_TO_DO[decision], now=now)


def open_to_weather(booking: Booking) -> bool:
    """Whether there is something to decide: a confirmed session outdoors, still to come."""
    coming = booking.state is BookingState.CONFIRMED and booking.starts_at > ports().now()
    return coming and letters_of_weather.outdoors(booking)
