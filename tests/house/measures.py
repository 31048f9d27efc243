"""Measures of the product code: its size, and how well it keeps to the project's own rules.

python -m tests.house.measures            prints the table
python -m tests.house.measures FOLDER     measures another checkout
python -m tests.house.measures --write    writes the column "now" of docs/house.md
"""

import ast
import io
import sys
import tokenize
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

PROJECT = Path(__file__).parents[2]
PAGE = PROJECT / "docs" / "house.md"
PRODUCT = ("shared", "services", "guiyi", "deploy")
FUNCTION_LINES, FILE_LINES = 25, 250
NO_CODE = {
    *(tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT),
    *(tokenize.ENDMARKER, tokenize.ENCODING),
}


@dataclass(frozen=True)
class Source:
    """A file of the product."""

    path: Path
    module: str

    @cached_property
    def text(self) -> str:
        return self.path.read_text("utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def code_lines(self) -> int:
        """Lines that are not blank, a comment, a docstring or the docstring of an attribute."""
        written = self.text.split("\n")
        found: set[int] = set()
        for token in tokenize.generate_tokens(io.StringIO(self.text).readline):
            if token.type not in NO_CODE:
                found |= set(range(token.start[0], token.end[0] + 1))
        said = {line for node in ast.walk(self.tree) for line in docstring_lines(node)}
        return sum(bool(written[line - 1].strip()) for line in found - said)

    @property
    def any_names(self) -> int:
        """How often `Any` is used; an import of it is no use."""
        nodes = ast.walk(self.tree)
        return sum(isinstance(node, ast.Name) and node.id == "Any" for node in nodes)

    @property
    def functions(self) -> Iterator[tuple[str, int]]:
        """Every function and how many lines it has, from `def` to its last line."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert node.end_lineno is not None
                yield f"{self.module}.{node.name}", node.end_lineno - node.lineno + 1

    @property
    def public_classes(self) -> Iterator[str]:
        for node in self.tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                yield node.name

    def imported(self) -> Iterator[str]:
        """Every module that the file imports, wherever the import stands."""
        for node in ast.walk(self.tree):
            match node:
                case ast.Import(names=names):
                    yield from (name.name for name in names)
                case ast.ImportFrom(module=str(module), level=0, names=names):
                    yield from (f"{module}.{name.name}" for name in names)
                case _:
                    continue


def docstring_lines(node: ast.AST) -> Iterator[int]:
    """The line numbers of strings that are statements of their own: docstrings."""
    body = getattr(node, "body", None)
    for each in body if isinstance(body, list) else ():
        match each:
            case ast.Expr(value=ast.Constant(value=str()), lineno=first, end_lineno=int(last)):
                yield from range(first, last + 1)
            case _:
                continue


def sources(root: Path, *folders: str) -> list[Source]:
    """Every Python file of these folders."""
    found = []
    for folder in folders:
        for path in sorted((root / folder).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            named = parts[:-1] if parts[-1] == "__init__" else parts
            found.append(Source(path, ".".join(named)))
    return found


def package_of(module: str) -> str:
    """shared.worker.subscription -> worker; shared.room -> room."""
    return module.split(".")[1] if "." in module else ""


def cycles(root: Path) -> list[list[str]]:
    """The packages of `shared` that import one another, directly or through others."""
    arrows: dict[str, set[str]] = {}
    for source in sources(root, "shared"):
        here = package_of(source.module)
        for wanted in source.imported():
            if wanted.startswith("shared.") and here and package_of(wanted) != here:
                arrows.setdefault(here, set()).add(package_of(wanted))
    reached = {name: _reached(name, arrows) for name in arrows}
    groups = {
        frozenset(other for other in far if name in reached.get(other, ()))
        for name, far in reached.items()
        if name in far
    }
    return sorted(sorted(group) for group in groups)


def _reached(name: str, arrows: Mapping[str, set[str]]) -> set[str]:
    found: set[str] = set()
    left = [name]
    while left:
        for each in arrows.get(left.pop(), set()) - found:
            found.add(each)
            left.append(each)
    return found


def homonyms(root: Path) -> list[str]:
    """Public classes of one name in two packages of `shared`, or in two papers of a room."""
    rooms = sorted(path.name for path in (root / "services").iterdir() if path.is_dir())
    return [
        *_twice("shared", 1, sources(root, "shared")),
        *(found for room in rooms for found in _twice(room, 2, sources(root, f"services/{room}"))),
    ]


def _twice(where: str, depth: int, found: Sequence[Source]) -> Iterator[str]:
    """Names that two parts define. A part is the name at this depth of a module's path."""
    places: dict[str, set[str]] = {}
    for source in found:
        part = ".".join(source.module.split(".")[depth : depth + 1])
        for name in source.public_classes:
            if name != "Row":
                places.setdefault(name, set()).add(part)
    for name, parts in sorted(places.items()):
        if len(parts) > 1:
            yield f"{where}: {name} ({', '.join(sorted(parts))})"


def measures(root: Path) -> dict[str, tuple[int, Sequence[str]]]:
    """Every measure with its number, and the places that it found, if they are few."""
    product = sources(root, *PRODUCT)
    lengths = [each for source in product for each in source.functions]
    long = [f"{name} ({lines})" for name, lines in lengths if lines > FUNCTION_LINES]
    big = [
        f"{source.module} ({lines})"
        for source in product
        if (lines := len(source.text.splitlines())) > FILE_LINES
    ]
    circles = [" <-> ".join(group) for group in cycles(root)]
    same = homonyms(root)
    by_folder = {
        f"lines of code in `{folder}`": (sum(s.code_lines for s in sources(root, folder)), ())
        for folder in PRODUCT
    }
    return {
        "lines of product code": (sum(source.code_lines for source in product), ()),
        **by_folder,
        "uses of `Any`": (sum(source.any_names for source in product), ()),
        "circles of packages in `shared`": (len(circles), circles),
        "homonyms": (len(same), same),
        f"functions over {FUNCTION_LINES} lines": (len(long), long),
        f"files over {FILE_LINES} lines": (len(big), big),
    }


def written(page: str, now: Mapping[str, tuple[int, Sequence[str]]]) -> str:
    """The page with today's numbers in the last column of the rows that have a measure."""
    lines = []
    for line in page.split("\n"):
        cells = line.split("|")
        name = cells[1].strip() if len(cells) > 3 else ""
        if name in now:
            cells[-2] = f" {now[name][0]:,} "
            line = "|".join(cells)  # noqa: PLW2901 - the same line with today's number
        lines.append(line)
    return "\n".join(lines)


def main(words: Sequence[str]) -> None:
    """Print the measures; with --write also write the page."""
    root = Path(words[0]) if words and not words[0].startswith("--") else PROJECT
    found = measures(root)
    for name, (number, what) in found.items():
        sys.stdout.write(f"{name:36} {number:7,}\n")
        sys.stdout.writelines(f"      {each}\n" for each in what)
    if "--write" in words:
        PAGE.write_text(written(PAGE.read_text("utf-8"), found), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
