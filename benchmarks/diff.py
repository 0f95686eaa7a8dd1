"""Whether a long list of hosts covers a longer one: over all hosts, with the shortest exception."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from figure import Figure

from policies.analysis.diff import diff
from policies.analysis.inclusion import exception
from policies.automaton import Automaton, Row
from policies.patterns import HOST, parse_pattern
from policies.policy import Policy
from policies.web import Web

HOSTS = 300
SAMPLES = 9


def bench_diff(say: Callable[[str], None]) -> list[Figure]:
    """300 against 301 hosts, as languages and as whole policies, beside reading them once."""
    names = [f"{'*.' if at % 2 else ''}site{at}.example{at % 7}.com" for at in range(HOSTS + 1)]
    short, long = _compiled(names[:-1]), _compiled(names)
    old, new = _policy(names[:-1]), _policy(names)
    found = exception([long], short)
    assert found.outcome == "witness", found
    assert exception([short], long).outcome == "covered"
    assert [one.witness for one in diff(old, new).differences] == [f"GET https://{names[-1]}/"]
    say(f"  {HOSTS} against {HOSTS + 1} hosts: {found.looked_at} pairs of states")
    ways: dict[str, Callable[[], object]] = {
        "hosts_compiled": lambda: _compiled(names),
        "hosts_compared": lambda: exception([_compiled(names)], _compiled(names[:-1])),
        "policies_compared": lambda: diff(old, new),
    }
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(SAMPLES):
        for name, way in ways.items():
            began = time.perf_counter()
            way()
            taken[name].append((time.perf_counter() - began) * 1000)
    medians = {name: statistics.median(times) for name, times in taken.items()}
    compiled = medians["hosts_compiled"]
    return [
        Figure("hosts_compiled", compiled),
        # The peer is the least that any comparison does; libraries that build both automata whole
        # took 9.8 s and more than a minute for the same lists.
        Figure("hosts_compared", medians["hosts_compared"], "hosts_compiled",
               medians["hosts_compared"] / compiled, most_ratio=40.0),
        Figure("policies_compared", medians["policies_compared"], "hosts_compiled",
               medians["policies_compared"] / compiled, most_ratio=40.0),
    ]  # fmt: skip


def _compiled(names: list[str]) -> Automaton:
    return Automaton(Row(((parse_pattern(name, HOST),),)) for name in names)


def _policy(names: list[str]) -> Policy:
    return Policy(version=1, name="x", tools=("browser",), web=Web(allowedDomains=tuple(names)))
