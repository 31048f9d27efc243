"""密钥: made once, shared by all, destroyed for ever. Tested on PostgreSQL and in memory."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from shared.personal.key_database import postgres_key_store
from shared.personal.key_store import Erasure, KeyStore
from shared.personal.keys import KEY_BYTES, KeyDestroyed, Keys, KeyState, MasterKeyWrong
from shared.personal.master import MasterKey
from tests.memory_keys import MemoryKeyStore

MASTER = MasterKey(bytes(range(32)))


@dataclass
class Watch:
    """A clock that the story moves."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Store:
    """One key store, which several processes may open."""

    shelf: KeyStore

    def keys(self, clock: Watch | None = None, **options: Any) -> Keys:
        return Keys(self.shelf, options.pop("master", MASTER), clock=clock or Watch(), **options)


@pytest.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.stack)])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    if request.param == "memory":
        yield Store(MemoryKeyStore())
        return
    shelf = postgres_key_store(request.getfixturevalue("make_database")("intake").keys_worker_url)
    yield Store(shelf)
    shelf.engine.dispose()


def test_a_key_is_made_when_it_is_first_wanted(store: Store) -> None:
    keys = store.keys()
    assert keys.state("customer-1") is KeyState.NEVER_MADE
    assert keys.find(["customer-1"]) == {}
    made = keys.key_for("customer-1")
    assert len(made) == KEY_BYTES
    assert keys.state("customer-1") is KeyState.LIVE
    assert keys.key_for("customer-2") != made


def test_everybody_gets_the_same_key(store: Store) -> None:
    made = store.keys().key_for("customer-张三-𠮷")
    assert store.keys().key_for("customer-张三-𠮷") == made


def test_a_destroyed_key_is_never_made_again(store: Store) -> None:
    keys = store.keys()
    keys.key_for("customer-1")
    assert keys.destroy("customer-1") == ["customer-1"]
    for any_of_them in (keys, store.keys()):
        assert any_of_them.state("customer-1") is KeyState.DESTROYED
        with pytest.raises(KeyDestroyed):
            any_of_them.key_for("customer-1")
        assert any_of_them.keys_for(["customer-1"])["customer-1"].material is None
    assert keys.destroy("customer-1") == ["customer-1"]


def test_who_is_erased_before_anything_was_sealed_stays_erased(store: Store) -> None:
    store.keys().destroy("customer-1")
    with pytest.raises(KeyDestroyed):
        store.keys().key_for("customer-1")


def test_erasing_a_customer_reaches_all_that_was_about_him(store: Store) -> None:
    keys = store.keys()
    subjects = ["customer-1", "report-1", "report-2", "report-3"]
    keys.keys_for(subjects)
    keys.link([("report-1", "customer-1")])
    keys.link([("report-2", "customer-1"), ("report-1", "customer-1")])
    assert keys.destroy("customer-1") == subjects[:3]
    assert [keys.state(subject) for subject in subjects] == [KeyState.DESTROYED] * 3 + ["live"]


def test_who_turns_out_to_be_erased_is_erased_at_once(store: Store) -> None:
    keys = store.keys()
    keys.key_for("report-1")
    keys.destroy("customer-1")
    keys.link([("report-1", "customer-1")])
    keys.link([("report-2", "customer-1")])
    assert keys.state("report-1") is keys.state("report-2") is KeyState.DESTROYED
    with pytest.raises(KeyDestroyed):
        keys.key_for("report-1")


def test_an_erasure_reaches_through_one_subject_to_the_next(store: Store) -> None:
    keys = store.keys()
    keys.link([("legacy-1", "report-1")])
    keys.link([("report-1", "customer-1")])
    keys.link([("customer-1", "report-1")])
    assert keys.destroy("customer-1") == ["customer-1", "legacy-1", "report-1"]
    keys.link([("legacy-2", "report-1")])
    keys.link([("legacy-3", "legacy-2")])
    assert keys.state("legacy-2") is keys.state("legacy-3") is KeyState.DESTROYED
    (erasure,) = keys.erasures()
    assert erasure.subjects == ("customer-1", "legacy-1", "legacy-2", "legacy-3", "report-1")


def test_what_an_erasure_would_reach_is_known_before_and_nothing_happens(store: Store) -> None:
    keys = store.keys()
    links = [("legacy-1", "report-1"), ("report-1", "customer-1"), ("report-2", "customer-2")]
    keys.keys_for(["report-1"])
    keys.link(links)
    assert keys.links("customer-1") == links[:2]
    assert keys.links("customer-3") == []
    assert keys.state("report-1") is KeyState.LIVE
    assert keys.destroy("customer-1") == ["customer-1", "legacy-1", "report-1"]


def test_a_link_that_was_corrected_still_erases_both_ways(store: Store) -> None:
    keys = store.keys()
    keys.key_for("report-1")
    keys.link([("report-1", "customer-1")])
    keys.link([("report-1", "customer-2")])
    assert keys.destroy("customer-2") == ["customer-2", "report-1"]
    assert keys.destroy("customer-1") == ["customer-1", "report-1"]


