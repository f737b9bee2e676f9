"""Money that goes back: refunds, and disputes opened by the client's bank.

Everything here expects the world's lock to be held.
"""

from typing import Any

from studio.sandbox.stripe.charges import chargeable
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


def refund(
    world: World,
    charged: Object,
    amount: int | None,
    given: dict[str, Any],
    *,
    pending: bool = False,
) -> Object:
    """Give back *amount*, or all that is left, never more than was taken; *pending* at first.

    Raises:
        Refusal: if that is more than is left, or the charge is disputed.
    """
    left = _left(charged)
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
    chargeable(wanted, charged["currency"], "amount")
    made = world.add(returned.refund(charged, wanted, now=world.now(), given=given))
    moved = world.add(payment.balance_transaction(made, "refund", -wanted, 0, now=world.now()))
    made.update(balance_transaction=moved["id"], status="pending" if pending else "succeeded")
    _refunded(charged, wanted)
    world.emit("refund.created", made)
    world.emit("charge.refunded", charged)
    return made


def finish_refund(world: World, made: Object) -> None:
    """Let a pending refund arrive.

    Raises:
        Refusal: if it is not pending.
    """
    if made["status"] != "pending":
        raise Refusal(400, f"Refund {made['id']} is {made['status']}.")
    made["status"] = "succeeded"
    world.emit("refund.updated", made)


def fail_refund(world: World, made: Object) -> None:
    """Let a refund come back from the client's bank days later.

    Raises:
        Refusal: if it had failed already.
    """
    if made["status"] == "failed":
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


def open_dispute(
    world: World, charged: Object, amount: int | None, *, inquiry: bool = False
) -> Object:
    """Take *amount*, or all that was not refunded, back from the studio.

    The client may ask their bank for what was refunded too: only what is left is withdrawn. With
    *inquiry* the bank only asks, and no money moves.

    Raises:
        Refusal: if the charge was disputed before, or nothing is left to dispute.
    """
    left = _left(charged)
    wanted = left if amount is None else amount
    if charged["disputed"] or left < 1 or not 0 < wanted <= charged["amount_captured"]:
        raise Refusal(400, f"Charge {charged['id']} cannot be disputed for {wanted}.")
    made = world.add(returned.dispute(charged, wanted, now=world.now(), inquiry=inquiry))
    charged["disputed"] = True
    world.emit("charge.dispute.created", made)
    if not inquiry:
        _withdraw(world, charged, made)
    return made


def escalate(world: World, made: Object) -> None:
    """Make a dispute of an inquiry: now the money goes.

    Raises:
        Refusal: if it is no inquiry, or everything was given back meanwhile.
    """
    charged = world.get("charge", made["charge"])
    if made["status"] != "warning_needs_response" or _left(charged) < 1:
        raise Refusal(400, f"Dispute {made['id']} is {made['status']}.")
    made.update(status="needs_response", is_charge_refundable=False)
    world.emit("charge.dispute.updated", made)
    _withdraw(world, charged, made)


def close_dispute(world: World, made: Object, *, won: bool) -> None:
    """End a dispute; where the studio won, the money comes back. An inquiry is just closed.

    Raises:
        Refusal: if it is closed already.
    """
    if made["status"] == "warning_needs_response":
        made.update(status="warning_closed")
    elif made["status"] == "needs_response":
        made.update(status="won" if won else "lost", is_charge_refundable=won)
    else:
        raise Refusal(400, f"Dispute {made['id']} is {made['status']}.")
    if made["status"] == "won":
        _move(world, made, -made["balance_transactions"][0]["amount"], fee=0)
        world.emit("charge.dispute.funds_reinstated", made)
    world.emit("charge.dispute.closed", made)


def _left(charged: Object) -> int:
    return int(charged["amount_captured"] - charged["amount_refunded"])


def _withdraw(world: World, charged: Object, made: Object) -> None:
    _move(world, made, -min(made["amount"], _left(charged)), fee=2000)
    world.emit("charge.dispute.funds_withdrawn", made)


def _move(world: World, made: Object, amount: int, *, fee: int) -> None:
    moved = payment.balance_transaction(made, "adjustment", amount, fee, now=world.now())
    made["balance_transactions"].append(world.add(moved))


def _refundable(world: World, charged: Object) -> bool:
    return all(
        made["is_charge_refundable"]
        for made in world.all("dispute")
        if made["charge"] == charged["id"]
    )
