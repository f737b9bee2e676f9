"""A gift voucher on paper."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from studio.domain.money import Money
from studio.payments import paper
from studio.payments.vouchers import Voucher
from studio.scheduling.models import Studio
from studio.web.filters import date_with_year, money


@dataclass(frozen=True, slots=True)
class Printed:
    """What a voucher says besides its code: its value, and words of whoever gives it."""

    value: Money
    giver: str = ""
    greeting: str = ""


def pdf(voucher: Voucher, printed: Printed, studio: Studio, booked_at: str) -> bytes:
    """The voucher on a page of its own, to print or to send; *booked_at* is where it is spent."""
    until = voucher.expires_on
    return paper.drawn(
        Path(__file__).with_name("voucher.typ"),
        {
            "studio": studio.name,
            "address": studio.address_lines,
            "contact": [each for each in (studio.phone, studio.email) if each],
            "value": money(printed.value),
            "code": voucher.shown,
            "recipient": voucher.recipient,
            "greeting": printed.greeting.splitlines(),
            "giver": printed.giver,
            "until": f"Good until {date_with_year(until)}" if until else "It never expires",
            "how": [
                f"Choose your session and a time at {booked_at}.",
                "Type the code with your details, and its amount comes off the price.",
                "What is left stays on the voucher for another session.",
            ],
        },
    )
