"""配件库 (inventory): from the signed order's issue notes to the last piece accounted for.

Papers: `part_register.py` 配件目录, `part_store.py` 台账与定额 (its double entry is `ledger.py`),
`quarantine.py` 待检处理, `purchase/` 采购与入库, `own_use/` 自用与样品, `transfer/` 调拨 between
stores (what travels is `shipment.py`, what of it is lost `transit_loss.py`), `stocktake/` 盘点,
`closing/` 截帐 of a month (where what is recorded later counts is `periods.py`, what a
month was `consumption_report.py`),
`replenishment/` 补库 from base (its formula is `refill_draft.py`, what earlier requests wait for
`on_order.py`), `old_parts/` 旧件明细清单 to base (which pieces stand on one is `old_lines.py`,
which wait for one `old_pieces.py`),
`issue_note/` 出库单 with its steps: `release.py` 放行与作废, `drawing.py` 出库,
`parcel.py` 邮寄, `opening.py` 会同拆验, `taking_back.py` 邮件登记撤回, `reconciliation.py` 核销.
Writes: `shared/events/inventory.py`, `issue_notes.py`, `purchases.py`, `own_use.py`,
`transfers.py`, `consignments.py`, `old_parts.py`, `replenishments.py`, `stocktakes.py` and
`closings.py`; of its
milestones PartIssued, ArrivalAnnounced and ParcelOpened tell that parts are in hand, PartReconciled
and IssueNoteVoided that they are home.
Listens to: the milestones of a work order up to its closing (a note is released, and what it is
reconciled against is signed). Keeps the cards of people (who is a clerk, and who left).
Read models: `issue_note/board.py` every note, `issue_note/arrivals.py` which parcels both were told
of, `views/stock.py` what each account has,
`views/stock_value.py` what its pieces cost, `views/pieces.py` the life of those with serials,
`views/parts_out.py` what left the shelves and is not accounted for (what comes next with it is
`stock_lists/next_step.py`), `views/low_stock.py` what is below its quota, `views/parts.py` the
catalogue, `views/refill_drafts.py` what the calendar drafted last, `waiting/tasks.py` what each
paper waits for and where, `waiting/store_clocks.py` which clocks of a store were met.
"""
