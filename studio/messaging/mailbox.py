"""Mail kept as files, for a studio that sends none yet: one ``.eml`` a message."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

_NAME = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{16}\.eml")


@dataclass(frozen=True, slots=True)
class KeptMail:
    """A mail with the name it is kept under, which also finds it again."""

    name: str
    mail: EmailMessage


class Mailbox:
    """The folder *folder*, made when the first mail comes and read by nobody but its owner."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, mail: EmailMessage, at: datetime) -> str:
        """Keep *mail*, whole or not at all; a repeat of its Message-ID replaces the first."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        mark = hashlib.sha256(str(mail["Message-ID"]).encode()).hexdigest()[:16]
        repeated = next(self._folder.glob(f"*-{mark}.eml"), None)
        name = repeated.name if repeated else f"{at:%Y%m%dT%H%M%SZ}-{mark}.eml"
        descriptor, draft = tempfile.mkstemp(dir=self._folder, prefix=".", suffix=".part")
        try:
            with os.fdopen(descriptor, "wb") as file:  # made with mode 0600
                file.write(mail.as_bytes(policy=policy.SMTP))
                file.flush()
                os.fsync(file.fileno())
            Path(draft).replace(self._folder / name)
        except BaseException:
            Path(draft).unlink(missing_ok=True)
            raise
        return name

    def messages(self, limit: int = 200) -> list[KeptMail]:
        """The mails kept, the newest first."""
        names = sorted((path.name for path in self._folder.glob("*.eml")), reverse=True)
        kept = [(name, self.read(name)) for name in names[:limit]]
        return [KeptMail(name, mail) for name, mail in kept if mail is not None]

    def read(self, name: str) -> EmailMessage | None:
        """The mail kept under *name*, or None; no other file can be named."""
        if not _NAME.fullmatch(name):
            return None
        try:
            raw = (self._folder / name).read_bytes()
        except FileNotFoundError:
            return None
        return message_from_bytes(raw, policy=policy.default)
