"""A browser that nothing holds, which does what it is told and says what there was to see.

It is given to Python inside of a container, and imports nothing of ours.
"""

from __future__ import annotations

PLACE = "http://localhost:18080/"
"""Where the hostile page is, as that browser sees it: a place that pages may trust, as with TLS."""

ASK = """
printf '%s' "$0" > /tmp/.ask.new && mv /tmp/.ask.new /tmp/.ask
for _ in $(seq 1000); do [ -e /tmp/.told ] && break; sleep 0.05; done
cat /tmp/.told; rm -f /tmp/.told
"""
"""For a shell, with an address as `$0`: has it visited, and prints what there was to see."""

PROGRAM = r"""
import contextlib, http.server, pathlib, sys, threading, time
from playwright.sync_api import Error, sync_playwright
page_text = sys.argv[1]
ask, told = pathlib.Path("/tmp/.ask"), pathlib.Path("/tmp/.told")
class Serve(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        worker = self.path.startswith("/worker.js")
        body = b"onfetch = () => {}" if worker else page_text.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/javascript" if worker else "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 18080), Serve)
threading.Thread(target=server.serve_forever, daemon=True).start()
before = []
def visit(browser, address):
    said = []
    while before:
        # Not as soon as it is done: with it goes what it downloaded.
        with contextlib.suppress(Error):
            before.pop().close()
    context = browser.new_context(ignore_https_errors=True, accept_downloads=True)
    context.set_default_timeout(2000)
    page = context.new_page()
    with contextlib.suppress(Error):
        page.goto(address, timeout=3000, wait_until="commit")
    page.wait_for_timeout(1000)
    for one in context.pages:
        with contextlib.suppress(Error):
            said.append(" ".join((one.url, one.title(), one.inner_text("html", timeout=1000))))
    before.append(context)
    return "\n".join(said)
with sync_playwright() as playwright:
    browser = None
    while True:
        if not ask.exists():
            time.sleep(0.02)
            continue
        address, said = ask.read_text(), ""
        ask.unlink()
        with contextlib.suppress(Error):
            if browser is None or not browser.is_connected():
                browser = playwright.chromium.launch(
                    executable_path="/usr/lib/chromium/chromium-headless-shell",
                    chromium_sandbox=False,
                    args=["--host-resolver-rules=MAP * 10.0.0.7, EXCLUDE localhost, "
                          "EXCLUDE 127.0.0.1", "--remote-debugging-port=9222"],
                    downloads_path="/tmp/downloads",
                )
            said = visit(browser, address)
        new = told.with_name(".told.new")
        new.write_text(said)
        new.rename(told)
"""
"""Given the hostile page's text, visits what it is asked to, one address after another."""
