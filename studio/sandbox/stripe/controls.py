"""The test verbs under ``/_test/``: time, trouble, notices, and what happens behind our back."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, TypeAlias

from studio.sandbox.stripe import payments, returns
from studio.sandbox.stripe.cards import CARDS
from studio.sandbox.stripe.faults import Fault
from studio.sandbox.stripe.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from studio.sandbox.stripe.sandbox import Core

Told: TypeAlias = dict[str, Any]

_LATE_CARD = CARDS[0]


def do(core: Core, method: str, name: str, told: Told) -> Told:
    """Carry out one verb and say what came of it.

    Raises:
        Refusal: if there is no such verb, or it is not possible now.
    """
    if (method, name) == ("GET", "state"):
        return _state(core)
    if (method, name) == ("POST", "flush"):
        return core.outbox.flush(_number(told, "n") if "n" in told else None)
    verb = _VERBS.get(name)
    if method != "POST" or verb is None:
        raise Refusal(404, f"No such verb: {method} {name}")
    with core.world.lock:
        payments.expire_due(core.world)
        done = verb(core, told)
        core.outbox.wake()
        return copy.deepcopy(done)


def _state(core: Core) -> Told:
    world = core.world
    with world.lock:
        payments.expire_due(world)
        waiting = [
            {
                "event": each.event["id"],
                "type": each.event["type"],
                "endpoint": each.endpoint,
                "due_at": each.due_at,
                "tries": each.tries,
            }
            for each in core.outbox.queue
        ]
        return copy.deepcopy(
            {
                "now": world.now(),
                "objects": world.objects,
                "events": world.events,
                "outbox": waiting,
            }
        )


def _advance(core: Core, told: Told) -> Told:
    seconds = _number(told, "seconds")
    if seconds < 0:
        raise Refusal(400, "The clock goes forward only.", param="seconds")
    core.world.advance(seconds)
    payments.expire_due(core.world)
    return {"now": core.world.now()}


def _config(core: Core, told: Told) -> Told:
    """Change what is named and leave the rest; nothing is changed where one thing is wrong."""
    manner = core.outbox.manner
    known = {"delivery", "drop", "duplicate", "shuffle", "faults", "webhooks", "secrets"}
    if told.keys() - known:
        raise Refusal(400, f"Known are {', '.join(sorted(known))}.")
    if told.get("delivery", "auto") not in {"auto", "held"}:
        raise Refusal(400, "delivery is auto or held", param="delivery")
    try:
        planned = [Fault(**each) for each in told.get("faults", ())]
        duplicate = int(told.get("duplicate", manner.duplicate))
    except (TypeError, ValueError) as error:
        raise Refusal(400, f"Not understood: {error}") from error
    if "faults" in told:
        core.faults[:] = planned
    manner.duplicate = duplicate
    manner.held = told["delivery"] == "held" if "delivery" in told else manner.held
    manner.shuffle = bool(told.get("shuffle", manner.shuffle))
    manner.drop = tuple(told.get("drop", manner.drop))
    manner.endpoints = tuple(told.get("webhooks", manner.endpoints))
    manner.secrets = tuple(told.get("secrets", manner.secrets))
    return {
        "delivery": "held" if manner.held else "auto",
        "drop": list(manner.drop),
        "duplicate": manner.duplicate,
        "shuffle": manner.shuffle,
        "webhooks": list(manner.endpoints),
        "faults": len(core.faults),
    }


def _refund(core: Core, told: Told) -> Told:
    """A refund in the dashboard: none of our notes on it. With ``pending`` it takes its time."""
    charged = returns.charge_of(core.world, _text(told, "payment_intent"))
    pending = _yes(told, "pending") if "pending" in told else False
    return returns.refund(core.world, charged, _amount(told), {}, pending=pending)


def _refund_finish(core: Core, told: Told) -> Told:
    made = core.world.get("refund", _text(told, "refund"))
    returns.finish_refund(core.world, made)
    return made


def _refund_fail(core: Core, told: Told) -> Told:
    made = core.world.get("refund", _text(told, "refund"))
    returns.fail_refund(core.world, made)
    return made


def _dispute(core: Core, told: Told) -> Told:
    charged = returns.charge_of(core.world, _text(told, "payment_intent"))
    inquiry = _yes(told, "inquiry") if "inquiry" in told else False
    return returns.open_dispute(core.world, charged, _amount(told), inquiry=inquiry)


def _dispute_escalate(core: Core, told: Told) -> Told:
    made = core.world.get("dispute", _text(told, "dispute"))
    returns.escalate(core.world, made)
    return made


def _dispute_close(core: Core, told: Told) -> Told:
    made = core.world.get("dispute", _text(told, "dispute"))
    returns.close_dispute(core.world, made, won=_yes(told, "won"))
    return made


def _delayed(core: Core, told: Told) -> Told:
    """An open page becomes complete and unpaid; with ``ok``, its money then comes or fails."""
    session = core.world.get("checkout.session", _text(told, "session"))
    was_open = session["status"] == "open"
    if was_open:
        payments.complete_unpaid(core.world, session)
    if "ok" in told or not was_open:
        payments.settle_delayed(core.world, session, _LATE_CARD, ok=_yes(told, "ok"))
    return session


_VERBS: dict[str, Callable[[Core, Told], Told]] = {
    "advance": _advance,
    "config": _config,
    "delayed": _delayed,
    "dispute": _dispute,
    "dispute/close": _dispute_close,
    "dispute/escalate": _dispute_escalate,
    "refund": _refund,
    "refund/fail": _refund_fail,
    "refund/finish": _refund_finish,
}


def _text(told: Told, name: str) -> str:
    value = told.get(name)
    if not isinstance(value, str):
        raise Refusal(400, f"{name} is missing", param=name)
    return value


def _number(told: Told, name: str) -> int:
    value = told.get(name)
    if type(value) is not int:
        raise Refusal(400, f"{name} is a whole number", param=name)
    return value


def _amount(told: Told) -> int | None:
    return _number(told, "amount") if "amount" in told else None


def _yes(told: Told, name: str) -> bool:
    value = told.get(name)
    if not isinstance(value, bool):
        raise Refusal(400, f"{name} is true or false", param=name)
    return value
