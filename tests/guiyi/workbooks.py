"""Small workbooks as tests need them: .xlsx and .ods, from rows of cells."""

import io
import zipfile
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from xml.sax.saxutils import escape

Sheets = Mapping[str, Sequence[Sequence[object]]]
_HIDDEN = ' state="hidden"'
_DAY_0 = datetime(1899, 12, 30)  # noqa: DTZ001 - a spreadsheet knows no zone
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def xlsx(sheets: Sheets, hidden: Collection[str] = ()) -> bytes:
    """A workbook as Excel writes it; some of its sheets may be hidden."""
    parts = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": "<Relationships "
        'xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="r1" Type="{_RELATED}/officeDocument" Target="xl/workbook.xml"/>'
        "</Relationships>",
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATED}"><sheets>'
        + "".join(
            f'<sheet name="{name}" sheetId="{n}" r:id="r{n}"{_HIDDEN * (name in hidden)}/>'
            for n, name in enumerate(sheets, 1)
        )
        + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": "<Relationships "
        'xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        + "".join(
            f'<Relationship Id="r{n}" Type="{_RELATED}/worksheet" Target="worksheets/s{n}.xml"/>'
            for n in range(1, len(sheets) + 1)
        )
        + f'<Relationship Id="s" Type="{_RELATED}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><cellXfs count="2"><xf numFmtId="0"/>'
        '<xf numFmtId="22"/></cellXfs></styleSheet>',
    }
    for n, rows in enumerate(sheets.values(), 1):
        body = "".join(_xlsx_row(m, row) for m, row in enumerate(rows, 1))
        parts[f"xl/worksheets/s{n}.xml"] = (
            f'<worksheet xmlns="{_MAIN}"><sheetData>{body}</sheetData></worksheet>'
        )
    return _zipped(parts)


def ods(sheets: Sheets) -> bytes:
    """A workbook as LibreOffice writes it."""
    tables = "".join(
        f'<table:table table:name="{name}">'
        + "".join(f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>" for row in r)
        + "</table:table>"
        for name, r in sheets.items()
    )
    urn = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<office:document-content xmlns:office="{urn}:office:1.0" xmlns:table="{urn}:table:1.0" '
        f'xmlns:text="{urn}:text:1.0"><office:body><office:spreadsheet>{tables}'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    mime = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = '<manifest xmlns="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    return _zipped({"mimetype": mime, "META-INF/manifest.xml": manifest, "content.xml": content})


def _xlsx_row(number: int, row: Sequence[object]) -> str:
    cells = "".join(
        _xlsx_cell(f"{chr(65 + n)}{number}", cell) for n, cell in enumerate(row) if cell is not None
    )
    return f'<row r="{number}">{cells}</row>'


def _xlsx_cell(place: str, cell: object) -> str:
    match cell:
        case bool():
            return f'<c r="{place}" t="b"><v>{int(cell)}</v></c>'
        case int() | float():
            return f'<c r="{place}"><v>{cell}</v></c>'
        case datetime():
            days = (cell - _DAY_0).total_seconds() / 86_400
            return f'<c r="{place}" s="1"><v>{days!r}</v></c>'
        case _:
            return f'<c r="{place}" t="inlineStr"><is><t>{escape(str(cell))}</t></is></c>'


def _ods_cell(cell: object) -> str:
    match cell:
        case None:
            return "<table:table-cell/>"
        case bool():
            said = f'office:value-type="boolean" office:boolean-value="{str(cell).lower()}"'
        case int() | float():
            said = f'office:value-type="float" office:value="{cell}"'
        case datetime():
            said = f'office:value-type="date" office:date-value="{cell.isoformat()}"'
        case _:
            text = f"<text:p>{escape(str(cell))}</text:p>"
            return f'<table:table-cell office:value-type="string">{text}</table:table-cell>'
    return f"<table:table-cell {said}/>"


def _zipped(parts: Mapping[str, str]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in parts.items():
            head = '<?xml version="1.0" encoding="UTF-8"?>' if text.startswith("<") else ""
            archive.writestr(name, head + text)
    return content.getvalue()
