"""What a foreign tool does, by its name, and what a program asks."""

from __future__ import annotations

import pytest

from episodes.actions import CallTool
from taxonomy.code_probing import probe_code
from taxonomy.tool_words import code_of, manner, manner_of, muses


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("WebSearch", "search"),
        ("find_user_id_by_email", "search"),
        ("functions.Grep", "search"),
        ("list_all_airports", "listing"),
        ("get_user_list", "listing"),
        ("get_order_details", "read"),
        ("Read", "read"),
        ("scroll_down", "read"),
        ("update_reservation_flights", None),
        ("send_certificate", None),
        ("str_replace_editor", None),
        ("transfer_to_human_agents", None),
        ("Bash", None),
        ("spread_costs", None),
    ],
)
def test_name_of_a_tool_tells_how_it_looks(name: str, how: str | None) -> None:
    assert manner_of(name) == how


def test_tool_of_several_ways_looks_where_its_argument_says_so() -> None:
    def editor(command: str) -> CallTool:
        return CallTool(name="str_replace_editor", arguments={"command": command, "path": "/a"})

    assert manner(editor("view")) == "read"
    assert manner(editor("create")) is None


def test_thinking_is_no_look() -> None:
    assert muses("think")
    assert muses("calculate")
    assert manner_of("calculate") is None
    assert not muses("get_user")


@pytest.mark.parametrize(
    ("code", "how"),
    [
        ("results = perform_web_search('poem')\nprint(results)", "search"),
        ("print(arxiv.search('dark matter'))", "search"),
        ("try:\n    d = read('a.csv')\nexcept FileNotFoundError:\n    print('no')", "guarded"),
        ("import os\nprint(os.path.exists('a'))", "guarded"),
        ("import os\nprint(os.listdir('.'))", "listing"),
        ("explore_csv('a.csv')", "listing"),
        ("df = pd.read_csv('a.csv')\nprint(df.head())", "listing"),
        ("print(pd.read_csv('a.csv')['x'].sum())", None),
        ("import re\nprint(re.search('a', text))", None),
        ("def binary_search(a, b):\n    return a", None),
        ("soup.find('a')", None),
        ("os.listdir('.')\nos.remove('a')", None),
        ("print(web_search('a'))\nopen('out', 'w').write('x')", None),
        ("", None),
    ],
)
def test_program_asks_where_it_searches_or_lists_and_changes_nothing(
    code: str, how: str | None
) -> None:
    assert probe_code(code) == how


def test_code_is_found_among_blocks_too() -> None:
    blocks = [{"language": "python", "code": "a = 1"}, {"language": "sh", "code": "ls"}]
    assert code_of(CallTool(name="run", arguments={"blocks": blocks})) == "a = 1\nls"
    assert code_of(CallTool(name="run", arguments={"n": 3})) == ""
