"""The kernel's signals, without what signal.py adds: making enums of them costs 5 ms a start."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from signal import SIGCHLD, SIGCONT, SIGKILL, SIGSTOP, SIGTERM, set_wakeup_fd, signal
else:
    from _signal import SIGCHLD, SIGCONT, SIGKILL, SIGSTOP, SIGTERM, set_wakeup_fd, signal

__all__ = ["SIGCHLD", "SIGCONT", "SIGKILL", "SIGSTOP", "SIGTERM", "set_wakeup_fd", "signal"]
