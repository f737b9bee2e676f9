from __future__ import annotations

from collections.abc import Iterator

import pytest

from studio.adapters import stripe_gateway
from tests.contracts.gateways import Rig, fake_rig, stripe_rig


@pytest.fixture(params=[fake_rig, stripe_rig], ids=["fake", "stripe"])
def rig(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    # The package's own retries would wait, and hide the trouble these tests are about.
    monkeypatch.setattr(stripe_gateway, "NETWORK_RETRIES", 0)
    yield from request.param()
