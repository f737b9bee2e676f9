"""The only modules that know a vendor."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from studio.ports.bounce_box import BounceBox
    from studio.ports.mailer import Mailer
    from studio.ports.payment_gateway import PaymentGateway
    from studio.settings import Settings


def mailer_for(settings: Settings) -> Mailer:
    """Mail leaves by MAIL_URL; while that is unset it is kept in the instance folder."""
    if settings.mail_url:
        from studio.adapters.smtp_mailer import SmtpMailer

        return SmtpMailer(settings.mail_url)
    from studio.adapters.local_mailbox import LocalMailbox

    return LocalMailbox(settings.mailbox)


def bounces_for(settings: Settings) -> BounceBox | None:
    """The mailbox of BOUNCE_URL, where one is named."""
    if not settings.bounce_url:
        return None
    from studio.adapters.bounce_mailbox import BounceMailbox

    return BounceMailbox(settings.bounce_url)


def gateway_for(settings: Settings) -> PaymentGateway | None:
    """Cards by Stripe where a key is given; without one no cards are taken."""
    if not settings.stripe_secret_key:
        return None
    from studio.adapters.stripe_gateway import StripeGateway

    return StripeGateway(
        settings.stripe_secret_key, settings.stripe_webhook_secrets, settings.stripe_api_base
    )
