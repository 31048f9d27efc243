"""Become a child process that cannot outlive its parent, and then become the given program.

    python launch.py PARENT USER PATHS PROGRAM [ARGUMENT ...]

It runs as a file, without site packages, so it adds only some milliseconds. Its steps must happen
between fork and exec, in this order: give up root (USER is `uid:gid`; `-` keeps the user), ask the
operating system for SIGKILL when the parent dies (giving up root would clear that), check that the
parent (PARENT, a process id) has not died yet, and become PROGRAM.

If root keeps the project in its home, another user may be unable to enter the folders above PATHS
(`:` between them). We must not open those folders to everybody. So the program keeps one
capability: to pass through folders and read files. It says so in its log.
"""

import ctypes
import os
import signal
import stat
import struct
import sys

PR_SET_PDEATHSIG = 1
PR_SET_KEEPCAPS = 8
PR_SET_SECUREBITS = 28
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAPABILITY_VERSION_3 = 0x20080522
CAP_DAC_OVERRIDE = 1
CAP_DAC_READ_SEARCH = 2
CAP_SETPCAP = 8
SECBIT_NO_SETUID_FIXUP = 1 << 2
READ = (CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE)

libc = ctypes.CDLL(None, use_errno=True)


def call(name: str, *arguments: object) -> None:
    """Call the C library; anything but 0 raises OSError."""
    if getattr(libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), name)


def give_up_root(user: str, paths: list[str], program: str) -> None:
    """Become `user` (`uid:gid`) for good."""
    uid, gid = map(int, user.split(":"))
    runs_for_all = os.stat(program).st_mode & stat.S_IXOTH  # noqa: PTH116  no more imports
    call("prctl", PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
    if not all(os.access(path, os.F_OK) for path in paths):
        pass_through_folders(READ if runs_for_all else (CAP_DAC_OVERRIDE,))
    os.environ.update(HOME="/", USER=str(uid), LOGNAME=str(uid))


def pass_through_folders(capabilities: tuple[int, ...]) -> None:
    """Keep over exec the first of these that we have; containers often have only the wider one.

    PostgreSQL and Java call access(2) before they open anything. For a user who is not root,
    access(2) ignores capabilities, unless this security bit says that the user id means nothing.
    """
    for capability in capabilities:
        try:
            hold(1 << capability | 1 << CAP_SETPCAP)
            call("prctl", PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0)
            call("prctl", PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0)
            hold(1 << capability)
        except OSError:
            continue
        say(f"keeps capability {capability}: the folders of the project are closed to others")
        return
    sys.exit("an unprivileged user cannot enter these folders; keep the project elsewhere")


def say(told: str) -> None:
    """Write a line to the log of the program."""
    os.write(2, f"launch: {told}\n".encode())


def hold(capabilities: int) -> None:
    """Keep these capabilities and no others."""
    header = struct.pack("Ii", CAPABILITY_VERSION_3, 0)
    call("capset", header, struct.pack("6I", *(capabilities,) * 3, 0, 0, 0))


def main(parent: str, user: str, paths: str, *program: str) -> None:
    """Become the program. Never returns."""
    if user != "-":
        give_up_root(user, paths.split(":"), program[0])
    call("prctl", PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != int(parent):
        sys.exit("the supervisor is gone")
    os.execv(program[0], program)  # noqa: S606  this is what the file is for


if __name__ == "__main__":
    main(*sys.argv[1:])
