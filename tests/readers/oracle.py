"""What a Python worker reads of a config and of its rendering: one question on each line of standard input, one
answer on each line of standard output, as JSON.

The placeholders are expanded here once more, independently of envgate.
"""

import json
import re
import sys

import yaml

NAME = "[A-Za-z_][A-Za-z0-9_]*"
PLACEHOLDER = re.compile(
    r"\$\$"
    rf"|\$\{{(?P<braced>{NAME})(?::-(?P<default>(?:(?!\$\{{)[^}}])*))?\}}"
    rf"|\$<(?P<angled>{NAME})>"
    rf"|\$(?P<bare>{NAME})"
    r"|\$\{[^}]*\}"
)
LOADERS = [yaml.SafeLoader] + ([yaml.CSafeLoader] if yaml.__with_libyaml__ else [])


def expand(value, values):
    if isinstance(value, str):

        def replace(match):
            if match[0] == "$$":
                return "$"
            name = match["braced"] or match["angled"] or match["bare"]
            if name is None:
                return match[0]
            return values.get(name) or match["default"] or ""

        return PLACEHOLDER.sub(replace, value)
    if isinstance(value, list):
        return [expand(item, values) for item in value]
    if isinstance(value, dict):
        return {key: expand(item, values) for key, item in value.items()}
    return value


def without_block(document):
    if isinstance(document, dict):
        return {key: value for key, value in document.items() if key != "envgate"}
    return document


def strict_pairs(pairs):
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("a key twice")
    return dict(pairs)


def loads(text, loader):
    if loader is json:
        return json.loads(text, object_pairs_hook=strict_pairs)
    return yaml.load(text, Loader=loader)


def same(left, right):
    """Equality that tells 1 from True and from 1.0, and knows that a NaN is one."""
    if type(left) is not type(right):
        return False
    if isinstance(left, dict):
        # Keys that are equal may still differ in their type: compare what they look like.
        return len(left) == len(right) and all(
            repr(a) == repr(b) and same(left[a], right[b]) for a, b in zip(left, right)
        )
    if isinstance(left, list):
        return len(left) == len(right) and all(map(same, left, right))
    return left == right or left != left and right != right


def answer(question):
    for loader in [json] if question["json"] else LOADERS:
        name = loader.__name__
        try:
            source = loads(question["source"], loader)
        except Exception as error:
            return {"unreadable": f"{name}: {error}"}
        wanted = expand(without_block(source), question["values"])
        try:
            found = loads(question["rendered"], loader)
        except Exception as error:
            return {"differs": f"{name} cannot read the rendering: {error}"}
        if not same(wanted, found):
            return {"differs": f"{name} reads {found!r}, not {wanted!r}"}
    return {"same": True}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
