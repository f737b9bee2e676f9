"""`studio reconcile`: whether our ledger and Stripe agree, on the command line."""

from __future__ import annotations

import sys
from datetime import timedelta

import click
from flask.cli import with_appcontext


@click.command("reconcile")
@click.option("--days", default=30, show_default=True, type=click.IntRange(1, 366))
@with_appcontext
def reconcile_command(days: int) -> None:
    """Ask Stripe for whatever it could not tell us, and print where our ledger differs from it.

    Ends 1 if anything differs in the last DAYS days.
    """
    from studio.booking import jobs
    from studio.booking.differences import differences
    from studio.ports import ports
    from studio.ports.payment_gateway import GatewayRefused, GatewayUnavailable, PaymentsPaused

    gateway = ports().gateway
    if gateway is None:
        raise click.ClickException("No cards are taken here: STRIPE_SECRET_KEY is not set.")
    caught = jobs.reconcile()
    if caught:
        click.echo(f"{caught} events and payments were caught up.")
    now = ports().now()
    try:
        found = differences(gateway, now - timedelta(days=days), now)
    except (GatewayUnavailable, GatewayRefused, PaymentsPaused) as error:
        raise click.ClickException("Stripe does not answer; please try again.") from error
    for each in found:
        click.echo(f"{each.reference or 'unknown booking'}, {each.intent_id}: {each.sentence}")
    if found:
        sys.exit(1)
    click.echo(f"Our ledger and Stripe agree on the last {days} days.")
