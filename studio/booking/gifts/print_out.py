"""A voucher as a PDF, from its rows."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.booking import links
from studio.payments import voucher_paper, vouchers
from studio.payments.voucher_orders import VoucherOrder
from studio.payments.voucher_paper import Printed
from studio.payments.vouchers import Voucher
from studio.scheduling.queries import the_studio


def drawing(session: Session, voucher: Voucher) -> Callable[[], bytes]:
    """What draws *voucher*: it has read all it needs, so that drawing keeps no transaction open."""
    order = session.scalars(
        select(VoucherOrder).where(VoucherOrder.voucher_id == voucher.id)
    ).one_or_none()
    value = vouchers.issued(session, voucher)
    printed = Printed(value, order.buyer, order.greeting) if order else Printed(value)
    studio, base = the_studio(session), links.settings().base_url
    for each in (voucher, studio):
        session.expunge(each)
    return lambda: voucher_paper.pdf(voucher, printed, studio, base)
