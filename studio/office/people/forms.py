from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wtforms import BooleanField, SelectField

from studio.catalogue.fields import TickField
from studio.office.people.crew_service import PhotographerEdit
from studio.scheduling.models import Photographer, Resource, ResourceKind, Set, Skill
from studio.web.fields import EmailTextField, LineField, ParagraphField, WholeNumberField
from studio.web.form import Form, SelectChoice

_NOBODYS = ""
_TOLD = "What is booked, moved and cancelled is told there. Empty: nobody is told."


class BeginField(SelectField):
    """Whose hours somebody or something new begins with, or nobody's."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__("Hours to begin with", validators=[], **kwargs)

    def offer(self, workers: Sequence[Resource], kind: ResourceKind) -> None:
        """Everybody's, those of the same kind first, and none last."""
        ordered = sorted(workers, key=lambda each: each.kind is not kind)
        self.choices = [
            *(SelectChoice(str(each.id), f"As {each.name}") for each in ordered),
            SelectChoice(_NOBODYS, "None yet"),
        ]

    def chosen(self) -> int | None:
        return int(self.data) if self.data else None


class NameForm(Form):
    name = LineField("Name", longest=80)


class ArtistForm(NameForm):
    email = EmailTextField("Email", required=False, description=_TOLD)


class NewArtistForm(ArtistForm):
    hours_of = BeginField(description="They can be changed on the next page.")


class PhotographerForm(Form):
    """Somebody who shoots, as the calendar and the clients know them."""

    name = LineField("Name", longest=80)
    bio = ParagraphField("About them, briefly", longest=500, description="Clients read it.")
    email = EmailTextField("Email", required=False, description=_TOLD)
    skill_ids = TickField("Skills", description="What they can shoot of all that asks for a skill.")
    new_skill = LineField(
        "A skill that is not among these",
        required=False,
        longest=80,
        description="It is added, and packages can ask for it.",
    )
    has_assistant = BooleanField("An assistant builds and strikes sets for them")
    assistant_name = LineField("The assistant's name", required=False, longest=80)
    assistant_email = EmailTextField("The assistant's email", required=False, description=_TOLD)
    max_per_day = WholeNumberField(
        "Sessions a day, at most",
        least=1,
        most=50,
        required=False,
        description="Empty for no limit.",
    )

    def __init__(self, skills: Sequence[Skill], **kwargs: Any) -> None:
        self._skills = [SelectChoice(each.id, each.name) for each in skills]
        super().__init__(**kwargs)

    def process(self, *args: Any, **kwargs: Any) -> None:
        # What can be ticked is known before what was.
        self.skill_ids.choices = self._skills
        super().process(*args, **kwargs)

    @classmethod
    def of(cls, known: Photographer, skills: Sequence[Skill]) -> PhotographerForm:
        """The form as posted, or filled from *known*."""
        return cls(skills, obj=known, skill_ids=[each.id for each in known.skills])

    def to_request(self) -> PhotographerEdit:
        return PhotographerEdit(
            name=self.name.data,
            bio=self.bio.data,
            email=self.email.data or None,
            has_assistant=self.has_assistant.data,
            assistant_name=self.assistant_name.data or None,
            assistant_email=self.assistant_email.data or None,
            max_per_day=self.max_per_day.data,
            skills=tuple(self.skill_ids.data),
            new_skill=self.new_skill.data,
        )


class NewPhotographerForm(PhotographerForm):
    hours_of = BeginField(description="They can be changed on the next page.")


class RoomForm(Form):
    name = LineField("Name", longest=80)
    set_ids = TickField("Sets that fit")

    def __init__(self, sets: Sequence[Set], **kwargs: Any) -> None:
        self._sets = [SelectChoice(each.id, each.name) for each in sets]
        super().__init__(**kwargs)

    def process(self, *args: Any, **kwargs: Any) -> None:
        # What can be ticked is known before what was.
        self.set_ids.choices = self._sets
        super().process(*args, **kwargs)


class NewRoomForm(RoomForm):
    hours_of = BeginField(description="They can be changed on the next page.")
