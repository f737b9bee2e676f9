"""The last look at a mail before it leaves: its bytes are read as a stranger would read them.

Older Pythons write a header of the sender's choice for certain names (CVE-2024-6923). Names are
cleaned on the way in; this is the second lock, and it does not trust the first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
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


_LIST = Counter(("list-unsubscribe", "list-unsubscribe-post"))


def check(
    mail: EmailMessage,
    message_id: str,
    text: str,
    *,
    enclosed: Sequence[str],
    unsubscribe: str = "",
) -> None:
    """Compare the bytes of *mail* with what was meant; *enclosed* are the types of what goes along.

    With *unsubscribe* it says where to have no more like it, and only then.

    Raises:
        UnsafeMail: if a header is missing, twice there or unknown, if it goes to anybody else
            than its recipient, or if a part was lost.
    """
    seen = message_from_bytes(mail.as_bytes(), policy=policy.default)
    wanted = _HEADERS + _LIST if unsubscribe else _HEADERS
    if Counter(name.lower() for name in seen.keys()) != wanted:  # noqa: SIM118 -- with repeats
        raise UnsafeMail("other headers than were written")
    if str(seen["To"]) != str(mail["To"]) or len(seen["To"].addresses) != 1:
        raise UnsafeMail("another recipient than was written")
    if seen["Message-ID"] != message_id:
        raise UnsafeMail("another Message-ID than was planned")
    parts = [part for part in seen.walk() if not part.is_multipart()]
    if unsubscribe and str(seen["List-Unsubscribe"]) != f"<{unsubscribe}>":
        raise UnsafeMail("another way to unsubscribe than was meant")
    if [part.get_content_type() for part in parts] != ["text/plain", "text/html", *enclosed]:
        raise UnsafeMail("other parts than were written")
    if parts[0].get_content().replace("\r\n", "\n").rstrip() != text.rstrip():
        raise UnsafeMail("another text than was written")
