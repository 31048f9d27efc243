"""受理 (intake): from the first call to the approved report.

Papers: `report.py` 报修单, with its commands, its state and its checks in `report_*.py`;
`registers.py` 网点、人员、用户、设备, one stream a card; `legacy.py` 旧单, the imported histories.
Writes: `shared/events/intake.py`. Its milestones are RepairReported, RepairApproved, RepairClosed
(until approval; from then on dispatch writes it) and what the registers say.
Listens to: the milestones of work orders, so that the report is closed where its order is; those of
call-backs, so that a customer who is not satisfied has a new report.
"""
