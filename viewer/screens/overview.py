"""Overview: how it goes, by agent, model, task and policy; over time; and calibration."""

from __future__ import annotations

from typing import Any

import streamlit as st

from taxonomy.curve import parts
from viewer.addresses import filter_of_address, keep_in_address, link
from viewer.filter import EVENTS, OVERVIEW_BY, By, Filter
from viewer.matrix import component as matrix
from viewer.opened import opened_log, say_empty
from viewer.queries import Queries
from viewer.table import component as table
from viewer.words import short

# Vega-Lite as it is, which Altair would write: it says what it draws in as many lines, and is there
# without half a second of imports and checks.
_SHARE = {"type": "quantitative", "scale": {"domain": [0, 1]}, "axis": {"format": "%"}}
_LEGEND = {"orient": "bottom", "columns": 2, "title": None, "labelLimit": 190}
_HEIGHT = 440
# As large as a heading of the page; the subtitle would be black in the dark as well.
_HEADING = {
    "fontSize": 24,
    "subtitleColor": "#7f858e",
    "subtitleFont": "'Source Sans', sans-serif",
    "subtitleFontSize": 14,
    "subtitlePadding": 8,
}
_TREND, _CALIBRATION = "Success over time", "Calibration"
_MOST = 8
"""That many lines in one diagram can still be told apart: those with the most episodes."""


def main() -> None:
    """The page."""
    with opened_log() as queries:
        if queries.is_empty():
            say_empty()
            return
        wanted = filter_of_address()
        asked = st.query_params.get("by", "")
        of_address: By = next((one for one in OVERVIEW_BY if one == asked), "agent")
        by = matrix.chosen() or of_address
        keep_in_address({**wanted.as_query(), "by": by})
        groups = queries.matrix(by, wanted)
        if clicked := matrix.show(groups, by):
            group, shown = clicked
            column = "event" if shown in EVENTS else "mode"
            link("listing", {**wanted.as_query(), by: group.name, column: shown})
        left, right = st.columns(2)
        with left:
            _trend(queries, by, wanted, [group.name for group in groups[:_MOST]])
        with right:
            _calibration(queries, wanted)


def _trend(queries: Queries, by: By, wanted: Filter, names: list[str]) -> None:
    """Over time, those of these names."""
    points = [point for point in queries.trend(by, wanted) if point.name in names]
    if len({point.at for point in points}) < 2:
        st.subheader(_TREND)
        st.caption("All of it lies in one moment; a trend needs two.")
        return
    lines = {
        "data": {
            "values": [
                {
                    "at": _whole(point.at),
                    by: short(point.name, 40),
                    "solved": point.solved / point.episodes,
                    "episodes": point.episodes,
                }
                for point in points
            ]
        },
        "mark": {"type": "line", "point": True},
        "encoding": {
            "x": {"field": "at", "type": "temporal", "title": None},
            "y": {**_SHARE, "field": "solved", "title": "solved"},
            "color": {"field": by, "type": "nominal", "legend": _LEGEND},
            "tooltip": [
                {"field": "at", "type": "temporal"},
                {"field": by, "type": "nominal"},
                {"field": "solved", "type": "quantitative", "format": ".0%"},
                {"field": "episodes", "type": "quantitative"},
            ],
        },
    }
    layers, told = [lines], ""
    if changes := _changes(queries, wanted):
        layers.append(
            {
                "data": {"values": [{"at": at, "fingerprint": name} for at, name in changes]},
                "mark": {"type": "rule", "strokeDash": [4, 3], "color": "#888"},
                "encoding": {
                    "x": {"field": "at", "type": "temporal"},
                    "tooltip": [
                        {"field": "at", "type": "temporal"},
                        {"field": "fingerprint", "type": "nominal"},
                    ],
                },
            }
        )
        told = "A dashed line: a model's fingerprint is seen for the first time."
    _draw(_TREND, layers, told)


