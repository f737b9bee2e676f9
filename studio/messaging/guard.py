"""The last look at a mail before it leaves: its bytes are read as a stranger would read them.

Older Pythons write a header of the sender's choice for certain names (CVE-2024-6923). Names are
cleaned on the way in; this is the second lock, and it does not trust the first.
"""

from __future__ import annotations

from collections import Counter
from email import message_from_bytes, policy
from email.message import EmailMessage

# Each of these once, and no other; MIME adds the last two.
_HEADERS = Counter(
    (
        "from",
        "to",
        "reply-to",
        "subject",
        "date",
        "message-id",
        "x-sittings-kind",
        "mime-version",
        "content-type",
    )
)


class UnsafeMail(Exception):
    """What would have been sent is not what was written."""


def check(mail: EmailMessage, message_id: str, text: str, *, has_calendar: bool) -> None:
    """Compare the bytes of *mail* with what was meant.

    Raises:
        UnsafeMail: if a header is missing, twice there or unknown, if it goes to anybody else
            than its recipient, or if a part was lost.
    """
    seen = message_from_bytes(mail.as_bytes(), policy=policy.default)
    if Counter(name.lower() for name in seen.keys()) != _HEADERS:  # noqa: SIM118 -- with repeats
        raise UnsafeMail("other headers than were written")
    if str(seen["To"]) != str(mail["To"]) or len(seen["To"].addresses) != 1:
        raise UnsafeMail("another recipient than was written")
    if seen["Message-ID"] != message_id:
        raise UnsafeMail("another Message-ID than was planned")
    parts = [part for part in seen.walk() if not part.is_multipart()]
    wanted = ["text/plain", "text/html", *(["text/calendar"] if has_calendar else [])]
    if [part.get_content_type() for part in parts] != wanted:
        raise UnsafeMail("other parts than were written")
    if parts[0].get_content().replace("\r\n", "\n").rstrip() != text.rstrip():
        raise UnsafeMail("another text than was written")
