"""No two packages of the kernel, and no two papers of a room, have a class of one name."""

import ast
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

PROJECT = Path(__file__).parents[2]


def classes(path: Path) -> list[str]:
    """The public classes of a file."""
    body = ast.parse(path.read_text("utf-8")).body
    names = [node.name for node in body if isinstance(node, ast.ClassDef)]
    return [name for name in names if not name.startswith("_")]


def shared_names(parts: Mapping[str, Iterable[Path]]) -> dict[str, list[str]]:
    """The names that several parts define, each with these parts."""
    places: dict[str, set[str]] = defaultdict(set)
    for part, paths in parts.items():
        for path in paths:
            for name in classes(path):
                places[name].add(part)
    return {name: sorted(where) for name, where in sorted(places.items()) if len(where) > 1}


def parts_of(folder: Path) -> dict[str, list[Path]]:
    """The packages and single files that stand in a folder."""
    parts: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(folder.rglob("*.py")):
        parts[path.relative_to(folder).parts[0].removesuffix(".py")].append(path)
    return parts


def test_no_two_packages_of_the_kernel_define_one_name() -> None:
    found = shared_names(parts_of(PROJECT / "shared"))
    assert found == {}


def test_no_two_papers_of_a_room_define_one_name() -> None:
    """Each view has its `Row`."""
    for room in sorted(each for each in (PROJECT / "services").iterdir() if each.is_dir()):
        papers = parts_of(room)
        views = papers.pop("views", [])
        found = shared_names(papers)
        assert found.keys() <= {"Row"}, f"{room.name}: {found}"
        own = {name for paths in papers.values() for path in paths for name in classes(path)}
        seen = {name for path in views for name in classes(path)} - {"Row"}
        assert own & seen == set(), room.name


def test_a_name_of_two_things_is_seen(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "thing.py").write_text("class Mark:\n    pass\n", "utf-8")
    assert shared_names(parts_of(tmp_path)) == {"Mark": ["one", "two"]}
