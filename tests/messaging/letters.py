"""One of each mail, as a template writes it: what a picture or a reader needs, and no database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from studio.domain.conditions import Known
from studio.messaging.rendering import WRITTEN, Draft, Letter, Stationery, write
from studio.prep import tailoring
from studio.prep.marks import applies
from tests.demo.content import GUIDES, TRACKS

STUDIO = Stationery(
    "North Light", "hello@northlight.example", "020 7946 0123",
    ("3 Lantern Yard", "London E8 0ZZ"), "hello@northlight.example",
)  # fmt: skip
LINK = "https://studio.example/booking/a-token-as-long-as-they-are-0123456789abcdef"

_PLACE = "3 Lantern Yard\nLondon E8 0ZZ\n\nThrough the blue gate and across the cobbled yard."
_VALUES: dict[str, Any] = {
    "first_name": "Robin", "session": "professional headshot", "day": "Tuesday 8 December",
    "time": "10:15", "arrive_time": "10:05", "photographer": "Amara", "place": _PLACE,
    "studio": "North Light", "balance": "£197.50", "balance_due": "by Monday 7 December, 10:15",
    "proofs": "by Thursday 10 December", "phone": "020 7946 0123",
}  # fmt: skip
_COMMON: dict[str, Any] = {
    **_VALUES, "start_time": "10:15", "short_day": "Tue 8 Dec", "reference": "K7MPR2WXQH",
    "values": _VALUES, "link_to": "booking", "amount": "£197.50",
    "until": "Monday 7 December, 10:15", "last4": "4242", "booking_id": 12,
}  # fmt: skip
_WHEN = [
    ["Please come at", "10:05, London time"], ["Day", "Tuesday 8 December 2026"],
    ["We begin at", "10:15"], ["We finish by", "11:15"], ["With", "Amara Osei-Lund"],
]  # fmt: skip
_REST = [["Still to pay", "£197.50, by Monday 7 December, 10:15"]]
_STAFF = {
    "facts": [
        ["Session", "Professional headshot"], ["Day", "Tuesday 8 December"],
        ["Shooting", "10:15 to 11:15"], ["Client", "Robin Ash"], ["Phone", "020 7946 0456"],
        ["Notes", "The firm's page wants a square, at least 800 pixels wide, on light grey."],
        ["Sets", "Grey seamless, then Bright white"], ["Reference", "K7MPR2WXQH"],
    ],
    "first_name": "Amara",
}  # fmt: skip
_CREW = {
    "rows": [
        ["Your work", "Make-up"], ["Day", "Tuesday 8 December"], ["Be there at", "09:30"],
        ["Until", "10:15"], ["In all", "45 minutes"], ["Session", "Professional headshot"],
        ["Shooting", "10:15 to 11:15"], ["Client", "Robin"], ["Reference", "K7MPR2WXQH"],
    ],
    "first_name": "Kit", "work": "Make-up", "since": "09:30",
}  # fmt: skip
_MONEY = [
    "£395 goes back to the card it came from, within ten days.",
    "£197.50 is your credit for another session until Monday 8 March 2027.",
]
_OWN: dict[str, dict[str, Any]] = {
    "accepted": {},
    "altered": {
        "changes": ["New: One more look", "Until 11:35 instead of 11:15"],
        "when": _WHEN, "pay": True, "goes_back": "", "surplus": "",
        "price": [["Professional headshot", "£395"], ["One more look", "£60"], *_REST],
        "policy": [
            "If you cancel, we keep your deposit, and £80 for the person booked to get you ready.",
        ],
    },
    "balance": {"late": True},
    "cancellation": {"money": _MONEY},
    "charged": {"label": "One more retouched picture", "rest": _REST},
    "company_invoice": {
        "title": "Invoice", "number": "C-2026-0007", "credit": False,
        "company": "Fennimore & Daughters", "payable_by": "Friday 8 January 2027",
    },
    "confirmation": {
        "when": _WHEN, "place": _PLACE, "at_studio": True, "at_client": False,
        "price": [["Professional headshot", "£395"], ["Paid", "£197.50"], *_REST],
        "pay": True,
        "policy": [
            "Cancel by Tuesday 24 November, 10:30, and you get everything back.",
            "Moving the session is free until Saturday 5 December, 10:15.",
        ],
        "invoice": "2026-0001",
    },
    "crew_booked": _CREW,
    "crew_changed": {**_CREW, "moved": True, "changes": ["Be there at: 09:30 instead of 13:00"]},
    "crew_off": _CREW,
    "day_sheet": {
        "from": "10:15", "iso_day": "2026-12-08", "entries": [
            {
                "title": "10:15 to 11:15: Professional headshot", "page": 12,
                "rows": [["Arriving", "10:05"], ["Client", "Robin"], ["Sets", "Grey seamless"]],
                "checklist": ["Steamer filled and warm", "White metered"],
            },
        ],
    },
    "declined": {"reason": "On that day all of us are in Leeds.\nThe week after would do."},
    "delivered": {
        "pictures": "https://pictures.example/robin", "headshot": True,
        "licence": "Show them on your own pages, in print and wherever your employer shows you.",
    },
    "gift": {"giver": "Kim Oak", "greeting": ["Because you never buy", "anything for yourself."]},
    "missed": {"money": _MONEY[1:]},
    "moved": {"was": "Monday 7 December, 14:00", "when": [*_WHEN, *_REST], "place": _PLACE},
    "notice": {"on": "Monday 7 December", "besides": [["£45", "Sunday 20 December, 23:59"]]},
    "payment": {},
    "proofs": {"pictures": "https://pictures.example/robin"},
    "received": {"rest": _REST, "invoice": "2026-0001"},
    "refresh": {},
    "refused": {"asked": False},
    "requested": {"when": _WHEN},
    "returned": {"why": "late"},
    "review": {},
    "staff_add_on": {**_STAFF, "add_on": "One more outfit", "minutes": 20},
    "staff_altered": {**_STAFF, "changes": ["New: One more look", "Until 11:35 instead of 11:15"]},
    "staff_booked": {**_STAFF, "checklist": ["Steamer filled and warm", "White metered"]},
    "staff_cancelled": _STAFF,
    "staff_coming": {**_STAFF, "client": "Robin Ash", "late": 15},
    "staff_handed_over": {**_STAFF, "was": "Monday 7 December, 14:00"},
    "staff_moved": {**_STAFF, "was": "Monday 7 December, 14:00"},
    "staff_release": {**_STAFF, "sitter": "Kim Ash", "allows": "our portfolio, no advertising"},
    "staff_requested": _STAFF,
    "staff_returned": {**_STAFF, "why": "twice"},
    "staff_weather": {**_STAFF, "place_name": "Larchmere Park", "by": "12:00", "page": "/office"},
    "voucher": {"recipient": "Robin", "goes_out": "Robin gets it on Thursday 24 December."},
    "voucher_returned": {"why": "taken back", "back": "£200"},
    "weather": {"decision": "move", "place_name": "Larchmere Park", "words": "Gusts all evening."},
}  # fmt: skip


def each_letter() -> Iterator[tuple[str, Letter]]:
    """A letter of every template by its name, and the guides of two kinds of session."""
    for template, own in _OWN.items():
        unsubscribe = f"{LINK}/no-more" if template in {"refresh", "review"} else ""
        letter = write(_draft(template, {**_COMMON, **own}), STUDIO, LINK, (), unsubscribe)
        yield template, letter
    yield WRITTEN, _guide("HS-STD", "headshot", "prepare")
    yield f"{WRITTEN}_family", _guide("PT-FAM", "family", "prepare")
    yield f"{WRITTEN}_joined", _joined()


def _draft(template: str, context: dict[str, Any]) -> Draft:
    return Draft("", "prep", template, "robin@client.example", context, None, None)


def _prep(code: str, track: str, step: str) -> Draft:
    """A message of the demo's with the whole of its guide, as somebody reads it with glasses."""
    front, guide = GUIDES[code]
    [found] = [each for each in TRACKS if each["key"] == track]
    [words] = [each for each in found["steps"] if each["key"] == step]
    known: Known = {"glasses": True, "make up": True, "looks": 2, "first visit": True}
    context = {
        "link_to": "prep",
        "subject": words["subject"],
        "body": f"{tailoring.words(words['body'], known)}\n\n{tailoring.words(guide, known)}",
        "essentials": list(tailoring.lines(front["essentials"], known)),
        "values": {**_VALUES, "checklist": _listed(front["checklist"], known)},
    }
    return _draft(WRITTEN, context)


def _listed(items: list[dict[str, str]], known: Known) -> list[str]:
    shown = [each for each in items if applies(each.get("when", ""), each["text"], known)]
    return [each["text"] for each in shown]


def _guide(code: str, track: str, step: str) -> Letter:
    return write(_prep(code, track, step), STUDIO, LINK)


def _joined() -> Letter:
    carrier, other = _prep("HS-STD", "headshot", "prepare"), _prep("PT-FAM", "family", "prepare")
    whole = Draft(
        carrier.message_id, carrier.kind, carrier.template, carrier.recipient, carrier.context,
        None, None, joined=(other,),
    )  # fmt: skip
    return write(whole, STUDIO, LINK, (LINK,))
