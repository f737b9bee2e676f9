"""The security headers of every answer (reliability checklist C28-C37)."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, Response, g, request

from studio.web.guards import Audience, current_policy

STRIPE_PAGE = "https://checkout.stripe.com"

# A mail's own HTML is shown with its own look, and may do nothing: no script, form or request.
MAIL_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

# A picture from outside is a picture and nothing else, also for whoever opens it by itself.
PICTURE_POLICY = "sandbox; default-src 'none'; frame-ancestors 'none'"


def init_app(app: Flask, *, https: bool, payment_page: str | None) -> None:
    """Set the headers; *payment_page* is the origin that forms may lead to besides our own.

    Chromium applies `form-action` to the redirect that follows a post, so the hosted payment
    page has to be named.
    """
    app.after_request(_Headers(app, https=https, payment_page=payment_page))


def show_as_mail() -> None:
    """Give the answer to this request `MAIL_POLICY` in place of the pages' policy."""
    g.content_policy = MAIL_POLICY


def show_as_picture() -> None:
    """Give the answer to this request `PICTURE_POLICY` in place of the pages' policy."""
    g.content_policy = PICTURE_POLICY


def origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


class _Headers:
    def __init__(self, app: Flask, *, https: bool, payment_page: str | None) -> None:
        self._app = app
        self._https = https
        self._policy = "; ".join(
            (
                "default-src 'none'",
                "script-src 'self'",
                "style-src 'self'",
                "img-src 'self' data:",
                "font-src 'self'",
                "connect-src 'self'",
                "manifest-src 'self'",
                f"form-action 'self' {payment_page or ''}".strip(),
                "base-uri 'none'",
                "object-src 'none'",
                "frame-ancestors 'none'",
            )
        )

    def __call__(self, response: Response) -> Response:
        headers = response.headers
        headers["Content-Security-Policy"] = g.get("content_policy", self._policy)
        headers["X-Content-Type-Options"] = "nosniff"
        # `no-referrer` would make Chromium send `Origin: null` with our own forms.
        headers["Referrer-Policy"] = "same-origin"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
        if self._https:
            headers["Strict-Transport-Security"] = "max-age=31536000"
        policy = current_policy(self._app)
        if policy and policy.audience in {Audience.HOLDER, Audience.STAFF}:
            headers["Cache-Control"] = "no-store"
        elif "Cache-Control" not in headers and request.endpoint != "static":
            headers["Cache-Control"] = "no-cache"
        if (response.mimetype or "").startswith("text/") and "charset" not in (
            response.content_type or ""
        ):
            response.content_type = f"{response.mimetype}; charset=utf-8"
        return response
