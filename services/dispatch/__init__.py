"""派工 (dispatch): from the approved report through the visits to the closed case.

Papers:
- `work_order/` 维修单 (三联单), with its steps: `notices.py` 得知, `opening.py` 开单, `taking.py`
  派人与接单, `further_note.py` 追加出库单, `forgoing.py` 缺件先行, `fees.py` 费用, `work.py`
  维修与用户签字, `closing.py` 交销与结案, `continuing.py` 续单.
  What of it rests on its issue notes stands in `notes.py`, what on its visits in `visits.py`, what
  each kind of order asks for in `kinds.py`, what a new machine's in `commissioning.py` 调试.
- `claim/` 差旅报销单, with its steps: `submitting.py` 提交 (what the papers say of it is taken in
  `claimed.py`), `reviewing.py` 审核, `deciding.py` 批准与付款.
- `vouchers.py` 凭证簿: for which claim a voucher counts; written with the claim.
- `appointment_links.py` 确认链接册: which visit a customer's link opens; written with the visit.
- `leave.py` 请假: who is away when; one file, a stream for each person.
- `visit/` 上门, several to one order, with its steps: `planning.py` 约定, `link/` 确认链接,
  `departure.py` 出发, `journey.py` 到达与结束.

Writes: `shared/events/dispatch.py`, `visits.py` and `travel_claims.py`. Its milestones:
WorkOrderSigned and FurtherNoteNamed (inventory releases the notes they name), CustomerSigned and
SignatureVoided (what parts are reconciled against), RepairClosed (intake notes it, followup calls
back and asks for the papers), and those of a claim (whether finance has the report).
Listens to: RepairApproved (the order may be opened) and all milestones of an issue note (who may
leave, what may be recorded, what may be handed in rests on them). Keeps the cards of people and
branches (who is a technician, and which day it is there).
Read models: `work_order/board.py` who has what on which day, `work_order/awaiting.py` approved and
not yet opened, `work_order/taking_due.py` given to somebody and not yet taken,
`work_order/handing_in_due.py` signed by the customer and not yet handed in, `work_order/urged.py`
urged and still waiting, `views/next_visit.py` with parts out and nobody to go,
`views/unplanned.py` taken or gone to, not done, and nobody to go, `visit/schedule.py` who is
expected where and when, `visit/cards_left.py` what was left at closed doors,
`work_order/help_asked.py` what base is asked for, `claim/board.py` what is claimed and paid,
`views/away.py` who is away on which day, `waiting/tasks.py` what waits for whom
and which clocks were met, `waiting/order_clocks.py` whether the next visit was
planned and the journey claimed in time, `views/case_work.py` how often somebody went and how long
it took.
"""
