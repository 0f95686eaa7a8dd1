"""The closed vocabulary: every word that a task, an expert or the machine's answer is made of."""

from __future__ import annotations

_NAMES = """
acorn agate alder amber anchor apple apron arrow aspen atlas autumn badger bamboo barley basil
basin beacon beaver birch bison blossom bobbin bonnet bramble brass breeze bridge brook bucket
butter button cabin cactus candle canoe canyon carbon carrot castle cedar cellar chalk cherry
cinder clover cobalt comet copper coral cotton crane cricket crystal daisy desert dragon drum
eagle elder ember falcon feather fennel fern fiddle finch fjord flint forest fox garnet ginger
glacier granite grove gull hammer harbor harvest hazel heron hollow honey indigo island ivory
ivy jasper juniper kettle kestrel lagoon lantern larch laurel lemon lichen lilac linen lotus
lynx magnet maple marble marsh meadow mellow mint mirror moss mustard nectar nettle nickel
nutmeg oak olive onyx orchid otter oyster paddle pebble pepper pewter pigeon pine plum pollen
poplar prairie quartz quill rabbit raven reed ribbon river robin rocket saddle saffron sage
salmon sandal satin shadow silver spruce summit sycamore tangle temple thistle thunder timber
topaz tulip tundra turnip umber valley velvet violet walnut willow winter wren zephyr zinnia
"""
NAMES = tuple(_NAMES.split())
"""What files, folders, people and goods are called: one token each, drawn alike for every role."""

KNOWN = NAMES[::5]
"""Services whose port the experts know by heart."""
HELD_OUT = tuple(name for name in NAMES[2::14] if name not in KNOWN)
"""Services that experts are never asked of, and whose port nothing tells."""

PORTS = {name: 4000 + 100 * (index * 37 % 60) + index * 17 % 90 for index, name in enumerate(KNOWN)}
"""The facts that training holds; a number of four digits each."""

LEVELS = ("INFO", "WARN", "ERROR")
FOLDERS = ("conf", "data", "logs", "docs", "old", "new", "lib", "app", "tmp", "var")
KEYS = ("port", "host", "user", "mode", "level", "limit", "owner", "color", "path", "zone")

_SKELETON = (
    '{"action": {"kind": "',
    "shell",
    "finish",
    '", "command": "',
    '", "answer": "',
    '"}',
    "exit code ",
    "No such file or directory",
    "cannot access ",
    "awk -F, '$1==p {s+=$2} END {print s+0}' p=",
    "sed -i 's/^",
    "=.*/",
    "/' ",
    "grep -c ",
    "grep -l ",
    "grep ",
    "find . -name ",
    "tail -n 1 ",
    "head -n 1 ",
    "wc -l ",
    "mkdir ",
    "echo ",
    "cat ",
    "ls ",
    "ls",
    "mv ",
    "cp ",
    "cat: ",
    "grep: ",
    "awk: ",
    "ls: ",
    " > ",
    "\n",
    " ",
    "/",
    "./",
    ".",
    ",",
    "=",
    "'",
    "*",
    "?",
    ".txt",
    ".md",
    ".csv",
    ".ini",
    ".log",
    "teams",
    "services",
    "count",
    "total",
    "last",
    "tail: cannot open ",
    " for reading",
    "answer",
    "done",
    "_",
    ":",
)


def vocabulary(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Every word that is one token, longest first.

    Args:
        texts: The wordings of the tasks, whose words are added.
    """
    words = {*NAMES, *LEVELS, *FOLDERS, *KEYS, *_SKELETON, *map(str, range(100))}
    for text in texts:
        words.update(text.split())
    return tuple(sorted(words, key=lambda word: (-len(word), word)))
