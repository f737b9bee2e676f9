"""Sittings: booking and session management for headshot and portrait studios."""
