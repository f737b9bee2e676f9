"""Dues, payments, refunds, the ledger and the processor's events."""
