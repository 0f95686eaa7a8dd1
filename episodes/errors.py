"""Everything Longleash raises.

    LongleashError                       the base; carries the process's exit code
    ├── UsageError (ValueError)          what the user gave cannot be used: exit 2
    │   ├── PolicyInvalid                a policy file that does not validate
    │   ├── TaskInvalid                  a task or suite that does not validate
    │   ├── AgentUnknown                 no agent by that name, or its script does not validate
    │   ├── ImportInvalid                another's file that is not in the format it is said to be
    │   ├── EpisodeUnknown (KeyError)    no such episode or step in the log
    │   ├── StateNotKept                 a step's workspace is not, or not wholly, in the log
    │   └── EpisodeOver                  an action after the episode's end
    ├── LogError                         the log cannot be used: exit 2
    │   ├── NotALog                      the file is something else, or damaged past opening
    │   ├── LogDamaged                   an entry or a blob is gone or was changed
    │   ├── LogTooNew                    written by a newer format than this one reads
    │   ├── LogBusy (BlockingIOError)    another writer holds the log
    │   ├── LogFull (OSError)            no space left where the log lives
    │   └── LogClosed                    an append after the writer closed
    ├── EngineUnavailable (ConnectionError)  no engine to begin with: exit 3
    │   └── EngineLost                   it went away in the middle of a run: exit 2
    ├── AgentBroke (RuntimeError)        the agent's own code raised: exit 1
    └── EnvironmentFault (RuntimeError)  ours or the environment's, never the agent's: exit 1
        ├── GuestGone (EOFError)         the guest or its container ended
        ├── ChannelBroken                the guest said something that is not the protocol
        ├── GuestRefused                 the guest could not do what it was asked
        └── TaskFault                    a task's image, files or check could not be run

A message says what, where and what to do. A denial is not here: it is a value (`Decision`).
"""

from __future__ import annotations


class LongleashError(Exception):
    """The base of every error here."""

    exit_code: int = 1
    """What the command exits with when this reaches it."""

    def __str__(self) -> str:
        # KeyError's own str() quotes its message; ours is a sentence.
        return str(self.args[0]) if self.args else type(self).__name__


class UsageError(LongleashError, ValueError):
    """What the user gave cannot be used."""

    exit_code = 2


class PolicyInvalid(UsageError):
    """A policy file that does not validate; nothing falls back to another policy."""


class TaskInvalid(UsageError):
    """A task or suite that does not validate."""


class AgentUnknown(UsageError):
    """No agent by that name, or its script does not validate."""


class ImportInvalid(UsageError):
    """A file of another's that is not in the format it is said to be; none of it is imported."""


class EpisodeUnknown(UsageError, KeyError):
    """The log has no such episode or step."""


class StateNotKept(UsageError):
    """A step's workspace cannot be made again from what the log holds of it."""


class EpisodeOver(UsageError):
    """An action came after the episode's end."""


class LogError(LongleashError):
    """The log cannot be used."""

    exit_code = 2


class NotALog(LogError):
    """The file is not a Longleash log, or is damaged past opening."""


class LogDamaged(LogError):
    """An entry, or a blob it points at, is gone or is not what was written."""


class LogTooNew(LogError):
    """The log was written by a newer format than this release reads."""


class LogBusy(LogError, BlockingIOError):
    """Another live writer holds the log."""


class LogFull(LogError, OSError):
    """There is no space left where the log lives; nothing that was acknowledged is lost."""


class LogClosed(LogError):
    """An append came after the writer had closed."""


class EngineUnavailable(LongleashError, ConnectionError):
    """No Docker engine answers, and none may be brought up."""

    exit_code = 3


class EngineLost(EngineUnavailable):
    """The engine went away in the middle of a run, which can be resumed."""

    exit_code = 2


class AgentBroke(LongleashError, RuntimeError):
    """The agent's own code raised; what it raised is the cause."""


class EnvironmentFault(LongleashError, RuntimeError):
    """Ours or the environment's failure, never the agent's."""


class GuestGone(EnvironmentFault, EOFError):
    """The guest or its container ended; the message holds the cause that is known."""


class ChannelBroken(EnvironmentFault):
    """The guest said something that is not the protocol, or nothing in time."""


class GuestRefused(EnvironmentFault):
    """The guest is alive and could not do what it was asked, for its own reasons."""


class TaskFault(EnvironmentFault):
    """A task's image, files or check could not be run."""
