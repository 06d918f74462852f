#!/usr/bin/python3
"""Holds graph configs against the JSON Schema with a validator that is not imagemill's.

validate_schema.py SCHEMA --accepted CONFIG... --refused CONFIG...

A refused config says in its first line which error is expected: "# schema: PART OF THE ERROR".
Packages: python3-jsonschema python3-yaml.
"""

import argparse
import json
import re
import sys

import jsonschema
import yaml


class Core(yaml.SafeLoader):
    """YAML 1.2's core schema, as editors read it: PyYAML's 1.1 takes 4:2:0 for a number."""


Core.yaml_implicit_resolvers = {}
for tag, pattern, first in [
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("int", r"^[-+]?[0-9]+$", "-+0123456789"),
    ("float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$", "-+.0123456789"),
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
]:
    Core.add_implicit_resolver("tag:yaml.org,2002:" + tag, re.compile(pattern), list(first))
Core.add_constructor("tag:yaml.org,2002:int", lambda loader, node: int(node.value))
Core.add_constructor("tag:yaml.org,2002:float", lambda loader, node: float(node.value))


def errors_of(validator, path):
    """One line for each error, those below an anyOf included."""
    with open(path, encoding="utf-8") as file:
        config = yaml.load(file, Core)
    lines = []
    pending = list(validator.iter_errors(config))
    while pending:
        error = pending.pop()
        pending.extend(error.context)
        lines.append(f"{error.json_path}: {error.message}")
    return lines


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("schema")
    parser.add_argument("--accepted", nargs="+", required=True)
    parser.add_argument("--refused", nargs="+", required=True)
    arguments = parser.parse_args()
    with open(arguments.schema, encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)

    failures = []
    for path in arguments.accepted:
        failures += [f"{path}: refused: {line}" for line in errors_of(validator, path)]
    for path in arguments.refused:
        with open(path, encoding="utf-8") as file:
            expected = file.readline().removeprefix("# schema: ").strip()
        lines = errors_of(validator, path)
        if not any(expected in line for line in lines):
            failures.append(f"{path}: expected '{expected}', got {lines or 'no error'}")
    print("\n".join(failures) or f"{len(arguments.accepted)} accepted, {len(arguments.refused)} refused")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
