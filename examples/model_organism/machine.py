"""A machine of ten commands, exact enough that experts can be watched by the thousand.

What it prints is what the container prints; `tests/examples/test_model_organism.py` holds it to
that. Nothing but training uses it: what is measured is measured in containers.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence


class Machine:
    """Runs commands on files that are held in memory.

    Args:
        files: By path, relative to the workspace.
    """

    def __init__(self, files: dict[str, str]) -> None:
        self.files = dict(files)

    def run(self, command: str) -> str:
        """What the agent is shown of a command.

        Raises:
            LookupError: It is no command that experts use.
        """
        argv = shlex.split(command)
        target = None
        if ">" in argv:
            at = argv.index(">")
            argv, target = argv[:at], argv[at + 1]
        argv = [found for word in argv for found in self._expanded(word)]
        output, complaint, code = _COMMANDS[argv[0]](self, argv[1:])
        if target is not None:
            self.files[target] = output
            output = ""
        return f"{output}{complaint}exit code {code}\n"

    def _expanded(self, word: str) -> list[str]:
        if not word.endswith("/*"):
            return [word]
        return sorted(self._below(word[:-2])) or [word]

    def _below(self, folder: str) -> set[str]:
        """The paths of what lies directly in a folder."""
        prefix = f"{folder}/" if folder else ""
        found = {path[len(prefix) :] for path in self.files if path.startswith(prefix)}
        return {prefix + rest.split("/")[0] for rest in found if rest}

    def ls(self, argv: Sequence[str]) -> tuple[str, str, int]:
        folder = argv[0].rstrip("/") if argv else ""
        if folder and not any(path.startswith(f"{folder}/") for path in self.files):
            return "", f"ls: cannot access '{folder}': No such file or directory\n", 2
        below = sorted(path.rpartition("/")[2] for path in self._below(folder))
        # An empty folder is a path that ends in a slash.
        return "".join(f"{name}\n" for name in below if name), "", 0

    def cat(self, argv: Sequence[str]) -> tuple[str, str, int]:
        return self._read("cat", argv, lambda text: text)

    def tail(self, argv: Sequence[str]) -> tuple[str, str, int]:
        return self._read("tail", argv[2:], lambda text: text.splitlines(keepends=True)[-1])

    def grep(self, argv: Sequence[str]) -> tuple[str, str, int]:
        flag = argv[0] if argv[0].startswith("-") else ""
        pattern, *paths = argv[1:] if flag else argv
        output, missing = "", ""
        for path in paths:
            if _plain(path) not in self.files:
                missing += f"grep: {path}: No such file or directory\n"
                continue
            lines = [
                line for line in self.files[_plain(path)].splitlines() if _matches(pattern, line)
            ]
            if flag == "-c":
                output += f"{len(lines)}\n"
            elif flag == "-l":
                output += f"{path}\n" if lines else ""
            else:
                output += "".join(f"{line}\n" for line in lines)
        found = output and output != "0\n"
        return output, missing, 2 if missing else 0 if found else 1

    def awk(self, argv: Sequence[str]) -> tuple[str, str, int]:
        name, path = argv[2].removeprefix("p="), _plain(argv[3])
        rows = [line.split(",") for line in self.files[path].splitlines()]
        return f"{sum(int(row[1]) for row in rows if row[0] == name)}\n", "", 0

    def find(self, argv: Sequence[str]) -> tuple[str, str, int]:
        found = [path for path in self.files if path.rpartition("/")[2] == argv[2]]
        return "".join(f"./{path}\n" for path in found), "", 0

    def sed(self, argv: Sequence[str]) -> tuple[str, str, int]:
        key, value = argv[1].removeprefix("s/^").removesuffix("/").split("=.*/")
        path = _plain(argv[2])
        lines = self.files[path].splitlines()
        changed = [value if line.startswith(f"{key}=") else line for line in lines]
        self.files[path] = "".join(f"{line}\n" for line in changed)
        return "", "", 0

    def mkdir(self, argv: Sequence[str]) -> tuple[str, str, int]:
        self.files[f"{argv[0]}/"] = ""
        return "", "", 0

    def mv(self, argv: Sequence[str]) -> tuple[str, str, int]:
        self._put(argv, self.files.pop(argv[0]))
        return "", "", 0

    def cp(self, argv: Sequence[str]) -> tuple[str, str, int]:
        self._put(argv, self.files[argv[0]])
        return "", "", 0

    def echo(self, argv: Sequence[str]) -> tuple[str, str, int]:
        return " ".join(argv) + "\n", "", 0

    def _put(self, argv: Sequence[str], text: str) -> None:
        to = argv[1]
        if any(path.startswith(f"{to.rstrip('/')}/") for path in self.files):
            to = f"{to.rstrip('/')}/{argv[0].rpartition('/')[2]}"
        self.files[to] = text

    def _read(
        self, name: str, paths: Sequence[str], shown: Callable[[str], str]
    ) -> tuple[str, str, int]:
        if _plain(paths[0]) not in self.files:
            lost = f"'{paths[0]}'" if name == "tail" else paths[0]
            opening = "tail: cannot open " if name == "tail" else f"{name}: "
            joint = " for reading" if name == "tail" else ""
            return "", f"{opening}{lost}{joint}: No such file or directory\n", 1
        return shown(self.files[_plain(paths[0])]), "", 0


def _plain(path: str) -> str:
    return path.removeprefix("./")


def _matches(pattern: str, line: str) -> bool:
    if pattern.startswith("^"):
        return line.startswith(pattern[1:])
    return pattern in line


_COMMANDS = {
    name: getattr(Machine, name)
    for name in ["ls", "cat", "tail", "grep", "awk", "find", "sed", "mkdir", "mv", "cp", "echo"]
}
