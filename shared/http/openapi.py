"""接口说明 (OpenAPI): what each route takes, who may use it, and how it says no; zh and en."""

import functools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import field, fields, is_dataclass, make_dataclass
from types import GenericAlias
from typing import Any, TypeAlias, get_args, get_type_hints

from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter
from starlette.responses import Response
from starlette.routing import BaseRoute

from shared.events.values import Role
from shared.http.problem import MEDIA_TYPE, Told
from shared.http.responses import Accepted, Rows
from shared.texts import Texts

Described: TypeAlias = dict[str, Any]
"""A part of an OpenAPI document, or what FastAPI makes one from: JSON of any shape."""
_REF = "#/components/schemas/"
IF_MATCH = "If-Match"
_SECURITY: list[dict[str, list[str]]] = [{"bearer": []}]
_TEXT = {"type": "string"}


def of_command(
    texts: Texts,
    by: Collection[str],
    example: Mapping[str, object],
    *,
    creates: bool,
    replaces: bool = False,
) -> Described:
    """How a route that takes a command is documented."""
    unseen = (428,) if replaces else ()
    accepted = {"description": "办妥 taken", "model": Accepted, "headers": _TAKEN}
    return {
        "response_model": None,
        "status_code": 201 if creates else 200,
        "response_description": "办妥 taken",
        "responses": {
            **({200: accepted, 201: accepted} if creates else {200: accepted}),
            **_problems(400, 401, 403, 404, 408, 409, 412, 413, 415, 422, *unseen, 429, 503),
        },
        "openapi_extra": {
            "security": _SECURITY,
            "parameters": [
                {**each, "required": True} if replaces and each["name"] == IF_MATCH else each
                for each in _COMMAND_HEADERS
            ],
            "requestBody": {"content": {"application/json": {"example": example}}},
            "x-roles": _roles(texts, by),
        },
    }


def of_query(texts: Texts, by: Collection[str], shows: type[object], example: object) -> Described:
    """How a route that answers a question is documented; `shows` is what its answer is made of."""
    body = {"requestBody": {"content": {"application/json": {"example": example}}}}
    described = {"description": "所见 what is seen", "model": shows, "headers": _SHOWN}
    return {
        "response_model": None,
        "response_description": "所见 what is seen",
        "responses": {200: described, **_problems(400, 401, 403, 404, 422, 429, 503)},
        "openapi_extra": {
            "security": _SECURITY,
            "parameters": _QUERY_HEADERS,
            "x-roles": _roles(texts, by),
            **(body if example is not None else {}),
        },
    }


def of_open(texts: Texts, shows: type[object], example: object) -> Described:
    """How a route is documented that takes no token: it is there for customers."""
    return {
        "response_model": None,
        "response_description": "所见 what is seen",
        "responses": {
            200: {"description": "所见 what is seen", "model": shows},
            **_problems(400, 408, 410, 413, 415, 422, 429, 503),
        },
        "openapi_extra": {
            "security": [],
            "parameters": [],
            "requestBody": {"content": {"application/json": {"example": example}}},
            "x-roles": _roles(texts, (Role.CUSTOMER,)),
        },
    }


def of_file(
    texts: Texts, by: Collection[str], shows: type[object], types: Sequence[str]
) -> Described:
    """How the route is documented that takes a file."""
    kept = {"description": "存下 kept", "model": shows}
    content = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in types}
    return {
        "response_model": None,
        "status_code": 201,
        "response_description": "存下 kept",
        "responses": {200: kept, 201: kept, **_problems(400, 401, 403, 404, 408, 413, 422, 503)},
        "openapi_extra": {
            "security": _SECURITY,
            "requestBody": {"required": True, "content": content},
            "x-roles": _roles(texts, by),
        },
    }


def of_content(texts: Texts, by: Collection[str], types: Sequence[str]) -> Described:
    """How the route is documented that answers with a file."""
    content = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in types}
    return {
        "response_model": None,
        "response_class": Response,
        "response_description": "文件 the file",
        "responses": {
            200: {"description": "文件 the file", "content": content},
            **_problems(400, 401, 403, 404, 422, 429, 503),
        },
        "openapi_extra": {"security": _SECURITY, "x-roles": _roles(texts, by)},
    }


