"""Sessions that a company pays for: covered by its code, invoiced by the month, paid by transfer.

The client owes nothing for such a session, so it has no dues: what the company owes is what the
session comes to less what its invoices have.
"""
