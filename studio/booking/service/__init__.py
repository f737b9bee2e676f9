"""The use cases of a booking, each one transaction, or two with the processor between."""

from studio.booking.service.attention import clear_attention
from studio.booking.service.cancelling import (
    Cancellation,
    RefundChanged,
    cancel_booking,
    proposal,
)
from studio.booking.service.checkout import (
    AlreadyPaid,
    Details,
    PaymentUnreachable,
    check_out,
    latest_terms,
    release_hold,
    settle_now,
)
from studio.booking.service.holding import (
    Held,
    HoldOver,
    HoldRequest,
    KeyReused,
    TooManyHolds,
    extend_hold,
    hold_time,
)

__all__ = [
    "AlreadyPaid",
    "Cancellation",
    "Details",
    "Held",
    "HoldOver",
    "HoldRequest",
    "KeyReused",
    "PaymentUnreachable",
    "RefundChanged",
    "TooManyHolds",
    "cancel_booking",
    "check_out",
    "clear_attention",
    "extend_hold",
    "hold_time",
    "latest_terms",
    "proposal",
    "release_hold",
    "settle_now",
]
