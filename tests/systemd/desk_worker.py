"""A trading worker: it logs in with the key and the secret of its rendered config before it says READY=1, and every
second from then on. Refused, it ends: it could trade no longer. `desk_worker.py login` logs in once, for `--verify`."""
import hashlib
import hmac
import json
import os
import socket
import sys
import time

import yaml

with open(os.environ["MARKET_MAKER_CONFIG"]) as file:
    CONFIG = yaml.safe_load(file)


def log_in(start):
    try:
        with socket.create_connection(("127.0.0.1", CONFIG["port"]), timeout=10) as connection:
            lines = connection.makefile("rw")
            nonce = lines.readline().strip()
            proof = hmac.new(CONFIG["api_secret"].encode(), nonce.encode(), hashlib.sha256).hexdigest()
            login = {"key": CONFIG["api_key"], "proof": proof, "instance": CONFIG["instance"],
                     "mode": CONFIG["mode"], "pid": os.getpid(), "start": start}
            lines.write(json.dumps(login) + "\n")
            lines.flush()
            return lines.readline().strip() == "welcome"
    except OSError:
        return False


def notify(text):
    if address := os.environ.get("NOTIFY_SOCKET"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
            systemd.connect(address.replace("@", "\0", 1) if address.startswith("@") else address)
            systemd.send(text.encode())


if sys.argv[1:] == ["login"]:
    sys.exit(0 if log_in("verify") else 1)
if not log_in("start"):
    sys.exit("the provider refuses the key")
notify("READY=1")
while True:
    time.sleep(1)
    if not log_in("later"):
        sys.exit("the provider refuses the key")
