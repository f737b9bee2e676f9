from __future__ import annotations

from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage

from studio.messaging.addresses import NotAnAddress, plain_address
from studio.ports.mailer import MailNotTaken


class FakeMailer:
    """Keeps what it is given, as a receiver would read it; refuses what the test says."""

    def __init__(self) -> None:
        self.sent: list[EmailMessage] = []
        self.refusals: dict[str, MailNotTaken] = {}
        self.rests = 0

    def reset(self) -> None:
        self.sent.clear()
        self.refusals.clear()
        self.rests = 0

    def refuse(self, recipient: str, answer: str, *, permanent: bool) -> None:
        self.refusals[recipient] = MailNotTaken(answer, permanent=permanent)

    def send(self, mail: EmailMessage, *, before_data: Callable[[], bool]) -> None:
        try:
            recipient = plain_address(str(mail["To"]))
        except NotAnAddress as error:
            raise MailNotTaken(str(error), permanent=True) from error
        if recipient in self.refusals:
            raise self.refusals[recipient]
        if before_data():
            self.sent.append(message_from_bytes(mail.as_bytes(), policy=policy.default))

    def rest(self) -> None:
        self.rests += 1
