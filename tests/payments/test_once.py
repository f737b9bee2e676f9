from __future__ import annotations

import pytest

from studio.db import transaction
from studio.payments import once
from studio.payments.jobs import forget_keys
from tests.clock import Clock


@pytest.mark.usefixtures("database")
def test_a_key_is_kept_as_long_as_its_form_may_be_open(clock: Clock) -> None:
    def claim() -> None:
        with transaction() as session:
            once.claim(session, "a key", clock.now())

    claim()
    clock.advance(days=29)
    assert forget_keys() == 0
    with pytest.raises(once.DoneBefore):
        claim()

    clock.advance(days=2)
    assert (forget_keys(), forget_keys()) == (1, 0)
    claim()
