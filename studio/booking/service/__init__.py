"""The use cases of a booking, each one transaction, or two with the processor between."""

from studio.booking.alterations import Wish, booked
from studio.booking.codes import due_now
from studio.booking.effects import Effect, NotAgreed
from studio.booking.sale import NotOffered
from studio.booking.service.accepting import NothingToAccept, accept_paid, odd_payment
from studio.booking.service.adding import add_extra
from studio.booking.service.altering import (
    AlterRequest,
    NothingChanges,
    alter_booking,
    due_at,
    staying,
)
from studio.booking.service.attention import clear_attention
from studio.booking.service.cancelling import (
    Cancellation,
    RefundChanged,
    cancel_booking,
    goes_back,
    proposal,
)
from studio.booking.service.charging import Charge, add_charge
from studio.booking.service.checkout import (
    AlreadyPaid,
    Details,
    PaymentUnreachable,
    UnderReview,
    check_out,
    latest_terms,
    release_hold,
)
from studio.booking.service.codes import leave_codes_out, use_code
from studio.booking.service.crediting import (
    NoCredit,
    credit_left,
    loose_credit,
    make_voucher_of_credit,
)
from studio.booking.service.desk import DeskRequest, book_at_desk
from studio.booking.service.dues import (
    ChargeUnderWay,
    NothingDue,
    NotOwed,
    NotReversible,
    Received,
    owed,
    pay_dues,
    payable_by_card,
    record_payment,
    reverse_payment,
)
from studio.booking.service.giving_back import NotReturnable, give_back, returnable
from studio.booking.service.holding import (
    Held,
    HoldOver,
    HoldRequest,
    KeyReused,
    TooManyHolds,
    extend_hold,
    hold_time,
)
from studio.booking.service.kept_cards import (
    CannotCharge,
    charge_kept_card,
    charge_refused,
    finish_charge,
    leave_card_alone,
)
from studio.booking.service.missed import MoneyHasGone, no_show, say_nobody_came, say_they_came
from studio.booking.service.moving import (
    CannotMove,
    CostChanged,
    MoveRequest,
    NobodySuch,
    RulesBroken,
    cost_of_moving,
    fee_due_at,
    move_booking,
)
from studio.booking.service.own_altering import (
    CannotAdd,
    add_own_extra,
    addable_at_once,
    owed_of,
    price_of_extra,
)
from studio.booking.service.own_moving import may_move_own, move_own_session, own_crew
from studio.booking.service.requests import (
    accept_request,
    decline_request,
    let_request_lapse,
    withdraw_request,
)
from studio.booking.service.settling import settle_now
from studio.payments.promos import CodeRefused

__all__ = [
    "AlreadyPaid",
    "AlterRequest",
    "Cancellation",
    "CannotAdd",
    "CannotCharge",
    "CannotMove",
    "Charge",
    "ChargeUnderWay",
    "CodeRefused",
    "CostChanged",
    "DeskRequest",
    "Details",
    "Effect",
    "Held",
    "HoldOver",
    "HoldRequest",
    "KeyReused",
    "MoneyHasGone",
    "MoveRequest",
    "NoCredit",
    "NobodySuch",
    "NotAgreed",
    "NotOffered",
    "NotOwed",
    "NotReturnable",
    "NotReversible",
    "NothingChanges",
    "NothingDue",
    "NothingToAccept",
    "PaymentUnreachable",
    "Received",
    "RefundChanged",
    "RulesBroken",
    "TooManyHolds",
    "UnderReview",
    "Wish",
    "accept_paid",
    "accept_request",
    "add_charge",
    "add_extra",
    "add_own_extra",
    "addable_at_once",
    "alter_booking",
    "book_at_desk",
    "booked",
    "cancel_booking",
    "charge_kept_card",
    "charge_refused",
    "check_out",
    "clear_attention",
    "cost_of_moving",
    "credit_left",
    "decline_request",
    "due_at",
    "due_now",
    "extend_hold",
    "fee_due_at",
    "finish_charge",
    "give_back",
    "goes_back",
    "hold_time",
    "latest_terms",
    "leave_card_alone",
    "leave_codes_out",
    "let_request_lapse",
    "loose_credit",
    "make_voucher_of_credit",
    "may_move_own",
    "move_booking",
    "move_own_session",
    "no_show",
    "odd_payment",
    "owed",
    "owed_of",
    "own_crew",
    "pay_dues",
    "payable_by_card",
    "price_of_extra",
    "proposal",
    "record_payment",
    "release_hold",
    "returnable",
    "reverse_payment",
    "say_nobody_came",
    "say_they_came",
    "settle_now",
    "staying",
    "use_code",
    "withdraw_request",
]
