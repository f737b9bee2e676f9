from __future__ import annotations

from wtforms import BooleanField, HiddenField, RadioField

from studio.booking.releases.models import Level, ReleaseText
from studio.booking.releases.paper import LEVELS
from studio.booking.releases.service import NewSitter, Signature
from studio.web.fields import EmailTextField, LineField
from studio.web.form import Form, SelectChoice


class SitterForm(Form):
    """Somebody who is photographed."""

    name = LineField("Name", longest=120)
    minor = BooleanField("Under 18 on the day of the session")
    guardian_name = LineField("Parent or guardian", required=False, longest=120)
    guardian_relation = LineField(
        "Who are they to the child?",
        required=False,
        longest=60,
        description="For example mother, father or guardian.",
    )
    email = EmailTextField("Their own email", required=False, description="Only if they like.")

    def check(self) -> bool:
        """Whether it was posted and makes sense together: a child has a guardian."""
        if not self.is_submitted():
            return False
        self.validate()
        if self.minor.data:
            for each in (self.guardian_name, self.guardian_relation):
                if not each.data and not each.errors:
                    each.errors = ["A guardian signs for a child: please fill this in."]
        return not self.errors

    def to_sitter(self) -> NewSitter:
        return NewSitter(
            name=self.name.data,
            minor=self.minor.data,
            guardian_name=self.guardian_name.data,
            guardian_relation=self.guardian_relation.data,
            email=self.email.data,
        )


class AnswerForm(Form):
    """A yes or a no to the release, of which none is chosen beforehand."""

    level = RadioField("May we show the pictures?", validate_choice=False)
    name = LineField("Name", required=False, longest=120)
    version = HiddenField()

    @classmethod
    def of(cls, text: ReleaseText, signer: str) -> AnswerForm:
        """The form as posted, or empty; *signer* is whose name has to be typed."""
        form = cls(data={"version": str(text.version)})
        form.level.choices = [
            SelectChoice(
                each.value,
                LEVELS[each] if each is Level.NONE else f"{LEVELS[each]}: yes",
            )
            for each in Level
        ]
        form.name.label.text = f"To sign a yes, type your full name: {signer}"
        return form

    def check(self, signer: str) -> bool:
        """Whether it was posted with a choice, and signed if that is a yes."""
        if not self.is_submitted():
            return False
        self.validate()
        if self.level.data not in set(Level):
            self.level.errors = ["Please choose one. Each of them is fine."]
        elif self.level.data != Level.NONE and not self.name.data and not self.name.errors:
            self.refuse_name(signer)
        return not self.errors

    def refuse_name(self, signer: str) -> None:
        self.name.errors = [f"A yes is signed by name: please type {signer}."]

    def to_signature(self, address: str) -> Signature:
        version = self.version.data or ""
        return Signature(
            level=Level(self.level.data),
            name=self.name.data,
            version=int(version) if version.isascii() and version.isdigit() else 0,
            address=address,
        )
