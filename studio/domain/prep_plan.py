"""When each message of a prep track leaves, and what it carries of those that cannot.

Steps stand on the studio's wall clock. A booking that comes too late for some of them gets what
they could not do without on top of another message; nobody gets two on one day, and nothing
that prepares for a session is planned for after it began.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import groupby
from zoneinfo import ZoneInfo

# From here on a client cannot wait for the next step: the guide answers the booking.
LATE = timedelta(days=7)

# Who comes today or tomorrow has no time to read more lines.
FEW = 5

_DAY_MINUTES = 1440


class Anchor(StrEnum):
    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One message of a track.

    Before the session it is meant for *days* days ahead of it, at *minute* (since midnight) of
    the studio's clock; after it, for *hours* hours after the end.
    """

    key: str
    anchor: Anchor
    days: int
    hours: int
    minute: int
    subject: str
    body: str
    essentials: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Words:
    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Minutes of the wall clock between which nothing planned is sent, usually over midnight.

    Equal minutes mean that there are none.
    """

    from_minute: int
    to_minute: int

    def hold(self, minute: int) -> bool:
        """Whether *minute* (since midnight) is quiet."""
        begins, ends = self.from_minute % _DAY_MINUTES, self.to_minute % _DAY_MINUTES
        if begins <= ends:
            return begins <= minute < ends
        return not ends <= minute < begins


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFacts:
    """A session as its messages see it; *now* is when it was confirmed or changed.

    *late* and *soon* are the words of a guide that answers a booking at once: *soon* when the
    session is today or tomorrow. *essentials* are the guide's own, in short what the steps' say:
    they begin the few lines of *soon*, and stand on *late* where no step has any.
    """

    starts_at: datetime
    ends_at: datetime
    zone: ZoneInfo
    quiet: QuietHours
    now: datetime
    late: Words
    soon: Words
    essentials: tuple[str, ...]

    def day(self, instant: datetime) -> date:
        return instant.astimezone(self.zone).date()

    @property
    def days_left(self) -> int:
        return (self.day(self.starts_at) - self.day(self.now)).days


@dataclass(frozen=True, slots=True)
class PlannedMessage:
    """What is to be sent at *due_at*: *essentials*, of steps that have no message, above *body*.

    *key* is the step's; a guide that stands for several has the last one's. After *use_by* it
    would no longer be of use. *steps* are the keys of all that it says something of.
    """

    key: str
    due_at: datetime
    subject: str
    body: str
    essentials: tuple[str, ...]
    use_by: datetime | None
    steps: tuple[str, ...] = ()


def plan(
    steps: Iterable[Step], facts: SessionFacts, had: Collection[str] = ()
) -> list[PlannedMessage]:
    """The messages of *steps* for one session, in the order in which they leave, in UTC.

    The essentials of a step whose time has passed stand on top of the next message to come.
    Where the session is less than a week off, or no message is to come, one merged guide answers
    the booking at once, by night too; today or tomorrow it has a few lines only. Steps that fall on
    one day become the last of them. Steps that quiet hours would hold until the session has begun
    are carried by the message before.

    The steps that a client has *had* before the session was moved are not sent again, but for
    those of its last two days, which speak of the time.
    """
    every = list(steps)
    ahead = [step for step in every if step.anchor is Anchor.BEFORE]
    after = [step for step in every if step.anchor is Anchor.AFTER]
    left = _before([step for step in ahead if step.key not in had or step.days <= 1], facts)
    # What has been had took its day, too.
    taken = {facts.day(message.due_at) for message in (_before(ahead, facts) if had else left)}
    return left + _after(after, facts, taken)


def wall_time(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """The instant, in UTC, at which the clock of *zone* shows *minute* on *day*.

    A reading that spring skips is taken as much later as the clock jumps; of one that autumn
    repeats, the first counts.
    """
    return datetime.combine(day, time(*divmod(minute, 60)), tzinfo=zone).astimezone(UTC)


def held_back(instant: datetime, zone: ZoneInfo, quiet: QuietHours) -> datetime:
    """*instant*, or the next one outside quiet hours, in UTC."""
    while True:
        local = instant.astimezone(zone)
        minute = local.hour * 60 + local.minute
        if not quiet.hold(minute):
            return instant.astimezone(UTC)
        opens = quiet.to_minute % _DAY_MINUTES
        day = local.date() + timedelta(days=0 if minute < opens else 1)
        # On the night the clock goes back, the reading may be one that has passed already.
        opening = wall_time(day, opens, zone)
        instant = max(opening, instant + timedelta(minutes=1))


@dataclass(slots=True)
class _Parcel:
    """A message in the making: the step that gives its words, and those it stands for besides."""

    due_at: datetime
    own: Step | None
    carried: list[Step]
    answers: bool = False

    def message(self, facts: SessionFacts) -> PlannedMessage:
        words = facts.soon if facts.days_left <= 1 else facts.late
        return PlannedMessage(
            key=self.own.key if self.own else self.carried[-1].key,
            due_at=self.due_at,
            subject=self.own.subject if self.own else words.subject,
            body=self.own.body if self.own else words.body,
            essentials=tuple(dict.fromkeys(self._lines(facts))),
            use_by=facts.starts_at,
            steps=tuple(step.key for step in [*self.carried, self.own] if step),
        )

    def _lines(self, facts: SessionFacts) -> Sequence[str]:
        lines = [line for step in self.carried for line in step.essentials]
        if not self.answers:
            return lines
        if facts.days_left > 1:
            return lines or facts.essentials
        nearest = [line for step in reversed(self.carried) for line in step.essentials]
        return [*facts.essentials, *nearest][:FEW]


def _before(steps: list[Step], facts: SessionFacts) -> list[PlannedMessage]:
    if facts.now >= facts.starts_at:
        return []
    times = [(_time_of(step, facts), step) for step in steps]
    times.sort(key=lambda timed: (timed[0], -timed[1].days, timed[1].minute))
    missed = [step for due, step in times if due <= facts.now]
    coming = [timed for timed in times if facts.now < timed[0] < facts.starts_at]
    too_late = [step for due, step in times if due >= facts.starts_at]

    parcels: list[_Parcel] = []
    if _cannot_wait(missed, coming, too_late, facts):
        today = facts.day(facts.now)
        missed += [step for due, step in coming if facts.day(due) == today]
        coming = [timed for timed in coming if facts.day(timed[0]) != today]
        parcels.append(_answer(missed, facts))
        missed = []
    for _, same_day in groupby(coming, key=lambda timed: facts.day(timed[0])):
        *others, (due, own) = same_day
        parcels.append(_Parcel(due, own, [*missed, *(step for _, step in others)]))
        missed = []
    if parcels:
        parcels[-1].carried += too_late
    return [parcel.message(facts) for parcel in parcels]


def _cannot_wait(
    missed: list[Step],
    coming: list[tuple[datetime, Step]],
    too_late: list[Step],
    facts: SessionFacts,
) -> bool:
    """Whether the client needs one merged guide now rather than the next message to come."""
    if not coming:
        return bool(missed or too_late)
    in_last_week = facts.starts_at - facts.now < LATE
    return bool(missed) and (in_last_week or any(step.days <= LATE.days for step in missed))


def _answer(steps: list[Step], facts: SessionFacts) -> _Parcel:
    """The guide that answers a booking at once.

    On the last two days a step meant for today still says the truth, so its words are used.
    """
    own = None
    if facts.days_left <= 1:
        own = next((step for step in reversed(steps) if step.days == facts.days_left), None)
    carried = [step for step in steps if step is not own]
    return _Parcel(facts.now, own, carried, answers=True)


def _time_of(step: Step, facts: SessionFacts) -> datetime:
    day = facts.day(facts.starts_at) - timedelta(days=step.days)
    return held_back(wall_time(day, step.minute, facts.zone), facts.zone, facts.quiet)


def _after(steps: Sequence[Step], facts: SessionFacts, taken: set[date]) -> list[PlannedMessage]:
    """Steps after the session, each on a day of its own: the next morning if need be."""
    messages = []
    for step in sorted(steps, key=lambda step: step.hours):
        meant = max(facts.ends_at + timedelta(hours=step.hours), facts.now)
        due = held_back(meant, facts.zone, facts.quiet)
        while facts.day(due) in taken:
            midnight = wall_time(facts.day(due) + timedelta(days=1), 0, facts.zone)
            due = held_back(midnight, facts.zone, facts.quiet)
        taken.add(facts.day(due))
        words = (step.subject, step.body, ())
        messages.append(PlannedMessage(step.key, due, *words, None, (step.key,)))
    return messages
