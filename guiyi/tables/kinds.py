"""文件种类 (kinds of files): what a file is by its first bytes, whatever its name says.

A file that is no table is refused in one sentence, which says what it is and what is taken.
"""

import re
import zipfile
from enum import Enum, auto
from pathlib import Path

from guiyi.tables.encodings import by_mark
from guiyi.tables.faults import Unusable

START = 4_096
"""Bytes by which a file is known."""


class Kind(Enum):
    """文件种类: the kinds of tables that are read."""

    TEXT = auto()
    WORKBOOK = auto()
    MARKUP = auto()


_BINARY: tuple[tuple[bytes, str, str], ...] = (
    (b"%PDF", "PDF 文件", "a PDF file"),
    (b"\x89PNG", "图片", "a picture"),
    (b"\xff\xd8\xff", "图片", "a picture"),
    (b"GIF8", "图片", "a picture"),
    (b"SQLite format 3", "SQLite 数据库", "an SQLite database"),
    (b"Rar!", "RAR 压缩包", "a RAR archive"),
    (b"7z\xbc\xaf", "7z 压缩包", "a 7z archive"),
    (b"BZh", "bzip2 压缩文件", "a file packed by bzip2"),
    (b"\xfd7zXZ", "xz 压缩文件", "a file packed by xz"),
    (b"\x28\xb5\x2f\xfd", "zstd 压缩文件", "a file packed by zstd"),
    (b"PAR1", "Parquet 文件", "a Parquet file"),
    (b"\x7fELF", "程序", "a program"),
)
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MARKUP = re.compile(
    r"(?is)^(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*"
    r"<(?:!doctype html|html|head|meta|title|link|style|script|body|center|div|form|p|table)\b"
)
_SQL = re.compile(r"(?im)^(?:-- \w+ dump|create table|insert into|set names)\b")
_XML_KINDS = (
    ("Excel.Sheet", "XML 表格（Excel 2003）", "an XML sheet of Excel 2003"),
    ("<log", "XES 事件日志", "an XES event log"),
)


def kind_of(path: Path, start: bytes) -> Kind:
    """The kind of a table. Raises Unusable if it is another kind of file.

    `start`: the first START bytes, unpacked.
    """
    if start.startswith(_ZIP):
        return _of_zip(path)
    if start.startswith(_OLE):
        return Kind.WORKBOOK
    for mark, zh, en in _BINARY:
        if start.startswith(mark):
            raise _other(path, zh, en)
    text = start.decode(by_mark(start) or "utf-8", "replace").lstrip("\ufeff \t\r\n")
    if _MARKUP.match(text):
        return Kind.MARKUP
    if text.startswith("<"):
        raise _of_xml(path, text)
    if text.startswith(("{", "[{")):
        raise _other(path, "JSON 文件", "a JSON file")
    if _SQL.match(text):
        raise _other(path, "SQL 脚本", "an SQL script")
    return Kind.TEXT


def unreadable(path: Path, error: Exception) -> Unusable:
    """A workbook that cannot be opened: it is damaged, locked, or empty."""
    said = " ".join(str(error).split())[:120]
    return Unusable(
        f"{path} is a workbook that cannot be read ({said}); open it, save it again as .xlsx "
        "without a password, or save its sheet as CSV",
        f"{path} 是读不出来的工作簿（{said}）；请打开后另存为不带密码的 .xlsx，"
        "或把工作表另存为 CSV",
    )


def binary(path: Path) -> Unusable:
    """A file that is neither text nor anything that is known."""
    return _other(path, "二进制文件", "a binary file")


def _of_zip(path: Path) -> Kind:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            mime = archive.read("mimetype")[:80] if "mimetype" in names else b""
    except (zipfile.BadZipFile, OSError, RuntimeError) as error:
        raise _other(path, "损坏的 ZIP 压缩包", "a damaged ZIP archive") from error
    if names & {"xl/workbook.xml", "xl/workbook.bin"} or b"spreadsheet" in mime:
        return Kind.WORKBOOK
    if "word/document.xml" in names or b"opendocument.text" in mime:
        raise _other(path, "文字处理文档", "a document of a word processor")
    raise _other(path, "ZIP 压缩包", "a ZIP archive")


def _of_xml(path: Path, text: str) -> Unusable:
    for mark, zh, en in _XML_KINDS:
        if mark in text:
            return _other(path, zh, en)
    return _other(path, "XML 文件", "an XML file")


def _other(path: Path, zh: str, en: str) -> Unusable:
    return Unusable(
        f"{path} is {en}; taken are CSV (also as .gz), .xlsx, .xls and .ods workbooks and tables "
        "in HTML: export or save it as one of these",
        f"{path} 是{zh}；可读的是 CSV（也可 .gz）、.xlsx、.xls、.ods 工作簿和 HTML 表格："
        "请导出或另存为其中一种",
    )
