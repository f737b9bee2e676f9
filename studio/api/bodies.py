"""What the API takes. Pydantic is slow to import, so views import this module when called.

Types are strict: a number is no text, and true is no number.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)

from studio.booking.forms import DetailsForm, instant
from studio.web.fields import planned_day

MOST_DAYS = 92

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)", re.ASCII)


def _day(given: object) -> date:
    found = planned_day(given) if isinstance(given, str) else None
    if found is None:
        raise ValueError("Please give a date, such as 2026-12-24.")
    return found


def _instant(given: object) -> datetime:
    found = None
    if isinstance(given, str) and _INSTANT.fullmatch(given):
        try:
            found = instant(given)
        except ValueError:
            found = None
    if found is None:
        raise ValueError("Please give a time with its offset, such as 2026-12-24T10:15:00+00:00.")
    return found


def _once(slugs: list[str]) -> list[str]:
    if len(set(slugs)) < len(slugs):
        raise ValueError("An extra stands here twice.")
    return slugs


def _longest(field: str) -> int:
    """How many characters the checkout page's form takes."""
    found: int = vars(DetailsForm)[field].kwargs["longest"]
    return found


def _text(**described: Any) -> Any:
    return Field(json_schema_extra=described)


Day = Annotated[date, PlainValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
Instant = Annotated[
    datetime,
    PlainValidator(_instant),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,80}$")]
Slugs = Annotated[
    list[Slug],
    Field(max_length=20, json_schema_extra={"uniqueItems": True}),
    AfterValidator(_once),
]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Nothing(Strict):
    """No parameter at all."""


class SlotsWanted(Strict):
    since: Day = Field(alias="from", description="The first day, in the studio's zone.")
    until: Day = Field(alias="to", description="The last day, itself included; 92 days at most.")
    photographer: Slug | None = Field(None, description="Only times when this one is free.")
    add_on: Slugs = Field([], description="Extras that are to fit in; may come several times.")
    people: Annotated[int, Field(strict=False, ge=1, le=100)] | None = None
    place: Slug | None = Field(None, description="Where, for what is shot on location.")

    @field_validator("until")
    @classmethod
    def _in_reach(cls, until: date, others: ValidationInfo) -> date:
        since = others.data.get("since")
        if since and until < since:
            raise ValueError("The last day is before the first.")
        if since and (until - since).days >= MOST_DAYS:
            raise ValueError(f"Please ask for {MOST_DAYS} days at most.")
        return until

    @property
    def days(self) -> list[date]:
        return [self.since + timedelta(days=n) for n in range((self.until - self.since).days + 1)]


class HoldWanted(Strict):
    """Without a photographer whoever is free takes it; without people, the fewest it is for."""

    package: Slug
    starts_at: Instant
    photographer: Slug | None = None
    add_ons: Slugs = []
    people: Annotated[int, Field(ge=1, le=100)] | None = None
    place: Slug | None = None


class DetailsGiven(Strict):
    """Who books, and that they agree to the terms; each text by the rule of the page's form."""

    name: Annotated[str, _text(minLength=1, maxLength=_longest("name"))]
    email: Annotated[str, _text(format="email")]
    phone: Annotated[str, _text(maxLength=_longest("phone"))] | None = None
    notes: Annotated[str, _text(maxLength=_longest("notes"))] | None = None
    address: Annotated[str, _text(maxLength=_longest("address"))] | None = Field(
        None, description="Where to come, for a place that is the client's."
    )
    code: str | None = Field(None, description="A code for a gift or a reduction.")
    accept_policy: Annotated[bool, _text(const=True)]
