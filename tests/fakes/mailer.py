from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage

from studio.ports.mailer import MailNotTaken


class FakeMailer:
    """Keeps what it is given; refuses what the test says it should."""

    def __init__(self) -> None:
        self.sent: list[EmailMessage] = []
        self.refusals: dict[str, MailNotTaken] = {}

    def reset(self) -> None:
        self.sent.clear()
        self.refusals.clear()

    def refuse(self, recipient: str, answer: str, *, permanent: bool) -> None:
        self.refusals[recipient] = MailNotTaken(answer, permanent=permanent)

    def send(self, mail: EmailMessage, *, before_data: Callable[[], bool]) -> None:
        refusal = self.refusals.get(str(mail["To"]))
        if refusal:
            raise refusal
        if before_data():
            self.sent.append(mail)
