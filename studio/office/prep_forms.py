from __future__ import annotations

from studio.web.fields import EmailTextField, LineField, ParagraphField
from studio.web.form import Form


class MessageForm(Form):
    subject = LineField("Subject", longest=150)
    body = ParagraphField("Text", longest=20_000)

    def refuse(self, names: list[tuple[str, str | None]]) -> None:
        """Say by each field which of *names* nothing fills, and what may have been meant."""
        for field in (self.subject, self.body):
            written = field.data or ""
            field.errors = [
                *field.errors,
                *(unknown_name(name, near) for name, near in names if f"{{{name}}}" in written),
            ]


class RecipientForm(Form):
    recipient = EmailTextField("Send it to")


def unknown_name(name: str, near: str | None) -> str:
    """What is said of a name that nothing fills, and of the nearest that something does."""
    meant = f" Did you mean {{{near}}}?" if near else " The names you can use stand beside."
    return f"Nothing fills {{{name}}}.{meant}"
