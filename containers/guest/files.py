"""`read_file`, `write_file` and `put`: by the launcher, as the agent, under every rule."""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Callable

from .children import Children
from .job import Job
from .loop import Loop
from .settings import Settings
from .wire import Answer, Refused, Reply, Request, environment_bytes, from_base64, to_base64

_CODES = {
    errno.ENOENT: "not_found",
    errno.EISDIR: "is_directory",
    errno.ENOTDIR: "not_a_directory",
    errno.EACCES: "refused",
    errno.EPERM: "refused",
    errno.EROFS: "refused",
    errno.ELOOP: "changed",
    errno.EXDEV: "changed",
    errno.EFBIG: "too_large",
    errno.ENAMETOOLONG: "too_large",
    errno.ENOSPC: "no_space",
    errno.EDQUOT: "no_space",
    errno.ENXIO: "not_regular",
    0: "not_regular",
}
_MEANING = {
    "changed": "a link stands in the path now: it changed after it was judged",
    "not_regular": "it is a device, a pipe or a socket, and has no content",
}
_MAX_READ = 32 << 20
_HEADER = 64
"""Bytes before each path in what the launcher's `put` reads."""
_SECONDS = 60

TYPE_CHECKING = False
if TYPE_CHECKING:
    import tarfile


class Files:
    """The file operations; each is one short child."""

    def __init__(self, loop: Loop, children: Children) -> None:
        self._loop = loop
        self._children = children

    def read(self, request: Request, settings: Settings, answer: Answer) -> None:
        """Answer a `read_file` request."""
        limit = min(int(request["limit"]), _MAX_READ)

        def done(job: Job) -> None:
            data = job.stdout.first(limit)
            noted = job.note("size")
            # What the file system says, or what was read where it says less (/proc).
            size = max(noted[1] if noted else 0, len(data))
            answer({"data": to_base64(data), "size": size, "truncated": size > len(data)})

        arguments = settings.arguments("read", os.fsencode(_absolute(request)), str(limit))
        self._start(arguments, settings, None, 2 * limit, request, answer, done)

    def write(self, request: Request, settings: Settings, answer: Answer) -> None:
        """Answer a `write_file` request."""
        data = from_base64(request["data"])
        mode = request.get("mode")
        operation = "append" if request.get("append") else "write"
        arguments = settings.arguments(
            operation, os.fsencode(_absolute(request)), "-" if mode is None else f"{mode:o}"
        )
        self._start(
            arguments, settings, data, 0, request, answer, lambda _: answer({"size": len(data)})
        )

    def put(self, request: Request, settings: Settings, answer: Answer) -> None:
        """Answer a `put` request; its `rules` let files in where the agent may only read."""
        stream, count = _stream(from_base64(request["tar"]))
        own = settings.extended(request["rules"]) if request.get("rules") else settings

        def answered(reply: Reply) -> None:
            if own is not settings:
                own.close()
            answer(reply)

        arguments = own.arguments("put", os.fsencode(request["root"]))
        self._start(
            arguments, own, stream, 0, request, answered, lambda _: answered({"entries": count})
        )

    def put_stream(
        self, request: Request, settings: Settings, answer: Answer, done: Callable[[], None]
    ) -> None:
        """Write what came along, which is as the launcher reads it and no tar, below `root`.

        Raises:
            Refused: It is no such stream, or an entry would reach out of the directory.
        """
        stream = request["payload"]
        _check_stream(stream)
        own = settings.extended(request["rules"])

        def answered(reply: Reply) -> None:
            own.close()
            answer(reply)

        def put(_: Job) -> None:
            own.close()
            done()

        arguments = own.arguments("put", os.fsencode(request["root"]))
        self._start(arguments, own, stream, 0, request, answered, put)

    def _start(
        self,
        arguments: list[str | bytes],
        settings: Settings,
        stdin: bytes | None,
        output_limit: int,
        request: Request,
        answer: Answer,
        done: Callable[[Job], None],
    ) -> None:
        settings.refresh()
        where = request.get("path") or request.get("root")

        def ended(job: Job) -> None:
            timer.cancel()
            problem = _problem(job, where)
            if problem is None:
                done(job)
            else:
                answer(problem)

        job = Job(
            self._loop,
            self._children,
            arguments,
            environment_bytes({}),
            ruleset=settings.ruleset,
            stdin=stdin,
            output_limit=output_limit,
            on_end=ended,
        )
        # A file system that never answers must not keep the child for ever.
        timer = self._loop.later(_SECONDS, job.kill)


