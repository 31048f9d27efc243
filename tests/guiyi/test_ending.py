"""Waiting for processes to end, also for those of which the system says that they are not there."""

import os
import subprocess
import sys

import psutil
import pytest

from guiyi.stack import program


def asleep() -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(99)"])


def test_a_process_that_is_ending_just_now_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, opened = list[int](), os.pidfd_open

    def ending(pid: int, flags: int = 0) -> int:
        if pid == child.pid:
            asked.append(pid)
            if len(asked) == 1:
                raise FileNotFoundError(2, "No such file or directory")
        return opened(pid, flags)

    with asleep() as child:
        monkeypatch.setattr(os, "pidfd_open", ending)
        program.kill([psutil.Process(child.pid)])
    assert asked == [child.pid, child.pid]
    assert not psutil.pid_exists(child.pid)


def test_who_does_not_end_in_time_is_named() -> None:
    with asleep() as child:
        one = psutil.Process(child.pid)
        assert program.wait([one], 0.1) == [one]
        assert program.wait([one], 0) == [one]
        program.kill([one])