def _changes(queries: Queries, wanted: Filter) -> list[tuple[str, str]]:
    """When each fingerprint but the first was first seen."""
    first: dict[str, str] = {}
    for point in queries.trend("fingerprint", wanted):
        first.setdefault(point.name, point.at)
    first.pop("none given", None)
    ordered = sorted((at, name) for name, at in first.items())
    return [(_whole(at), short(name, 40)) for at, name in ordered[1:]]


def _whole(at: str) -> str:
    """A prefix of an ISO time, long enough to be read as one."""
    return {7: f"{at}-01", 13: f"{at}:00"}.get(len(at), at)


def _calibration(queries: Queries, wanted: Filter) -> None:
    said = queries.calibration(wanted)
    if not said:
        st.subheader(_CALIBRATION)
        st.caption("No agent said at its first step how likely it was to succeed.")
        return
    most = sorted(said.items(), key=lambda item: -sum(one.episodes for one in item[1]))
    values = [
        {
            "agent": f"{parts(found).brier:.2f} · {short(agent, 40)}",
            "stated": one.stated,
            "came": one.came,
            "low": one.interval[0],
            "high": one.interval[1],
            "episodes": one.episodes,
        }
        for agent, found in most[:_MOST]
        for one in found
    ]
    colour = {
        "field": "agent",
        "type": "nominal",
        "legend": {**_LEGEND, "title": "Brier score · agent"},
    }
    x = {**_SHARE, "field": "stated", "title": "stated at the first step"}
    spans = {
        "data": {"values": values},
        "mark": "rule",
        "encoding": {
            "x": x,
            "y": {**_SHARE, "field": "low"},
            "y2": {"field": "high"},
            "color": colour,
        },
    }
    points = {
        "data": {"values": values},
        "mark": "circle",
        "encoding": {
            "x": x,
            "y": {**_SHARE, "field": "came", "title": "succeeded"},
            "color": colour,
            "size": {"field": "episodes", "type": "quantitative", "legend": None},
            "tooltip": [
                {"field": "agent", "type": "nominal"},
                {"field": "stated", "type": "quantitative", "format": ".2f"},
                {"field": "came", "type": "quantitative", "format": ".2f"},
                {"field": "episodes", "type": "quantitative"},
            ],
        },
    }
    line = {
        "data": {"values": [{"stated": 0, "came": 0}, {"stated": 1, "came": 1}]},
        "mark": {"type": "line", "strokeDash": [4, 4], "color": "#888"},
        "encoding": {"x": x, "y": {**_SHARE, "field": "came"}},
    }
    _draw(_CALIBRATION, [line, spans, points])
    censored = queries.censored(wanted)
    table.show(
        (
            *("agent", "Brier", "reliability", "resolution", "uncertainty", "optimism"),
            *("episodes", "cut short"),
        ),
        [
            (
                agent,
                f"{of.brier:.3f}",
                f"{of.reliability:.3f}",
                f"{of.resolution:.3f}",
                f"{of.uncertainty:.3f}",
                f"{of.optimism:+.3f}",
                f"{sum(one.episodes for one in found):,}",
                f"{censored.get(agent, 0):,}",
            )
            for agent, found in most
            for of in [parts(found)]
        ],
        key="scores",
        before="On the dashed line what was said is what came. Bars are Wilson's 95% intervals; "
        "what is under the line was promised and did not come.",
        after="Brier is reliability (0 is best) less resolution (the more the better) plus "
        "uncertainty, and what bins blur. Optimism is what was said less what came. Episodes that "
        "were cut short are in no figure; 'longleash report' reads every step and has the "
        "intervals.",
    )


def _draw(title: str, layers: list[dict[str, Any]], told: str = "") -> None:
    """A chart that says itself what it shows: a heading of Streamlit's would be markdown."""
    heading = {"text": title, "subtitle": told, **_HEADING}
    spec = {"title": heading, "description": title, "layer": layers}
    st.vega_lite_chart({**spec, "height": _HEIGHT}, width="stretch")


main()
