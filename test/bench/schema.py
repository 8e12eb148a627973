"""The shape of the benchmark driver's JSON, which docs/benchmarks.md describes."""

VERSION = 1
DISTRIBUTION = ("median", "low", "high", "q1", "q3", "p90")
NUMBER = (int, float)

# The fields of the rows of each bench: type, or "distribution". Those with a
# question mark may be absent or null.
ROWS = {
    "matrix": {"engine": str, "size": NUMBER, "heat": str, "window": NUMBER, "batch": NUMBER,
               "copy_ns": NUMBER, "pairs": NUMBER, "discarded": NUMBER, "ns": "distribution",
               "memcpy_ns": "distribution", "ratio": "distribution"},
    "submit": {"size": NUMBER, "burst": NUMBER, "pairs": NUMBER, "discarded": NUMBER,
               "ns?": "distribution", "dpdk_ns?": "distribution", "ratio?": "distribution"},
    "handoff": {"ns": "distribution"},
    "csync": {"state": str, "calls": NUMBER, "pairs": NUMBER, "discarded": NUMBER,
              "ns?": "distribution"},
    "latency": {"size": NUMBER, "large": NUMBER, "pairs": NUMBER, "discarded": NUMBER,
                "ns?": "distribution", "memcpy_ns?": "distribution", "ratio?": "distribution",
                "with_submit_ns?": "distribution"},
    "threads": {"threads": NUMBER, "pairs": NUMBER, "per_second": "distribution",
                "ratio": "distribution"},
    "chain": {"size": NUMBER, "heat": str, "first": str, "pairs": NUMBER, "discarded": NUMBER,
              "ns": "distribution", "memcpy_ns": "distribution", "ratio": "distribution"},
    "moved": {"size": NUMBER, "first": str, "share?": NUMBER},
}

DOCUMENT = {"schema": str, "version": NUMBER, "date": str, "quick": bool, "seconds": NUMBER,
            "machine": dict, "environment": dict, "peers": dict, "submitted": dict, "others": NUMBER,
            "rows": list, "targets": list, "notes": list}


class BadDocument(Exception):
    """A document of another shape; the message says where."""


def check_field(where, value, kind):
    if kind == "distribution":
        if not isinstance(value, dict) or set(value) != set(DISTRIBUTION):
            raise BadDocument(f"{where} is no distribution")
        for name in DISTRIBUTION:
            check_field(f"{where}.{name}", value[name], NUMBER)
        if not value["q1"] <= value["median"] <= value["q3"]:
            raise BadDocument(f"{where}: the median is not between the quartiles")
    elif not isinstance(value, kind) or (kind is NUMBER and isinstance(value, bool)):
        raise BadDocument(f"{where} is {value!r}")


def check_fields(where, actual, expected):
    for name, kind in expected.items():
        field = name.rstrip("?")
        if actual.get(field) is not None:
            check_field(f"{where}.{field}", actual[field], kind)
        elif name == field:
            raise BadDocument(f"{where} lacks {name}")
    unknown = set(actual) - {name.rstrip("?") for name in expected}
    if unknown:
        raise BadDocument(f"{where} has {', '.join(sorted(unknown))}")


def check(document):
    """Raises BadDocument if the document is not what docs/benchmarks.md says."""
    if not isinstance(document, dict) or document.get("schema") != "copier-bench":
        raise BadDocument("not a copier-bench document")
    if document.get("version") != VERSION:
        raise BadDocument(f"version {document.get('version')}, not {VERSION}")
    check_fields("the document", document, DOCUMENT)
    for number, row in enumerate(document["rows"]):
        where = f"row {number}"
        if not isinstance(row, dict) or row.get("bench") not in ROWS:
            raise BadDocument(f"{where} is of no known bench")
        fields = {name: value for name, value in row.items() if name != "bench"}
        check_fields(f"{where} ({row['bench']})", fields, ROWS[row["bench"]])
    for number, target in enumerate(document["targets"]):
        if target.get("met") not in (True, False, None) or "target" not in target:
            raise BadDocument(f"target {number} is not judged")
        if target["met"] is None and "reason" not in target:
            raise BadDocument(f"target {number} is open without a reason")
