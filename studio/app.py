"""The application: settings and ports in, a Flask application out."""

from __future__ import annotations

import hashlib
import logging
from datetime import UTC, datetime
from typing import Any

from flask import Flask, g
from flask_wtf import CSRFProtect
from jinja2 import StrictUndefined
from werkzeug.local import LocalProxy
from werkzeug.middleware.proxy_fix import ProxyFix

from studio import log, resources
from studio.accounts import security
from studio.catalogue.taxed import on_top, tax_now, tax_sentence, tax_words
from studio.db import db, engine_options, in_transaction, prepare_engine
from studio.messaging import queries as outbox
from studio.payments import troubles
from studio.ports import Ports
from studio.scheduling import guards as calendar_guards
from studio.scheduling.house import studio_shown
from studio.scheduling.models import Studio
from studio.settings import Settings
from studio.web import errors, filters, headers, health, limits, origin, paths
from studio.web.guards import Audience, Policy, check_policies, declare

csrf = CSRFProtect()

# A form with a long note is a few kilobytes; pages that take more say so themselves.
LARGEST_BODY = 256 * 1024


def create_app(settings: Settings | None = None, ports: Ports | None = None) -> Flask:
    """An application that serves, or whose command line works.

    Raises:
        SettingsError: if a setting is missing or malformed.
        RuntimeError: if a route declares no policy, or a guard of the calendar is missing from
            a migrated database.
    """
    settings = settings or Settings.from_env()
    settings.instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    app = Flask(
        "studio",
        instance_path=str(settings.instance),
        template_folder=str(resources.folder("templates")),
        static_folder=str(resources.folder("static")),
    )
    app.config.from_mapping(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(settings.database_url),
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        MAX_FORM_MEMORY_SIZE=LARGEST_BODY,
        MAX_FORM_PARTS=200,
        SEND_FILE_MAX_AGE_DEFAULT=31_536_000,
        SESSION_COOKIE_NAME="__Host-sid" if settings.https else "sid",
        SESSION_COOKIE_SECURE=settings.https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,  # Origin says what Referer would, and more often: web/origin
    )
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.extensions["settings"] = settings
    app.extensions["ports"] = _guarded(ports or _real_ports(settings))
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, hops, hops, hops, hops)  # type: ignore[method-assign]

    db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine)
    log.init_app(app)
    origin.init_app(app, base_url=settings.base_url, production=settings.production)
    security.init_app(app)  # before CSRF: whose sign-in has run out is asked to sign in again
    csrf.init_app(app)
    limits.init_app(app, enabled=settings.rate_limits)
    errors.init_app(app)
    filters.init_app(app)
    headers.init_app(app, https=settings.https, payment_page=_payment_page(settings))
    paths.init_app(app)
    _register(app)
    health.init_app(app, overdue=outbox.overdue)
    _name_static_by_content(app)
    _add_globals(app, settings)
    declare(app, "static", Policy(Audience.PUBLIC))
    check_policies(app)
    with app.app_context():
        calendar_guards.check(db.engine)
    return app


