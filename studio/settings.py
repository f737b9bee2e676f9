"""What the environment decides: read once, checked whole, then never asked again."""

from __future__ import annotations

import ipaddress
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from dotenv import dotenv_values

T = TypeVar("T")

# What `studio run` chose for itself lies here, so that a second command finds it.
CHOSEN = "run.env"


class SettingsError(Exception):
    """One or more settings are missing or malformed; *faults* holds a sentence each."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__(" ".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Settings:
    instance: Path
    base_url: str
    database_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    port: int
    hold_minutes: int
    trusted_proxies: int
    rate_limits: bool
    mail_from: str | None
    mail_url: str | None = field(repr=False, default=None)
    mail_per_minute: int | None = None
    bounce_url: str | None = field(repr=False, default=None)
    bounce_secret: str | None = field(repr=False, default=None)
    stripe_secret_key: str | None = field(repr=False, default=None)
    stripe_webhook_secrets: tuple[str, ...] = field(repr=False, default=())
    stripe_api_base: str | None = None

    @property
    def https(self) -> bool:
        return self.base_url.startswith("https://")

    @property
    def production(self) -> bool:
        """Whether strangers can reach this: its address is not a loopback one."""
        return not _loopback(urlsplit(self.base_url).hostname or "")

    @property
    def mailbox(self) -> Path:
        """Where mail is kept while no MAIL_URL sends it away."""
        return self.instance / "mailbox"

    @property
    def pictures(self) -> Path:
        """Where the pictures are that clients showed us."""
        return self.instance / "pictures"

    @property
    def takes_cards(self) -> bool:
        return self.stripe_secret_key is not None

    @property
    def takes_live_cards(self) -> bool:
        return (self.stripe_secret_key or "").startswith(("sk_live_", "rk_live_"))

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Settings from *environ*, else the process's own environment and a `.env` file.

        What `studio run` chose and kept in the instance folder fills what is left unset.

        Raises:
            SettingsError: naming everything that is missing or malformed at once.
        """
        given = dict(environment() if environ is None else environ)
        instance = Path(given.get("INSTANCE") or "instance").expanduser().resolve()
        chosen = dotenv_values(instance / CHOSEN) if (instance / CHOSEN).is_file() else {}
        read = _Reader({**{k: v for k, v in chosen.items() if v}, **given})

        port = read("PORT", _between(0, 65535), "8000")
        base_url = read("BASE_URL", _web_address, f"http://127.0.0.1:{port}")
        settings = cls(
            instance=instance,
            base_url=base_url or "",
            database_url=read("DATABASE_URL", _database, f"sqlite:///{instance / 'studio.db'}")
            or "",
            secret_key=_secret_key(read, instance, base_url or ""),
            port=port or 0,
            hold_minutes=read("HOLD_MINUTES", _between(1, 120), "15") or 15,
            trusted_proxies=read("TRUSTED_PROXIES", _between(0, 10), "0") or 0,
            rate_limits=bool(read("RATELIMIT_ENABLED", _between(0, 1), "1")),
            mail_from=read("MAIL_FROM", _mail_from),
            mail_url=read("MAIL_URL", _mail_url),
            bounce_url=read("BOUNCE_URL", _bounce_url),
            bounce_secret=read("BOUNCE_SECRET", _key),
            mail_per_minute=read("MAIL_PER_MINUTE", _between(1, 100_000)),
            stripe_secret_key=read("STRIPE_SECRET_KEY", _stripe_key),
            stripe_webhook_secrets=read("STRIPE_WEBHOOK_SECRET", _webhook_secrets) or (),
            stripe_api_base=read("STRIPE_API_BASE", _web_address),
        )
        if settings.stripe_secret_key and not settings.stripe_webhook_secrets:
            read.faults.append("STRIPE_WEBHOOK_SECRET is missing: without it payments are unseen.")
        if read.faults:
            raise SettingsError(read.faults)
        return settings


class _Reader:
    """Reads one setting after the other and collects what is wrong with them."""

    def __init__(self, given: Mapping[str, str]) -> None:
        self._given = given
        self.faults: list[str] = []

    def __call__(self, name: str, parse: Callable[[str], T], default: str = "") -> T | None:
        text = self._given.get(name, "").strip() or default
        if not text:
            return None
        try:
            return parse(text)
        except ValueError as error:
            self.faults.append(f"{name} {error}.")
            return None


def environment() -> dict[str, str]:
    """The process's own environment, over what a `.env` file in the working folder says."""
    return {**{k: v for k, v in dotenv_values(".env").items() if v}, **os.environ}


def _secret_key(read: _Reader, instance: Path, base_url: str) -> str:
    """The key given; on a machine of one's own, one that is made once and kept."""
    given = read("SECRET_KEY", _key)
    if given or any(fault.startswith("SECRET_KEY ") for fault in read.faults):
        return given or ""
    if base_url and not _loopback(urlsplit(base_url).hostname or ""):
        read.faults.append("SECRET_KEY is missing: set 32 random characters or more.")
        return ""
    kept = instance / "secret-key.txt"
    if not kept.is_file():
        instance.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open(os.open(kept, os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:  # noqa: PTH123
            file.write(secrets.token_urlsafe(48))
    return kept.read_text().strip()


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _between(least: int, most: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not (text.isascii() and text.isdigit()) or len(text) > 9:
            raise ValueError(f"must be a whole number from {least} to {most}")
        if not least <= int(text) <= most:
            raise ValueError(f"must be from {least} to {most}")
        return int(text)

    return parse


def _web_address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query:
        raise ValueError("must be an address such as https://studio.example")
    return text.rstrip("/")


def _database(text: str) -> str:
    if not text.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise ValueError("must start with sqlite:/// or postgresql+psycopg://")
    return text


def _key(text: str) -> str:
    if len(text.encode()) < 32:
        raise ValueError("is too short: 32 random characters or more")
    return text


def _mail_from(text: str) -> str:
    local, at, domain = text.partition("@")
    if not (local and at and "." in domain) or any(c in text for c in " \r\n<>,;\"'"):
        raise ValueError("must be one bare address such as hello@studio.example")
    return text


def _mail_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ValueError("must look like smtp://user:password@host:587?tls=starttls")
    return text


def _bounce_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"imap", "imaps", "pop3", "pop3s"} or not parts.hostname:
        raise ValueError("must look like imaps://user:password@host:993/INBOX or pop3s://…")
    return text


def _stripe_key(text: str) -> str:
    if not text.startswith(("sk_test_", "sk_live_", "rk_test_", "rk_live_")):
        raise ValueError("must start with sk_ or rk_, then test_ or live_")
    return text


def _webhook_secrets(text: str) -> tuple[str, ...]:
    secrets_ = tuple(part.strip() for part in text.split(",") if part.strip())
    if not secrets_ or any(len(s) < 22 or not s.startswith("whsec_") for s in secrets_):
        raise ValueError("must be whsec_ and at least 16 characters, several parted by commas")
    return secrets_
