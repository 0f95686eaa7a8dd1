"""The attacks that come with Longleash, and the policies that they are tried under."""

from __future__ import annotations

from functools import cache
from importlib import resources

from episodes.document import parse_document
from episodes.errors import TaskInvalid
from policies.loading import parse_policy
from policies.policy import Policy
from policies.rules import ShellRule
from sandbox.attacks.attack import CLASSES, Attack, AttackClass, AttackTable, Under

_HERE = "sandbox.attacks"
_INTERPRETERS = ShellRule(
    id="interpreters", effect="allow", programs=("python3", "bash", "sh", "dash")
)


@cache
def attacks() -> dict[AttackClass, tuple[Attack, ...]]:
    """Every attack, by class."""
    tables: dict[AttackClass, tuple[Attack, ...]] = {}
    for about in CLASSES:
        file = f"{about}.yaml"
        content = (resources.files(_HERE) / file).read_bytes()
        tables[about] = parse_document(content, file, AttackTable, TaskInvalid).attacks
    return tables


@cache
def attacked_policy(under: Under) -> Policy:
    """A policy that attacks are tried under."""
    file = "browser.policy.yaml" if under == "browser" else "tools.policy.yaml"
    tools = parse_policy((resources.files(_HERE) / file).read_bytes(), file)
    if under != "python":
        return tools
    shell = tools.shell.model_copy(update={"rules": (*tools.shell.rules, _INTERPRETERS)})
    return Policy.model_validate(
        tools.model_dump(exclude={"shell", "name"}) | {"name": f"attacked-{under}", "shell": shell}
    )
