"""配件表 (a list of parts): what a row asks the part store for: a card, opening stock, a quota.

A row names a part. It asks for each of the three only if it has a value for it.
"""

from collections.abc import Collection, Mapping, Sequence
from urllib.parse import quote

from guiyi.lists.kinds import Ask, Kind, ListKind, Said
from guiyi.lists.part_words import (
    COLUMNS,
    amount_of,
    count_of,
    fen_of,
    is_nothing,
    unit_in,
    unit_of,
)
from guiyi.lists.rights import by_of
from guiyi.lists.values import needed, readable, several, word, yes
from shared.events.values import RepairNature

_NATURES = {
    "三包": "warranty",
    "合同": "contract",
    "收费": "paid",
    "免费优惠": "goodwill",
    "调试": "commissioning",
}
_NONE = ("none", "无")


def _asks(said: Said, branch: str, _dates: Sequence[str]) -> Sequence[Ask]:
    """What a row asks for at this branch's store, in this order."""
    name = needed(said, "part")
    unit = said.get("unit") or unit_in(said.get("quantity") or said.get("quota") or "")
    said = {**said, "unit": unit}
    part, asks = quote(name, safe=""), list[Ask]()
    if said.get("name"):
        asks.append(Ask(Kind.CATALOGUE, "/v1/parts", _card(said), branch=branch))
    count = amount_of(said["quantity"], "quantity", unit) if said.get("quantity") else 0
    if not is_nothing(count):
        body = {"quantity": count, "serials": several(said, "serials"), **_cost(said)}
        asks.append(Ask(Kind.STOCK, f"/v1/stock/{branch}/{part}/openings", body))
    if said.get("quota"):
        body = {"quota": amount_of(said["quota"], "quota", unit)}
        path = f"/v1/stock/{branch}/{part}/quotas"
        asks.append(Ask(Kind.QUOTA, path, body, is_once=False))
    return asks


def _cost(said: Said) -> dict[str, int]:
    """What the opening stock cost, all together, if the row says it."""
    if said.get("opening_fen"):
        return {"fen": count_of(said["opening_fen"], "opening_fen")}
    if said.get("opening_yuan"):
        return {"fen": fen_of(said["opening_yuan"], "opening_yuan")}
    return {}


def _card(said: Said) -> dict[str, object]:
    """The card. For what the row leaves out, the room uses its default."""
    card: dict[str, object] = {"id": said["part"], "name": readable(said, "name")}
    if said.get("unit"):
        card["unit"] = unit_of(said["unit"]).value
    if said.get("category"):
        card["category"] = said["category"]
    if said.get("models"):
        card["models"] = several(said, "models")
    if said.get("value_fen"):
        card["value_fen"] = count_of(said["value_fen"], "value_fen")
    elif said.get("value_yuan"):
        card["value_fen"] = fen_of(said["value_yuan"], "value_yuan")
    if "has_serials" in said:
        card["has_serials"] = yes(said, "has_serials")
    if due := said.get("old_part_due"):
        named = () if due.lower() in _NONE else several(said, "old_part_due")
        known = [*RepairNature]
        card["old_part_due"] = [word("old_part_due", e, _NATURES, known) for e in named]
    return card


def _needed() -> Mapping[Kind, Collection[str]]:
    """The roles that may give each kind of command, as the steps of the store have them."""
    from services.inventory import part_register, part_store
    from services.inventory.part_register import RegisterPart
    from services.inventory.part_store import EnterOpening, SetQuota

    by = by_of([*part_register.STEPS, *part_store.STEPS])
    return {
        Kind.CATALOGUE: by[RegisterPart],
        Kind.STOCK: by[EnterOpening],
        Kind.QUOTA: by[SetQuota],
    }


PARTS = ListKind(
    name="parts",
    room="inventory",
    key="part",
    headings=COLUMNS,
    kinds={"name": Kind.CATALOGUE, "quantity": Kind.STOCK, "quota": Kind.QUOTA},
    asks=_asks,
    needed=_needed,
)
