"""联系方式的接口 (HTTP of addresses): where the customer of an order is told something."""

from services.dispatch.work_order.state import WorkOrder
from shared.http.registers import Registers
from shared.notices.asking import Reached


def reached(registers: Registers, order: WorkOrder) -> Reached:
    """By the phone on the approved report, and by e-mail as the card of its customer says."""
    if order.noted is None:
        return Reached(None, None)
    approved = order.noted.approved
    return Reached(approved.contact_phone, registers.email_of(approved.basics.customer))
