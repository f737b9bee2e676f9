"""Sending one mail."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage
from typing import Protocol


class MailNotTaken(Exception):
    """The mail was not taken; *permanent* says that trying again cannot help.

    *answer* holds the server's own words, for the staff.
    """

    def __init__(self, answer: str, *, permanent: bool) -> None:
        super().__init__(answer)
        self.answer = answer
        self.permanent = permanent


class Mailer(Protocol):
    def send(self, mail: EmailMessage, *, before_data: Callable[[], bool]) -> None:
        """Hand *mail* over to its one recipient.

        *before_data* is called once the server knows sender and recipient, just before the text:
        from then on the mail may have left. If it returns False, somebody else has the message
        and nothing is sent.

        Raises:
            MailNotTaken: with the server's answer.
        """

    def rest(self) -> None:
        """Say that no mail follows for a while, so that nothing is kept open for it."""
