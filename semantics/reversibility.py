"""Whether an action can be undone, as far as its text tells."""

from __future__ import annotations

from pathlib import PurePosixPath

from episodes.actions import Action, CallTool, ReadFile, RunCommand, RunProgram, Say, Upload
from semantics.names import names
from semantics.reading import Invocation, Reading

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that ask for nothing to be changed (RFC 9110, section 9.2.1)."""

# What these do away with is gone: each manual says that nothing is kept.
_DESTROY = names(
    "rm rmdir unlink shred truncate dd mkfs wipefs kill pkill killall dropdb userdel groupdel"
)

_ONLY_READ = names(
    """
    [ base32 base64 basename cal cat cksum cmp column comm cut date df diff diff3 dir dirname du
    echo egrep expr false fgrep fmt fold free getconf grep groups head hexdump hostname id
    join less ls md5sum nl nproc od paste pgrep pr printenv printf ps pwd readlink realpath rev rg
    sdiff seq sha1sum sha256sum sha512sum sleep stat strings sum tac tail test tr true tsort
    type uname unexpand uptime wc which whoami yes zcat zgrep cd
    """
)

# Of git's commands (git 2.39, git(1)), those after which something is gone or elsewhere.
_GIT_DESTROYS = names("push clean gc prune filter-branch send-email")
_GIT_READS = names("blame diff grep log ls-files ls-tree rev-parse shortlog show status")
_GIT_HARD = {
    "reset": names("--hard --merge --keep"),
    "checkout": names("-f --force --"),
    "branch": names("-D -d --delete"),
    "tag": names("-d --delete"),
    "stash": names("drop clear"),
}


def can_be_undone(action: Action, reading: Reading | None) -> bool | None:
    """Tells whether what an action changes can be brought back.

    Args:
        action: The action.
        reading: What its command does, where it has one.

    Returns:
        True where it surely changes nothing that matters later; False where what it does away
        with, or sends, is known not to come back; None where its text does not tell, as with
        interpreters and clicks.
    """
    if isinstance(action, Upload | Say | CallTool):
        # What has been said to somebody else stays said.
        return False
    if isinstance(action, ReadFile):
        return True
    if not isinstance(action, RunCommand | RunProgram) or reading is None or not reading.understood:
        return None
    answers = [_program(program) for program in reading.programs]
    answers += [True if redirect.mode == "read" else None for redirect in reading.redirects]
    if False in answers:
        return False
    return None if None in answers else True


def _program(program: Invocation) -> bool | None:
    name = PurePosixPath(program.name).name
    if name == "git":
        return _git(program.argv[1:])
    if name in _DESTROY:
        return False
    if name == "find" and "-delete" in program.argv:
        return False
    return True if program.builtin or name in _ONLY_READ else None


def _git(arguments: tuple[str | None, ...]) -> bool | None:
    if not arguments or arguments[0] is None or arguments[0].startswith("-"):
        return None
    command, rest = arguments[0], arguments[1:]
    if command in _GIT_DESTROYS or _GIT_HARD.get(command, frozenset()) & set(rest):
        return False
    return True if command in _GIT_READS else None
