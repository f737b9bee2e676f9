"""The catalogue as visitors see it, and the guided choice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from studio.catalogue import queries
from studio.catalogue.models import ChooserText, Genre, Package
from studio.catalogue.promises import as_a_rule
from studio.db import db
from studio.domain import chooser
from studio.domain.chooser import Chooser, Offer, Recommendation
from studio.domain.chooser_rules import rules_from
from studio.ports import ports
from studio.scheduling.openings import known_house
from studio.web.guards import public

bp = Blueprint("catalogue", __name__)

# The first page shows this many of each genre.
A_FEW = 3


@bp.get("/")
@public
def home() -> ResponseReturnValue:
    return render_template("catalogue/home.html", packages=_by_genre(), a_few=A_FEW)


@bp.get("/packages/")
@public
def packages() -> ResponseReturnValue:
    """Everything on sale, or one genre of it."""
    asked = request.args.get("genre")
    if asked is not None and asked not in set(Genre):
        abort(404)
    genre = Genre(asked) if asked else None
    return render_template("catalogue/packages.html", genre=genre, packages=_by_genre(genre))


@bp.get("/packages/<slug:slug>")
@public
def package(slug: str) -> ResponseReturnValue:
    """One package, with everything a client might ask about it."""
    found = queries.on_sale(db.session(), slug) or abort(404)
    today = ports().now().astimezone(known_house(db.session()).zone).date()
    return render_template(
        "catalogue/package.html",
        package=found.package,
        photographers=found.photographers,
        open_days=[each for each in found.package.open_days if each.last_on >= today],
        promises=as_a_rule(
            found.policy.policy,
            found.package.currency,
            whole=found.package.deposit_percent == 100 or not found.package.price_minor,
            crew=any(e.before_minutes for e in found.package.add_ons if e.archived_at is None),
        ),
    )


@bp.get("/which")
@public
def which() -> ResponseReturnValue:
    """Headshot or portrait? Two questions decide, four more refine; the address keeps them."""
    text = db.session.get(ChooserText, 1) or abort(404)
    rules = rules_from(text.content)
    given = {each.key: request.args.get(each.key, "") for each in rules.questions}
    asked = any(each.key in request.args for each in rules.questions)
    complaints = _complaints(rules, given) if asked else {}
    on_sale: Sequence[Package] = []
    answer: Recommendation | None = None
    if asked and not complaints:
        on_sale = queries.packages(db.session())
        answer = chooser.recommend(
            chooser.answers_from(given, rules), rules, [_offer(each) for each in on_sale]
        )
    page = render_template(
        "catalogue/which.html",
        questions=rules.questions,
        given=given,
        complaints=complaints,
        answer=answer,
        by_slug={each.slug: each for each in on_sale},
    )
    return page, 422 if complaints else 200


def _by_genre(genre: Genre | None = None) -> Mapping[Genre, Sequence[Package]]:
    found = queries.packages(db.session(), genre)
    return {
        each: [package for package in found if package.session_type.genre is each]
        for each in ([genre] if genre else Genre)
    }


def _complaints(rules: Chooser, given: Mapping[str, str]) -> dict[str, str]:
    """By question, what is wrong with its answer; the same that `answers_from` refuses."""
    wrong: dict[str, str] = {}
    for question in rules.questions:
        answer = given[question.key]
        if answer and answer not in {option.key for option in question.options}:
            wrong[question.key] = "That is none of the answers. Please choose again."
        elif not answer and question.deciding:
            wrong[question.key] = "Please choose an answer: this one decides."
    return wrong


def _offer(package: Package) -> Offer:
    return Offer(
        slug=package.slug,
        session_type=package.session_type.code,
        genre=package.session_type.genre.value,
        people_min=package.people_min,
        people_max=package.people_max,
        looks=package.looks,
        minutes=package.minutes,
        lead_hours=package.lead_hours,
        delivery_business_days=package.proofs_business_days + package.finals_business_days,
    )
