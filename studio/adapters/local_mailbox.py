"""Keeps mail on this machine instead of sending it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

from studio.messaging.addresses import NotAnAddress, plain_address
from studio.messaging.mailbox import Mailbox
from studio.ports.mailer import MailNotTaken


class LocalMailbox:
    """A ``Mailer`` that puts each mail into *folder*, where the office shows it."""

    def __init__(self, folder: Path) -> None:
        self._mailbox = Mailbox(folder)

    def send(self, mail: EmailMessage, *, before_data: Callable[[], bool]) -> None:
        try:
            plain_address(str(mail["To"]))
        except NotAnAddress as error:
            raise MailNotTaken(str(error), permanent=True) from error
        if not before_data():
            return
        dated = mail["Date"].datetime if mail["Date"] else datetime.now(UTC)
        try:
            self._mailbox.keep(mail, dated.astimezone(UTC))
        except OSError as error:
            raise MailNotTaken(f"the mailbox: {error.strerror}", permanent=False) from error

    def rest(self) -> None:
        """Nothing is kept open."""
