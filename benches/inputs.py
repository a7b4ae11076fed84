"""The files that the bench launches from: env files of several sizes, and configs that use their variables."""

import os

# What every measured process is started with.
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "HOME": "/", "LANG": "C.UTF-8"}

BLOCK = """\
envgate:
  config: {variable: WORKER_CONFIG}
  command: [WORKER]
  path: /usr/local/bin:/usr/bin:/bin
  environment: {PYTHONUNBUFFERED: "1", OMP_NUM_THREADS: "1"}
  pass: [TZ, LANG, "LC_*"]
  modes:
    paper:
      env_files: [FILE]
    live:
      env_files: [env/trader.live.env]
  variables:
    VENUE_00_API_KEY: {length: 32}
    VENUE_01_API_KEY: {length: [16, 64]}
    VENUE_02_API_KEY: {fallback: [VENUE_03_API_KEY]}
    LOG_LEVEL: {secret: false, default: INFO}
    OPTIONAL_TOKEN: {required: false}
  sets: {first: [VENUE_00_API_KEY, VENUE_01_API_KEY]}
"""

HEAD = """\
# What the worker trades, and how. Secrets stand in the env file of the mode.
calendar: data/calendar.yml
models: models/current
log_level: ${LOG_LEVEL}
feed: {key: "${VENUE_00_API_KEY}", session_start: "23:00", backfill_days: 4}
notify: https://hooks.example.net/${VENUE_01_API_KEY}?level=${LOG_LEVEL:-INFO}
"""

# One strategy: eleven lines, one placeholder.
STRATEGY = """\
  - symbol: S{number:04}   # the front month
    strategy: MeanReversion
    enabled: true
    account: ${{VENUE_{venue:02}_API_KEY}}
    parameters:
      lookback: {lookback}
      multiplier: 2.0
      "smoothing period": 15
      use_filter: false
      thresholds: [0.1, 0.25, 0.9]
      note: 'held over night, closed at 15:45'
"""


def env_file(folder, count):
    """An env file of `count` variables, 32 characters each; the line that names its mode is envgate's own."""
    path = os.path.join(folder, f"trader-{count}.paper.env")
    with open(path, "w", opener=private) as file:
        file.write("ENVGATE_MODE=paper\n")
        for number in range(count):
            file.write(f"VENUE_{number:02}_API_KEY={value(number)}\n")
    return path


def env_folder(folder, count):
    """The same variables as a folder with a file for each, as `chpst -e` and `envdir` read them."""
    path = os.path.join(folder, f"trader-{count}.d")
    os.mkdir(path, 0o700)
    for number in range(count):
        with open(os.path.join(path, f"VENUE_{number:02}_API_KEY"), "w", opener=private) as file:
            file.write(value(number))
    return path


def assignments(count):
    """The same variables as arguments of `env`."""
    return [f"VENUE_{number:02}_API_KEY={value(number)}" for number in range(count)]


def config(folder, name, env_file_path, worker, lines=160, size=0):
    """A config of at least so many lines and bytes that launches the worker with this env file."""
    text = BLOCK.replace("WORKER]", worker + "]").replace("[FILE]", f"[{env_file_path}]") + HEAD + "strategies:\n"
    pieces, length, count = [text], len(text), text.count("\n")
    number = 0
    while length < size or count < lines:
        piece = STRATEGY.format(number=number, venue=number % 20, lookback=20 + number % 50)
        pieces.append(piece)
        length, count, number = length + len(piece), count + piece.count("\n"), number + 1
    path = os.path.join(folder, name)
    with open(path, "w", opener=private) as file:
        file.write("".join(pieces))
    return path


def value(number):
    """A secret's usual shape: 32 letters and digits."""
    return f"k{number:05}" + "AbCdEfGhIjKlMnOpQrStUvWxYz"


def private(path, flags):
    """For `open`: 0600 from birth."""
    return os.open(path, flags, 0o600)
