"""Judges requests to a network: the browser's own, and those that the egress proxy asks about."""

from __future__ import annotations

from typing import Literal, get_args

from policies.finding import Finding
from policies.policy import Policy
from policies.request import WebRequest
from policies.web import Method, Scheme, WebRule
from policies.web_index import OWN_PORTS, HostRule
from semantics.urls import Url, canonical_url

_METHODS = frozenset(get_args(Method))
_SCHEMES = frozenset(get_args(Scheme))
_NAMED = 30


def judge(request: WebRequest, policy: Policy) -> list[Finding]:
    """Judges one request.

    Args:
        request: What is to be asked, and what is known of its body and its host's addresses.
        policy: The rules.

    Returns:
        Each rule that matched; the default's denial where none opens it.
    """
    try:
        url = canonical_url(request.url)
    except ValueError as error:
        return [_denied("default", f"{error}", "default")]
    refused = _refused(request, url)
    if refused is not None:
        return [_denied("default", refused, "default")]
    index = policy.web_index
    shown = f"{request.method} {url.scheme}://{url.host}{_port(url)}{url.path}"
    found: list[Finding] = []
    private = index.unnamed(url.host, request.addresses)
    if private is not None:
        why = f"{private} is a private address, and web.private does not name it"
        found.append(_denied("web.private", why))
    denied = index.denied(url.host)
    if denied is not None:
        found.append(_denied(denied, f"{url.host} is denied"))
    found += _purpose(request, policy)
    opened = False
    allowed = index.allowed(url.host)
    if allowed is not None and url.port == OWN_PORTS[url.scheme]:
        opened = True
        found.append(Finding("allow", allowed, f"{url.host} is allowed"))
    for held in index.rules(url.host, url.path):
        if fits(held.rule, request, url):
            opened = opened or held.match.verdict != "deny"
            found.append(_matched(shown, held))
    if not opened and all(finding.verdict != "deny" for finding in found):
        found.append(_by_default(shown, policy))
    return found


def judge_host(host: str, port: int, policy: Policy) -> list[Finding]:
    """Judges whether anything at all may be asked of a host, before it is known what.

    Args:
        host: As written; one of version 6 in brackets.
        port: The port.
        policy: The rules.

    Returns:
        What denies it, or one finding that allows it.
    """
    try:
        url = canonical_url(f"https://{host}:{port}/")
    except ValueError as error:
        return [_denied("default", f"{error}", "default")]
    index = policy.web_index
    shown = f"{url.host}:{port}"
    private = index.unnamed(url.host, ())
    if private is not None:
        why = f"{private} is a private address, and web.private does not name it"
        return [_denied("web.private", why)]
    denied = index.denied(url.host)
    if denied is not None:
        return [_denied(denied, f"{url.host} is denied")]
    opened = index.allowed(url.host) if port in OWN_PORTS.values() else None
    opened = opened or index.opens(url.host, port)
    if opened is None:
        return [_by_default(shown, policy)]
    return [Finding("allow", opened, f"{shown} may be asked for something")]


def judge_unseen(host: str, port: int, addresses: tuple[str, ...], policy: Policy) -> list[Finding]:
    """Judges TLS to a host that nobody opens, so that no request in it is ever seen.

    Args:
        host: As written; one of version 6 in brackets.
        port: The port.
        addresses: What its name led to, where it has been looked up.
        policy: The rules; whether the host is one of `tls_passthrough` is not looked at.

    Returns:
        Each rule that speaks of it; the default's denial where none allows it as a whole.
    """
    try:
        url = canonical_url(f"https://{host}:{port}/")
    except ValueError as error:
        return [_denied("default", f"{error}", "default")]
    index = policy.web_index
    shown = f"{url.host}{_port(url)}, unseen"
    found: list[Finding] = []
    private = index.unnamed(url.host, addresses)
    if private is not None:
        why = f"{private} is a private address, and web.private does not name it"
        found.append(_denied("web.private", why))
    denied = index.denied(url.host)
    if denied is not None:
        found.append(_denied(denied, f"{url.host} is denied"))
    opened = index.allowed(url.host)
    if opened is not None and url.port == OWN_PORTS["https"]:
        found.append(Finding("allow", opened, f"{url.host} is allowed"))
    for held in index.rules_of(url.host):
        rule = held.rule
        concerned = (rule.ports is None or url.port in rule.ports) and (
            rule.schemes is None or not {"https", "wss"}.isdisjoint(rule.schemes)
        )
        if not concerned:
            continue
        if held.match.verdict != "allow":
            # Whether it would match is what cannot be seen.
            why = f"{shown}: `{held.match.rule_id}` could not be held to it"
            found.append(_denied(held.match.rule_id, why))
        elif _whole(rule):
            found.append(_matched(shown, held))
    if not found:
        found.append(_by_default(shown, policy))
    return found


