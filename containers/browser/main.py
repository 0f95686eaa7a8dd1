"""The guest's start, and which operation is answered by what."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import traceback

from playwright.async_api import Playwright, async_playwright

from .chromium import register_engines
from .forwarder import forward
from .processes import filtered, sandboxed
from .session import Session
from .wire import Refused, Reply, Request, requests, send

PROTOCOL = 1
"""Goes up with every change that the other end must know of."""


class Guest:
    """One guest, from its first request to its last. Requests are answered one after another."""

    def __init__(self, playwright: Playwright) -> None:
        self._playwright = playwright
        self._session: Session | None = None
        self._running: tuple[int, asyncio.Task[Reply]] | None = None

    async def perform(self, request: Request) -> None:
        """Does what is asked and answers."""
        number = request["id"]
        try:
            task = asyncio.get_running_loop().create_task(self._answer(request))
            self._running = (number, task)
            reply = {"ok": True, **await task}
        except asyncio.CancelledError:
            reply = {"ok": False, "error": "cancelled", "message": "it was ended from outside"}
        except Refused as refused:
            reply = {"ok": False, "error": refused.code, "message": str(refused)}
        except Exception as problem:  # noqa: BLE001 - unanswered, it would hang the host.
            what = f"{request.get('op')}: {type(problem).__name__}: {problem}"
            reply = {"ok": False, "error": "broken", "message": what[:2000]}
        finally:
            self._running = None
        send({"id": number, **reply})

    def cancel(self, request: Request) -> None:
        """Ends what runs, where it is the one that is meant."""
        running, target = self._running, request.get("target")
        hit = running is not None and target in (None, running[0])
        if running is not None and hit:
            running[1].cancel()
        send({"id": request["id"], "ok": True, "cancelled": hit})

    async def _answer(self, request: Request) -> Reply:
        operation = request["op"]
        if operation == "hello":
            return {"protocol": PROTOCOL, "seccomp": filtered()}
        if operation == "configure":
            return await self._configure(request)
        if self._session is None:
            raise Refused("not_configured", "send `configure` first")
        if operation == "look":
            return await self._session.look(request)
        if operation == "act":
            return await self._session.act(request)
        raise Refused("unknown_operation", f"this guest knows no {operation!r}")

    async def _configure(self, request: Request) -> Reply:
        if request.get("ca_pem"):
            await forward()
        session = Session(self._playwright, request)
        version = await session.start()
        self._session = session
        return {"chromium": version, "sandbox": sandboxed()}


async def _serve() -> None:
    async with async_playwright() as playwright:
        await register_engines(playwright)
        guest = Guest(playwright)
        queue: asyncio.Queue[Request] = asyncio.Queue()

        async def work() -> None:
            while True:
                await guest.perform(await queue.get())

        worker = asyncio.get_running_loop().create_task(work())
        async for request in requests(sys.stdin.buffer):
            if request["op"] == "cancel":
                guest.cancel(request)
            else:
                queue.put_nowait(request)
            if worker.done():
                break
        # The host has gone; with PID 1 ends everything in the container.
        os._exit(0)


def main() -> None:
    """PID 1 collects what Chromium leaves behind; its child is the guest."""
    child = os.fork()
    if child == 0:
        try:
            asyncio.run(_serve())
        except BaseException:  # noqa: BLE001
            # The host keeps the end of this as the fault's cause.
            traceback.print_exc()
            sys.stderr.flush()
        os._exit(70)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    while True:
        ended, status = os.wait()
        if ended == child:
            os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


if __name__ == "__main__":
    main()
