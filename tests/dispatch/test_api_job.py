"""Stories of dispatch over HTTP: from the signed order to the closed case, and every no."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.envelope import Stored
from shared.events.order_sheet import NoteStage
from shared.events.report_form import HiddenValue, HiddenValuesDocument, ListedField
from shared.events.values import RepairNature
from shared.personal.seal import HIDDEN
from tests.dispatch.desk import EXAMPLES, FORM, PATH, PLAIN, VISIT_PATH, Dispatch
from tests.dispatch.example import BRANCH, HOME, LIU, NOTE_C1, NUMBER, TICKET
from tests.dispatch.job import V1, V2, VOID, noted_note, settled
from tests.shared.http_desk import codes


def test_a_repair_goes_from_the_signed_order_to_its_end(dispatch: Dispatch) -> None:
    path = dispatch.handed_in()
    dispatch.done(dispatch.does(dispatch.clerk, f"{path}/closings", EXAMPLES["closings"]))
    order = dispatch.shown(path)
    assert (order["stage"], order["ending"], order["taken_by"]) == (
        "closed",
        "repaired",
        "C-WANGFANG",
    )
    assert order["customer"]["signature"]["content"] == order["work_content"]
    assert (order["customer"]["signer"], order["technicians"]) == ("王小明", [LIU])
    assert order["handed_in"]["notes"] == [NOTE_C1.number]
    signed = next(step for step in dispatch.history() if step["type"] == "CustomerSigned")
    assert (signed["policy"], signed["data"]["due_at"]) == ("core@1", "2026-11-26T06:00:00Z")
    (row,) = dispatch.rows("?stage=closed")
    assert (row["number"], row["ending"]) == (NUMBER, "repaired")
    told = [step["type"] for step in dispatch.history()]
    assert told[4:] == [
        "IssueNoteNoted",
        "VisitPlanned",
        "AppointmentConfirmed",
        "Departed",
        "Arrived",
        "WorkRecorded",
        "VisitEnded",
        "CustomerSigned",
        "IssueNoteNoted",
        "TaskHandedIn",
        "RepairClosed",
    ]


def test_what_was_wrong_is_voided_returned_and_done_again(dispatch: Dispatch) -> None:
    path = dispatch.handed_in()
    returns = EXAMPLES["hand-in-returns"]
    dispatch.done(dispatch.does(dispatch.clerk, f"{path}/hand-in-returns", returns))
    (row,) = dispatch.rows()
    assert (row["stage"], row["because"]) == ("signed", returns["reasons"][0])
    voiding = EXAMPLES["signature-voidings"]
    dispatch.done(dispatch.does(dispatch.clerk, f"{path}/signature-voidings", voiding))
    assert (dispatch.shown(path)["stage"], dispatch.shown(path)["customer"]) == ("accepted", None)


def test_the_rest_of_a_short_line_goes_on_a_further_note(dispatch: Dispatch) -> None:
    path = dispatch.signed()
    dispatch.heard(VOID.note)
    further = EXAMPLES["further-notes"]
    dispatch.done(dispatch.does(dispatch.clerk, f"{path}/further-notes", further))
    assert [note["number"] for note in dispatch.shown(path)["notes"]] == [
        f"{TICKET}-C1",
        f"{TICKET}-C2",
    ]
    told = dispatch.does(dispatch.liu, f"{path}/further-notes", further)
    assert (told.status_code, codes(told)) == (403, ["role"])


def test_the_calendar_is_asked_by_technician_and_day(dispatch: Dispatch) -> None:
    dispatch.there()
    asked = f"/v1/visits?technician={LIU}&window_on=2026-11-24"
    (row,) = dispatch.shown(asked)["rows"]
    assert (row["number"], row["order"], row["stage"]) == (V1, NUMBER, "arrived")
    assert dispatch.shown("/v1/visits?window_on=2026-11-25")["rows"] == []
    visit = dispatch.shown(VISIT_PATH)
    assert (visit["stage"], visit["departed"]["checklist"]) == (
        "arrived",
        EXAMPLES["departures"]["checklist"],
    )


def test_nobody_home_and_a_second_visit_by_the_days_of_the_branch(dispatch: Dispatch) -> None:
    dispatch.there()
    dispatch.done(dispatch.does(dispatch.liu, f"{VISIT_PATH}/endings", EXAMPLES["endings"]))
    second = VISIT_PATH.replace("-V1", "-V2")
    midnight = {"start_at": "2026-11-24T17:00:00+00:00", "end_at": "2026-11-24T19:00:00+00:00"}
    plan = {**EXAMPLES["plans"], "window": midnight, "travel_at": midnight["start_at"]}
    dispatch.done(dispatch.does(dispatch.clerk, f"{second}/plans", plan))
    appointment = EXAMPLES["appointments"]
    dispatch.done(dispatch.does(dispatch.clerk, f"{second}/appointments", appointment))
    told = dispatch.does(dispatch.liu, f"{second}/departures", EXAMPLES["departures"])
    assert codes(told) == ["not-the-planned-day"]
    assert [each["number"] for each in told.json()["reasons"][0]["mends"]] == [V2]
    today = {"travel_at": "2026-11-24T15:30:00+00:00", "because": "改乘夜车"}
    moved = {**today, "window": midnight, "customer_agreed": True}
    dispatch.done(dispatch.does(dispatch.liu, f"{second}/reschedulings", moved))
    (row,) = dispatch.shown("/v1/visits?window_on=2026-11-25")["rows"]
    assert row["number"] == V2
    for step in ("departures", "arrivals"):
        dispatch.done(dispatch.does(dispatch.liu, f"{second}/{step}", EXAMPLES[step]))


def test_how_far_above_the_estimate_somebody_agrees_is_policy(dispatch: Dispatch) -> None:
    paid = replace(PLAIN.diagnosis, repair_nature=RepairNature.PAID, estimated_fen=20_000)
    path = dispatch.approved(report=replace(PLAIN, diagnosis=paid))
    form = {**FORM, "repair_nature": "paid"}
    dispatch.done(dispatch.desk.post(f"{path}/openings", {"form": form}, dispatch.clerk))
    dispatch.done(dispatch.desk.post(f"{path}/assignments", {"technician": LIU}, dispatch.clerk))
    body = {"content": dispatch.shown(path)["content"], "how": "session"}
    dispatch.done(dispatch.desk.post(f"{path}/signatures", body, dispatch.liu))
    absurd = {**EXAMPLES["consents"], "fen": 200_001}
    told = dispatch.does(dispatch.liu, f"{path}/consents", absurd)
    assert codes(told) == ["consent-beyond-estimate"]
    dispatch.done(dispatch.does(dispatch.liu, f"{path}/consents", {**absurd, "fen": 200_000}))


def test_whoever_finds_the_card_can_be_helped(dispatch: Dispatch) -> None:
    """The card is found by its number, and the page of the ticket shows what it says."""
    dispatch.there()
    ending = {**EXAMPLES["endings"], "whom_to_call": "C-WANGFANG"}
    nobody = {**ending, "whom_to_call": "C-NOBODY"}
    told = dispatch.desk.post(f"{VISIT_PATH}/endings", nobody, dispatch.liu)
    assert codes(told) == ["nobody-of-ours"]
    dispatch.done(dispatch.desk.post(f"{VISIT_PATH}/endings", ending, dispatch.liu))
    (arrived,) = [each for each in dispatch.history() if each["type"] == "Arrived"]
    card = dispatch.shown(VISIT_PATH)["ended"]["card"]
    came_at = datetime.fromisoformat(card["came_at"])
    assert came_at == datetime.fromisoformat(arrived["occurred_at"])
    assert (card["number"], card["whom_to_call"]) == (f"{V1}-K1", "C-WANGFANG")
    papers = dispatch.shown(f"/v1/tickets/{TICKET}/papers")["rows"]
    (visit,) = [each["paper"] for each in papers if each["kind"] == "visit"]
    assert visit["ended"]["card"] == card


def test_a_visit_is_moved_or_called_off(dispatch: Dispatch) -> None:
    dispatch.drawn()
    for step in ("plans", "appointments", "reschedulings"):
        dispatch.done(dispatch.does(dispatch.clerk, f"{VISIT_PATH}/{step}", EXAMPLES[step]))
    assert len(dispatch.shown("/v1/visits?window_on=2026-11-25")["rows"]) == 1
    by_rail = {**EXAMPLES["departures"], "mode": "rail"}
    told = dispatch.does(dispatch.liu, f"{VISIT_PATH}/departures", by_rail)
    assert codes(told) == ["travel-not-approved"]
    assert "旅程方式" in told.json()["reasons"][0]["zh"]
    cancelling = EXAMPLES["cancellations"]
    dispatch.done(dispatch.does(dispatch.clerk, f"{VISIT_PATH}/cancellations", cancelling))
    assert dispatch.shown("/v1/visits?stage=cancelled")["rows"][0]["number"] == V1


def test_visits_are_numbered_on_within_a_ticket(dispatch: Dispatch) -> None:
    dispatch.drawn()
    second = VISIT_PATH.replace("-V1", "-V2")
    told = dispatch.does(dispatch.clerk, f"{second}/plans", EXAMPLES["plans"])
    assert codes(told) == ["visits-in-order"]
    other = VISIT_PATH.replace("0001-V1", "0009-V1")
    told = dispatch.does(dispatch.clerk, f"{other}/plans", EXAMPLES["plans"])
    assert (told.status_code, codes(told)) == (404, ["unknown"])
    told = dispatch.desk.get("/v1/visits/V1", dispatch.clerk)
    assert (told.status_code, codes(told)) == (422, ["wrong-form"])


def test_every_gate_names_what_is_missing(dispatch: Dispatch) -> None:
    path = dispatch.signed()
    for step in ("plans", "appointments"):
        dispatch.done(dispatch.does(dispatch.liu, f"{VISIT_PATH}/{step}", EXAMPLES[step]))
    by_air = {"mode": "air"}
    told = dispatch.does(dispatch.liu, f"{VISIT_PATH}/departures", by_air)
    assert codes(told) == ["travel-not-approved", "parts-not-in-hand"]
    told = dispatch.does(dispatch.liu, f"{path}/work-records", EXAMPLES["work-records"])
    assert codes(told) == ["not-arrived", "used-beyond-issued"]
    by_hand = dispatch.drawn_by_hand()
    signing = {**EXAMPLES["customer-signatures"], "how": "session", **by_hand}
    told = dispatch.does(dispatch.liu, f"{path}/customer-signatures", signing)
    assert codes(told) == ["no-work-recorded", "visit-not-done", "not-his-session"]
    told = dispatch.does(dispatch.liu, f"{path}/hand-ins", {})
    assert codes(told) == ["not-signed", "not-reconciled"]
    told = dispatch.does(dispatch.clerk, f"{path}/closings", EXAMPLES["closings"])
    assert codes(told) == ["not-handed-in"]
    told = dispatch.does(dispatch.clerk, f"{path}/closings", {"ending": "withdrawn"})
    assert codes(told) == ["closing-incomplete", "visit-open", "not-reconciled"]


def test_a_recalled_order_is_taken_again_under_new_notes(dispatch: Dispatch) -> None:
    path = dispatch.drawn()
    told = dispatch.does(dispatch.clerk, f"{path}/recalls", EXAMPLES["recalls"])
    assert codes(told) == ["parts-still-held"]
    dispatch.heard(settled(None, 0, 0))
    dispatch.done(dispatch.does(dispatch.clerk, f"{path}/recalls", EXAMPLES["recalls"]))
    dispatch.done(dispatch.does(dispatch.clerk, f"{path}/assignments", {"technician": LIU}))
    body = {"content": dispatch.shown(path)["content"]}
    dispatch.done(dispatch.does(dispatch.liu, f"{path}/signatures", body))
    assert [note["number"] for note in dispatch.shown(path)["notes"]] == [f"{TICKET}-C2"]


def test_only_technicians_do_the_work(dispatch: Dispatch) -> None:
    path = dispatch.drawn()
    recording = (f"{path}/work-records", EXAMPLES["work-records"])
    told = dispatch.does(dispatch.clerk, *recording)
    assert (told.status_code, codes(told)) == (403, ["role"])
    told = dispatch.does(dispatch.chen, *recording)
    assert "not-your-order" in codes(told)


def test_another_branch_makes_no_visits(dispatch: Dispatch) -> None:
    dispatch.there()
    other = dispatch.desk.staff("T-SH", ["technician"], ["SH01"])
    assert dispatch.shown("/v1/visits", other)["rows"] == []
    assert codes(dispatch.desk.get(VISIT_PATH, other)) == ["unknown"]
    told = dispatch.does(other, f"{VISIT_PATH}/endings", {"outcome": "done"})
    assert (told.status_code, codes(told)) == (404, ["unknown"])
    second = VISIT_PATH.replace("-V1", "-V2")
    told = dispatch.does(other, f"{second}/plans", EXAMPLES["plans"])
    assert codes(told) == ["unknown"]


def test_who_signed_is_shown_by_right_alone(dispatch: Dispatch) -> None:
    path = dispatch.repaired()
    auditor = dispatch.desk.staff("A-1", ["auditor"], [BRANCH])
    hidden = dispatch.shown(path, auditor)["customer"]
    assert (hidden["signer"], hidden["opinion"]) == (HIDDEN, "修得很快 quick and tidy")
    shown = dispatch.shown(f"{path}?open=true&because=投诉", auditor)["customer"]
    assert (shown["signer"], shown["opinion"]) == ("王小明", "修得很快 quick and tidy")


def test_another_journey_is_granted_in_one_click(dispatch: Dispatch) -> None:
    path = dispatch.drawn()
    boss = dispatch.desk.staff("A-ZHAOLEI", ["approver"], [BRANCH])
    for step in ("plans", "appointments"):
        dispatch.done(dispatch.does(dispatch.liu, f"{VISIT_PATH}/{step}", EXAMPLES[step]))
    wanted = {"mode": "rail", "travel_at": "2026-11-24T12:00:00+08:00", "because": "车坏了"}
    dispatch.done(dispatch.does(dispatch.liu, f"{path}/travel-changes", wanted))
    order, _ = TestThePage().papers(dispatch, boss)
    granting = next(each for each in order["next"] if each["path"].endswith("change-approvals"))
    assert granting["allowed"]
    for shown in (order["paper"], dispatch.shown(path, boss)):
        asked = shown["travel_asked"]
        assert (asked["by"], asked["wanted"]["mode"], asked["because"]) == (LIU, "rail", "车坏了")
    seen = {"mode": "rail", "travel_at": wanted["travel_at"]}
    dispatch.done(dispatch.does(boss, f"{path}/travel-change-approvals", seen))
    assert dispatch.shown(path, boss)["travel_asked"] is None
    by_rail = {"mode": "rail"}
    dispatch.done(dispatch.does(dispatch.liu, f"{VISIT_PATH}/departures", by_rail))
    (row,) = dispatch.rows()
    assert (row["travel_mode"], row["travel_on"]) == ("rail", "2026-11-24")


def test_a_mode_that_the_branch_hides_is_refused_as_intake_refuses_it(dispatch: Dispatch) -> None:
    path = dispatch.drawn()
    hidden = HiddenValuesDocument((HiddenValue(ListedField.TRAVEL_MODE, "rail"),))
    dispatch.desk.views.documents["intake", f"hidden_values-{BRANCH}"] = hidden
    wanted = {"mode": "rail", "travel_at": "2026-11-24T12:00:00+08:00", "because": "车坏了"}
    told = dispatch.does(dispatch.liu, f"{path}/travel-changes", wanted)
    assert codes(told) == ["value-hidden"]
    (said,) = told.json()["reasons"]
    assert said["zh"].startswith(f"网点 {BRANCH} 的“旅程方式”已停用“")
    assert [each["path"] for each in said["mends"]] == [
        f"{path}/travel-changes",
        f"/v1/branches/{BRANCH}/hidden-values/showings",
    ]
    dispatch.done(
        dispatch.does(dispatch.liu, f"{path}/travel-changes", {**wanted, "mode": "coach"})
    )


def test_who_grants_parts_is_shown_what_was_asked_for(dispatch: Dispatch) -> None:
    path = dispatch.there()
    boss = dispatch.desk.staff("A-ZHAOLEI", ["approver"], [BRANCH])
    wanted = EXAMPLES["supplements"]
    told = dispatch.does(dispatch.liu, f"{path}/supplements", wanted)
    assert codes(told) == ["part-unknown"]
    dispatch.catalogued("FMQ-1")
    told = dispatch.does(dispatch.liu, f"{path}/supplements", wanted)
    assert codes(told) == ["supplement-asks-more"], "nobody knows what it costs"
    dispatch.catalogued("FMQ-1", value_fen=1_000_000)
    told = dispatch.does(dispatch.liu, f"{path}/supplements", wanted)
    assert codes(told) == ["supplement-asks-more"]
    dispatch.catalogued("FMQ-1", value_fen=1_000)
    dispatch.done(dispatch.does(dispatch.liu, f"{path}/supplements", wanted))
    order, _ = TestThePage().papers(dispatch, boss)
    asked = order["paper"]["supplement_asked"]
    assert asked["by"] == LIU
    assert {name: asked[name] for name in wanted} == wanted
    granting = next(e for e in order["next"] if e["path"].endswith("supplement-approvals"))
    assert granting["allowed"]


class TestThePage:
    """单据页: what may be done next with the order and its visits."""

    def test_it_says_what_may_be_done_and_why_not(self, dispatch: Dispatch) -> None:
        dispatch.there()
        order, visit = self.papers(dispatch, dispatch.liu)
        assert (order["kind"], visit["kind"], visit["stage"]) == ("work_order", "visit", "arrived")
        allowed = self.allowed(order) | self.allowed(visit)
        assert allowed == {
            f"{PATH}/work-records",
            f"{PATH}/supplements",
            f"{PATH}/contact-attempts",
            f"{VISIT_PATH}/endings",
        }
        reasons = {
            step["path"]: [each["code"] for each in step["reasons"]] for step in order["next"]
        }
        assert reasons[f"{PATH}/hand-ins"] == ["not-signed", "not-reconciled"]
        assert reasons[f"{PATH}/recalls"] == ["role", "on-site", "parts-still-held"]

    def test_each_step_can_be_asked_for_as_it_is_offered(self, dispatch: Dispatch) -> None:
        """Of every stage the page can be shown, and somebody may do something there."""
        stages = [
            (dispatch.approved, dispatch.clerk, "openings"),
            (dispatch.opened, dispatch.clerk, "assignments"),
            (dispatch.assigned, dispatch.liu, "signatures"),
        ]
        for reach, who, step in stages:
            reach()
            (order,) = self.papers(dispatch, who)
            assert f"{PATH}/{step}" in self.allowed(order)

    def test_whoever_the_clerk_will_choose_may_be_given_the_order(self, dispatch: Dispatch) -> None:
        """The approved journey names nobody: nothing is said against a person nobody named."""
        dispatch.opened_for_anybody()
        (order,) = self.papers(dispatch, dispatch.clerk)
        assert f"{PATH}/assignments" in self.allowed(order)

    def test_each_stream_is_read_once_however_much_is_offered(self, dispatch: Dispatch) -> None:
        """A visit is also of a series that the order's steps look at."""
        dispatch.there()
        dispatch.record.read_names.clear()
        self.papers(dispatch, dispatch.liu)
        read = Counter(dispatch.record.read_names)
        assert {HOME: 1, f"visit-{V1}": 1}.items() <= read.items()
        assert set(read.values()) == {1}

    def test_a_visit_is_offered_at_the_approved_time(self, dispatch: Dispatch) -> None:
        dispatch.drawn()
        (order,) = self.papers(dispatch, dispatch.liu)
        assert f"{VISIT_PATH}/plans" in self.allowed(order)

    def test_no_signature_is_offered_under_fees_that_rest_on_nothing(
        self, dispatch: Dispatch
    ) -> None:
        """The customer's signature mends nothing that stands on the record."""
        path = dispatch.there()
        fee = {"kind": "labour", "fen": 100, "quoted_fen": 100}
        paid = {**fee, "paid_how": "cash", "receipt_no": "R-1"}
        work = {**EXAMPLES["work-records"]["work"], "fees": [paid], "no_fees": False}
        dispatch.done(dispatch.does(dispatch.liu, f"{path}/work-records", {"work": work}))
        dispatch.done(dispatch.does(dispatch.liu, f"{VISIT_PATH}/endings", {"outcome": "done"}))
        order, _ = self.papers(dispatch, dispatch.liu)
        assert not {f"{PATH}/customer-signatures", f"{PATH}/signature-refusals"} & self.allowed(
            order
        )
        assert f"{PATH}/work-records" in self.allowed(order), "it is recorded anew"
        signing = next(e for e in order["next"] if e["path"].endswith("customer-signatures"))
        (why,) = [each for each in signing["reasons"] if each["code"] == "fees-unfounded"]
        assert [each["path"] for each in why["mends"]] == [
            f"{PATH}/work-records",
            f"{PATH}/fee-requests",
        ]

    def test_the_end_is_offered_to_the_clerk(self, dispatch: Dispatch) -> None:
        dispatch.handed_in()
        order, visit = self.papers(dispatch, dispatch.clerk)
        assert self.allowed(order) == {f"{PATH}/hand-in-returns", f"{PATH}/closings"}
        assert [step["allowed"] for step in visit["next"]] == [False]
        dispatch.done(dispatch.does(dispatch.clerk, f"{PATH}/closings", EXAMPLES["closings"]))
        order, _ = self.papers(dispatch, dispatch.clerk)
        assert order["next"] == []

    @pytest.mark.parametrize("stream", [HOME, f"visit-{V1}"])
    def test_a_paper_whose_chain_is_broken_is_named_and_the_rest_is_shown(
        self, dispatch: Dispatch, stream: str
    ) -> None:
        dispatch.there()

        def forge(stored: Stored) -> Stored:
            changed = stored.body + b" " if stored.stream == stream else stored.body
            return replace(stored, body=changed)

        dispatch.record.tables = dispatch.record.tables.forged(forge)
        papers = {paper["stream"]: paper for paper in self.papers(dispatch, dispatch.clerk)}
        broken = papers.pop(stream)
        assert (broken["broken"]["code"], broken["paper"], broken["next"]) == (
            "broken-chain",
            None,
            [],
        )
        (other,) = papers.values()
        assert (other["broken"], other["paper"] is not None) == (None, True)
        told = {reason["code"] for step in other["next"] for reason in step["reasons"]}
        assert stream == HOME or "broken-chain" in told, "of steps that rest on the visit"

    def allowed(self, paper: Mapping[str, Any]) -> set[str]:
        return {step["path"] for step in paper["next"] if step["allowed"]}

    def papers(self, dispatch: Dispatch, who: str) -> list[Mapping[str, Any]]:
        shown = dispatch.shown(f"/v1/tickets/{TICKET}/papers", who)["rows"]
        return sorted(shown, key=lambda paper: paper["kind"] != "work_order")