def _register(app: Flask) -> None:
    """Every feature's pages."""
    from studio.api import views as api
    from studio.booking import prep_page, views
    from studio.booking.afterwards import views as afterwards_pages
    from studio.booking.coming import views as coming
    from studio.booking.form import views as form_pages
    from studio.booking.gifts import views as gifts
    from studio.booking.releases import views as release_pages
    from studio.catalogue import office as catalogue_office
    from studio.catalogue import views as catalogue
    from studio.feeds import office as feeds_office
    from studio.feeds import views as feeds
    from studio.messaging import webhook as mail_notices
    from studio.office import (  # noqa: F401 -- pages that join the shell
        accepting,
        afterwards,
        altering,
        calendar,
        clients,
        codes,
        companies,
        desk,
        disputes,
        erasing,
        invoices,
        mailbox,
        money,
        payments,
        phone_list,
        prep,
        prep_many,
        releases,
        reports,
        requests,
        sessions,
        shell,
        shoot_sheet,
        today,
        vouchers,
        weather,
        why,
    )
    from studio.office import facts as facts_office
    from studio.office import guides as guides_office
    from studio.office import hours as scheduling_office
    from studio.office import people as people_office
    from studio.office import places as places_office
    from studio.office import questions as questions_office
    from studio.office.broadcast import pages as broadcast  # noqa: F401 -- joins the shell too
    from studio.payments import webhook
    from studio.scheduling.outside import office as outside

    csrf.exempt(webhook.bp)
    csrf.exempt(mail_notices.bp)
    csrf.exempt(afterwards_pages.bp)  # its link is signed, and mail programs post to it
    csrf.exempt(api.bp)  # it reads no cookie, so nobody's cookie can be used behind their back
    for blueprint in (
        catalogue.bp,
        views.bp,
        prep_page.bp,
        coming.bp,
        form_pages.bp,
        release_pages.bp,
        gifts.bp,
        afterwards_pages.bp,
        shell.bp,
        webhook.bp,
        mail_notices.bp,
        catalogue_office.bp,
        scheduling_office.bp,
        facts_office.bp,
        guides_office.bp,
        questions_office.bp,
        places_office.bp,
        people_office.bp,
        outside.bp,
        feeds_office.bp,
        feeds.bp,
        api.bp,
    ):
        app.register_blueprint(blueprint)


def _name_static_by_content(app: Flask) -> None:
    """Addresses of static files change with what is in them, so they may be kept for a year."""
    names: dict[str, str] = {}

    @app.url_defaults
    def add_name(endpoint: str, values: dict[str, Any]) -> None:
        # The faces are named by our own style sheet too: a second address would load them twice.
        filename = values.get("filename", "")
        if endpoint != "static" or "v" in values or filename.endswith(".woff2"):
            return
        if filename not in names or app.debug:
            file = resources.folder("static") / filename
            content = file.read_bytes() if file.is_file() else b""
            names[filename] = hashlib.sha256(content).hexdigest()[:10]
        values["v"] = names[filename]


def _real_ports(settings: Settings) -> Ports:
    from studio.adapters import bounces_for, gateway_for, mailer_for
    from studio.adapters.ics_source import IcsSource

    return Ports(
        now=lambda: datetime.now(UTC),
        mailer=mailer_for(settings),
        gateway=gateway_for(settings),
        calendars=IcsSource(),
        bounces=bounces_for(settings),
    )


def _guarded(ports: Ports) -> Ports:
    """The same ports, refusing to be called while a transaction is open."""
    gateway: Any = _Outside(ports.gateway) if ports.gateway else None
    mailer: Any = _Outside(ports.mailer)
    calendars: Any = _Outside(ports.calendars) if ports.calendars else None
    bounces: Any = _Outside(ports.bounces) if ports.bounces else None
    return Ports(ports.now, mailer, gateway, calendars, bounces)


class _Outside:
    def __init__(self, port: object) -> None:
        self._port = port

    def __getattr__(self, name: str) -> Any:
        if in_transaction():
            raise RuntimeError(f"{name} was called while a transaction was open")
        return getattr(self._port, name)


def _payment_page(settings: Settings) -> str | None:
    if not settings.takes_cards:
        return None
    return headers.origin(settings.stripe_api_base or headers.STRIPE_PAGE)


def _add_globals(app: Flask, settings: Settings) -> None:
    def studio() -> Studio | None:
        if "studio" not in g:
            g.studio = studio_shown(db.session())
        found: Studio | None = g.studio
        return found

    @app.context_processor
    def everywhere() -> dict[str, Any]:
        return {
            "studio": LocalProxy(studio),
            "on_top": on_top,
            "tax_now": tax_now,
            "tax_words": tax_words,
            "tax_sentence": tax_sentence,
            "payments_paused": lambda: troubles.paused_since(db.session()),
            "vendor_ready": (resources.folder("static") / "vendor" / "fonts.css").is_file(),
            "mail_is_local": settings.mail_url is None,
        }

    logging.getLogger("alembic").setLevel(logging.WARNING)
