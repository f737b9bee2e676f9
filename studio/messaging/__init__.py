"""The outbox: what is written, when it leaves, and what became of it."""
