"""派工 (dispatch): from the approved report through the visits to the closed case.

Papers:
- `work_order.py` 维修单 (三联单), whose commands stand in `order_commands.py` and whose state in
  `order_state.py`: made out (`order_form.py`), given and taken (`order_taking.py`), worked on and
  signed by the customer (`order_work.py`), handed in and closed (`order_closing.py`);
  `order_notes.py` says what of it rests on its issue notes.
- `visit.py` 上门, with its state in `visit_state.py`; several to one order.

Writes: `shared/events/dispatch.py`. Its milestones: WorkOrderSigned and FurtherNoteNamed (inventory
releases the notes they name), CustomerSigned and SignatureVoided (what parts are reconciled
against), RepairClosed (intake notes it, followup calls back and asks for the papers).
Listens to: RepairApproved (the order may be opened) and all milestones of an issue note (who may
leave, what may be recorded, what may be handed in rests on them). Keeps the cards of people and
branches (who is a technician, and which day it is there).
Read models: `views/board.py` who has what on which day, `views/visits.py` who is expected where and
when, `views/awaiting.py` approved and not yet opened, `views/taking_due.py` given to somebody and
not yet taken, `views/handing_in_due.py` signed by the customer and not yet handed in.
"""
