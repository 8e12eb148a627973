"""The targets that the benchmarks are held against, and how they are judged: of the
rows that a target is about, the worst median decides."""

from dataclasses import dataclass
from typing import Callable, Optional

from suite import size_text

LOSING = 0.97  # Below this ratio a cell loses.
MB = 1 << 20


@dataclass
class Target:
    """A bound on a field of some rows, from below or from above."""
    name: str
    bench: str
    about: Callable
    field: str
    least: Optional[float] = None
    most: Optional[float] = None
    # The share of copies that must be submitted for a verdict, where it is counted.
    submitted: float = 0.95

    def passes(self, value):
        return value >= self.least if self.most is None else value <= self.most

    @property
    def bound(self):
        return f">= {self.least:g}" if self.most is None else f"<= {self.most:g}"


def cell(heat, window, least_size=0, size=None):
    """Selects cells of the matrix."""
    def about(row):
        return (row["heat"] == heat and row["window"] == window and row["size"] >= least_size
                and size in (None, row["size"]))
    return about


def every(row):
    return True


TARGETS = (
    Target("submit, one copy: DPDK's time / ours", "submit", lambda row: row["burst"] == 1,
           "ratio", least=10),
    Target("submit, bursts: DPDK's time / ours", "submit", lambda row: row["burst"] > 1,
           "ratio", least=10),
    Target("csync, nothing pending, ns", "csync",
           lambda row: row["state"] == "nothing pending", "ns", most=1),
    Target("csync, range ready, ns", "csync",
           lambda row: row["state"].startswith("ready"), "ns", most=5),
    Target("no losing cell", "matrix", every, "ratio", least=LOSING),
    Target("cold, 256 KB and up, window 1", "matrix", cell("cold", 1, 256 << 10), "ratio",
           least=1.4),
    Target("cold, 1 MB, no window", "matrix", cell("cold", 0, size=MB), "ratio", least=1.15),
    Target("fresh, 1 MB, window 1", "matrix", cell("fresh", 1, size=MB), "ratio", least=1.3),
    Target("chain: share of the bytes moved", "moved", every, "share", most=0.5),
    Target("csync of 4 KB beside 64 MB, ns", "latency", every, "ns", most=5000),
    Target("submissions/s, N threads / 1", "threads", lambda row: row["threads"] > 1, "ratio",
           least=LOSING, submitted=0.5),  # The rest found the queue full.
)


def rows_of(rows, bench):
    """The rows of a bench; of the matrix, those of libcopier."""
    return [row for row in rows if row["bench"] == bench and row.get("engine") in (None, "copier")]


def is_losing(row):
    """Whether a row with a ratio loses."""
    return bool(row.get("ratio")) and row["ratio"]["median"] < LOSING


def label(row):
    """What tells a row from the others of its bench."""
    parts = [(size_text, "size"), ("{}".format, "state"), ("{}".format, "heat"),
             ("{}".format, "first"), ("bursts of {}".format, "burst"),
             ("{} threads".format, "threads"), ("window {:g}".format, "window")]
    return ", ".join(text(row[name]) for text, name in parts if name in row)


def spread(value):
    """A measured value as a dictionary: a distribution, or a bare number."""
    return value if isinstance(value, dict) else {"median": value}


def judge_one(target, rows, submitted):
    result = {"target": target.name, "bound": target.bound, "met": None}
    share = submitted.get(target.bench)
    if share is not None and share < target.submitted:
        return result | {"reason": f"only {share:.0%} of the copies were submitted"}
    measured = [(spread(row[target.field]), row) for row in rows_of(rows, target.bench)
                if row.get(target.field) is not None and target.about(row)]
    if not measured:
        return result | {"reason": "not measured"}
    failing = [value for value, row in measured if not target.passes(value["median"])]
    pick = min if target.most is None else max
    worst, row = pick(measured, key=lambda entry: entry[0]["median"])
    return result | {"met": not failing, "measured": worst, "where": label(row),
                     "rows": len(measured), "failing": len(failing)}


def judge(rows, submitted):
    """Judges every target. `submitted`: the share of copies that were submitted, of
    the benches of which it is known."""
    return [judge_one(target, rows, submitted) for target in TARGETS]
