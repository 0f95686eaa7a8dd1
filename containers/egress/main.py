"""The proxy's start, and the host's orders."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import traceback
from pathlib import Path
from typing import Any

from mitmproxy import options
from mitmproxy.addons import core, proxyserver, tlsconfig
from mitmproxy.master import Master

from .door import Door
from .host import Host, send
from .names import JudgedLoop

_HOME = Path("/tmp/longleash")  # noqa: S108 - a tmpfs of this container alone.
_PUBLIC_ROOTS = Path("/etc/ssl/certs/ca-certificates.crt")


class Proxy:
    """All doors of a run."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._doors: dict[str, Door] = {}
        self._public = self._roots = _PUBLIC_ROOTS.read_bytes()
        self._changes = 0
        self.options = options.Options()
        master = Master(self.options, asyncio.get_running_loop())
        self._tls = tlsconfig.TlsConfig()
        master.addons.add(core.Core(), proxyserver.Proxyserver(), self._tls)
        self.options.update(
            confdir=str(_HOME),
            # Else a tunnel is dialled, and its name looked up, before anything was judged.
            connection_strategy="lazy",
            upstream_cert=False,
            # Else what is no HTTP passes unseen.
            rawtcp=False,
            validate_inbound_headers=True,
        )
        self._ca = (_HOME / "mitmproxy-ca-cert.pem").read_bytes()
        # Sent along with each certificate: a browser may be told of this one only.
        self._tls.certstore.default_chain_file = _HOME / "mitmproxy-ca-cert.pem"
        self._trust()

    async def obey(self, order: dict[str, Any]) -> dict[str, Any]:
        """Does what the host wants."""
        match order["op"]:
            case "hello":
                return {"ca_pem": self._ca.decode()}
            case "open":
                name = str(order["door"])
                door = Door(name, self._host, self.options, self._tls)
                await door.open(self._public + self._ca)
                self._doors[name] = door
            case "close":
                door_or_none = self._doors.pop(str(order["door"]), None)
                if door_or_none is not None:
                    door_or_none.close()
            case "site":
                names = self._doors[str(order["door"])].names
                names.sites[order["name"]] = (order["address"], int(order["port"]))
            case "trust":
                self._roots += b"\n" + order["ca_pem"].encode()
                self._trust()
            case other:
                raise ValueError(f"no such order: {other!r}")
        return {}

    def _trust(self) -> None:
        # A new name each time: what mitmproxy makes of a file, it keeps by the file's name.
        self._changes += 1
        file = _HOME / f"roots-{self._changes}.pem"
        file.write_bytes(self._roots)
        self.options.update(ssl_verify_upstream_trusted_ca=str(file))


async def _serve() -> None:
    asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)  # type: ignore[attr-defined]
    host = Host()
    proxy = Proxy(host)
    async for order in host.orders(sys.stdin.buffer):
        try:
            reply: dict[str, Any] = {"ok": True, **await proxy.obey(order)}
        except Exception as problem:  # noqa: BLE001 - unanswered, it would hang the host.
            reply = {"ok": False, "error": "broken", "message": repr(problem)[:2000]}
        send({"id": order["id"], **reply})
    # The host has gone: nothing leaves any more.
    os._exit(0)


def main() -> None:
    """PID 1."""
    logging.basicConfig(level=logging.ERROR, stream=sys.stderr)
    _HOME.mkdir(mode=0o700, exist_ok=True)
    try:
        with asyncio.Runner(loop_factory=JudgedLoop) as runner:
            runner.run(_serve())
    except BaseException:  # noqa: BLE001
        traceback.print_exc()
        os._exit(70)


if __name__ == "__main__":
    main()
