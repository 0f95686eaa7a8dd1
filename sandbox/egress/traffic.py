"""What one container of one episode asks of a network: judged, held back, counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from episodes.decisions import Decision
from episodes.errors import LogError
from episodes.observations import WebRequest as Shown
from episodes.writer import LogWriter
from policies.engine import decide_host, decide_request, decide_unseen
from policies.policy import Policy
from policies.request import WebRequest
from sandbox.egress.journal import MOST_KEPT, Asked, Journal
from sandbox.egress.limits import Limits
from sandbox.ledger import Ledger
from sandbox.throttle import Throttle
from semantics.urls import canonical_url

Answer = dict[str, Any]
"""What the proxy is told: `allow`, and with a denial `rule` and `reason`."""

_LONGEST_WAIT = 60.0
_MOST_FRAMES = 100_000
_KINDS = {"connect", "unseen", "request", "address", "response", "refused"}


class Traffic:
    """The requests of one container in one episode. May be used from many threads.

    Args:
        who: Which container.
        episode: The episode's id.
        policy: What may be asked.
        log: Where it is recorded.
        throttle: What holds requests back.
        ledger: What counts their bytes.
    """

    def __init__(
        self,
        who: Literal["shell", "browser"],
        episode: str,
        policy: Policy,
        log: LogWriter,
        throttle: Throttle,
        ledger: Ledger,
    ) -> None:
        self._policy, self._throttle, self._ledger = policy, throttle, ledger
        self._limits = Limits(policy)
        self._journal = Journal(who, episode, policy.obligations, log)
        self.step: int | None = None
        """The step that is under way."""
        self.granted: str | None = None
        """A URL that an approver let pass in this step."""

    def answer(self, question: Mapping[str, Any], wait: Callable[[float], None]) -> Answer:
        """What the proxy is told of a question; a denial where anything goes wrong."""
        try:
            stage = str(question["stage"])
            if stage not in _KINDS:
                raise ValueError(f"no stage {stage!r}")
            answer: Answer = getattr(self, f"_{stage}")(question, wait)
        except LogError as problem:
            return _no("proxy.record", f"it could not be recorded: {problem}")
        except Exception as problem:  # noqa: BLE001 - whatever goes wrong, the answer is no.
            return _no("proxy.error", f"it could not be judged ({type(problem).__name__})")
        return answer

    def done(self, message: Mapping[str, Any]) -> None:
        """A request that was allowed has ended."""
        said = self._journal.done(message)
        if said is not None:
            self._ledger.moved(bytes_out=said.sent, bytes_in=said.received)

    def flush(self) -> None:
        """Records what has ended, without waiting until it is durable."""
        self._journal.flush()

    def take(self) -> tuple[Shown, ...]:
        """What was asked since the last call."""
        taken = self._journal.take()
        self.granted = None
        return taken

    def _connect(self, question: Mapping[str, Any], _: object) -> Answer:
        host, port = _place(question)
        decision = decide_host(host, port, self._policy)
        if decision.verdict == "deny":
            return self._denied(self._tunnel(host, port), decision)
        return {"allow": True, "passthrough": self._is_unseen(host, port)}

    def _unseen(self, question: Mapping[str, Any], _: object) -> Answer:
        host, port = _place(question)
        asked = self._tunnel(host, port)
        decision = self._decide(asked)
        if decision.verdict != "allow":
            return self._denied(asked, decision)
        return {"allow": True, "number": self._journal.open(asked)}

    def _tunnel(self, host: str, port: int) -> Asked:
        url = f"https://{host}:{port}/"
        return Asked(WebRequest(url=url, method="CONNECT"), self.step, unseen=True)

    def _is_unseen(self, host: str, port: int) -> bool:
        return self._policy.web_index.unseen(canonical_url(f"https://{host}:{port}/").host) and (
            decide_unseen(host, port, (), self._policy).verdict == "allow"
        )

    def _refused(self, question: Mapping[str, Any], _: object) -> Answer:
        """The proxy itself says no, to what no policy can allow."""
        request = WebRequest(url=str(question["url"]), method=str(question["method"]))
        decision = self._own(str(question["rule"]), str(question["reason"]))
        return self._denied(Asked(request, self.step), decision)

    def _request(self, question: Mapping[str, Any], wait: Callable[[float], None]) -> Answer:
        asked = Asked(
            WebRequest(
                url=str(question["url"]),
                method=str(question["method"]),
                content_type=question["content_type"],
                size=question["size"],
                addresses=tuple(question["addresses"]),
            ),
            self.step,
        )
        decision = self._decide(asked)
        if decision.verdict != "allow":
            return self._denied(asked, decision)
        if asked.request.addresses:
            return self._let_out(asked, self._journal.open(asked), decision, wait)
        # Nothing is looked up before the host was allowed, and nothing leaves before its address.
        return {"allow": True, "number": self._journal.open(asked)}

    def _address(self, question: Mapping[str, Any], wait: Callable[[float], None]) -> Answer:
        number = int(question["number"])
        asked = self._journal.opened(number)
        addresses = tuple(str(one) for one in question["addresses"])
        if not addresses:
            self._journal.drop(number)
            host = canonical_url(asked.request.url).host
            return self._denied(asked, self._own("proxy.unresolved", f"{host} has no address"))
        asked.request = asked.request.model_copy(update={"addresses": addresses})
        decision = self._decide(asked)
        if decision.verdict != "allow":
            self._journal.drop(number)
            return self._denied(asked, decision)
        return self._let_out(asked, number, decision, wait)

    def _response(self, question: Mapping[str, Any], _: object) -> Answer:
        asked = self._journal.opened(int(question["number"]))
        seen = asked.request.model_copy(
            update={"content_type": question["content_type"], "size": question["size"]}
        )
        decision = self._judged(seen)
        if decision.verdict != "allow":
            return _no(decision.rule_id, decision.reason)
        return {"allow": True, "limit_in": self._limits.of(seen, self._ledger.left("bytes_in"))}

    def _let_out(
        self, asked: Asked, number: int, decision: Decision, wait: Callable[[float], None]
    ) -> Answer:
        url = canonical_url(asked.request.url)
        waited = 0.0
        if self._limits.rated:
            wait(_LONGEST_WAIT + 1)
            held = self._throttle.hold_request(url.host, _LONGEST_WAIT)
            waited = sum(delay.seconds for delay in held.delays)
            if held.refused_by is not None:
                self._journal.drop(number)
                why = "the wait that goes before it could not end in time"
                return self._denied(asked, self._own(held.refused_by, why))
        spent = self._ledger.moved(bytes_out=0, bytes_in=0)
        if spent is not None:
            self._journal.drop(number)
            return self._denied(asked, self._own(spent, "the episode has spent its budget"))
        try:
            self._journal.allowed(asked, number, decision, waited)
        except BaseException:
            self._journal.drop(number)
            raise
        return {
            "allow": True,
            "number": number,
            "path": url.path + (f"?{url.query}" if url.query else ""),
            "judge_answer": self._limits.judges_answers,
            "limit_in": self._limit(asked, self._ledger.left("bytes_in")),
            "limit_out": self._limit(asked, self._ledger.left("bytes_out")),
            "frames": _MOST_FRAMES,
            "keep_out": self._kept("sent"),
            "keep_in": self._kept("received"),
        }

    def _limit(self, asked: Asked, left: int | None) -> int | None:
        return left if asked.unseen else self._limits.of(asked.request, left)

    def _decide(self, asked: Asked) -> Decision:
        if asked.unseen:
            url = canonical_url(asked.request.url)
            port = url.port or 0
            return decide_unseen(url.host, port, asked.request.addresses, self._policy)
        return self._judged(asked.request)

    def _judged(self, request: WebRequest) -> Decision:
        decision = decide_request(request, self._policy)
        if decision.verdict == "ask" and self._was_granted(request):
            return decision.model_copy(update={"verdict": "allow"})
        return decision

    def _was_granted(self, request: WebRequest) -> bool:
        try:
            return (
                self.granted is not None
                and request.method == "GET"
                and canonical_url(request.url) == canonical_url(self.granted)
            )
        except ValueError:
            return False

    def _denied(self, asked: Asked, decision: Decision) -> Answer:
        self._journal.denied(asked, decision)
        reason = decision.reason
        if decision.verdict == "ask":
            reason = f"{reason}; nobody can be asked here, go there with the browser's `goto`"
        return _no(decision.rule_id, reason)

    def _kept(self, side: Literal["sent", "received"]) -> int:
        return MOST_KEPT if side in self._policy.obligations.keep_bodies else 0

    def _own(self, rule: str, reason: str) -> Decision:
        return Decision(
            verdict="deny", rule_id=rule, reason=reason, policy_digest=self._policy.digest
        )


def _place(question: Mapping[str, Any]) -> tuple[str, int]:
    host, port = str(question["place"][0]), int(question["place"][1])
    return f"[{host}]" if ":" in host and not host.startswith("[") else host, port


def _no(rule: str, reason: str) -> Answer:
    return {"allow": False, "rule": rule, "reason": reason}
