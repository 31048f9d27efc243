"""派工 (dispatch): from the approved report to the signed work order.

Papers: `work_order.py` 维修单 (三联单), made out with `order_form.py`.
Writes: `shared/events/dispatch.py`; its milestone is WorkOrderSigned, with which the order's issue
notes are released.
Listens to: RepairApproved (the order may be opened), PersonRegistered and PersonChanged (who is a
technician, and where).
Read models: `views/board.py` who has what on which day, `views/awaiting.py` approved and not yet
opened, `views/taking_due.py` given to somebody and not yet taken.
"""
