"""Every generated file is as the generator would write it now."""

from pathlib import Path

import pytest

from tests import generate

STALE = "run: make generate"


def test_everything_generated_is_up_to_date() -> None:
    found = [path.relative_to(generate.PROJECT) for path, _ in generate.stale()]
    assert found == [], STALE


def test_a_page_that_is_stale_is_named_and_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.md"
    monkeypatch.setattr(generate, "PROJECT", tmp_path)
    monkeypatch.setattr(generate, "PAGES", {page: lambda: "as it is now"})
    monkeypatch.setattr("sys.argv", ["generate", "--check"])
    with pytest.raises(SystemExit, match=STALE):
        generate.main()
    assert not page.exists()
    monkeypatch.setattr("sys.argv", ["generate"])
    generate.main()
    assert page.read_text("utf-8") == "as it is now"
    assert capsys.readouterr().out.split() == ["page.md", "page.md"]
