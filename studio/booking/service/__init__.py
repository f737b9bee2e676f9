"""The use cases of a booking, each one transaction, or two with the processor between."""

from studio.booking.service.attention import clear_attention
from studio.booking.service.cancelling import (
    Cancellation,
    RefundChanged,
    cancel_booking,
    proposal,
)
from studio.booking.service.checkout import (
    AddressNeeded,
    AlreadyPaid,
    Details,
    PaymentUnreachable,
    check_out,
    latest_terms,
    release_hold,
    settle_now,
)
from studio.booking.service.desk import DeskRequest, book_at_desk
from studio.booking.service.holding import (
    Held,
    HoldOver,
    HoldRequest,
    KeyReused,
    TooManyHolds,
    extend_hold,
    hold_time,
)
from studio.booking.service.moving import (
    CannotMove,
    MoveRequest,
    NobodySuch,
    RulesBroken,
    move_booking,
)
from studio.booking.service.requests import (
    accept_request,
    decline_request,
    let_request_lapse,
    withdraw_request,
)

__all__ = [
    "AddressNeeded",
    "AlreadyPaid",
    "Cancellation",
    "CannotMove",
    "DeskRequest",
    "Details",
    "Held",
    "HoldOver",
    "HoldRequest",
    "KeyReused",
    "MoveRequest",
    "NobodySuch",
    "PaymentUnreachable",
    "RefundChanged",
    "RulesBroken",
    "TooManyHolds",
    "accept_request",
    "book_at_desk",
    "cancel_booking",
    "check_out",
    "clear_attention",
    "decline_request",
    "extend_hold",
    "hold_time",
    "latest_terms",
    "let_request_lapse",
    "move_booking",
    "proposal",
    "release_hold",
    "settle_now",
    "withdraw_request",
]
