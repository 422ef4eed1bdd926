#!/usr/bin/env python3
"""Validates JSON documents on the standard input against a schema of docs/schema.

validate.py SCHEMA

The schema is taken literally: a document may have no field that it does not name. Prints the number of documents.
Exits with 1 and the reason if a document or the schema itself is wrong.
"""
import json
import sys

try:
    import jsonschema
except ImportError:
    sys.exit("python3-jsonschema is missing: 'sim/prepare tests' installs it")


def allow_no_other_fields(schema):
    if isinstance(schema, list):
        for part in schema:
            allow_no_other_fields(part)
    elif isinstance(schema, dict):
        if "properties" in schema:
            schema["additionalProperties"] = False
        for part in schema.values():
            allow_no_other_fields(part)


def documents(text):
    decoder = json.JSONDecoder()
    while text := text.lstrip():
        document, end = decoder.raw_decode(text)
        yield document
        text = text[end:]


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft7Validator.check_schema(schema)
    allow_no_other_fields(schema)
    validator = jsonschema.Draft7Validator(schema)
    count = 0
    for document in documents(sys.stdin.read()):
        for error in validator.iter_errors(document):
            sys.exit(f"{'/'.join(map(str, error.absolute_path))}: {error.message}")
        count += 1
    print(count)


main()