def test_erasures_are_listed_with_what_they_reached(store: Store) -> None:
    keys = store.keys()
    keys.link([("report-1", "customer-2")])
    before = datetime.now(UTC)
    keys.destroy("customer-2")
    keys.destroy("customer-1")
    keys.destroy("customer-2")
    first, second = keys.erasures()
    assert (first.customer, first.subjects) == ("customer-1", ("customer-1",))
    assert (second.customer, second.subjects) == ("customer-2", ("customer-2", "report-1"))
    assert before <= second.erased_at <= first.erased_at <= datetime.now(UTC)


def test_after_a_restore_the_erasures_are_applied_again(store: Store) -> None:
    keys = store.keys()
    keys.keys_for(["customer-1", "report-1"])
    erased_at = datetime(2026, 3, 1, tzinfo=UTC)
    # A backup from before the erasure lacks the erasure, and perhaps the link too.
    erasures = [Erasure("customer-1", erased_at, ("customer-1", "report-1"))]
    for _ in range(2):
        keys.apply_erasures(erasures)
        assert keys.erasures() == erasures
        assert keys.state("customer-1") is keys.state("report-1") is KeyState.DESTROYED


def test_thousands_of_keys_are_made_in_one_go(store: Store) -> None:
    keys = store.keys()
    keys.destroy("legacy-7")
    subjects = [f"legacy-{n}" for n in range(12_000)]
    made = keys.keys_for(subjects)
    assert made.keys() == set(subjects)
    assert made["legacy-7"].state is KeyState.DESTROYED
    assert len({key.material for key in made.values()}) == len(subjects)
    assert store.keys().keys_for(subjects) == made


def test_nothing_asked_is_nothing_done(store: Store) -> None:
    keys = store.keys()
    assert keys.keys_for([]) == keys.find([]) == {}
    keys.link([])
    keys.apply_erasures([])
    assert keys.erasures() == []


def test_many_at_once_get_one_key(store: Store) -> None:
    subjects = [f"customer-{n}" for n in range(50)]
    with ThreadPoolExecutor(4) as pool:
        tasks = [
            pool.submit(store.keys().keys_for, subjects[::way]) for way in (1, -1, 1, -1, 1, -1)
        ]
        found = [task.result() for task in tasks]
    assert all(other == found[0] for other in found)


def test_what_was_destroyed_elsewhere_is_forgotten_within_five_seconds(store: Store) -> None:
    watch = Watch()
    keys, others = store.keys(watch), store.keys()
    keys.key_for("customer-1")
    others.destroy("customer-1")
    watch.now = 5.0
    assert keys.find(["customer-1"])["customer-1"].state is KeyState.LIVE
    assert keys.find(["customer-1"], fresh=True)["customer-1"].state is KeyState.DESTROYED
    watch.now = 5.01
    with pytest.raises(KeyDestroyed):
        keys.key_for("customer-1")


def test_a_cached_key_grows_old_even_if_it_is_always_used(store: Store) -> None:
    watch = Watch()
    keys = store.keys(watch)
    keys.key_for("customer-1")
    store.keys().destroy("customer-1")
    for tick in range(5):
        watch.now = float(tick)
        keys.key_for("customer-1")
    watch.now = 6.0
    with pytest.raises(KeyDestroyed):
        keys.key_for("customer-1")


class Counting(MemoryKeyStore):
    """A key store that notes what it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.looks: list[list[str]] = []

    def load(self, subjects: Any) -> Any:
        self.looks.append(sorted(subjects))
        return super().load(subjects)


def test_the_cache_forgets_what_was_used_longest_ago() -> None:
    shelf = Counting()
    keys = Store(shelf).keys(cache_size=3)
    keys.keys_for(["a", "b", "c"])
    keys.find(["a"])
    keys.keys_for(["d"])
    shelf.looks.clear()
    keys.find(["a", "c", "d"])
    assert shelf.looks == []
    keys.find(["b"])
    assert shelf.looks == [["b"]]
    assert len(keys._cache._kept) == 3


def test_another_master_key_is_noticed_before_it_does_harm(store: Store) -> None:
    store.keys().key_for("customer-1")
    stranger = store.keys(master=MasterKey(bytes(32)))
    ways: list[Callable[[], object]] = [
        partial(stranger.key_for, "customer-1"),
        partial(stranger.key_for, "customer-2"),
        partial(stranger.destroy, "customer-1"),
        stranger.erasures,
    ]
    for way in ways:
        with pytest.raises(MasterKeyWrong, match="KEYS_MASTER_FILE"):
            way()
    assert store.keys().state("customer-2") is KeyState.NEVER_MADE
    assert store.keys().state("customer-1") is KeyState.LIVE


def test_a_wrapped_key_moved_to_another_subject_does_not_open() -> None:
    shelf = MemoryKeyStore()
    Store(shelf).keys().key_for("customer-1")
    wrapped = shelf.load(["customer-1"])["customer-1"]
    assert wrapped is not None
    shelf.put({"customer-2": wrapped})
    with pytest.raises(MasterKeyWrong):
        Store(shelf).keys().key_for("customer-2")


def test_no_key_is_shown() -> None:
    shelf = MemoryKeyStore()
    keys = Store(shelf).keys()
    material = keys.key_for("customer-1")
    shown = f"{keys.find(['customer-1'])} {MASTER} {shelf} {keys!r}"
    assert repr(material) not in shown
    assert repr(MASTER.secret) not in shown
    assert repr(shelf.load(["customer-1"])["customer-1"]) not in shown
