"""Gift vouchers sold online: ordered, paid as a booking is, sent, and given back unspent.

A voucher exists once its money stands in the ledger; until then there is an order.
"""
