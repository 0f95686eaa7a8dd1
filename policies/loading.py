"""From a preset's name or a file to a policy, or to what is wrong with it and what to write."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from episodes.document import meant, parse_document, read_document
from episodes.errors import PolicyInvalid
from policies.policy import Policy


def presets() -> tuple[str, ...]:
    """The names of the policies that come with Longleash."""
    folder = resources.files("policies.presets")
    return tuple(
        sorted(entry.name[:-5] for entry in folder.iterdir() if entry.name.endswith(".yaml"))
    )


def load_policy(name_or_path: str | Path) -> Policy:
    """Loads a policy.

    Args:
        name_or_path: A preset's name, such as `offline-shell`; or a file, which is anything that
            holds a `/` or ends in `.yaml` or `.yml`.

    Raises:
        PolicyInvalid: There is none by that name, or the file does not validate. Each line of the
            message is `file:line: where: what is wrong and what to write`.
    """
    text = str(name_or_path)
    if isinstance(name_or_path, str) and "/" not in text and not text.endswith((".yaml", ".yml")):
        known = presets()
        if text not in known:
            raise PolicyInvalid(
                f"no policy is called {text!r}{meant(text, known)}; "
                f"presets: {', '.join(known)}; a file is named with a / or .yaml"
            )
        file = resources.files("policies.presets") / f"{text}.yaml"
        return parse_policy(file.read_bytes(), f"{text}.yaml")
    return parse_policy(read_document(Path(text), PolicyInvalid), text)


def parse_policy(content: bytes, file: str) -> Policy:
    """Validates a policy file's content.

    Args:
        content: YAML in UTF-8.
        file: What to call it in messages.

    Raises:
        PolicyInvalid: As `load_policy`.
    """
    return parse_document(content, file, Policy, PolicyInvalid)
