"""What stands on a partition and never comes is passed, once it is sure that it never comes."""

from shared.worker.progress import Progress

SPOT = ("CoinDropped", 0)


def stepped(*looks: tuple[int, bool], end: int = 8) -> int:
    """Where it stands after these looks: where the client stood, and whether nothing waited."""
    progress = Progress()
    progress.begin({SPOT: 5})
    for position, is_idle in looks:
        progress.step_over({SPOT: end}, lambda _, at=position: at, is_idle=is_idle)  # type: ignore[misc]
    return progress.passed[SPOT]


def test_it_is_passed_once_the_client_stands_behind_it_twice_with_nothing_under_way() -> None:
    assert stepped((8, True), (8, True)) == 8
    assert stepped((8, True)) == 5, "a record may be on its way from the client"
    assert stepped((7, True), (8, True)) == 5
    assert stepped((8, True), (8, False), (8, True)) == 5
    assert stepped((8, False), (8, False)) == 5


def test_what_the_client_has_not_reached_is_not_passed() -> None:
    assert stepped((5, True), (5, True)) == 5
    assert stepped((6, True), (6, True)) == 6


def test_a_new_assignment_begins_anew() -> None:
    progress = Progress()
    progress.begin({SPOT: 5})
    progress.step_over({SPOT: 8}, lambda _: 8, is_idle=True)
    progress.begin({SPOT: 5})
    progress.step_over({SPOT: 8}, lambda _: 8, is_idle=True)
    assert progress.unread({SPOT: 8}) == {SPOT: 5}
