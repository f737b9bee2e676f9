"""What can happen to a payment page and its payment; each step tells its events in Stripe's order.

Everything here expects the world's lock to be held. The API, the hosted page and the test verbs
go through the same steps, so none of them can make a state the others would not.
"""

from studio.sandbox.stripe.cards import Answer, Card
from studio.sandbox.stripe.charges import fail, take
from studio.sandbox.stripe.refusals import Refusal
from studio.sandbox.stripe.shapes import payment
from studio.sandbox.stripe.world import Object, World

_UNAUTHENTICATED = Card(
    "",
    Answer.DECLINES,
    "",
    "payment_intent_authentication_failure",
    "",
    "We could not check that this card is yours. Please try again or use another card.",
)


def expire_due(world: World) -> None:
    """Close every page whose time has run out by the world's clock."""
    for session in list(world.all("checkout.session")):
        if session["status"] == "open" and session["expires_at"] <= world.now():
            expire(world, session)


def expire(world: World, session: Object) -> None:
    """Close an open page; a payment that was tried on it can no longer succeed.

    Raises:
        Refusal: if the page is not open.
    """
    if session["status"] != "open":
        raise Refusal(
            400,
            'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout'
            f" Session has a status of {session['status']}.",
        )
    session.update(status="expired", url=None)
    if session["payment_intent"]:
        intent = world.get("payment_intent", session["payment_intent"])
        intent.update(
            status="canceled",
            canceled_at=world.now(),
            cancellation_reason="expired",
            next_action=None,
        )
        world.emit("payment_intent.canceled", intent)
    world.emit("checkout.session.expired", session)


def pay(world: World, session: Object, card: Card) -> Answer:
    """Try a card on an open page; what the bank answered is also in the payment's state."""
    intent = _intent(world, session)
    if card.answer is Answer.ASKS:
        intent.update(
            status="requires_action",
            next_action={"type": "use_stripe_sdk", "use_stripe_sdk": {}},
            last_payment_error=None,
        )
        world.emit("payment_intent.requires_action", intent)
    elif card.answer is Answer.DECLINES:
        fail(world, intent, card, email=session["customer_email"])
    else:
        take(world, intent, card, email=session["customer_email"])
        _complete(world, session, paid=True)
    return card.answer


def awaits_authentication(world: World, session: Object) -> bool:
    """Whether the bank's question is open on this page."""
    intent_id = session["payment_intent"]
    return (
        session["status"] == "open"
        and intent_id is not None
        and bool(world.objects[intent_id]["status"] == "requires_action")
    )


def authenticate(world: World, session: Object, card: Card, *, ok: bool) -> None:
    """Answer the bank's question; without one open, nothing happens."""
    if not awaits_authentication(world, session):
        return
    intent = _intent(world, session)
    intent["next_action"] = None
    if ok:
        take(world, intent, card, email=session["customer_email"])
        _complete(world, session, paid=True)
    else:
        fail(world, intent, _UNAUTHENTICATED, email=session["customer_email"])


def complete_unpaid(world: World, session: Object) -> None:
    """Finish an open page with a method whose money comes days later, if at all."""
    intent = _intent(world, session)
    intent.update(status="processing", last_payment_error=None, next_action=None)
    world.emit("payment_intent.processing", intent)
    _complete(world, session, paid=False)


def settle_delayed(world: World, session: Object, card: Card, *, ok: bool) -> None:
    """Let the late money of a complete, unpaid page arrive or fail.

    Raises:
        Refusal: if the page is not waiting for late money.
    """
    if session["status"] != "complete" or session["payment_status"] != "unpaid":
        raise Refusal(400, "This Checkout Session is not waiting for a delayed payment.")
    intent = _intent(world, session)
    if intent["status"] != "processing":
        raise Refusal(400, "The delayed payment of this Checkout Session has failed already.")
    if ok:
        take(world, intent, card, email=session["customer_email"])
        session["payment_status"] = "paid"
        world.emit("checkout.session.async_payment_succeeded", session)
    else:
        declined = Card(card.number, Answer.DECLINES, "", "payment_method_provider_decline")
        fail(world, intent, declined, email=session["customer_email"])
        world.emit("checkout.session.async_payment_failed", session)


def _intent(world: World, session: Object) -> Object:
    """The payment of the page, made when somebody first tries to pay."""
    if session["payment_intent"] is None:
        given = world.intent_data.get(session["id"], {})
        intent = payment.payment_intent(
            amount=session["amount_total"],
            currency=session["currency"],
            customer=session["customer"],
            now=world.now(),
            given=given,
        )
        world.add(intent)
        session["payment_intent"] = intent["id"]
        world.emit("payment_intent.created", intent)
    return world.get("payment_intent", session["payment_intent"])


def _complete(world: World, session: Object, *, paid: bool) -> None:
    session.update(
        status="complete",
        payment_status="paid" if paid else "unpaid",
        url=None,
        customer_details={
            "address": None,
            "business_name": None,
            "email": session["customer_email"],
            "individual_name": None,
            "name": None,
            "phone": None,
            "tax_exempt": "none",
            "tax_ids": None,
        },
    )
    world.emit("checkout.session.completed", session)
