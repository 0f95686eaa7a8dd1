"""Reports as text, JUnit XML, SARIF and GitHub annotations."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

from episodes import __version__
from episodes.terminal import safe, safe_line
from policies.analysis.report import Level, Notice, Report

_NAME = 200
_SARIF = "https://json.schemastore.org/sarif-2.1.0.json"
_COMMANDS: dict[Level, str] = {"error": "error", "warning": "warning", "note": "notice"}


def text(report: Report) -> Iterator[str]:
    """The report for a terminal: a line for each notice, and one for how it ended."""
    for notice in report.notices:
        where = f" {notice.where}:" if notice.where else ""
        yield safe(f"{_place(notice)}: {notice.level}:{where} {notice.message} [{notice.code}]")
    errors = sum(notice.level == "error" for notice in report.notices)
    others = len(report.notices) - errors
    yield f"{report.command}: {len(report.held)} as they should be, {errors} errors, {others} other"


def github(report: Report) -> Iterator[str]:
    """Annotations as GitHub Actions reads them from a step's output."""
    for notice in report.notices:
        parts = [f"file={_property(notice.file)}"]
        if notice.line is not None:
            parts.append(f"line={notice.line}")
        parts.append(f"title={_property(f'longleash {report.command}: {notice.code}')}")
        where = f"{notice.where}: " if notice.where else ""
        told = _data(safe(where + notice.message))
        yield f"::{_COMMANDS[notice.level]} {','.join(parts)}::{told}"


def junit(report: Report) -> str:
    """JUnit XML: a test for each thing looked at, failed where it is an error."""
    failed = [notice for notice in report.notices if notice.level == "error"]
    others = [notice for notice in report.notices if notice.level != "error"]
    suite = ElementTree.Element(
        "testsuite",
        name=f"longleash policy {report.command}",
        tests=str(len(failed) + len(others) + len(report.held)),
        failures=str(len(failed)),
        errors="0",
    )
    for notice in report.held:
        _test(suite, notice)
    for notice in others:
        ElementTree.SubElement(_test(suite, notice), "system-out").text = safe(notice.message)
    for notice in failed:
        failure = ElementTree.SubElement(_test(suite, notice), "failure", type=notice.code)
        failure.set("message", safe_line(notice.message))
        failure.text = safe(f"{_place(notice)}: {notice.message}")
    suites = ElementTree.Element("testsuites")
    suites.append(suite)
    ElementTree.indent(suites)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + (
        ElementTree.tostring(suites, encoding="unicode") + "\n"
    )


def sarif(report: Report) -> str:
    """SARIF 2.1.0, as code scanning takes it."""
    codes = sorted({notice.code for notice in report.notices})
    driver = {
        "name": "longleash",
        "version": __version__,
        "rules": [
            {"id": code, "shortDescription": {"text": f"longleash policy {report.command}: {code}"}}
            for code in codes
        ],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(notice) for notice in report.notices],
    }
    return json.dumps({"$schema": _SARIF, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _result(notice: Notice) -> dict[str, Any]:
    where = f"{notice.where}: " if notice.where else ""
    told = f"{notice.code}\n{notice.file}\n{notice.where}\n{notice.message}"
    return {
        "ruleId": notice.code,
        "level": notice.level,
        "message": {"text": safe(where + notice.message)},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": notice.file.replace("\\", "/")},
                    "region": {"startLine": notice.line or 1},
                }
            }
        ],
        # Without its line: what was found before is the same though the file has grown above it.
        "partialFingerprints": {"longleash/v1": hashlib.sha256(told.encode()).hexdigest()},
    }


def _test(suite: ElementTree.Element, notice: Notice) -> ElementTree.Element:
    # A test is known by its name: two differences of one field are two tests.
    name = notice.where if notice.code == "case" else f"{notice.where}: {notice.message}"[:_NAME]
    return ElementTree.SubElement(
        suite, "testcase", classname=safe_line(notice.file), name=safe_line(name)
    )


def _place(notice: Notice) -> str:
    return notice.file if notice.line is None else f"{notice.file}:{notice.line}"


def _data(told: str) -> str:
    return told.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(told: str) -> str:
    return _data(told).replace(":", "%3A").replace(",", "%2C")
