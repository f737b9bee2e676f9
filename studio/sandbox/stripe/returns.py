"""Money that goes back: refunds, and disputes opened by the client's bank.

Everything here expects the world's lock to be held.
"""

from typing import Any

from studio.sandbox.stripe.refusals import Refusal
from studio.sandbox.stripe.shapes import payment, returned
from studio.sandbox.stripe.world import Object, World


def charge_of(world: World, intent_id: str) -> Object:
    """The charge that took the money of a payment.

    Raises:
        Refusal: if nothing was taken.
    """
    intent = world.get("payment_intent", intent_id)
    if intent["status"] != "succeeded":
        raise Refusal(
            400,
            f"This PaymentIntent ({intent_id}) does not have a successful charge to refund.",
        )
    return world.get("charge", intent["latest_charge"])


def refund(world: World, charged: Object, amount: int | None, given: dict[str, Any]) -> Object:
    """Give back *amount*, or all that is left, never more than was taken.

    Raises:
        Refusal: if that is more than is left, or the charge is disputed.
    """
    left = charged["amount_captured"] - charged["amount_refunded"]
    if charged["disputed"] and not _refundable(world, charged):
        raise Refusal(400, f"Charge {charged['id']} has been charged back.", code="charge_disputed")
    if left <= 0:
        raise Refusal(
            400,
            f"Charge {charged['id']} has already been refunded.",
            code="charge_already_refunded",
        )
    wanted = left if amount is None else amount
    if wanted < 1:
        raise Refusal(
            400, "Invalid positive integer", code="parameter_invalid_integer", param="amount"
        )
    if wanted > left:
        raise Refusal(
            400,
            f"Refund amount ({wanted}) is greater than unrefunded amount on charge ({left})",
            param="amount",
        )
    made = world.add(returned.refund(charged, wanted, now=world.now(), given=given))
    moved = world.add(payment.balance_transaction(made, "refund", -wanted, 0, now=world.now()))
    made["balance_transaction"] = moved["id"]
    _refunded(charged, wanted)
    world.emit("refund.created", made)
    world.emit("charge.refunded", charged)
    return made


def fail_refund(world: World, made: Object) -> None:
    """Let a refund come back from the client's bank days later.

    Raises:
        Refusal: if it had failed already.
    """
    if made["status"] != "succeeded":
        raise Refusal(400, f"Refund {made['id']} is {made['status']}.")
    charged = world.get("charge", made["charge"])
    moved = world.add(
        payment.balance_transaction(made, "refund_failure", made["amount"], 0, now=world.now())
    )
    made.update(
        status="failed",
        failure_reason="expired_or_canceled_card",
        failure_balance_transaction=moved["id"],
    )
    _refunded(charged, -made["amount"])
    world.emit("refund.updated", made)
    world.emit("refund.failed", made)


def _refunded(charged: Object, amount: int) -> None:
    charged["amount_refunded"] += amount
    charged["refunded"] = charged["amount_refunded"] == charged["amount_captured"]


def open_dispute(world: World, charged: Object, amount: int | None) -> Object:
    """Take *amount*, or all that was not refunded, back from the studio.

    Raises:
        Refusal: if the charge was disputed before, or nothing is left to dispute.
    """
    left = charged["amount_captured"] - charged["amount_refunded"]
    wanted = left if amount is None else amount
    if charged["disputed"] or not 0 < wanted <= left:
        raise Refusal(400, f"Charge {charged['id']} cannot be disputed for {wanted}.")
    made = world.add(returned.dispute(charged, wanted, now=world.now()))
    charged["disputed"] = True
    world.emit("charge.dispute.created", made)
    _move(world, made, -wanted, fee=2000)
    world.emit("charge.dispute.funds_withdrawn", made)
    return made


def close_dispute(world: World, made: Object, *, won: bool) -> None:
    """End a dispute; where the studio won, the money comes back.

    Raises:
        Refusal: if it is closed already.
    """
    if made["status"] != "needs_response":
        raise Refusal(400, f"Dispute {made['id']} is {made['status']}.")
    made.update(status="won" if won else "lost", is_charge_refundable=won)
    if won:
        _move(world, made, made["amount"], fee=0)
        world.emit("charge.dispute.funds_reinstated", made)
    world.emit("charge.dispute.closed", made)


def _move(world: World, made: Object, amount: int, *, fee: int) -> None:
    moved = payment.balance_transaction(made, "adjustment", amount, fee, now=world.now())
    made["balance_transactions"].append(world.add(moved))


def _refundable(world: World, charged: Object) -> bool:
    return all(
        made["is_charge_refundable"]
        for made in world.all("dispute")
        if made["charge"] == charged["id"]
    )
