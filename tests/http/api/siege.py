"""What schemathesis cannot know: the names and identifiers of the city that it asks, and what a document is.

Every other value that is free to choose is exchanged for one that leads further; what is wrong stays wrong, and is known as such."""

import base64
import hashlib
import json
import os
import re

import schemathesis
from schemathesis.core.failures import AcceptedNegativeData
from schemathesis.core.parameters import ParameterLocation
from schemathesis.openapi.checks import RejectedPositiveData

# Identifiers by the field or the collection that they are of, notice types, a PDF in base64.
KNOWN = json.loads(os.environ["FUMIKURA_SIEGE"])
IDENTIFIER = re.compile(r"[0-9a-f]{32}")
# What no schema can tell: the words of this service, years as people write them, keys of which each is there once.
OPAQUE = {f'the field "{name}" is missing or cannot be read' for name in ("cursor", "year", "items")}
# Cases that were right in all before a part was exchanged: schemathesis then looks at them anew, and takes bytes for no text.
RIGHT = set()
KEY = re.compile(r"[!#-~]{1,150}")


def digest(value):
    """Returns some letters that are of a value alone."""
    return hashlib.sha256(repr(value).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def known(name, value):
    """Returns a known value in the place of most."""
    if not isinstance(value, str) or not KNOWN.get(name):
        return value
    number = int(digest(value), 16)
    return value if number % 4 == 0 else KNOWN[name][number % len(KNOWN[name])]


def led_further(data):
    """Changes a body: a notice, many notices, a record file, or a document for it."""
    if not isinstance(data, dict):
        return
    for name in ("type", "file", "content", "class", "method", "scope"):
        if name in data:
            data[name] = known(name, data[name])
    # A notice has its PDF or the fields of its template, and never both, which its schema does not say.
    if "recipient" in data:
        if data.get("fields") is None and data.get("content") is None:
            data["content"] = KNOWN["content"][0]
        elif data.get("fields") is not None:
            data.pop("content", None)
    # For a schema 1.0 is an integer.
    for name, value in data.items():
        if isinstance(value, float) and value.is_integer():
            data[name] = int(value)
    for item in data["items"] if isinstance(data.get("items"), list) else []:
        if isinstance(item, dict):
            led_further(item.get("notice"))
            if isinstance(item.get("key"), str) and KEY.fullmatch(item["key"]):
                item["key"] += digest(item.get("notice"))


@schemathesis.serializer("application/pdf", "application/octet-stream")
def as_bytes(context, value):
    return value if isinstance(value, bytes) else repr(value).encode("utf-8", "surrogatepass")


@schemathesis.deserializer("application/pdf", "application/octet-stream")
def as_text(context, response):
    return response.content.decode("latin-1")


@schemathesis.hook
def filter_failure(context, failure, case, response):
    if isinstance(failure, AcceptedNegativeData):
        return case.id not in RIGHT
    is_opaque = isinstance(failure, RejectedPositiveData) and response.status_code == 400
    return not (is_opaque and response.json().get("detail") in OPAQUE)


def led_further_body(case, collection):
    """Changes a body that is as it should be."""
    if case.media_type == "application/json":
        led_further(case.body)
    elif case.media_type == "multipart/form-data" and isinstance(case.body, dict):
        # The JSON in a part has no schema of its own.
        return {**case.body, "data": KNOWN["data"][collection]}
    elif case.media_type == "application/pdf" and isinstance(case.body, bytes) and len(case.body) % 2:
        return base64.b64decode(KNOWN["content"][0]) + case.body
    return case.body


@schemathesis.hook
def before_call(context, case, kwargs):
    collection = case.path.removeprefix("/api/v1/").split("/")[0]
    identifier = (case.path_parameters or {}).get("id")
    if isinstance(identifier, str) and IDENTIFIER.fullmatch(identifier):
        case.path_parameters["id"] = known(collection, identifier)
    if case.meta and not any(part.mode.is_negative for part in case.meta.components.values()):
        RIGHT.add(case.id)
    if not (case.meta and case.meta.is_negative_at(ParameterLocation.BODY)):
        case.body = led_further_body(case, collection)
    # A key is of one request.
    key = (case.headers or {}).get("Idempotency-Key")
    if isinstance(key, str) and KEY.fullmatch(key):
        case.headers["Idempotency-Key"] = key + digest((case.formatted_path, case.body))
