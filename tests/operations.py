"""Every operation of a room as its OpenAPI describes it, with a body that fits, small or large."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args
from urllib.parse import urlencode

from shared.events.values import Constraint, Digits, EmailAddress, PartNumber, Phone
from tests.shared.http_desk import WebDesk

Json = Mapping[str, Any]


def pattern_of(hint: Any) -> str:
    """The form that a type of a field asks for."""
    return next(str(c.asked["pattern"]) for c in get_args(hint) if isinstance(c, Constraint))


LONGEST: Mapping[str, str] = {
    r"^BX-[A-Z0-9]{2,8}-[0-9]{8}-[0-9]{4,6}$": "BX-HZ01-20261123-0001",
    r"^BX-[A-Z0-9]{2,8}-[0-9]{8}-[0-9]{4,6}-V[1-9][0-9]?$": "BX-HZ01-20261123-0001-V1",
    r"^BX-[A-Z0-9]{2,8}-[0-9]{8}-[0-9]{4,6}-V[1-9][0-9]?-K1$": "BX-HZ01-20261123-0001-V1-K1",
    r"^BX-[A-Z0-9]{2,8}-[0-9]{8}-[0-9]{4,6}-W[1-9][0-9]?$": "BX-HZ01-20261123-0001-W1",
    r"^BX-[A-Z0-9]{2,8}-[0-9]{8}-[0-9]{4,6}-H[1-9][0-9]?$": "BX-HZ01-20261123-0001-H1",
    r"^BX-[A-Z0-9]{2,8}-[0-9]{8}-[0-9]{4,6}-L[1-9][0-9]?$": "BX-HZ01-20261123-0001-L1",
    r"^DB-[A-Z0-9]{2,8}-[0-9]{4}-[0-9]{4,9}$": "DB-HZ01-2026-0001",
    r"^JJ-[A-Z0-9]{2,8}-[0-9]{4}-[0-9]{4,9}$": "JJ-HZ01-2026-0001",
    r"^BK-[A-Z0-9]{2,8}-[0-9]{4}-[0-9]{4,9}$": "BK-HZ01-2026-0001",
    r"^CG-[A-Z0-9]{2,8}-[0-9]{4}-[0-9]{4,9}$": "CG-HZ01-2026-0001",
    r"^PD-[A-Z0-9]{2,8}-[0-9]{4}-[0-9]{4,9}$": "PD-HZ01-2026-0001",
    r"^20[0-9]{2}-(0[1-9]|1[0-2])$": "2026-11",
    r"^TS-[A-Z0-9]{2,8}-[0-9]{4}-[0-9]{4,9}$": "TS-HZ01-2026-0001",
    r"^LY-[A-Z0-9]{2,8}-[0-9]{4}-[0-9]{4,9}$": "LY-HZ01-2026-0001",
    r"^(BX-[A-Z0-9]{2,8}-[0-9]{8}-[0-9]{4,6}-C[1-9][0-9]{0,2}"
    r"|ZS-[A-Z0-9]{2,8}-[0-9]{4}-[0-9]{4,9})$": "BX-HZ01-20261123-0001-C1",
    r"^[A-Z0-9]{2,8}$": "HZ01",
    r"^([A-Z0-9]{2,8}|\*)$": "HZ01",
    r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$": "K" * 64,
    r"^[^\x00-\x1f\x7f]{1,64}$": "号" * 64,
    r"^[0-9a-f]{64}$": "4b7e" * 16,
    pattern_of(Phone): "0571-8700 1234 转 12345",
    pattern_of(Digits): "012345",
    pattern_of(EmailAddress): "z" * 60 + "@" + "m" * 60 + ".example.org",
    pattern_of(PartNumber): "K" * 64,
}
"""A long text of each form that a text may have."""
FEW = 2


@dataclass(frozen=True)
class Operation:
    """One method of one path."""

    method: str
    path: str
    described: Json
    schemas: Json

    @property
    def role(self) -> str:
        """One of the roles that may use it."""
        role: str = self.described["x-roles"][0]["role"]
        return role

    def names(self, place: str) -> list[str]:
        """The names of its parameters in the path, the query or the headers."""
        return [each["name"] for each in self.described["parameters"] if each["in"] == place]

    @property
    def schema(self) -> Json | None:
        """Of its JSON body; None if it takes none."""
        content = self.described.get("requestBody", {}).get("content", {})
        return content["application/json"]["schema"] if "application/json" in content else None

    def address(self, **parts: str) -> str:
        """Its path with an id for every part; `parts` are written as they come."""
        path = self.path
        for each in self.described["parameters"]:
            if each["in"] == "path":
                fitting = str(self.value(each["schema"], FEW))
                path = path.replace(f"{{{each['name']}}}", parts.get(each["name"], fitting))
        return path

    def asked(self) -> str:
        """Its address with every part of the query that it needs."""
        needed = [each for each in self.described["parameters"] if each["in"] == "query"]
        named = {e["name"]: self.value(e["schema"], FEW) for e in needed if e.get("required")}
        return f"{self.address()}?{urlencode(named)}" if named else self.address()

    def body(self, most: int = FEW) -> Any:
        """A body with every field, lists of at most `most` entries, long texts if there are many"""
        return self.value(self.schema, most) if self.schema else None

    def value(self, schema: Json, most: int) -> Any:
        """A value that fits a schema."""
        match schema:
            case {"$ref": where}:
                return self.value(self.schemas[where.rpartition("/")[2]], most)
            case {"anyOf": [first, *_]}:
                return self.value(first, most)
            case {"enum": [first, *_]} | {"const": first}:
                return first
            case {"properties": fields}:
                return {name: self.value(each, most) for name, each in fields.items()}
            case {"items": items}:
                count = min(most, schema["maxItems"])
                return [_told_apart(self.value(items, most), n) for n in range(count)]
            case _:
                return _plain(schema, most)


def operations(desk: WebDesk) -> Iterator[Operation]:
    """Every operation of the room at the desk."""
    told = desk.client.request("GET", "/openapi.json").json()
    for path, methods in told["paths"].items():
        for method, described in methods.items():
            schemas = told["components"]["schemas"]
            yield Operation(method.upper(), path, described, schemas)


def _plain(schema: Json, most: int) -> Any:
    match schema["type"]:
        case "string":
            return _text(schema, most)
        case "integer":
            return int(schema.get("maximum" if most > FEW else "minimum", 1))
        case "boolean":
            return True
        case kind:
            raise TypeError(kind)


def _text(schema: Json, most: int) -> str:
    match schema:
        case {"format": "date"}:
            return "2026-11-23"
        case {"format": "date-time"}:
            return "2026-11-23T01:30:00Z"
        case {"pattern": form}:
            return LONGEST[form] if most > FEW or "KK" not in LONGEST[form] else "K-1"
        case {"title": "Time Zone"}:
            return "Asia/Shanghai"
        case _:
            return "修" * (schema.get("maxLength", 100) if most > FEW else 2)


def _told_apart(value: Any, number: int) -> Any:
    """Entries of one list are different where their form lets them be."""
    match value:
        case dict():
            return {name: _told_apart(each, number) for name, each in value.items()}
        case str() if set(value) <= {"K", "号"}:
            return value[:-4] + f"{number:04}"
        case _:
            return value
