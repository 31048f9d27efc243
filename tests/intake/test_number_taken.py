"""号段 over HTTP: employees and customers have numbers of their own."""

from tests.intake.desk import CLERK, CUSTOMER, EXAMPLES, Intake
from tests.shared.http_desk import codes


def test_a_customer_is_not_registered_under_the_number_of_an_employee(intake: Intake) -> None:
    intake.opened()
    card = {**EXAMPLES["customers"], "id": CLERK, "active": False}
    assert codes(intake.desk.post("/v1/customers", card, intake.clerk)) == ["number-taken"]
    person = {**EXAMPLES["people"], "id": CUSTOMER}
    assert codes(intake.desk.post("/v1/people", person, intake.operator)) == ["number-taken"]


def test_a_card_of_a_customer_says_nothing_of_an_employee(intake: Intake) -> None:
    """Such a pair of cards can stand from before they were refused."""
    intake.opened()
    auditor = intake.desk.token("EXT-AUDITOR", ["auditor"], ["HZ01"])
    card = {**EXAMPLES["customers"], "id": "EXT-AUDITOR", "active": False}
    intake.done(intake.desk.post("/v1/customers", card, intake.clerk))
    assert codes(intake.desk.get("/v1/reports", auditor)) == ["person-unregistered"]
    as_customer = intake.desk.token("EXT-AUDITOR", ["customer"], ["HZ01"])
    assert codes(intake.desk.get("/v1/my-reports", as_customer)) == ["person-inactive"]


def test_nobody_gives_a_branch_that_they_do_not_have(intake: Intake) -> None:
    intake.opened()
    local = intake.desk.staff("O-HZ", ["operator"], ["HZ01"])
    for branches in (["HZ01", "SH01"], ["HZ01", "*"], ["*"]):
        card = {**EXAMPLES["people"], "id": "O-2", "roles": ["operator"], "branches": branches}
        told = intake.desk.post("/v1/people", card, local)
        assert (told.status_code, codes(told)) == (403, ["foreign-branch"])
