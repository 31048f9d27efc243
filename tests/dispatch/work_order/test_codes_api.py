"""Stories of the code over HTTP: in no answer and no record, and bound to what is signed."""

from collections.abc import Mapping
from typing import Any

from services.dispatch.app import room
from shared.events.notices import NoticeAsked
from shared.notices.wording import WORDS, digits_of, word_of
from shared.view import Recorded, recorded
from tests.dispatch.desk import EXAMPLES, VISIT_PATH, Dispatch
from tests.shared.http_desk import codes

SIGNING = {"how": "code", "signer": "王小明"}


def done(dispatch: Dispatch) -> str:
    """The work is done, and nobody has signed it."""
    path = dispatch.there()
    dispatch.done(dispatch.does(dispatch.liu, f"{path}/work-records", EXAMPLES["work-records"]))
    dispatch.done(dispatch.does(dispatch.liu, f"{VISIT_PATH}/endings", {"outcome": "done"}))
    return path


def asked(dispatch: Dispatch) -> Recorded:
    """What the sender is to send."""
    partitions = range(dispatch.record.partitions)
    stored = [each for n in partitions for each in dispatch.record.facts(n, 0, 10_000)]
    told = [recorded(room.name, each) for each in stored]
    (found,) = [each for each in told if isinstance(each.fact, NoticeAsked)]
    return found


def sent(dispatch: Dispatch) -> str:
    """The digits as they come to the customer."""
    secret = dispatch.desk.keys.master.now().derive(WORDS)
    return digits_of(word_of(secret, asked(dispatch).command))


def told(dispatch: Dispatch, path: str, digits: str) -> Mapping[str, Any]:
    answer = dispatch.does(dispatch.liu, f"{path}/signing-code-tries", {"digits": digits})
    said: Mapping[str, Any] = dispatch.done(answer).json()["told"]
    return said


def test_the_customer_signs_by_a_code_that_only_their_phone_has_told(dispatch: Dispatch) -> None:
    path = done(dispatch)
    body = {"content": dispatch.shown(path)["work_content"]}
    made = dispatch.done(dispatch.does(dispatch.liu, f"{path}/signing-codes", body)).json()
    assert made["facts"] == ["SigningCodeAsked", "NoticeAsked"]
    assert not made.get("told"), "nobody at the desk is told the digits"
    digits = sent(dispatch)
    assert digits not in dispatch.desk.get(path, dispatch.liu).text
    signs = {**SIGNING, **body}
    signatures = f"{path}/customer-signatures"
    assert codes(dispatch.does(dispatch.liu, signatures, signs)) == ["code-missing"]
    wrong = f"{(int(digits) + 1) % 1_000_000:06}"
    assert told(dispatch, path, wrong) == {"right": "no"}
    assert told(dispatch, path, digits) == {"right": "yes"}
    signed = dispatch.done(dispatch.does(dispatch.liu, signatures, signs)).json()
    assert signed["facts"] == ["CustomerSigned"]


def test_by_e_mail_it_goes_to_the_card_of_the_customer(dispatch: Dispatch) -> None:
    path = done(dispatch)
    body = {"content": dispatch.shown(path)["work_content"], "tell": "email"}
    asks = f"{path}/signing-codes"
    assert codes(dispatch.does(dispatch.liu, asks, body)) == ["address-missing"]
    ours = dispatch.mailed("wang@example.org")
    dispatch.done(dispatch.does(dispatch.liu, asks, body))
    fact = asked(dispatch).fact
    assert isinstance(fact, NoticeAsked)
    assert (fact.channel, fact.to) == ("email", ours)


def test_after_five_wrong_ones_it_is_over(dispatch: Dispatch) -> None:
    path = done(dispatch)
    body = {"content": dispatch.shown(path)["work_content"]}
    dispatch.done(dispatch.does(dispatch.liu, f"{path}/signing-codes", body))
    digits = sent(dispatch)
    for n in range(1, 6):
        wrong = f"{(int(digits) + n) % 1_000_000:06}"
        assert told(dispatch, path, wrong) == {"right": "no"}
    tries = f"{path}/signing-code-tries"
    assert codes(dispatch.does(dispatch.liu, tries, {"digits": digits})) == ["code-over"]
    not_six = dispatch.does(dispatch.liu, tries, {"digits": "12345"})
    assert codes(not_six) == ["wrong-form"]
