"""摘要: the same number or name has the same digest, however it is written. No other has it."""

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from shared.events.meaning import LookUpKind
from shared.personal.digest import Digester, names, phones
from shared.personal.master import MasterKey

DIGESTER = Digester(MasterKey(bytes(range(32))))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("138 0013-8000", {"13800138000"}),
        ("+86 138-0013-8000", {"13800138000"}),
        ("0086-138-0013-8000", {"13800138000"}),
        ("8613800138000", {"13800138000"}),
        ("＋８６　１３８００１３８０００", {"13800138000"}),
        ("(0571) 8888-8888", {"057188888888"}),
        ("+86 571 8888 8888", {"057188888888"}),
        ("+86 (0)571-8888-8888", {"057188888888"}),
        ("0571-88888888-8001", {"057188888888"}),
        ("0571-88888888转8001", {"057188888888"}),
        ("0571-88888888 分机 8001", {"057188888888"}),
        ("021 8888 8888 x12", {"02188888888"}),
        ("13800138000/13900139000", {"13800138000", "13900139000"}),
        ("13800138000或0571-88888888", {"13800138000", "057188888888"}),
        ("+49 30 1234567", {"+49301234567"}),
        ("0049-30-1234567", {"+49301234567"}),
        ("+86 400 800 1234", {"4008001234"}),
        ("400-800-1234", {"4008001234"}),
        ("95588", {"95588"}),
        ("", set()),
        ("无", set()),
        ("+86", set()),
    ],
)
def test_a_number_is_the_same_however_it_is_written(written: str, meant: set[str]) -> None:
    assert phones(written) == meant


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("张三", " 张　三 "),
        ("ＡＢＣ（杭州）公司", "abc(杭州)公司"),
        ("Müller", "MU\u0308LLER"),
        ("Straße", "STRASSE"),
        ("𠮷野家", "𠮷野家"),
    ],
)
def test_a_name_is_the_same_however_it_is_written(one: str, other: str) -> None:
    assert names(one) == names(other) != set()
    assert DIGESTER.digests(LookUpKind.NAME, one) == DIGESTER.digests(LookUpKind.NAME, other)


def test_other_texts_kinds_and_master_keys_have_other_digests() -> None:
    text = "13800138000"
    own = DIGESTER.digests(LookUpKind.PHONE, text)
    assert len(own) == 1
    assert own != DIGESTER.digests(LookUpKind.PHONE, "13800138001")
    assert own != DIGESTER.digests(LookUpKind.NAME, text)
    assert own != Digester(MasterKey(bytes(32))).digests(LookUpKind.PHONE, text)
    assert DIGESTER.digests(LookUpKind.NAME, "吉野家") != DIGESTER.digests(
        LookUpKind.NAME, "𠮷野家"
    )
    assert DIGESTER.digests(LookUpKind.NAME, " \t") == set()


@for_all(st.text(), st.sampled_from(LookUpKind))
def test_any_text_has_digests_and_the_same_again(text: str, kind: LookUpKind) -> None:
    digests = DIGESTER.digests(kind, text)
    assert digests == DIGESTER.digests(kind, text)
    assert all(len(digest) == 32 for digest in digests)


@for_all(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.lists(st.integers(0, 11), max_size=4))
def test_blanks_and_dashes_anywhere_mean_nothing(number: str, cuts: list[int]) -> None:
    written = number
    for cut in sorted(cuts, reverse=True):
        written = f"{written[:cut]} {written[cut:]}"
    assert phones(written) == phones(f"+86 {written}") == {number}
