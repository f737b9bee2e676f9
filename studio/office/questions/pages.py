"""Writing what a kind of session asks: added to, changed, put in order, left out."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from studio.catalogue.models import SessionType
from studio.db import db
from studio.office.guides.shell import editor, kind_of
from studio.office.questions.forms import QuestionsForm
from studio.office.questions.shell import bp
from studio.prep.questionnaires import queries, service
from studio.prep.questionnaires.models import Questionnaire
from studio.prep.questionnaires.service import QuestionsChanged
from studio.web.guards import staff

_USUAL_DAYS = 7
_CONFLICT = 409


@bp.get("/<slug:slug>/edit")
@staff("edit_guides")
def edit(slug: str) -> ResponseReturnValue:
    editor()
    kind = kind_of(slug)
    return _page(kind, _form(queries.newest(db.session(), kind.id)))


@bp.post("/<slug:slug>/edit")
@staff("edit_guides")
def save(slug: str) -> ResponseReturnValue:
    person, kind = editor(), kind_of(slug)
    based_on = _number(request.form.get("based_on", ""))
    form = _form(queries.version(db.session(), kind.id, based_on))
    if not form.check():
        return _page(kind, form), 422
    try:
        number = service.save_questions(
            kind.id,
            form.to_questions(),
            days_before=form.days_before.data,
            based_on=based_on,
            by=person.name,
        )
    except QuestionsChanged as newer:
        # What they saved is kept, and so is what was written here.
        form.based_on.data = str(newer.version)
        return _page(kind, form, newer), _CONFLICT
    flash(f"Saved as version {number}. Whoever has begun to answer keeps the questions they had.")
    return redirect(url_for("questions_office.edit", slug=slug), 303)


def _form(known: Questionnaire | None) -> QuestionsForm:
    if known is None:
        return QuestionsForm([], _USUAL_DAYS, 0)
    return QuestionsForm(known.questions, known.days_before, known.version)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _page(kind: SessionType, form: QuestionsForm, newer: QuestionsChanged | None = None) -> str:
    return render_template("office/questions/edit.html", kind=kind, form=form, newer=newer)
