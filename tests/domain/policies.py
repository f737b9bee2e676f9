"""The demo studio's ordinary policy, for tests of what is made of it."""

from studio.domain.policy import CancelBand, Deposit, Fee, MoveBand, Policy

STUDIO = Policy(
    cooling_off_hours=24,
    cooling_off_days=7,
    cancel=(
        CancelBand(14 * 24, Deposit.CREDITED),
        CancelBand(72, Deposit.KEPT),
        CancelBand(0, Deposit.KEPT, crew=True),
    ),
    credit_days=90,
    move=(MoveBand(72, Fee()), MoveBand(24, Fee(minor=6500)), MoveBand(0, Fee(forfeits=True))),
    again=Fee(minor=5000),
    most_moves=3,
    grace_minutes=15,
    grace_percent=25,
    no_show_keeps_all=False,
)
