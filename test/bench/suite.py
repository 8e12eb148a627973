"""What the benchmark driver runs: one table of programs, their share of the time,
their environment and their cells. See docs/benchmarks.md."""

from dataclasses import dataclass, field
from fnmatch import fnmatch
from typing import Callable

HEATS = ("hot", "cold", "fresh")
WINDOWS = (0, 1, 4)
SIZES = tuple(512 << i for i in range(14))  # 512 B to 4 MB
QUICK_SIZES = (512, 16 << 10, 256 << 10, 1 << 20)

UNITS = ((1 << 20, "MB"), (1 << 10, "KB"), (1, "B"))


def size_text(size):
    """A number of bytes for people."""
    unit, name = next((unit, name) for unit, name in UNITS if size >= unit or unit == 1)
    return f"{size / unit:g} {name}"


# Makes libcopier submit every copy, where the mechanism is measured and not what
# the default policy makes of it.
SUBMIT_ALL = {"COPIER_MIN_SIZE": "1", "COPIER_POLICY": "offload"}

# The chains whose moved bytes are counted: 32 segments each, see count_moved.
CHAIN_SIZES = (64 << 10, 1 << 20)
CHAIN_FIRSTS = ("plain", "lazy")


def matrix_cells(quick):
    return [f"{size}:{heat}:{window}" for size in (QUICK_SIZES if quick else SIZES)
            for heat in HEATS for window in WINDOWS]


def dpdk_cells(quick):
    sizes = (16 << 10,) if quick else SIZES[::2]
    return [f"{size}:{heat}:{window}" for size in sizes for heat in HEATS for window in (0, 1)]


def asleep_cells(quick):
    return [f"{size}:cold:1" for size in QUICK_SIZES[2 if quick else 3:] + SIZES[-2:]]


def noise_cells(quick):
    return [f"{size}:{heat}:0" for size in QUICK_SIZES[:1 if quick else 4] for heat in HEATS]


def chain_cells(quick):
    heats = ("cold",) if quick else ("hot", "cold")
    return [f"{size}:{heat}:{first}" for size in CHAIN_SIZES for heat in heats
            for first in CHAIN_FIRSTS]


def no_cells(quick):
    return []


@dataclass
class Bench:
    """One run of one program."""
    name: str
    program: str
    weight: float  # Its part of the time.
    options: tuple = ()
    cells: Callable = no_cells
    environment: dict = field(default_factory=dict)
    needs_dpdk: bool = False
    # How often a separate run repeats it to see what is submitted; 0: no such run.
    count: int = 0

    def arguments(self, quick, pattern):
        """The cells that match; None if it has cells but none that does."""
        cells = self.cells(quick)
        chosen = [cell for cell in cells if fnmatch(cell, pattern)]
        return None if cells and not chosen else chosen


BENCHES = (
    Bench("handoff", "handoff", 1),
    Bench("submit", "submit", 5, environment=SUBMIT_ALL, count=20),
    Bench("csync", "csync", 5, environment=SUBMIT_ALL, count=20),
    Bench("latency", "latency", 4, environment=SUBMIT_ALL, count=20),
    Bench("threads", "threads", 5, environment=SUBMIT_ALL, count=1),
    Bench("chain", "chain", 5, cells=chain_cells, environment=SUBMIT_ALL),
    Bench("noise", "matrix", 3, ("--engine=memcpy",), noise_cells),
    Bench("dpdk", "matrix", 8, ("--engine=dpdk",), dpdk_cells, needs_dpdk=True),
    Bench("asleep", "matrix", 4, ("--engine=asleep",), asleep_cells),
    Bench("matrix", "matrix", 61, ("--engine=copier",), matrix_cells),
)

PROGRAMS = tuple(dict.fromkeys(bench.program for bench in BENCHES))
SHARED_SOURCES = ("harness.c", "rows.c", "cells.c")
