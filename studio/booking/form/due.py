"""By when a client's answers are needed."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from studio.booking.models import Booking
from studio.ports import ports
from studio.prep.questionnaires.models import Questionnaire


def _due_on(booking: Booking, questionnaire: Questionnaire) -> date:
    """The day by which the form should be in, on the studio's calendar."""
    day = booking.starts_at.astimezone(ZoneInfo(booking.zone)).date()
    return day - timedelta(days=questionnaire.days_before)


def asked_by(booking: Booking, questionnaire: Questionnaire) -> date | None:
    """The day by which a client is asked to send the form in; None where that has passed."""
    day = _due_on(booking, questionnaire)
    today = ports().now().astimezone(ZoneInfo(booking.zone)).date()
    return day if day >= today else None
