"""A worker as Pine's is: reads the YAML config that PINE_RUNTIME_CONFIG names, expands the environment in it once
more, and then does what trading workers do: threads, ctypes with callbacks, numpy, TLS, a heartbeat file."""
import ctypes
import json
import os
import signal
import ssl
import threading
import urllib.request
from pathlib import Path

import numpy
import yaml


def expand(value):
    if isinstance(value, dict):
        return {key: expand(item) for key, item in value.items()}
    if isinstance(value, list):
        return [expand(item) for item in value]
    return os.path.expandvars(value) if isinstance(value, str) else value


def sorted_by_c(numbers):
    """qsort calls back into Python: libffi needs executable memory for that."""
    array = (ctypes.c_int * len(numbers))(*numbers)
    compare = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_int))
    ctypes.CDLL(None).qsort(array, len(array), ctypes.sizeof(ctypes.c_int), compare(lambda a, b: a[0] - b[0]))
    return list(array)


def trace_in_threads(count):
    results = [None] * count

    def work(index):
        matrix = numpy.arange(250_000, dtype=float).reshape(500, 500) + index
        results[index] = float(numpy.trace(matrix @ numpy.eye(500)))

    threads = [threading.Thread(target=work, args=(index,)) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def fetch(url):
    context = ssl.create_default_context(cafile="/opt/pine/loopback.pem")
    with urllib.request.urlopen(url, timeout=20, context=context) as answer:
        return [answer.status, len(answer.read()) > 0]


def main():
    with open(os.environ["PINE_RUNTIME_CONFIG"]) as file:
        config = expand(yaml.safe_load(file))
    done = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: done.set())
    heartbeat = Path(config["heartbeat_file"])
    report = {
        "config": config,
        "affinity": len(os.sched_getaffinity(0)) > 0 and os.sched_setaffinity(0, os.sched_getaffinity(0)) is None,
        "qsort": sorted_by_c([5, 3, 9, 1]),
        "threads": trace_in_threads(4),
        "tls": fetch(config["traderspost_webhook"]),
        "mode": os.environ["ENVGATE_MODE"],
        "killswitch": str(config["killswitch"]).strip().lower() in ("1", "true", "yes"),
    }
    (Path(os.environ["STATE_DIRECTORY"]) / "report.json").write_text(json.dumps(report))
    beats = 0
    while not done.is_set():
        beats += 1
        temporary = heartbeat.with_suffix(".tmp")
        temporary.write_text(json.dumps({"beats": beats}))
        temporary.replace(heartbeat)
        done.wait(0.05)
    (Path(os.environ["STATE_DIRECTORY"]) / "stopped").write_text("SIGTERM")


main()
