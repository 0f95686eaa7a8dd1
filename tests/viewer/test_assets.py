"""What a browser is given of Streamlit's own files, and told beforehand."""

from __future__ import annotations

from pathlib import Path

import pytest
import streamlit
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from viewer.assets import BASE_SCRIPT, Assets, needed_scripts


async def page(request):
    if "secret" in request.url.path:
        return PlainTextResponse("nothing")
    return HTMLResponse("<html><head><title>a page</title></head></html>")


@pytest.fixture
def static(tmp_path):
    """A folder as Streamlit's, with two scripts of which one imports the other."""
    scripts = tmp_path / "static" / "js"
    scripts.mkdir(parents=True)
    (scripts / "BidiComponent.ab1.js").write_text('import{a}from"./shared.cd2.js";run(a);')
    (scripts / "shared.cd2.js").write_text('import"./BidiComponent.ab1.js";export const a=1;')
    (scripts / "unneeded.ef3.js").write_text("nothing")
    (tmp_path / "secret.txt").write_text("not one of its files")
    return tmp_path


@pytest.fixture
def app():
    return Starlette(routes=[Route("/{rest:path}", page)])


@pytest.fixture
def client(static, app):
    with TestClient(Assets(app, static)) as client:
        yield client


def test_a_page_names_the_scripts_that_it_will_need_and_no_others(client):
    named = client.get("/replay").headers["link"]
    assert "</static/js/BidiComponent.ab1.js>; rel=modulepreload; crossorigin" in named
    assert "shared.cd2.js" in named
    assert "unneeded" not in named
    assert "link" not in client.get("/elsewhere").headers


def test_a_file_is_given_whole_and_may_be_kept(client):
    answer = client.get("/static/js/shared.cd2.js")
    assert answer.text.startswith('import"./Bidi')
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "immutable" in answer.headers["cache-control"]


@pytest.mark.parametrize(
    "path", ["/static/js/../../secret.txt", "/static/js/%2e%2e/%2e%2e/secret.txt", "/secret.txt"]
)
def test_what_is_none_of_those_files_is_not_given(client, path):
    assert client.get(path).text == "nothing"


def test_a_page_is_told_where_its_server_is_before_any_script_runs(client):
    answer = client.get("/replay?episode=e1", headers={"Accept-Encoding": "gzip"})
    told = f"<script>{BASE_SCRIPT.decode()}</script>"
    assert answer.text.startswith(f"<html><head>{told}<style>")
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert "BACKEND_BASE_URL: window.location.origin" in told


def test_the_app_is_named_before_what_only_an_element_needs(static, app):
    (static / "static" / "js" / "index.zz9.js").write_text("start()")
    with TestClient(Assets(app, static)) as client:
        named = client.get("/replay").headers["link"]
    assert named.index("index.zz9.js") < named.index("BidiComponent.ab1.js")


def test_every_beginning_is_that_of_a_script_of_this_streamlit():
    # Another version may cut its scripts otherwise: then pages are slower, and this says why.
    folder = Path(streamlit.__file__).parent / "static" / "static" / "js"
    for one in ("index.", "BidiComponent.", "ArrowVegaLiteChart.", "DataFrame."):
        assert len(needed_scripts(folder, [one])) > 5, one