def test_a_note_that_is_heard_of_before_its_approval_makes_no_order(dispatch: Dispatch) -> None:
    dispatch.heard(noted_note(NoteStage.RELEASED))
    told = dispatch.desk.get(PATH, dispatch.clerk)
    assert (told.status_code, codes(told)) == (404, ["unknown"])
    told = dispatch.does(dispatch.clerk, f"{PATH}/assignments", {"technician": LIU})
    assert codes(told) == ["not-opened"]
    assert dispatch.shown(f"/v1/tickets/{TICKET}/papers")["rows"] == []


@pytest.mark.parametrize("field", ["arrived_at", "finished_at"])
def test_no_work_was_begun_or_done_before_the_arrival_that_is_recorded(
    dispatch: Dispatch, field: str
) -> None:
    """到达之前: a device whose clock stands a year behind tells of no work."""
    path, work = dispatch.there(), EXAMPLES["work-records"]["work"]
    year_before = (datetime.fromisoformat(work["arrived_at"]) - timedelta(days=365)).isoformat()
    told = dispatch.does(
        dispatch.liu, f"{path}/work-records", {"work": {**work, field: year_before}}
    )
    reasons = {why["code"]: why["numbers"] for why in told.json()["reasons"]}
    assert (told.status_code, "before-its-ground" in codes(told)) == (422, True)
    assert reasons["before-its-ground"]["field"] == f"work.{field}"
    dispatch.done(dispatch.does(dispatch.liu, f"{path}/work-records", {"work": work}))