def _problem(job: Job, where: object) -> Reply | None:
    noted = job.note("file")
    if noted is not None:
        what, number = noted
        code = _CODES.get(number, "refused")
        said = _MEANING.get(code) or f"{os.strerror(number)} ({what})"
        return {"ok": False, "error": code, "message": f"{where}: {said}"}
    if job.exit_code == 0:
        return None
    fault = job.note("fault")
    said = f"{fault[0]}: {os.strerror(fault[1])}" if fault else f"wait status {job.status}"
    return {"ok": False, "error": "launcher", "message": f"{where}: the launcher stopped at {said}"}


def _absolute(request: Request) -> str:
    path: str = request["path"]
    if not path.startswith("/") or "\0" in path:
        raise Refused("bad_request", f"{request['op']}: `path` must be absolute and hold no NUL")
    return path


def _check_stream(stream: bytes) -> None:
    """The launcher believes what it reads; names are looked at here."""
    at = 0
    while at < len(stream):
        fields = stream[at : at + _HEADER].split()
        if len(fields) not in (4, 5) or fields[0] not in (b"D", b"F", b"L"):
            raise Refused("bad_request", "restore: no stream of files")
        size, length = int(fields[2]), int(fields[3])
        path = stream[at + _HEADER : at + _HEADER + length]
        if {b"", b".", b".."} & set(path.split(b"/")) or b"\0" in path:
            raise Refused("bad_request", f"restore: {path!r} names a place outside")
        at += _HEADER + length + size
    if at != len(stream):
        raise Refused("bad_request", "restore: the stream of files is cut short")


def _stream(archive: bytes) -> tuple[bytes, int]:
    """A tar, as the launcher's `put` reads it.

    Raises:
        Refused: It is no tar, or an entry would reach out of the directory it goes to.
    """
    import tarfile  # Here, or it would cost every start what only some need.

    parts: list[bytes] = []
    try:
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            parts.extend(_entry(tar, entry) for entry in tar)
    except tarfile.TarError as error:
        raise Refused("bad_request", f"put: not a tar archive: {error}") from error
    return b"".join(parts), len(parts)


def _entry(tar: tarfile.TarFile, entry: tarfile.TarInfo) -> bytes:
    name = os.path.normpath(entry.name)
    if os.path.isabs(name) or name.split("/")[0] == ".." or "\0" in name:
        raise Refused("bad_request", f"put: {entry.name!r} names a place outside")
    if name == ".":
        return b""
    if entry.isdir():
        kind, data = b"D", b""
    elif entry.issym():
        _refuse_link_out(name, entry.linkname)
        kind, data = b"L", os.fsencode(entry.linkname)
    elif entry.isreg() or entry.islnk():
        # A hard link's content is written again: two names of one file could part its rules.
        file = tar.extractfile(entry)
        assert file is not None
        kind, data = b"F", file.read()
    else:
        raise Refused("bad_request", f"put: {entry.name!r} is a device or a pipe")
    path = os.fsencode(name)
    header = b"%s %o %d %d" % (kind, entry.mode & 0o777, len(data), len(path))
    return header.ljust(_HEADER - 1, b" ") + b"\n" + path + data


def _refuse_link_out(name: str, target: str) -> None:
    reached = os.path.normpath(os.path.join(os.path.dirname(name), target))
    if os.path.isabs(target) or reached.split("/")[0] == "..":
        raise Refused("bad_request", f"put: the link {name!r} leads outside, to {target!r}")
