"""What a decision costs, its parsing included, as policies grow; beside Cedar on the same rules."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import cycle
from pathlib import Path, PurePosixPath

import cedarpy
import matplotlib as mpl
from figure import Figure

from episodes.actions import RunCommand
from episodes.errors import PolicyInvalid
from policies.engine import decide, decide_request
from policies.loading import parse_policy
from policies.policy import Policy
from policies.request import WebRequest
from policies.rules import Files, Shell, ShellRule
from policies.state import State
from policies.web import Web, WebRule

SIZES = (10, 100, 1_000, 10_000)
SAMPLES = 2_000
CHARACTERS = 200
_HEAD = "version: 1\nname: hostile\ntools: [shell, browser]\n"


def bench_decide(say: Callable[[str], None]) -> list[Figure]:
    """A shell action of 200 characters and a request, against 10 to 10,000 rules, and Cedar."""
    ours, web, cedar = {}, {}, {}
    for size in SIZES:
        policy, state = _policy(size), _state(size)
        ours[size] = _times(partial(decide, state=state, policy=policy), _actions(size))
        requests = [
            WebRequest(url=f"https://www.host{n % size}.test/a/{n}") for n in range(SAMPLES)
        ]
        web[size] = _times(partial(decide_request, policy=policy), requests)
        samples = max(50, 100_000 // size)
        cedar[size] = _times(_in_cedar(size), [f"tool{n % size}" for n in range(samples)])
        say(
            f"  {size:6} rules: {_median(ours[size]):.1f} us a shell action, "
            f"{_median(web[size]):.1f} us a request, {_median(cedar[size]):.1f} us in Cedar"
        )
    policy, state = _policy(500), _state(500)
    at_500 = sorted(_times(partial(decide, state=state, policy=policy), _actions(500)))
    peer = _times(_in_cedar(500), [f"tool{n}" for n in range(200)])
    _plot({"shell action": ours, "request": web, "Cedar, program alone": cedar})
    hostile = max(_hostile(), key=lambda pair: pair[1])
    say(f"  the slowest hostile file: {hostile[0]}")
    median = _median(at_500) / 1000
    growth = _median(ours[10_000]) / _median(ours[10])
    return [
        Figure(
            "decide_500_rules",
            median,
            "cedarpy_500_rules",
            median / (_median(peer) / 1000),
            most_ratio=1.0,
            most_ms=0.1,
        ),
        Figure("decide_500_rules_p99", at_500[int(len(at_500) * 0.99)] / 1000, most_ms=1.0),
        Figure(
            "decide_10000_rules",
            _median(ours[10_000]) / 1000,
            "decide_10_rules",
            growth,
            most_ratio=2.0,
        ),
        Figure(
            "decide_request_10000_rules",
            _median(web[10_000]) / 1000,
            "decide_request_10_rules",
            _median(web[10_000]) / _median(web[10]),
            most_ratio=2.0,
        ),
        Figure("hostile_policy", hostile[1] * 1000, most_ms=1000.0),
    ]


def _policy(size: int) -> Policy:
    rules = tuple(
        ShellRule(programs=(f"tool{n}",), effect="allow", arguments=("run *", "--version"))
        for n in range(size - 2)
    )
    rules += (
        ShellRule(programs=("cat", "grep", "head", "python3", "sort"), effect="allow"),
        ShellRule(programs=("git",), effect="deny", arguments=("push",)),
    )
    hosts = tuple(
        WebRule(hosts=(f"*.host{n}.test",), effect="allow", paths=("/a/**",)) for n in range(size)
    )
    return Policy(
        version=1,
        name="bench",
        tools=("shell", "browser"),
        shell=Shell(rules=rules),
        files=Files(write=(PurePosixPath("/workspace"),)),
        web=Web(rules=hosts),
    )


def _state(size: int) -> State:
    names = ["cat", "grep", "head", "python3", "sort", *(f"tool{n}" for n in range(size))]
    return State(programs={name: PurePosixPath("/usr/bin") / name for name in names})


def _actions(size: int) -> list[RunCommand]:
    """Commands as agents write them, no two alike, each of 200 characters."""
    shapes = (
        "grep -rn 'needle{n}' src/module{n} --include '*.py' | sort -t : -k 2 -n > report{n}.txt",
        "cd /workspace/part{n} && python3 -m pytest -q tests/test_{n}.py 2>&1 | head -n 20",
        "cat > fix{n}.py <<'EOF'\nimport re\nprint(re.sub('a{n}', 'b', open('x').read()))\nEOF\n",
        'python3 -c "import json; print(json.load(open({n})))"',
        "tool{t} run --fast --level {n} input{n}.dat",
    )
    made = []
    for n, shape in zip(range(SAMPLES), cycle(shapes)):
        text = shape.format(n=n, t=n % max(1, size - 2))
        if len(text) < CHARACTERS - 6:
            text += ("" if text.endswith("\n") else " && ") + "cat "
            text += "/workspace/notes-of-the-day/" + "x" * (CHARACTERS - 28)
        made.append(RunCommand(command=text[:CHARACTERS]))
    return made


def _in_cedar(size: int) -> Callable[[str], object]:
    """Cedar on one program's name, which somebody else has to read from the command first."""
    policies = cedarpy.PolicySet.from_str(
        "\n".join(
            f'permit(principal, action == Action::"run", resource == Program::"tool{n}");'
            for n in range(size)
        )
    )
    return lambda name: cedarpy.is_authorized(
        {
            "principal": 'Agent::"a"',
            "action": 'Action::"run"',
            "resource": f'Program::"{name}"',
            "context": {},
        },
        policies,
        [],
    )


