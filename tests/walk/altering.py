"""What staff make of a session that was booked: another package, other extras, more people."""

from __future__ import annotations

from typing import Any

from studio.booking import service
from studio.booking.service import AlterRequest, Wish
from tests.walk.diary import CONFIRMED, Entry, Want
from tests.walk.machine import step, wants, whiches
from tests.walk.staff import ALL_RULES, Staff, forces


class Studio(Staff):
    """All that clients and staff do."""

    @step(8, which=whiches, told=wants, force=forces)
    def alter(self, which: int, told: Any, force: str) -> None:
        entry = self.pick(which, CONFIRMED)
        if entry is None:
            return
        want = self.want(told)._replace(place=entry.want.place, asked=entry.who)
        wish = Wish(
            package=want.offer.slug,
            people=want.people,
            add_ons={each.slug: 1 for each in want.extras},
        )
        request = AlterRequest(
            wish=wish,
            by="Front desk",
            reason="They asked nicely" if force else "",
            set_aside=ALL_RULES if force == "knowingly" else frozenset(),
        )
        _, refused = self.said(lambda: service.alter_booking(entry.id, request))
        same = want.offer is entry.want.offer
        here = (entry.want.place in want.offer.places) if want.offer.places else not want.place
        if entry.state != CONFIRMED or entry.start <= self.now:
            assert refused == "CannotMove"
        elif not same and not (here and entry.who in want.offer.crew):
            assert refused == "NotOffered"
        elif same and (want.extras, want.people) == (entry.want.extras, entry.want.people):
            assert refused == "NothingChanges"
        else:
            self._altered(entry, want, force, refused, same=same)

    def _altered(self, entry: Entry, want: Want, force: str, refused: str, *, same: bool) -> None:
        """It is what is wished, at its own time, or stays as it is."""
        start = entry.start
        options = self.diary.options(want, start, entry, agreed=same, far=True)
        assert refused == self._answer(want, start, options, force, entry)
        if refused:
            return
        who, room, forced = self._taken(entry.id, want, start, options, force, entry)
        entry.artist = self.diary.artist(want, start, entry, entry.artist)
        if force or entry.room not in options[who]:
            entry.room = room
        entry.who, entry.forced = who, forced
        entry.want, entry.given_back = want._replace(asked=entry.want.asked), set()
        entry.history.append("altered")
