"""`check`: a task's own program, from files that the agent can neither have touched nor read."""

from __future__ import annotations

import os

from .census import Census
from .settings import Settings
from .steps import Steps
from .wire import Answer, Refused, Reply, Request, from_base64

PLACE = "/run/longleash/check"
_RUN = "/run/longleash"


def check(
    request: Request, settings: Settings, steps: Steps, census: Census, answer: Answer
) -> None:
    """Answer a `check` request.

    Every process of the agent's is ended first. The files are root's, in a directory that exists
    only while the check runs; the check itself runs as the agent's uid, under the rules of the
    agent and those of the request, so that even a check that is fooled can do no more.
    """
    census.end()
    _remove()
    names = {name: os.path.join(PLACE, name) for name in request.get("files", {})}
    if any("/" in name or name in ("", ".", "..") for name in names):
        raise Refused("bad_request", "check: a file's name must be a single component")
    os.mkdir(PLACE, 0o755)
    try:
        for name, path in names.items():
            with open(path, "xb") as file:
                file.write(from_base64(request["files"][name]))
            os.chmod(path, 0o755)  # noqa: S103 - The check runs as the agent's uid.
        # Through, and no more: nothing in it can be listed. Before the rules are made, since who
        # makes them looks the paths up with the agent's reach.
        os.chmod(_RUN, 0o711)  # noqa: S103
        own = settings.extended([*request.get("rules", []), ("rx", PLACE)])
    except BaseException:
        _remove()
        raise

    def done(reply: Reply) -> None:
        own.close()
        _remove()
        answer(reply)

    command = {
        **request,
        "argv": [names.get(part, part) for part in request["argv"]],
        "command": None,
        "cwd": request.get("cwd") or PLACE,
        "survivors": "kill",
    }
    environment = {
        **settings.environment,
        **request.get("env", {}),
        # The guest's own shell comes last, for images that have none.
        "PATH": settings.path + ":/longleash/bin",
        "LONGLEASH_CHECK": PLACE,
    }
    try:
        steps.run_apart(command, own, environment, done)
    except BaseException:
        own.close()
        _remove()
        raise


def _remove() -> None:
    os.chmod(_RUN, 0o700)
    if os.path.isdir(PLACE):
        for name in os.listdir(PLACE):
            os.unlink(os.path.join(PLACE, name))
        os.rmdir(PLACE)