def _times(judge: Callable[..., object], asked: Sequence[object]) -> list[float]:
    """Microseconds for each, after a warm-up on others of their kind."""
    for one in asked[: len(asked) // 10]:
        judge(one)
    taken = []
    for one in asked[len(asked) // 10 :]:
        began = time.perf_counter()
        judge(one)
        taken.append((time.perf_counter() - began) * 1e6)
    return taken


def _median(times: Sequence[float]) -> float:
    return statistics.median(times)


def _hostile() -> list[tuple[str, float]]:
    """Seconds to refuse, or to load and ask, each file that means to be slow."""
    ls = "    - {programs: [ls], effect: allow}\n"
    texts = {
        "ten megabytes": "#" * 10_000_000,
        "a hundred thousand keys": "".join(f"k{n}: 1\n" for n in range(100_000)),
        "nested half a million deep": "x: " + "[" * 500_000,
        "aliases of aliases": "a: &a [x, x]\nb: &b [*a, *a]\n",
        "a number of half a million digits": f"limits: {{seconds: {'9' * 500_000}}}\n",
        "every rule wrong": "shell:\n  rules:\n" + "    - {program: [l/s]}\n" * 10_000,
        "every rule of one id": "shell:\n  rules:\n" + ls.replace("{", "{id: x, ") * 10_000,
        "patterns of many stars": "web:\n  rules:\n"
        + f"    - {{hosts: ['*'], effect: deny, paths: ['/{'**a' * 300}b']}}\n" * 500,
    }
    taken = []
    for name, text in texts.items():
        began = time.perf_counter()
        try:
            policy = parse_policy((_HEAD + text).encode(), "hostile.yaml")
        except PolicyInvalid:
            pass
        else:
            decide_request(WebRequest(url="https://x.test/" + "ab" * 2_000), policy)
        taken.append((name, time.perf_counter() - began))
    return taken


def _plot(series: dict[str, dict[int, list[float]]]) -> None:
    mpl.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 4.5))
    for name, by_size in series.items():
        axes.plot(list(by_size), [_median(times) for times in by_size.values()], "o-", label=name)
    axes.set(xscale="log", yscale="log", xlabel="rules", ylabel="median, microseconds")
    axes.legend()
    axes.grid(visible=True, which="both", alpha=0.3)
    figure.tight_layout()
    Path("build").mkdir(exist_ok=True)
    figure.savefig("build/decide.png", dpi=120)
    pyplot.close(figure)
