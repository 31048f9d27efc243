"""密封: personal text comes in plain, is stored sealed, and is opened with the key."""

import copy
import importlib
import json
import logging
import pkgutil
import traceback
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, fields, replace

import msgspec
import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

import shared.events
from shared.decider import Refused
from shared.events import BOOK, DOCUMENTS
from shared.events.values import Personal, Phone, Sealed
from shared.personal.fields import has_personal
from shared.personal.key_store import Wrapped
from shared.personal.keys import KeyNeverMade, Keys
from shared.personal.master import MasterKey
from shared.personal.seal import (
    ERASED,
    HIDDEN,
    LOST,
    PlainText,
    SealBroken,
    assert_sealed,
    hide_sealed,
    open_sealed,
    open_what_opens,
    seal,
    sealed_in,
    unseal,
)
from tests.memory_keys import MemoryKeyStore, memory_keys

ANNE = "customer-anne"
SECRET = "张三丰 🀄 13800138000"


@dataclass(frozen=True, slots=True)
class Contact:
    name: Personal
    phone: Phone | None = None


@dataclass(frozen=True, slots=True)
class Plain:
    number: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class Register:
    """A command with personal text in every place where a class may have it."""

    branch: str
    name: Personal
    by: Contact | None = None
    others: tuple[Contact, ...] = ()
    aliases: tuple[Personal, ...] = ()
    columns: Mapping[str, Personal] = field(default_factory=dict)
    contacts: Mapping[str, Contact] = field(default_factory=dict)
    plain: Plain | None = None


@dataclass(frozen=True, slots=True)
class Chain:
    """A class with a field of its own type."""

    name: Personal
    next: "Chain | None" = None


FULL = Register(
    branch="HZ",
    name="张三",
    by=Contact("李四", "0571-88888888"),
    others=(Contact("王五"), Contact("赵六", "13900139000")),
    aliases=("阿三", "Ann"),
    columns={"user": "Frederic", "电话": "1"},
    contacts={"home": Contact("妈妈")},
    plain=Plain(1, "not personal"),
)
TEXTS = ["张三", "李四", "0571-88888888", "王五", "赵六", "13900139000", "阿三", "Ann", "妈妈"]


@pytest.fixture
def keys() -> Keys:
    return memory_keys()


def test_every_personal_text_is_sealed_and_nothing_else(keys: Keys) -> None:
    sealed = seal(FULL, ANNE, keys)
    bytes_ = msgspec.json.encode(sealed).decode()
    assert not [text for text in TEXTS if text in bytes_]
    assert (sealed.branch, sealed.plain) == ("HZ", FULL.plain)
    assert sum(1 for _ in sealed_in(sealed)) == len(TEXTS) + 2
    assert_sealed(sealed)
    assert open_sealed(sealed, keys) == FULL


def test_a_seal_names_its_subject_and_field(keys: Keys) -> None:
    sealed = seal(FULL, ANNE, keys)
    names = {each.field for each in sealed_in(sealed)}
    assert names == {"name", "phone", "aliases", "columns.user", "columns.电话"}
    assert {each.subject for each in sealed_in(sealed)} == {ANNE}


def test_the_command_itself_is_untouched(keys: Keys) -> None:
    before = copy.deepcopy(FULL)
    seal(FULL, ANNE, keys)
    assert before == FULL


def test_the_same_text_seals_alike_so_that_a_repeat_is_seen(keys: Keys) -> None:
    assert seal(FULL, ANNE, keys) == seal(FULL, ANNE, keys)
    one = seal(Contact("张三"), ANNE, keys)
    assert one != seal(Contact("李四"), ANNE, keys)
    assert one != seal(Contact("张三"), "customer-other", keys)


def test_what_is_sealed_already_stays(keys: Keys) -> None:
    once = seal(FULL, ANNE, keys)
    assert seal(once, "customer-other", keys) is once
    mixed = seal(replace(once, name="新名"), "customer-other", keys)
    assert isinstance(mixed.name, Sealed)
    assert mixed.name.subject == "customer-other"
    assert mixed.by == once.by


def test_without_personal_text_no_key_is_made(keys: Keys) -> None:
    plain = Plain(1, "x")
    assert seal(plain, ANNE, keys) is plain
    assert not has_personal(Plain)
    assert has_personal(Register)
    assert keys.find([ANNE]) == {}
    nobody = Contact(seal(Contact("x"), "customer-b", keys).name)
    assert seal(nobody, ANNE, keys) is nobody
    assert keys.find([ANNE]) == {}


def test_a_class_that_holds_itself_is_sealed_to_its_end(keys: Keys) -> None:
    chain = Chain("一", Chain("二", Chain("三")))
    sealed = seal(chain, ANNE, keys)
    assert_sealed(sealed)
    assert open_sealed(sealed, keys) == chain


