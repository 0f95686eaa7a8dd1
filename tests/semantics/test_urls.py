"""URLs in canonical form, held against a real Chromium."""

from __future__ import annotations

import base64
import io
import json
import random
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from containers.engine_host import ensure_engine
from containers.images_host import build_task_image
from semantics.urls import Url, canonical_url

IMAGE = Path(__file__).parent / "images" / "chromium"
MANY = 6000
PAGE = """<meta charset="utf-8"><pre></pre><script>
const read = text => {
  try {
    const url = new URL(text);
    return [url.protocol, url.hostname, url.port, url.pathname, url.search,
            url.username + url.password != "", url.href];
  } catch { return null; }
};
const shown = new TextEncoder().encode(JSON.stringify(TEXTS.map(read)));
document.querySelector("pre").textContent =
  btoa(Array.from(shown, byte => String.fromCharCode(byte)).join(""));
</script>"""

SAME = [
    ("HTTP://Example.COM", "http://example.com/"),
    ("http://example.com.", "http://example.com/"),
    ("https://example.com:443/a", "https://example.com/a"),
    ("http://example.com:0443/", "http://example.com:443/"),
    ("http://0x7f.1/", "http://127.0.0.1/"),
    ("http://017700000001/", "http://127.0.0.1/"),
    ("http://2130706433/", "http://127.0.0.1/"),
    ("http://[::FFFF:127.0.0.1]/", "http://[::ffff:7f00:1]/"),
    ("http://[0:0::1]/", "http://[::1]/"),
    ("http://\u2460.0.0.1/", "http://1.0.0.1/"),
    ("http://ex\u00e4mple.com/", "http://xn--exmple-cua.com/"),
    ("http://EX\u00c4MPLE.com/", "http://xn--exmple-cua.com/"),
    ("http://exampl\u0435.com/", "http://xn--exampl-8of.com/"),
    ("http://ex%61mple.com/", "http://example.com/"),
    ("http:\\\\example.com\\a\\..\\b", "http://example.com/b"),
    ("http:example.com", "http://example.com/"),
    ("http:///example.com", "http://example.com/"),
    ("http://example.com/a/./b/../c", "http://example.com/a/c"),
    ("http://example.com/a/%2e%2E/c", "http://example.com/c"),
    ("http://example.com/%7euser/%2f", "http://example.com/~user/%2F"),
    ("http://example.com/?", "http://example.com/"),
    ("http://example.com/a#b", "http://example.com/a"),
    ("http://user:word@example.com/", "http://example.com/"),
    ("http://good.com@evil.com/", "http://evil.com/"),
    ("http://good.com\\@evil.com/", "http://good.com/@evil.com/"),
]


@pytest.mark.parametrize(("text", "expected"), SAME)
def test_a_url_has_one_form(text: str, expected: str) -> None:
    assert str(canonical_url(text)) == expected
    assert str(canonical_url(expected)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "", "example.com", "//example.com", "/a", "http://", "http://a b/", " http://a/",
        "http://a\n.com/", "http://a\tb.com", "http://a\u00a0b.com/", "http://a\u200b.com/ ",
        "http://[::1", "http://1.2.3.256/", "http://a:99999/", "http://a%00b/", "http://a%2fb/",
        "http://a..", "http://" + "a" * 9000,
    ],
)  # fmt: skip
def test_what_is_no_url_or_holds_blanks_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"URL|dots"):
        canonical_url(text)


@given(st.text(max_size=40), st.sampled_from(["http://", "https://a.b/", "ws:", "file:///", "x:"]))
def test_canonical_urls_are_fixed_points(text: str, start: str) -> None:
    try:
        once = canonical_url(start + text)
    except ValueError:
        return
    again = canonical_url(str(once))
    assert str(again) == str(once)
    assert (again.scheme, again.host, again.port) == (once.scheme, once.host, once.port)


@pytest.mark.docker
def test_chromium_reads_every_url_as_we_do() -> None:
    texts = list(dict.fromkeys([*(text for pair in SAME for text in pair), *_tricky()]))
    seen = _chromium(texts)
    differing = [
        f"{text!r}: {ours} here, {theirs} in Chromium"
        for text, theirs in zip(texts, seen, strict=True)
        if (ours := _ours(text)) is not None and not _same(ours, theirs)
    ]
    assert not differing, f"{len(differing)} of {len(texts)}:\n" + "\n".join(differing[:40])
    read = sum(_ours(text) is not None for text in texts)
    # Refusing everything would differ in nothing.
    assert read > len(texts) / 3


def _ours(text: str) -> Url | None:
    try:
        return canonical_url(text)
    except ValueError:
        return None


def _same(ours: Url, theirs: list[Any] | None) -> bool:
    if theirs is None:
        # That one goes nowhere in a browser does no harm where no rule can open it.
        return ours.scheme not in ("http", "https", "ws", "wss")
    scheme, host, port, _, _, credentials, href = theirs
    if ours.scheme != scheme.removesuffix(":"):
        return False
    if ours.scheme not in ("http", "https", "ws", "wss"):
        # No rule can open any other; its name is all that has to be the same.
        return True
    if ours.credentials != credentials or ours.host != host.removesuffix("."):
        return False
    # What Chromium would ask for, read once more, is what was judged.
    again = _ours(href)
    return again is not None and str(again) == str(ours) and port in ("", str(ours.port))


def _tricky() -> Iterator[str]:
    """URLs of many shapes, put together from what parsers disagree on."""
    parts: dict[str, list[str]] = json.loads((Path(__file__).parent / "data/urls.json").read_text())
    rng = random.Random(5)
    for _ in range(MANY):
        text = "".join(rng.choice(parts[part]) for part in ("scheme", "user", "host", "port"))
        text += "".join(rng.choices(parts["path"], k=rng.randint(0, 4))) + rng.choice(parts["end"])
        if rng.random() < 0.3:
            at = rng.randrange(len(text) + 1)
            text = text[:at] + rng.choice(parts["tricky"]) + text[at + rng.randint(0, 1) :]
        yield text


def _chromium(texts: list[str]) -> list[list[Any] | None]:
    client = ensure_engine(print)
    image = build_task_image(client, IMAGE, print)
    page = PAGE.replace("TEXTS", json.dumps(texts).replace("<", "\\u003c"))
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        entry = tarfile.TarInfo("page.html")
        entry.size, entry.mode = len(page.encode()), 0o644
        archive.addfile(entry, io.BytesIO(page.encode()))
    container = client.containers.create(
        image, network_mode="none", labels={"longleash.test": "chromium"}, mem_limit="2g"
    )
    try:
        container.put_archive("/", buffer.getvalue())
        container.start()
        container.wait()
        shown = container.logs(stderr=False).decode()
        said = container.logs(stdout=False).decode(errors="replace")[-1000:]
    finally:
        container.remove(force=True)
        client.close()
    start, end = shown.find("<pre>"), shown.find("</pre>")
    assert start >= 0, said
    found: list[list[Any] | None] = json.loads(base64.b64decode(shown[start + 5 : end]))
    return found
