"""The checks and their tests: one test each, named by its id; and a table is compared with them."""

import ast
from pathlib import Path

import pytest

from tests.acceptance import __main__ as compared
from tests.acceptance.checks import CHECKS, LATER, asked_by

HERE = Path(__file__).parent
TABLE = """
[S1]
checks = [{ id = "S1.1", expect = ["RepairReported"] }, { id = "S1.9", expect = [] }]
[S2]
checks = [{ id = "S2.4", expect = [
  "warranty_starts_on", "RepairReported", "WorkOrderOpened", "CustomerSigned",
] }]
[S3]
checks = [{ id = "S3.1", expect = ["PartReconciled", "no-customer-signature"] }]
[S4]
checks = []
[S5]
checks = []
[S6]
checks = []
"""


def test_every_check_has_its_test() -> None:
    names = [
        node.name
        for path in HERE.glob("test_s*.py")
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_s")
    ]
    told = [".".join(name.removeprefix("test_").split("_")[:2]).upper() for name in names]
    assert sorted(told) == sorted(CHECKS)
    assert not CHECKS.keys() & LATER.keys()


def test_a_table_that_asks_for_something_else_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (table := tmp_path / "table.toml").write_text(TABLE, "utf-8")
    assert asked_by(table)["S3.1"] == ("PartReconciled", "no-customer-signature")
    monkeypatch.setattr("sys.argv", ["acceptance", str(table)])
    with pytest.raises(SystemExit) as left:
        compared.main()
    told = str(left.value).splitlines()
    assert told[0] == "S1.1 expects RepairReported, not RepairReported, not-confirmed"
    assert "S1.9 has no test" in told
    assert "S3.2 is asked by nobody" in told
    assert not [line for line in told if line.startswith(("S2.4", "S3.1"))]
