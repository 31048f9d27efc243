"""电子邮箱 on cards: seen by whoever sees the phone, in no record and no log, gone with the key."""

import pytest

from shared.personal.seal import ERASED, HIDDEN
from tests.intake.desk import CUSTOMER, EXAMPLES, Intake

CARD, PERSON = EXAMPLES["customers"], EXAMPLES["people"]


@pytest.fixture
def desk(intake: Intake) -> Intake:
    intake.opened()
    person = {**PERSON, "id": "T-MAILED"}
    intake.done(intake.desk.post("/v1/people", person, intake.operator))
    return intake


@pytest.mark.parametrize("path", [f"customers/{CUSTOMER}", "people/T-MAILED"])
def test_whoever_sees_the_phone_sees_the_e_mail_and_nobody_else(desk: Intake, path: str) -> None:
    listed, _, number = path.partition("/")
    auditor = desk.desk.staff("U-AUDIT", ["auditor"], ["HZ01"])
    said = (CARD if listed == "customers" else PERSON)["email"]
    seen = set()
    for token in (desk.clerk, desk.technician, desk.approver, desk.operator, auditor):
        rows = desk.told(f"/v1/{listed}", token)["rows"]
        for card in (desk.told(f"/v1/{path}", token), *(r for r in rows if r["id"] == number)):
            phone, email = card.get("phone"), card.get("email")
            assert email == {None: None, HIDDEN: HIDDEN}.get(phone, said)
            seen.add(email)
    assert seen >= {HIDDEN, said}


def test_it_stands_in_no_record_and_no_log(
    desk: Intake, capsys: pytest.CaptureFixture[str]
) -> None:
    store = desk.desk.store
    facts = [str(each) for n in range(store.partitions) for each in store.facts(n, 0, 10_000)]
    assert any(CUSTOMER in each for each in facts)
    kept = " ".join((*facts, *capsys.readouterr()))
    assert not [email for email in (CARD["email"], PERSON["email"]) if email in kept]


def test_whoever_is_erased_has_none(desk: Intake) -> None:
    desk.desk.keys.destroy(f"customer-{CUSTOMER}")
    assert desk.told(f"/v1/customers/{CUSTOMER}", desk.clerk)["email"] == ERASED