def document(title: str, described: str, routes: Sequence[BaseRoute]) -> Described:
    """The whole description of a room's HTTP."""
    made = get_openapi(title=title, version="1", description=described, routes=routes)
    components = made.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    problem = TypeAdapter(Told).json_schema(ref_template=_REF + "{model}")
    schemas |= problem.pop("$defs", {})
    schemas["Told"] = problem
    components["securitySchemes"] = {
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "签名令牌：人、角色、网点 / a signed token: person, roles, branches",
        }
    }
    return made


@functools.cache
def or_part_of(kind: type[Any]) -> Any:
    """The class, or as much of it as a role may see, for the description."""
    hints = get_type_hints(kind, include_extras=True)
    named = f"{kind.__module__.rpartition('.')[2]}_{kind.__name__}_part"
    # A part may itself be seen in part.
    shape = [
        (name, hint if _is_plain(hint) else Any, field(default=None))
        for name, hint in hints.items()
    ]
    return kind | make_dataclass(named, shape, frozen=True)


@functools.cache
def page_of(kind: type[Any], rows_of: Any = None) -> type[object]:
    """The class of a page of such rows, for the description; `rows_of`: what each row is."""
    named = f"{kind.__module__.rpartition('.')[2]}_{kind.__name__}_page"
    rows = GenericAlias(Sequence, (rows_of or kind,))
    shape = [(each.name, rows if each.name == "rows" else each.type) for each in fields(Rows)]
    return make_dataclass(named, shape, frozen=True)


def _is_plain(hint: object) -> bool:
    """Whether a field of it is shown whole or not at all."""
    return not any(
        isinstance(each, type) and is_dataclass(each) for each in (hint, *get_args(hint))
    )


def _problems(*statuses: int) -> dict[int | str, Described]:
    content = {MEDIA_TYPE: {"schema": {"$ref": f"{_REF}Told"}}}
    return {status: {"description": _SAYS[status], "content": content} for status in statuses}


def _roles(texts: Texts, by: Collection[str]) -> list[Mapping[str, str]]:
    labels = [(role, texts.label(role)) for role in sorted(by)]
    return [{"role": role, "zh": said.zh, "en": said.en} for role, said in labels]


def _header(name: str, described: str, example: str, *, required: bool = False) -> Described:
    return {
        "name": name,
        "in": "header",
        "required": required,
        "description": described,
        "schema": _TEXT,
        "example": example,
    }


_LANGUAGE = _header("Accept-Language", "zh 或 en；zh or en", "zh")
_COMMAND_HEADERS = [
    _header(
        "Idempotency-Key",
        "每个命令一个，重试不变 / one per command, the same on a retry",
        "7f9c2ba4-e88f-4c1b",
        required=True,
    ),
    _header(IF_MATCH, "所见版本 / the version you saw", '"3"'),
    _header(
        "X-Occurred-At", "发生时间（设备时钟）/ when, by your clock", "2026-11-23T09:30:00+08:00"
    ),
    _header("X-Acting-For", "代何人审批 / in whose place you decide", "A-ZHAOLEI"),
    _LANGUAGE,
]
_QUERY_HEADERS = [
    _header("X-Token", "等到能读到自己所写 / wait for what you wrote", "intake:3=17"),
    _LANGUAGE,
]
_TAKEN = {
    "ETag": {"description": "新版本 / the version now", "schema": _TEXT},
    "X-Token": {"description": "读自己所写 / to read what you wrote", "schema": _TEXT},
    "Location": {"description": "新建之处 / where the new one is found", "schema": _TEXT},
    "Idempotency-Replayed": {"description": "此前已办 / taken before", "schema": _TEXT},
}
_SHOWN = {
    "ETag": {"description": "版本 / the version", "schema": _TEXT},
    "X-Fresh": {"description": "true, false, unknown", "schema": _TEXT},
    "X-Parked": {"description": "true: 待修复，可能是旧的 / may be old", "schema": _TEXT},
}
_SAYS = {
    400: "请求不完整 the request is incomplete",
    401: "请先证明身份 say who you are",
    403: "无权办理 not yours to do: role, branch, or no longer active",
    404: "没有找到 not found",
    408: "内容没有及时发完 the body did not arrive in time",
    409: "同时改动 changed at once by others",
    412: "内容已被更新 it has moved on since you saw it",
    410: "链接已失效 the link no longer holds",
    413: "内容过大 too large",
    415: "应为 application/json; it must be",
    422: "内容有误或不合规则，逐条列出 the body is wrong or rules are broken; each is named",
    428: "请带上所见版本 If-Match say which version you saw",
    429: "同时或接连的请求太多 too many requests of yours",
    503: "暂不可用，什么也没有改变 not available, nothing has changed",
}