@pytest.mark.parametrize("part", ["subject", "field", "cipher"])
def test_a_seal_that_was_moved_or_changed_breaks(keys: Keys, part: str) -> None:
    keys.key_for("customer-other")
    sealed = seal(Contact("张三"), ANNE, keys).name
    assert isinstance(sealed, Sealed)
    moved = {"subject": "customer-other", "field": "phone", "cipher": "A" + sealed.cipher[1:]}
    if sealed.cipher[0] == "A":
        moved["cipher"] = "B" + sealed.cipher[1:]
    broken = replace(sealed, **{part: moved[part]})
    with pytest.raises(SealBroken) as no:
        open_sealed(broken, keys)
    assert (no.value.subject, no.value.field) == (broken.subject, broken.field)


@pytest.mark.parametrize("cipher", ["", "x", "====", "张三", "AAAA", "A" * 22])
def test_garbage_for_a_cipher_breaks(keys: Keys, cipher: str) -> None:
    keys.key_for(ANNE)
    with pytest.raises(SealBroken):
        unseal(Sealed(ANNE, "name", cipher), keys)


def test_a_key_never_made_is_told_apart_from_a_destroyed_one(keys: Keys) -> None:
    sealed = seal(Contact(SECRET), ANNE, keys)
    with pytest.raises(KeyNeverMade) as no:
        open_sealed(sealed, memory_keys())
    assert no.value.subject == ANNE
    keys.destroy(ANNE)
    assert open_sealed(sealed, keys) == Contact(ERASED)


def test_who_is_erased_is_erased_everywhere_and_the_others_are_not(keys: Keys) -> None:
    rows = [
        {"ticket": "1", "who": seal(Contact("张三"), ANNE, keys)},
        {"ticket": "2", "who": seal(Contact("李四"), "report-2", keys)},
        {"ticket": "3", "who": seal(Contact("王五"), "report-3", keys)},
    ]
    keys.link([("report-2", ANNE)])
    keys.destroy(ANNE)
    shown = [row["who"].name for row in open_sealed(rows, keys)]
    assert shown == [ERASED, ERASED, "王五"]


def test_for_an_erased_subject_nothing_is_sealed_any_more(keys: Keys) -> None:
    keys.destroy(ANNE)
    with pytest.raises(Refused) as no:
        seal(Contact(SECRET), ANNE, keys)
    assert no.value.codes == ["subject-erased"]
    assert dict(no.value.reasons[0].numbers) == {"subject": ANNE}


def test_rows_are_opened_whatever_they_are_made_of(keys: Keys) -> None:
    sealed = seal(Contact("张三", "139"), ANNE, keys)
    row = {"contact": msgspec.to_builtins(sealed), "list": [sealed.name, 1, None], "set": {1}}
    again = json.loads(json.dumps(msgspec.to_builtins({**row, "set": []})))
    assert open_sealed(row, keys) == {
        "contact": {"name": "张三", "phone": "139"},
        "list": ["张三", 1, None],
        "set": {1},
    }
    assert open_sealed(again, keys)["contact"] == {"name": "张三", "phone": "139"}
    assert open_sealed((sealed.name, {sealed.name}), keys) == ("张三", {"张三"})
    assert open_sealed("text", keys) == "text"
    assert open_sealed(Contact, keys) is Contact


def test_who_may_not_read_sees_that_something_is_there(keys: Keys) -> None:
    sealed = seal(FULL, ANNE, keys)
    hidden = hide_sealed(sealed)
    assert hidden.name == hidden.by.phone == hidden.columns["user"] == HIDDEN
    assert hidden.by.name == HIDDEN
    assert hidden.others[0].phone is None
    assert hide_sealed([msgspec.to_builtins(sealed)])[0]["name"] == HIDDEN


def test_a_key_that_is_lost_is_told_from_an_erasure_and_from_a_broken_seal() -> None:
    shelf, master = MemoryKeyStore(), MasterKey(bytes(32))
    keys, elsewhere = Keys(shelf, master), Keys(MemoryKeyStore(), master)
    here, lost = seal(Contact("张三"), ANNE, keys), seal(Contact("李四"), "customer-9", elsewhere)
    gone = seal(Contact("王五"), "customer-8", keys)
    assert isinstance(here.name, Sealed)
    broken = replace(here.name, field="other")
    keys.destroy("customer-8")
    shown = open_what_opens([here.name, lost.name, gone.name, broken], keys)
    assert shown == ["张三", LOST, ERASED, HIDDEN]


