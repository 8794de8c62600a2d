"""Reads validation reports with pyHanko's bindings of ETSI TS 119 102-2, strictly, and writes them back.

For each file: nothing unknown may stand in it, nothing required may be missing, every reference must lead to an object,
and what is written back must be the same elements in the same order. Prints the main indications of each.
"""

import dataclasses
import sys

from lxml import etree
from pyhanko.generated.etsi import ts_11910202 as ts
from xsdata.formats.dataclass.parsers import XmlParser
from xsdata.formats.dataclass.parsers.config import ParserConfig
from xsdata.formats.dataclass.serializers import XmlSerializer

# The bindings are of an earlier edition, whose elements are the same but for the namespace.
OURS, THEIRS = "http://uri.etsi.org/19102/v1.4.1#", "http://uri.etsi.org/19102/v1.2.1#"
STRICT = ParserConfig(
    fail_on_unknown_properties=True, fail_on_unknown_attributes=True, fail_on_converter_warnings=True
)


def flat(document):
    """Lists the elements of a document in their order."""
    said = lambda element: (element.text or "").strip()
    return [(one.tag, sorted(one.attrib.items()), said(one)) for one in etree.fromstring(document).iter()]


def demand(node, where):
    """Holds a tree to what its types require."""
    if isinstance(node, (list, tuple)):
        for index, one in enumerate(node):
            demand(one, f"{where}[{index}]")
    if not dataclasses.is_dataclass(node):
        return
    for field in dataclasses.fields(node):
        value = getattr(node, field.name)
        assert not (field.metadata.get("required") and value is None), f"{where}.{field.name} is missing"
        demand(value, f"{where}.{field.name}")


def references(document):
    """Holds every reference to the identifiers that there are."""
    names = [name for one in document.iter() for key, name in one.attrib.items() if key == "id"]
    assert len(names) == len(set(names)), "an identifier stands twice"
    for one in document.iter():
        for name in one.get("VOReference", "").split():
            assert name in names, f"{one.tag} refers to {name}"


for path in sys.argv[1:]:
    with open(path, "rb") as file:
        document = file.read()
    references(etree.fromstring(document))
    document = document.decode().replace(OURS, THEIRS).encode()
    report = XmlParser(config=STRICT).from_bytes(document, ts.ValidationReport)
    demand(report, "ValidationReport")
    again = XmlSerializer().render(report).encode()
    for ours, theirs in zip(flat(document), flat(again), strict=True):
        assert ours == theirs, f"{path}: {ours} came back as {theirs}"
    status = [one.signature_validation_status for one in report.signature_validation_report]
    words = [one.main_indication.rsplit(":", 1)[1] for one in status]
    words += [sub.rsplit(":", 1)[1] for one in status for sub in one.sub_indication]
    print(path.rsplit("/", 1)[-1], *words)
