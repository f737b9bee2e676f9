from __future__ import annotations

import re
from pathlib import Path

import pytest

from studio.settings import Settings, SettingsError

KEY = "k" * 32
WEBHOOK = "whsec_0123456789abcdef"


def read(tmp_path: Path, **given: str) -> Settings:
    return Settings.from_env({"INSTANCE": str(tmp_path), **given})


def test_everything_wrong_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        read(
            tmp_path,
            PORT="eighty",
            BASE_URL="studio.example",
            DATABASE_URL="mysql://db",
            SECRET_KEY="changeme",
            MAIL_URL="mail.example",
            MAIL_FROM="The Studio <a@b.example>",
            STRIPE_SECRET_KEY="pk_test_1",
            STRIPE_WEBHOOK_SECRET="whsec_short",
            HOLD_MINUTES="0",
            TRUSTED_PROXIES="-1",
            RATELIMIT_ENABLED="yes",
        )

    named = {fault.split()[0] for fault in caught.value.faults}
    assert named == {
        "PORT", "BASE_URL", "DATABASE_URL", "SECRET_KEY", "MAIL_URL", "MAIL_FROM",
        "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET", "HOLD_MINUTES", "TRUSTED_PROXIES",
        "RATELIMIT_ENABLED",
    }  # fmt: skip
    assert all(re.fullmatch(r"[A-Z_]+ [^\n]+\.", fault) for fault in caught.value.faults)
    assert "changeme" not in str(caught.value)


def test_a_machine_of_ones_own_makes_a_key_and_keeps_it(tmp_path: Path) -> None:
    first = read(tmp_path)
    second = read(tmp_path)

    assert len(first.secret_key) >= 32
    assert first.secret_key == second.secret_key
    assert (tmp_path / "secret-key.txt").stat().st_mode & 0o077 == 0
    assert not first.production


@pytest.mark.parametrize("address", ["http://127.0.0.1:8000", "http://localhost:1", "http://[::1]"])
def test_loopback_is_no_production(tmp_path: Path, address: str) -> None:
    assert not read(tmp_path, BASE_URL=address).production


def test_production_asks_for_a_key_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="SECRET_KEY is missing"):
        read(tmp_path, BASE_URL="https://studio.example")

    settings = read(tmp_path, BASE_URL="https://studio.example/", SECRET_KEY=KEY)
    assert settings.production
    assert settings.base_url == "https://studio.example"


def test_a_key_without_its_webhook_secret_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="STRIPE_WEBHOOK_SECRET is missing"):
        read(tmp_path, STRIPE_SECRET_KEY="sk_test_1")


def test_several_webhook_secrets_while_rotating(tmp_path: Path) -> None:
    settings = read(
        tmp_path, STRIPE_SECRET_KEY="sk_test_1", STRIPE_WEBHOOK_SECRET=f"{WEBHOOK}, {WEBHOOK}2"
    )

    assert settings.stripe_webhook_secrets == (WEBHOOK, f"{WEBHOOK}2")


def test_no_secret_shows_in_the_settings_own_words(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        SECRET_KEY=KEY,
        DATABASE_URL="postgresql+psycopg://studio:hidden-1@db/studio",
        MAIL_URL="smtp://studio:hidden-2@mail.example:587",
        STRIPE_SECRET_KEY="sk_test_hidden_3",
        STRIPE_WEBHOOK_SECRET=WEBHOOK,
    )

    words = repr(settings)
    assert not [s for s in (KEY, "hidden-1", "hidden-2", "hidden_3", WEBHOOK) if s in words]


def test_what_run_chose_fills_gaps_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "run.env").write_text("PORT=9001\nBASE_URL=http://127.0.0.1:9001\n")

    assert read(tmp_path).base_url == "http://127.0.0.1:9001"
    assert read(tmp_path, PORT="9002").port == 9002
