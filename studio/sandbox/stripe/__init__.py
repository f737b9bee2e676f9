"""A small Stripe for one machine: its API, its hosted payment page and its signed notices.

No money moves. Start it with ``python -m studio.sandbox.stripe`` or, inside a test, with
``studio.sandbox.stripe.server.start``. ``README.md`` beside this file lists what it understands.
"""
