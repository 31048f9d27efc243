"""盘点 (stocktakes) in a random month: of one place, and of all shelves once it is over."""

from tests.inventory.months.life import PARTS, PUMP, Life, Paper, either


def spot_count(life: Life) -> Paper:
    store, part = either(life), life.random.choice(PARTS)
    place = life.random.choice(("store", "store", "quarantine", "old_warranty"))
    made = life.post("/v1/stocktakes", {"kind": "spot", "branch": store}, _keeper(life, store))
    if made is None:
        return
    path = made.headers["Location"]
    yield
    _count(life, path, store, part, place)
    yield
    yield from finished(life, path, store)


def _keeper(life: Life, store: str) -> str:
    return life.stores.keepers(store)[0]


def _count(life: Life, path: str, store: str, part: str, place: str) -> None:
    """Two count alike: as many as the books have, or one more or less."""
    accounts, serials = life.held(store, part)
    there = sorted(serial for serial, where in serials.items() if where == place)
    count = max(0, accounts.get(place, 0) + life.random.choice((0, 0, 0, 1, -1)))
    if part == PUMP:
        there = there[:count]
        there += life.fresh(part, count - len(there))
        count = len(there)
    body = {"part": part, "counted": count, "place": place}
    body["serials"] = there if part == PUMP else []
    for who in (_keeper(life, store), life.stores.third(store)):
        life.post(f"{path}/shelf-counts", body, who, late=False)


def monthly_count(life: Life, store: str, period: str) -> bool:
    """Everything on the shelves is counted, and what differs is decided."""
    body = {"kind": "monthly", "period": period, "branch": store}
    made = life.post("/v1/stocktakes", body, _keeper(life, store), late=False)
    if made is None:
        return False
    path = made.headers["Location"]
    for part in PARTS:
        accounts, _ = life.held(store, part)
        for place in ("store", "quarantine", "old_warranty", "old_other"):
            if accounts.get(place, 0) > 0:
                _count(life, path, store, part, place)
    for _ in finished(life, path, store):
        pass
    return True


def finished(life: Life, path: str, store: str) -> Paper:
    """Witnessed, explained, and decided by finance; else it is ended."""
    witness = life.stores.keepers(store)[1]
    life.signs(path, "witnesses", {}, witness, late=False)
    yield
    lines = life.shown(path, _keeper(life, store))["lines"]
    keys = [
        {"part": line["part"], "place": line["place"]}
        for line in lines
        if line["difference"] or line["missing"] or line["surplus"]
    ]
    if keys:
        why = [{**key, "cause": "unknown", "explanation": "不明"} for key in keys]
        life.signs(path, "explanations", {"lines": why}, _keeper(life, store), late=False)
        yield
    adjust = [{**key, "treatment": "adjust"} for key in keys]
    said = {"lines": adjust}
    if life.post(f"{path}/difference-approvals", said, life.stores.money, late=False) is None:
        life.post(f"{path}/endings", {"because": "重来"}, life.stores.money, late=False)
    yield
