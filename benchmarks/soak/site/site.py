"""A site that says back what it is asked for."""

from __future__ import annotations

from typing import Any

from flask import Flask

HOSTS = ("soak.test",)


def make() -> tuple[Flask, dict[str, Any]]:
    """A fresh one."""
    site = Flask(__name__)
    state: dict[str, Any] = {"asked": 0}

    @site.get("/say/<word>")
    def say(word: str) -> str:
        state["asked"] += 1
        return word

    return site, state
