# A worker that parses its config, whose path is in the variable named by its argument, and says all that it received.
import json
import os
import sys

import yaml

with open(os.environ[sys.argv[1]], encoding="utf-8") as file:
    config = yaml.safe_load(file)
json.dump({"config": config, "environment": dict(os.environ)}, sys.stdout)
