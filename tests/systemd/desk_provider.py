"""A provider of API keys on the loopback: which keys it accepts, for whom not, and for how long each from its first
use, stands in a file that is read at each login. Whoever logs in is written down, with what became of it: `desk_provider.py FOLDER PORT`."""
import hashlib
import hmac
import json
import secrets
import socketserver
import sys
import threading
import time
from pathlib import Path

FOLDER = Path(sys.argv[1])
FIRST_USE = {}
LOCK = threading.Lock()


def accepts(login, nonce):
    """A key that is not in the file is revoked, or was never one."""
    known = json.loads((FOLDER / "keys.json").read_text()).get(login["key"])
    if known is None or login["instance"] == known["not_for"]:
        return False
    first = FIRST_USE.setdefault((login["key"], login["instance"]), time.monotonic())
    if known["seconds"] is not None and time.monotonic() - first > known["seconds"]:
        return False
    expected = hmac.new(known["secret"].encode(), nonce.encode(), hashlib.sha256).hexdigest()
    return hmac.compare_digest(login["proof"], expected)


class Login(socketserver.StreamRequestHandler):
    def handle(self):
        nonce = secrets.token_hex(16)
        self.wfile.write(nonce.encode() + b"\n")
        line = self.rfile.readline()
        if not line:
            return
        login = json.loads(line)
        with LOCK:
            accepted = accepts(login, nonce)
            seen = {name: login[name] for name in ("key", "instance", "mode", "pid", "start")}
            with open(FOLDER / "logins.jsonl", "a") as log:
                log.write(json.dumps({**seen, "accepted": accepted}) + "\n")
        self.wfile.write(b"welcome\n" if accepted else b"refused\n")


class Provider(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64


Provider(("127.0.0.1", int(sys.argv[2])), Login).serve_forever()