def _whole(rule: WebRule) -> bool:
    """Whether a rule is for all that a host may be asked."""
    return not (rule.paths or rule.methods or rule.types) and rule.largest is None


def _refused(request: WebRequest, url: Url) -> str | None:
    """Why no policy can allow a request, if none can."""
    if url.scheme not in _SCHEMES:
        return f"{url.scheme}: goes nowhere that is judged; only http, https, ws and wss do"
    if request.method not in _METHODS:
        return f"the method {request.method} is never allowed; {', '.join(get_args(Method))} may be"
    if url.credentials:
        return "the URL holds a user name or a password; leave them out"
    return None


def _purpose(request: WebRequest, policy: Policy) -> list[Finding]:
    match request.purpose:
        case "download":
            return [effect("downloads", policy.web.downloads, "keeping what a page hands out")]
        case "upload":
            return [effect("uploads", policy.web.uploads, "giving a page a file")]
        case "form":
            return [effect("forms", policy.web.forms, "filling in and sending a page's form")]
    return []


def effect(field: str, verdict: Literal["allow", "ask", "deny"], what: str) -> Finding:
    """The finding of one of the fields of `web` that are an effect for themselves."""
    if verdict == "deny":
        return _denied(f"web.{field}", f"{what} is not allowed")
    if verdict == "ask":
        return Finding("ask", f"web.{field}", f"an approver has to allow {what}")
    return Finding("allow", f"web.{field}", f"{what} is allowed")


def fits(rule: WebRule, request: WebRequest, url: Url) -> bool:
    """Whether a rule for a request's host and path matches all else of it."""
    return (
        (rule.schemes is None or url.scheme in rule.schemes)
        and (rule.ports is None or url.port in rule.ports)
        and (rule.methods is None or request.method in rule.methods)
        and (rule.types is None or _of_type(rule, request.content_type))
        and (rule.largest is None or request.size is None or request.size <= rule.largest)
    )


def _of_type(rule: WebRule, given: str | None) -> bool:
    if given is None:
        # It is judged again when the type is known: a denial has to wait for it, and no more. An
        # approver is asked before anything is sent, though it may turn out to be of another type.
        return rule.effect != "deny"
    kind = given.partition("/")[0]
    return any(name in (given, f"{kind}/*") for name in rule.types or ())


def _matched(shown: str, held: HostRule) -> Finding:
    verdict, rule_id, reason = held.match
    if verdict == "allow":
        return Finding(verdict, rule_id, reason or f"{shown} is allowed")
    if verdict == "ask":
        return Finding(verdict, rule_id, reason or f"an approver has to allow {shown}")
    return _denied(rule_id, reason or f"{shown} is denied")


def _by_default(shown: str, policy: Policy) -> Finding:
    hosts = policy.web_index.hosts
    more = f" and {len(hosts) - _NAMED} more" if len(hosts) > _NAMED else ""
    listed = ", ".join(hosts[:_NAMED]) or "none"
    return _denied(
        "default", f"{shown} is not allowed; hosts allowed here: {listed}{more}", "default"
    )


def _denied(rule_id: str, why: str, basis: Literal["rule", "default"] = "rule") -> Finding:
    return Finding("deny", rule_id, f"policy, do not retry: {why}", basis)


def _port(url: Url) -> str:
    return "" if url.port == OWN_PORTS[url.scheme] else f":{url.port}"
