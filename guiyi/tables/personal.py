"""疑似个人信息 (looks personal): columns that seem to name people, or to say where they are."""

import re

_HEADING = re.compile(
    r"电话|手机|联系人|联系方式|姓名|身份证|住址|地址|邮箱|邮件|微信|客户|用户|报修人|报告人|经办人"
    r"|\b(?:e-?mail|mail|phone|mobile|tel|telephone|fax|address|contact|customer|requester"
    r"|caller|name|surname|firstname|lastname|user|person|assignee|assigned to|opened by"
    r"|closed by|reporter|owner)\b",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"编号|代码|类型|类别|级别|数量|\b(?:id|type|kind|class|count|number|no)\b", re.IGNORECASE
)
_ALWAYS = re.compile(
    r"身份证|护照|(?:手机|电话)编?号|\bcaller\b|passport|\bip address\b", re.IGNORECASE
)
"""Numbers that say by themselves who somebody is; ServiceNow writes a name into `caller_id`."""
_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[_./]+")


def looks_personal(heading: str) -> bool:
    """Whether a column with this heading seems to hold something personal."""
    words = _WORDS.sub(" ", heading)
    if _ALWAYS.search(words):
        return True
    return bool(_HEADING.search(words)) and not _NOT.search(words)
