"""The Java parts of the local stack: locked by SHA-256, downloaded once, checked at every start.

jgo resolves and downloads (its resolver is Python, no Maven is needed). Only its resolver is used:
its environments classify every jar with a Java 11 of their own, which would be downloaded first.
"""

import fcntl
import hashlib
import os
import sys
import tomllib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

LOCAL = Path(__file__).parents[2] / "deploy" / "local"
SPEC = LOCAL / "jgo.toml"
LOCK = LOCAL / "jgo.lock.toml"
AT_ONCE = 6
TIMEOUT = 60


class JarsMissing(Exception):
    """A jar is missing and could not be downloaded; the message says which one and why."""


@dataclass(frozen=True, slots=True)
class Jar:
    """One locked file: where a Maven repository keeps it and what it must hold."""

    group: str
    artifact: str
    version: str
    sha256: str

    def within(self, cache: Path) -> Path:
        """Where the jar stands in a cache laid out as Maven's own."""
        folder = cache.joinpath(*self.group.split("."), self.artifact, self.version)
        return folder / f"{self.artifact}-{self.version}.jar"

    def stands_in(self, cache: Path) -> bool:
        """Whether the jar is there, byte for byte."""
        path = self.within(cache)
        return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == self.sha256


def locked() -> list[Jar]:
    """What jgo.lock.toml names, in the order of the class path."""
    with LOCK.open("rb") as file:
        rows = tomllib.load(file)["dependencies"]
    return [Jar(r["groupId"], r["artifactId"], r["version"], r["sha256"]) for r in rows]


def cache_folder() -> Path:
    """Beside the installed packages if that folder is writable, else in the user's cache."""
    if chosen := os.environ.get("GUIYI_CACHE"):
        return Path(chosen) / "jars"
    beside = Path(sys.prefix) / "share" / "guiyi"
    if os.access(sys.prefix, os.W_OK):
        return beside / "jars"
    return Path.home() / ".cache" / "guiyi" / "jars"


def class_path(say: Callable[[int, int], None] = lambda _done, _all: None) -> str:
    """The class path of the broker; downloads missing jars. `say(done, all)` is called for each."""
    cache, jars = cache_folder(), locked()
    if missing := [jar for jar in jars if not jar.stands_in(cache)]:
        cache.mkdir(parents=True, exist_ok=True)
        with _alone(cache):
            _fetch([jar for jar in missing if not jar.stands_in(cache)], cache, say)
    return ":".join(str(jar.within(cache)) for jar in jars)


@contextmanager
def _alone(cache: Path) -> Iterator[None]:
    """Two stacks that start at once must not write the same file."""
    with (cache / "fetching.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _fetch(jars: Sequence[Jar], cache: Path, say: Callable[[int, int], None]) -> None:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        fetched = pool.map(partial(_fetch_one, cache=cache), jars)
        for done, _ in enumerate(fetched, 1):
            say(done, len(jars))


def _fetch_one(jar: Jar, cache: Path) -> None:
    path = jar.within(cache)
    path.unlink(missing_ok=True)  # left by a download that was killed
    try:
        project = _maven(cache).project(jar.group, jar.artifact)
        project.at_version(jar.version).artifact().resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise JarsMissing(f"{path.name} could not be downloaded: {error}") from error
    if not jar.stands_in(cache):
        path.unlink(missing_ok=True)
        raise JarsMissing(f"{path.name} is not the file that {LOCK.name} names by its SHA-256")


def _maven(cache: Path):  # type: ignore[no-untyped-def]  # noqa: ANN202  jgo's own type
    from jgo.config import GlobalSettings
    from jgo.maven import MavenContext

    mirrors = GlobalSettings.load().repositories or None
    return MavenContext(repo_cache=cache, remote_repos=mirrors, timeout=TIMEOUT)


def lock() -> int:
    """Resolve jgo.toml into a new jgo.lock.toml; returns the number of jars."""
    from jgo.env import EnvironmentBuilder, EnvironmentSpec, LockFile, compute_spec_hash
    from jgo.maven import Dependency

    cache, spec = cache_folder(), EnvironmentSpec.load(SPEC)
    cache.mkdir(parents=True, exist_ok=True)
    context = _maven(cache)
    asked = EnvironmentBuilder(context, cache_dir=cache).spec_to_dependencies(spec)
    wanted: dict[tuple[str, str], Dependency] = {}
    for one in asked:
        # Each by itself, and the first one's versions win: jgo reads the parent pom of every jar
        # as a bill of materials, and the one of log4j would give the broker an older Kafka client.
        given, found = context.resolver.resolve([one])
        for jar in (*given, *found):
            if jar.scope in ("compile", "runtime"):
                wanted.setdefault(jar.artifact.key[:2], jar)
    resolved = LockFile.from_resolved_dependencies(
        list(wanted.values()),
        environment_name=spec.name,
        entrypoints=spec.entrypoints,
        default_entrypoint=spec.default_entrypoint,
        spec_hash=compute_spec_hash(SPEC),
    )
    resolved.save(LOCK)
    return len(wanted)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["lock"]:
            print(f"{LOCK.name}: {lock()} jars")
        case ["fetch"]:
            class_path(lambda done, of: print(f"{done}/{of}"))
        case _:
            sys.exit("python -m guiyi.stack.jars lock|fetch")
