"""受理 (intake): from the first call to the approved report.

Papers:
- `report/` 报修单, with its steps: `reporting.py` 报修, `basics.py` 基本信息与首问移交,
  `diagnosis.py` 诊断、远程指导与技术签字, `submission.py` 送审, `approval.py` 审批,
  `ending.py` 结案, `repeat.py` 再次报修; of a new machine `planning.py` 调试计划. What each kind
  of report asks for stands in `kinds.py`, what it lacks at each gate in `completeness.py`, what
  others read of it in `document.py`, what a customer sees and says of it in `customer/`.
- `complaint/` 投诉单, from the customer's words to an end: `receiving.py` 受理, `assigning.py`
  分派, `resolving.py` 处理, `calling.py` 回访, `ending.py` 结案, `clocks.py` 时限. Which answers of
  a call-back lead to one stands in `sayings.py`.
- `legacy.py` 旧单, the imported histories, and `delegation.py` 授权, who stands in for whom.
- `hidden_values.py` 选项停用, which values of the lists a branch chooses no more.
- `registers.py` 网点、人员、用户、设备, one stream a card; `cards.py` has what
  papers ask of cards, `acceptance.py` from when a machine's warranty runs.

Writes: `shared/events/intake.py`, `cards.py` and `complaints.py`. Its milestones are
RepairReported, RepairApproved, RepairClosed (until approval; from then on dispatch writes it) and
what the registers say.
Listens to: the milestones of work orders, so that the report is closed where its order is, and an
accepted machine's card says from when its warranty runs; those of call-backs, so that a customer
who is not satisfied has a new report or a complaint.
Read models: `report/open_reports.py` what is on the desk, `report/approvals_due.py` what waits for
an approval, `complaint/board.py` every complaint, `complaint/complaints_due.py` and
`complaint/calls_due.py` which are late, `views/tickets.py` every ticket, `views/tasks.py` what
waits for whom and which clocks were met, `views/case_times.py` how long each stage took, and the
cards of each register.
"""
