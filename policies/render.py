"""A policy in words: what an agent is shown of it, and the ids that decisions name."""

from __future__ import annotations

from policies.policy import Policy
from policies.rules import ShellRule


def rule_ids(policy: Policy) -> tuple[str, ...]:
    """Every rule id that a decision under this policy can name.

    An agent that was shown `describe(policy)` has been shown all of these.
    """
    files = policy.files
    named = [rule_id(at, rule) for at, rule in enumerate(policy.shell.rules)]
    for field, roots in (
        ("read", files.read),
        ("write", files.write),
        ("execute", files.execute),
        ("deny", files.deny),
    ):
        named += [f"files.{field}[{at}]" for at in range(len(roots))]
    return ("tools", "shell.not_understood", *named, "default", "error")


def rule_id(at: int, rule: ShellRule) -> str:
    """What decisions call the rule at an index of `shell.rules`."""
    return rule.id or f"shell.rules[{at}]"


def describe(policy: Policy) -> str:
    """Tells an agent, in lines of plain text, what it may do and what the rules are called."""
    limits, shell = policy.limits, policy.shell
    lines = [f"Policy {policy.name}: {policy.description}".rstrip(": ")]
    lines.append(f"[tools] You may use: {', '.join(policy.tools) or 'nothing'}.")
    if "shell" in policy.tools or "processes" in policy.tools:
        for at, rule in enumerate(shell.rules):
            lines.append(f"[{rule_id(at, rule)}] {rule.effect}: {_rule(rule)}")
        lines.append(
            f"[shell.not_understood] {shell.not_understood}: a command that cannot be read with "
            "certainty (eval, source, functions, aliases, computed program names)."
        )
    for field, roots, what in (
        ("deny", policy.files.deny, "closed, whatever else is said"),
        ("read", policy.files.read, "may be read"),
        ("write", policy.files.write, "may be read and written"),
        ("execute", policy.files.execute, "may be read and run"),
    ):
        for at, root in enumerate(roots):
            lines.append(f"[files.{field}[{at}]] {root} and all beneath it: {what}.")
    lines.append("[default] Everything else is denied. There is no use in trying again.")
    lines.append(
        f"Limits: {limits.steps} steps, {limits.seconds} s for each action, "
        f"{limits.episode_seconds} s in all, {limits.denials} denials, "
        f"{limits.output_bytes} bytes of output kept."
    )
    return "\n".join(lines)


def _rule(rule: ShellRule) -> str:
    text = ", ".join(rule.programs)
    if rule.arguments:
        text += f" with the arguments {', '.join(f'`{pattern}`' for pattern in rule.arguments)}"
    return f"{text} ({rule.reason})" if rule.reason else text
