"""What holds back an episode's actions and requests: lag, and the buckets of its policy's rates."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from episodes.actions import Action, Click, Hover, Press, Scroll
from episodes.decisions import Delay
from policies.engine import tool_of
from policies.pace import Lag, Rate
from policies.policy import Policy
from policies.web_index import covering
from sandbox.bucket import Bucket
from sandbox.clock import Clock, MonotonicClock
from sandbox.pause import Pause
from sandbox.stop_switch import StopSwitch


class Buckets:
    """The buckets that all episodes of a run share.

    Args:
        clock: What they go by.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock = clock or MonotonicClock()
        """What waits go by."""
        self._lock = threading.Lock()
        self._shared: dict[Rate, Bucket] = {}

    def of(self, rate: Rate) -> Bucket:
        """The bucket of a rate: the run's, or one of the caller's own."""
        if rate.share == "episode":
            return self._made(rate)
        with self._lock:
            # By what it says and not by where it stands: two policies of a run may share one.
            return self._shared.setdefault(rate, self._made(rate))

    def _made(self, rate: Rate) -> Bucket:
        return Bucket(rate.per_second, rate.burst, self.clock)


@dataclass(frozen=True)
class Held:
    """How long something was held back."""

    delays: tuple[Delay, ...] = ()
    """Each wait, in order."""
    refused_by: str | None = None
    """The rule whose wait did not end in time; absent where it may go on."""


class Throttle:
    """Holds back what one episode does. May be used from many threads.

    Args:
        policy: The rates and lags.
        episode: The episode's id, for its turn at buckets that are shared.
        buckets: Those that the run shares.
        stop: What ends every wait from elsewhere.
        seed: For lags that are drawn; drawn anew where absent.
    """

    def __init__(
        self,
        policy: Policy,
        episode: str,
        buckets: Buckets,
        stop: StopSwitch,
        seed: int | None = None,
    ) -> None:
        self._episode, self._clock, self._stop = episode, buckets.clock, stop
        # No secret: a run that is done again with the same seed has the same waits.
        self._random = random.Random(seed)  # noqa: S311
        self._lags = [(lag.id or f"lag[{at}]", lag) for at, lag in enumerate(policy.lag)]
        self._rates = [
            (rate.id or f"rates[{at}]", rate, buckets.of(rate))
            for at, rate in enumerate(policy.rates)
        ]
        keys = policy.keys.per_second
        self._keys = None if keys is None else Bucket(keys, 1, buckets.clock)

    def hold_action(
        self,
        action: Action,
        programs: Callable[[], Iterable[str]],
        seconds: float,
        waiting: Callable[[], None],
    ) -> Held:
        """Holds back an action that is allowed.

        Args:
            action: The action.
            programs: The names of the programs that it starts.
            seconds: The longest that all waits may take.
            waiting: Called before the first wait, if there is any.
        """
        if not (self._lags or self._rates or self._keys):
            return Held()
        tool = tool_of(action)
        rates = [
            (name, bucket)
            for name, rate, bucket in self._rates
            if (rate.tools and tool in rate.tools)
            or (rate.programs and not set(rate.programs).isdisjoint(programs()))
        ]
        if self._keys is not None:
            rates += [("keys.per_second", self._keys)] * _strokes(action)
        return self._hold(self._lag(action), rates, seconds, waiting)

    def hold_denial(self, seconds: float, waiting: Callable[[], None]) -> Held:
        """Holds back a denial: asking in vain has a pace too."""
        rates = [(name, bucket) for name, rate, bucket in self._rates if rate.denials]
        return self._hold(None, rates, seconds, waiting)

    def hold_request(self, host: str, seconds: float) -> Held:
        """Holds back a request to a network, the browser's or the shell's.

        Args:
            host: The host in its canonical form.
            seconds: The longest that all waits may take.
        """
        names = set(covering(host))
        rates = [
            (name, bucket)
            for name, rate, bucket in self._rates
            if rate.hosts and not names.isdisjoint(rate.hosts)
        ]
        return self._hold(None, rates, seconds, lambda: None)

    def _hold(
        self,
        lag: Delay | None,
        rates: list[tuple[str, Bucket]],
        seconds: float,
        waiting: Callable[[], None],
    ) -> Held:
        until = self._clock.now() + seconds
        delays: list[Delay] = []
        if lag is not None:
            waiting()
            if lag.seconds > seconds:
                return Held(refused_by=lag.rule_id)
            waited = Pause(lag.seconds, self._clock).wait(self._stop)
            delays.append(lag.model_copy(update={"seconds": waited}))
        for name, bucket in rates:
            if self._stop.pressed:
                return Held(tuple(delays), name)
            if bucket.take_now(self._episode):
                continue
            if not delays:
                waiting()
            began = self._clock.now()
            got = bucket.take(self._episode, until - began, self._stop)
            waited = self._clock.now() - began
            delays.append(Delay(cause="rate", seconds=waited, rule_id=name))
            if got is None:
                return Held(tuple(delays), name)
        return Held(tuple(delays))

    def _lag(self, action: Action) -> Delay | None:
        drawn = [self._drawn(name, lag) for name, lag in self._lags if action.kind in lag.kinds]
        longest = max(drawn, key=lambda delay: delay.seconds, default=None)
        return longest if longest is not None and longest.seconds > 0 else None

    def _drawn(self, name: str, lag: Lag) -> Delay:
        seconds = lag.seconds
        if lag.to_seconds is not None:
            seconds = self._random.uniform(lag.seconds, lag.to_seconds)
        return Delay(cause="lag", seconds=seconds, rule_id=name)


def _strokes(action: Action) -> int:
    """How many keys and gestures an action is."""
    if isinstance(action, Click):
        return action.count
    return int(isinstance(action, Press | Hover | Scroll))
