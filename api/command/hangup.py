"""SIGHUP: what it asks for, which depends on where the server was started.

In a terminal, it says that the terminal was closed. A service has no terminal, and there, as for
other servers, it asks to read everything again. `kill -HUP` asks for that in a terminal, too.
"""

import os
import signal
from collections.abc import Callable
from types import FrameType

__all__ = ["catch_hangups"]


def catch_hangups(*, closed: Callable[[], None], asked: Callable[[], None]) -> None:
    """From now on, call `closed` on SIGHUP if the terminal has been closed, and else `asked`.

    A process that ignores SIGHUP continues to, because nohup(1) is meant to have this effect.
    """
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        return
    had_terminal = _has_terminal()

    def hang_up(number: int, frame: FrameType | None) -> None:
        (closed if had_terminal and not _has_terminal() else asked)()

    signal.signal(signal.SIGHUP, hang_up)


def _has_terminal() -> bool:
    """Return whether this process has a terminal. The kernel takes it away when it is closed."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True
