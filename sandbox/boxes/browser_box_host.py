"""The browser's container of one episode: one Chromium with its own sandbox, and its guest."""

from __future__ import annotations

from typing import Any

import docker

from episodes.actions import Action
from episodes.errors import EnvironmentFault, GuestRefused
from episodes.provenance import Isolation
from policies.policy import Policy
from sandbox.boxes import browser_calls
from sandbox.boxes.backend import KeepPages, Look
from sandbox.boxes.guest_host import GRACE_SECONDS, Guest

_START_SECONDS = 60.0
"""How long a browser may take to come up on a machine that starts many at once."""

_LOOK_SECONDS = 15.0


class BrowserBox:
    """One container.

    Args:
        client: The engine.
        container: The container's id; it was created and has not run.
        policy: What it allows and limits.
        keep: What is kept of pages.
        engine: The engine's version.
    """

    def __init__(
        self,
        client: docker.DockerClient,
        container: str,
        policy: Policy,
        keep: KeepPages,
        engine: str,
    ) -> None:
        self._guest = Guest(client, container, "browser")
        self._policy, self._keep, self._engine = policy, keep, engine

    @property
    def container(self) -> str:
        """The container's id."""
        return self._guest.container

    def open(self, ca_pem: str | None) -> Isolation:
        """Starts the container with Chromium in it, ready for an episode.

        Args:
            ca_pem: The certificate of the run's authority, where there is a proxy.

        Returns:
            What holds in it.

        Raises:
            EnvironmentFault: It did not come up, or Chromium's own sandbox is not on.
        """
        hello, configured = self._guest.open(
            browser_calls.configuration(self._policy, ca_pem, self._keep), _START_SECONDS
        )
        if configured.get("sandbox") is not True:
            raise EnvironmentFault(
                "Chromium's own sandbox is not on in its container; allow user namespaces on this "
                "host (sysctl user.max_user_namespaces), or run without a browser"
            )
        return Isolation(
            backend="docker",
            engine=f"docker {self._engine}",
            runtime="runc",
            seccomp=hello.get("seccomp") is True,
            network="none" if ca_pem is None else "proxy",
            missing=() if hello.get("seccomp") is True else ("seccomp",),
        )

    def look(self, action: Action) -> Look:
        """Where the tab is, and what an action would be done to.

        Raises:
            EnvironmentFault: The container is gone, or broke the protocol.
        """
        asked = browser_calls.look_for(action)
        return browser_calls.looked(self._guest.granted("look", _LOOK_SECONDS, **asked))

    def act(self, action: Action, seconds: float, data: bytes | None) -> Any:
        """The guest's answer to an action that was judged.

        Args:
            action: The action.
            seconds: The most it may take.
            data: The file, for an upload.

        Raises:
            EnvironmentFault: The container is gone, or could not do it for its own reasons.
        """
        most = min(seconds, float(self._policy.limits.seconds))
        asked = browser_calls.request_for(action, most, self._keep, data)
        # A page that hangs is taken away after the action's own time, which takes time too.
        reply = self._guest.ask("act", most + 3 * GRACE_SECONDS, **asked)
        if not reply["ok"] and browser_calls.failed(reply) is None:
            raise GuestRefused(f"the browser: {reply.get('error')}: {reply.get('message')}")
        return reply

    def cancel(self) -> None:
        """Ends what is running now."""
        self._guest.cancel()

    def break_down(self) -> None:
        """Kills the container from outside."""
        self._guest.break_down()

    def close(self) -> None:
        """Removes the container; a second call does nothing."""
        self._guest.close()
