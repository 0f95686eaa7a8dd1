"""The stock service: `python3 service.py` answers GET /items?page=N with the header X-Key."""

import configparser
import hashlib
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

CONFIG = configparser.ConfigParser()
CONFIG.read("service.ini")
SERVICE = CONFIG["service"]
STATES = ("free", "free", "free", "reserved", "quarantined")
ITEMS = 100


def item(number: int) -> dict[str, object]:
    """One article of the stock, the same every time."""
    digest = hashlib.sha256(f"stock {number}".encode()).digest()
    return {"sku": f"S-{number:03d}", "state": STATES[digest[0] % 5], "quantity": digest[1] % 50}


class Stock(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if self.headers.get("X-Key") != SERVICE["key"]:
            self.answer(401, {"error": "send the key of service.ini as X-Key"})
        elif url.path != "/items":
            self.answer(404, {"error": "there is /items"})
        else:
            page, size = int(parse_qs(url.query).get("page", ["1"])[0]), SERVICE.getint("page_size")
            numbers = range((page - 1) * size, min(page * size, ITEMS))
            more = page + 1 if page * size < ITEMS else None
            self.answer(200, {"items": [item(n) for n in numbers], "next": more})

    def answer(self, status: int, body: dict[str, object]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


if __name__ == "__main__":
    with ThreadingHTTPServer((SERVICE["host"], SERVICE.getint("port")), Stock) as server:
        print(f"listening on {SERVICE['host']}:{SERVICE['port']}", flush=True)
        server.serve_forever()