def test_a_fact_with_plain_text_is_stopped_before_its_bytes_are_made(keys: Keys) -> None:
    sealed = seal(FULL, ANNE, keys)
    leaks = [
        replace(sealed, name=SECRET),
        replace(sealed, by=Contact(SECRET)),
        replace(sealed, others=(*sealed.others, Contact(SECRET))),
        replace(sealed, aliases=(SECRET,)),
        replace(sealed, columns={"user": SECRET}),
        replace(sealed, contacts={"home": Contact(SECRET)}),
    ]
    for leak in leaks:
        with pytest.raises(PlainText, match="Register") as no:
            assert_sealed(leak)
        assert SECRET not in "".join(traceback.format_exception(no.value))
    assert_sealed(Plain(1, "x"))
    assert_sealed("no fact at all")


def test_every_kind_of_error_keeps_the_text_to_itself(
    keys: Keys, caplog: pytest.LogCaptureFixture
) -> None:
    sealed = seal(Contact(SECRET), ANNE, keys)
    assert isinstance(sealed.name, Sealed)
    moved = replace(sealed.name, field="phone")
    for value, holder in ((moved, keys), (sealed, memory_keys())):
        try:
            open_sealed(value, holder)
        except (SealBroken, KeyNeverMade):
            logging.getLogger("story").exception("not opened")
    keys.destroy(ANNE)
    for text in (SECRET, SECRET + "\ud800"):
        try:
            seal(Contact(text), ANNE if text == SECRET else "customer-b", keys)
        except (Refused, ValueError):
            logging.getLogger("story").exception("not sealed")
    assert len(caplog.records) == 4
    assert "customer-anne" in caplog.text
    assert SECRET not in caplog.text
    assert SECRET not in repr(sealed) + str(sealed)


def test_the_wire_never_brings_a_sealed_text(keys: Keys) -> None:
    edge = TypeAdapter(Contact)
    assert edge.validate_json('{"name": "张三"}') == Contact("张三")
    with pytest.raises(ValidationError):
        edge.validate_json(msgspec.json.encode(seal(Contact("张三"), ANNE, keys)))


def test_every_fact_and_document_of_the_book_can_be_sealed() -> None:
    for module in pkgutil.iter_modules(shared.events.__path__, "shared.events."):
        importlib.import_module(module.name)
    kinds = [line.kind for line in BOOK.values()] + [line.kind for line in DOCUMENTS.values()]
    personal = {kind.__name__ for kind in kinds if has_personal(kind)}
    assert {"RepairReported", "CustomerRegistered", "LegacyEntryImported"} <= personal


def test_a_field_that_mixes_personal_and_other_text_is_a_mistake(keys: Keys) -> None:
    @dataclass(frozen=True)
    class Mixed:
        pair: tuple[str, Personal]

    @dataclass(frozen=True)
    class Keyed:
        by_name: Mapping[Personal, int]

    for kind in (Mixed, Keyed):
        with pytest.raises(TypeError, match="personal"):
            has_personal(kind)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "𠮷野家",
        "e\u0301 é",
        "👩‍👩‍👧‍👦",
        "\u202e张三",
        "a\x00b",
        "İstanbul",
        "ﬁ",
        "x" * 4000,
    ],
)
def test_rare_characters_come_back_as_they_were(keys: Keys, text: str) -> None:
    sealed = seal(Contact(text), ANNE, keys)
    assert open_sealed(sealed, keys) == Contact(text)
    assert [unseal(each, keys) for each in sealed_in(sealed)] == [text]


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
contacts = st.builds(Contact, texts, st.none() | texts)
commands = st.builds(
    Register,
    branch=texts,
    name=texts,
    by=st.none() | contacts,
    others=st.lists(contacts, max_size=3).map(tuple),
    aliases=st.lists(texts, max_size=3).map(tuple),
    columns=st.dictionaries(texts, texts, max_size=3),
    contacts=st.dictionaries(texts, contacts, max_size=2),
    plain=st.none() | st.builds(Plain, st.integers(), texts),
)
KEYS = memory_keys()


@for_all(commands, texts.map("customer-{}".format))
def test_whatever_goes_in_comes_out_again(command: Register, subject: str) -> None:
    sealed = seal(command, subject, KEYS)
    assert_sealed(sealed)
    assert seal(command, subject, KEYS) == sealed
    assert open_sealed(sealed, KEYS) == command
    stored = msgspec.json.decode(msgspec.json.encode(sealed), type=Register)
    assert stored == sealed
    assert open_sealed(stored, KEYS) == command
    assert {f.name for f in fields(stored)} == asdict(command).keys()


class Counting(MemoryKeyStore):
    """A key store that counts how often it is read."""

    loads = 0

    def load(self, subjects: Collection[str]) -> Mapping[str, Wrapped]:
        self.loads += 1
        return super().load(subjects)


def test_opening_asks_for_all_keys_at_once() -> None:
    shelf, master = Counting(), MasterKey(bytes(32))
    rows = [seal(Contact(f"n{n}"), f"customer-{n}", Keys(shelf, master)) for n in range(20)]
    shelf.loads = 0
    assert open_sealed(rows, Keys(shelf, master))[19].name == "n19"
    assert shelf.loads == 1
