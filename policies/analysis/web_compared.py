"""A policy's rules on requests as rows of patterns, to compare two policies over all requests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, get_args

from episodes.decisions import Verdict
from policies.analysis.inclusion import BUDGET
from policies.analysis.shifts import Fields, Rules, Shift, shifts
from policies.automaton import Field, Row
from policies.engine import decide_request
from policies.patterns import HOST, NAME, PATH, Kind, parse_pattern, quoted
from policies.policy import Policy
from policies.request import WebRequest
from policies.web import Method, Scheme, Web, WebRule
from policies.web_index import OWN_PORTS

_KINDS = (NAME, NAME, HOST, PATH, NAME, NAME)
_NOT_KNOWN = "-"
_ANY = (parse_pattern("**", NAME),)
_METHODS = tuple(parse_pattern(method, NAME) for method in get_args(Method))
# An origin is a scheme and a port, written as one character, so that none is shorter than another
# and the first, `https` on its own port, is what examples show.
_FIRST = 0x4E00


class _Origins:
    """The schemes with the ports that matter: their own, those that rules name, and one more."""

    def __init__(self, rules: tuple[WebRule, ...]) -> None:
        named = {port for rule in rules for port in rule.ports or ()} | set(OWN_PORTS.values())
        other = next(port for port in range(8443, 65_536) if port not in named)
        schemes: tuple[Scheme, ...] = get_args(Scheme)
        self.own = tuple((scheme, OWN_PORTS[scheme]) for scheme in schemes)
        ports = [*sorted(named), other]
        self.all = tuple(
            dict.fromkeys([*self.own, *((scheme, port) for scheme in schemes for port in ports)])
        )

    def field(self, chosen: Iterable[tuple[str, int]]) -> Field:
        return _names(chr(_FIRST + self.all.index(origin)) for origin in chosen)

    def of(self, rule: WebRule) -> Field:
        return self.field(
            (scheme, port)
            for scheme, port in self.all
            if (rule.schemes is None or scheme in rule.schemes)
            and (rule.ports is None or port in rule.ports)
        )


class RequestShift(NamedTuple):
    """One way in which the verdict on a request changes."""

    shift: Shift
    """The change."""
    request: WebRequest | None
    """A request that shows it."""


def request_shifts(old: Policy, new: Policy, budget: int = BUDGET) -> Iterator[RequestShift]:
    """Finds every way in which the verdict on a request changes.

    What a request is made of: method, scheme, port, host, path, the body's type and its size.
    Addresses that names lead to are not part of it, nor what a request is for.
    """
    both = (*old.web.rules, *new.web.rules)
    sizes = _sizes(both)
    origins = _Origins(both)

    def confirm(fields: Fields, before: Verdict, after: Verdict) -> bool:
        request = _request(fields, origins)
        verdicts = (decide_request(request, old).verdict, decide_request(request, new).verdict)
        return verdicts == (before, after)

    hosts = tuple(dict.fromkeys((*_hosts(old.web), *_hosts(new.web))))
    rules = _rules(old, hosts, origins, sizes), _rules(new, hosts, origins, sizes)
    for shift in shifts(*rules, _KINDS, confirm, [_valid(origins, sizes)], budget):
        request = None if shift.fields is None else _request(shift.fields, origins)
        yield RequestShift(shift, request)


def _sizes(rules: tuple[WebRule, ...]) -> tuple[int, ...]:
    return tuple(sorted({rule.largest for rule in rules if rule.largest is not None}))


def _request(fields: Fields, origins: _Origins) -> WebRequest:
    method, origin, host, path, kind, size = (str(field) for field in fields)
    scheme, port = origins.all[ord(origin) - _FIRST]
    at = "" if port == OWN_PORTS[scheme] else f":{port}"
    return WebRequest(
        url=f"{scheme}://{host}{at}{path}",
        method=method,
        content_type=None if kind == _NOT_KNOWN else kind,
        size=None if size == _NOT_KNOWN else int(size),
    )


def denied_rows(hosts: Iterable[str]) -> list[Row]:
    """Every request to some hosts."""
    return [Row((_ANY, _ANY, _host(host), _paths(None), _ANY, _ANY)) for host in hosts]


def rule_rows(
    held: WebRule | tuple[str, ...], rules: tuple[WebRule, ...], host: str | None = None
) -> list[Row]:
    """The requests that a rule matches, to compare it with others of the same policy.

    Args:
        held: The rule, or names of hosts, any request to which is meant.
        rules: All rules, since ports and sizes that one names tell others' apart.
        host: Only requests to it; all hosts of the rule where absent.
    """
    origins, sizes = _Origins(rules), _sizes(rules)
    if isinstance(held, tuple):
        own = origins.field(origins.own)
        return [Row((_METHODS, own, _host(name), _paths(None), _ANY, _ANY)) for name in held]
    return [_row(held, name, origins, sizes) for name in held.hosts if host in (None, name)]


def shown(request: WebRequest) -> str:
    """A request in one line."""
    about = [text for text in (request.content_type, _bytes(request.size)) if text]
    return f"{request.method} {request.url}" + (f" ({', '.join(about)})" if about else "")


def _bytes(size: int | None) -> str:
    return "" if size is None else f"{size} bytes"


def _rules(
    policy: Policy, hosts: tuple[str, ...], origins: _Origins, sizes: tuple[int, ...]
) -> Rules:
    made: dict[Verdict, list[Row]] = {"allow": [], "ask": [], "deny": []}
    web = policy.web
    own = origins.field(origins.own)
    for host in web.allowedDomains:
        made["allow"].append(Row((_METHODS, own, _host(host), _paths(None), _ANY, _ANY)))
    made["deny"] += denied_rows((*web.deniedDomains, *_shut(policy, hosts)))
    for rule in web.rules:
        made[rule.effect] += (_row(rule, host, origins, sizes) for host in rule.hosts)
    return Rules(tuple(made["allow"]), tuple(made["ask"]), tuple(made["deny"]))


def _row(rule: WebRule, host: str, origins: _Origins, sizes: tuple[int, ...]) -> Row:
    # A type that is not known yet is any to a rule that allows, and none to one that denies.
    types: tuple[str, ...] | None = None
    if rule.types is not None:
        named = (quoted(kind).replace("\\*", "?*") for kind in rule.types)
        types = (*named, *(() if rule.effect == "deny" else (_NOT_KNOWN,)))
    fitting: Field = _ANY
    if rule.largest is not None:
        fitting = _names([_NOT_KNOWN, *(size for size in sizes if size <= rule.largest)])
    return Row(
        (
            _ANY if rule.methods is None else _names(rule.methods),
            origins.of(rule),
            _host(host),
            _paths(rule.paths),
            _ANY if types is None else _patterns(types, NAME),
            fitting,
        )
    )


def _valid(origins: _Origins, sizes: tuple[int, ...]) -> Row:
    """What a request is: of sizes those that rules name, and one that none allows."""
    largest = [sizes[-1] + 1] if sizes else []
    return Row(
        (
            _METHODS,
            origins.field(origins.all),
            _patterns(("?**",), HOST),
            _patterns(("/**",), PATH),
            _patterns((_NOT_KNOWN, "?*/?*"), NAME),
            _names([_NOT_KNOWN, *sizes, *largest]),
        )
    )


def _hosts(web: Web) -> Iterator[str]:
    yield from (*web.allowedDomains, *web.deniedDomains)
    for rule in web.rules:
        yield from rule.hosts


def _shut(policy: Policy, hosts: tuple[str, ...]) -> tuple[str, ...]:
    """Those that are kept shut for being private, whatever a rule says of them."""
    return tuple(host for host in hosts if policy.web_index.unnamed(host, ()) is not None)


def _host(name: str) -> Field:
    if name == "*":
        return _patterns(("?**",), HOST)
    starred = name.startswith("*.")
    return _patterns(("?**" + quoted(name[1:]) if starred else quoted(name),), HOST)


def _paths(paths: tuple[str, ...] | None) -> Field:
    return _patterns(paths or ("/**",), PATH)


def _names(texts: Iterable[object]) -> Field:
    return _patterns(tuple(quoted(str(text)) for text in texts), NAME)


def _patterns(texts: tuple[str, ...], kind: Kind) -> Field:
    return tuple(parse_pattern(text, kind) for text in texts)
