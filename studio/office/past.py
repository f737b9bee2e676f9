"""A booking's history in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from studio.booking import history
from studio.booking.models import BookingEvent
from studio.domain.money import Money
from studio.web.filters import clock, money, short_day

_WHAT = {
    "held": "Time held",
    "extended": "Held for ten minutes more",
    "to payment": "Went to the payment page",
    "confirm": "Confirmed",
    "expire": "Ran out",
    "request": "Asked for",
    "accept": "Accepted",
    "declined": "Declined",
    "moved": "Moved",
    "altered": "Changed",
    "proofs ready": "Pictures ready to choose from",
    "delivered": "Pictures delivered",
    "weather": "Decided about the weather",
    "booked by staff": "Booked by staff",
    "cancel": "Cancelled",
    "complete": "The session took place",
    "miss": "Nobody came",
    "paid": "Paid",
    "accepted": "Another amount accepted",
    "reversed": "Payment taken back",
    "charged": "Added to the price",
    "given back": "To be given back",
    "credit to voucher": "Credit made a voucher",
    "to the kept card": "Charged to the kept card",
    "card refused": "The bank did not pay",
    "card left alone": "The kept card is not to be charged",
    "settled": "Money settled",
    "code": "Used a code",
    "no code": "Left codes out",
    "guide renewed": "Given a newer guide",
    "broadcast": "Written to with others",
    "attention": "Asked to be looked at",
    "seen to": "Seen to",
    "release answered": "Answered the release",
    "release withdrawn": "Took the release back",
    "form sent in": "Sent the form in",
    "form open again": "Changed an answer: the form is open again",
    "picture removed": "Removed a picture",
    "coming": "Says they come",
    "on my way": "Is on the way",
    "late": "Is late",
    "called": "Rung up",
    "asked for an extra": "Asked for an extra",
}
_WHO = {history.CLIENT: "the client", history.SYSTEM: "by itself"}

# What these say is about money, whatever it is.
_OF_MONEY = {
    "paid", "accepted", "reversed", "charged", "given back", "settled", "attention", "seen to",
    "to the kept card", "credit to voucher", "card refused", "card left alone",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline, as its macro takes it."""

    iso: str
    when: str
    what: str
    who: str
    detail: str


def entries(
    events: Iterable[BookingEvent], zone: str, currency: str, *, with_money: bool
) -> list[Entry]:
    """What happened, newest first; amounts and their reasons only *with_money*."""
    ordered = sorted(events, key=lambda each: each.id, reverse=True)
    return [
        Entry(
            each.at.isoformat(),
            f"{short_day(each.at, zone)}, {clock(each.at, zone)}",
            _WHAT.get(each.kind, each.kind.capitalize()),
            _WHO.get(each.actor, each.actor),
            _detail(each.kind, each.detail, zone, currency),
        )
        for each in ordered
        if with_money or each.kind not in _OF_MONEY
    ]


def _detail(kind: str, told: Mapping[str, Any], zone: str, currency: str) -> str:
    if kind in {"paid", "accepted", "reversed", "charged", "given back", "card refused",
                "credit to voucher"}:  # fmt: skip
        why = told.get("label") or told.get("reason") or told.get("method") or ""
        return f"{money(Money(told['amount'], told['currency']))}{f', {why}' if why else ''}"
    if kind == "settled":
        parts = ", ".join(
            f"{money(Money(told[name], currency))} {words}"
            for name, words in (
                ("refund", "goes back"), ("credit", "becomes a credit"), ("kept", "is kept"),
            )
            if told[name]
        )  # fmt: skip
        side = "the studio" if told.get("called_off_by") == "studio" else "the client"
        off = f"Cancelled by {side}: {told['reason']}" if told["reason"] else ""
        return ". ".join(each for each in (off, parts or "Nothing had been paid") if each)
    if kind == "moved":
        times = (datetime.fromisoformat(told[each]) for each in ("before", "after"))
        was, now = (f"{short_day(each, zone)}, {clock(each, zone)}" for each in times)
        return f"from {was} to {now}{_set_aside(told)}"
    if kind in {"altered", "booked by staff"}:
        return f"{'; '.join(told.get('what', ()))}{_set_aside(told)}".removeprefix(". ")
    if "recipient" in told:
        return f"Now to {told['recipient']}, before to {told['before']}"
    return str(told.get("why") or told.get("step") or told.get("reason") or "")


def _set_aside(told: Mapping[str, Any]) -> str:
    """The rules that were set aside, and why."""
    if not told["rules"]:
        return ""
    return f". Against: {', '.join(told['rules'])}. {told['reason']}"
