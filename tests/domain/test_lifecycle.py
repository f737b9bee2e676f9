"""Every action in every state: where it leads, or that it is not open."""

from __future__ import annotations

from itertools import product

import pytest

from studio.domain.lifecycle import Action, BookingState, IllegalMove, after

# Written out again on purpose: the table of the code is what is tested.
OPEN = {
    ("held", "request"): "requested",
    ("requested", "accept"): "held",
    ("requested", "cancel"): "cancelled",
    ("requested", "expire"): "expired",
    ("held", "confirm"): "confirmed",
    ("held", "expire"): "expired",
    ("held", "cancel"): "cancelled",
    ("expired", "confirm"): "confirmed",
    ("confirmed", "cancel"): "cancelled",
    ("confirmed", "complete"): "completed",
    ("confirmed", "miss"): "no_show",
    ("completed", "miss"): "no_show",
    ("no_show", "complete"): "completed",
}


@pytest.mark.parametrize(("state", "action"), list(product(BookingState, Action)))
def test_an_action_leads_on_or_is_refused(state: BookingState, action: Action) -> None:
    leads_to = OPEN.get((state.value, action.value))
    if leads_to is None:
        with pytest.raises(IllegalMove) as refused:
            after(state, action)
        assert (refused.value.state, refused.value.action) == (state, action)
        assert str(refused.value) == f"a {state} booking cannot {action}"
    else:
        assert after(state, action).value == leads_to


def test_the_table_names_what_there_is() -> None:
    assert {each.value for each in BookingState} == {
        "held", "requested", "confirmed", "completed", "cancelled", "expired", "no_show",
    }  # fmt: skip
    assert {each.value for each in Action} == {
        "request", "accept", "confirm", "expire", "cancel", "complete", "miss",
    }  # fmt: skip
