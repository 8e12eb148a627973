#!/usr/bin/env python3
"""Counts instructions, pins and wake-ups of copies, and compares with a baseline.

usage: counts.py [--renew] KERNEL

The guest counts instructions instead of time, so that two runs are the same. None of
the counts may be more than in test/kernel/counts.json, but for 10 % of instructions.
Debian's kernels get updates: instructions on another release than the baseline's are
not compared, and that is said. What is less is told, and no failure. With --renew the
baseline is written anew: look at the difference, and say in the commit where it comes
from.
"""

import argparse
import json
import os
import re
import sys

import run

CPU = "max"
BASELINE = os.path.join(run.ROOT, "test", "kernel", "counts.json")
MAY_DIFFER = 0.1


def count(kernel):
    """The counts of one run, by name."""
    outcome, jobs = run.boot_cases(kernel, CPU, ["exact_counts"], exact=True)
    if run.print_outcome(outcome, jobs):
        sys.exit("counts.py: error: the guest failed")
    text = outcome.texts["exact_counts"]
    return {name: int(number) for name, number
            in re.findall(r"^count (\S+) (\d+)$", text, re.MULTILINE)}


def release_of(kernel):
    """Which of Debian's kernels test/kernel/fetch has found."""
    with open(os.path.join(run.ROOT, "build", "kernels", kernel, "release"),
              encoding="utf-8") as file:
        return file.read().strip()


def comparable(baseline, release, counts):
    """What of the counts can be compared, as (expected, counts)."""
    expected = baseline.get("counts", {})
    if baseline.get("release") == release:
        return expected, counts
    print(f"skipped: instructions on {release}: the baseline is of {baseline.get('release')}")
    return tuple({name: number for name, number in each.items() if "instructions" not in name}
                 for each in (expected, counts))


def compare(expected, counts):
    """Yields for each count that is not as the baseline says whether that is worse, and
    a line."""
    for name in sorted(expected.keys() | counts.keys()):
        before, now = expected.get(name), counts.get(name)
        if before is None or now is None:
            yield True, f"{name}: {now}, was {before}"
            continue
        allowed = before * MAY_DIFFER if "instructions" in name else 0
        if abs(now - before) > allowed:
            change = (now - before) / max(before, 1)
            yield now > before, f"{name}: {now}, was {before} ({change:+.1%})"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--renew", action="store_true")
    parser.add_argument("kernel")
    options = parser.parse_args()
    baseline = {}
    if os.path.exists(BASELINE):
        with open(BASELINE, encoding="utf-8") as file:
            baseline = json.load(file)
    counts, release = count(options.kernel), release_of(options.kernel)
    for name, number in counts.items():
        print(f"{name}: {number}")
    if options.renew:
        baseline[options.kernel] = {"release": release, "counts": counts}
        with open(BASELINE, "w", encoding="utf-8") as file:
            json.dump(baseline, file, indent=2, sort_keys=True)
            file.write("\n")
        return 0
    changes = list(compare(*comparable(baseline.get(options.kernel, {}), release, counts)))
    for is_worse, line in changes:
        print(f"{'worse' if is_worse else 'better'}: {line}")
    if changes:
        print(f"If that is meant to be: test/kernel/lib/counts.py --renew {options.kernel}")
    return any(is_worse for is_worse, _ in changes)


if __name__ == "__main__":
    sys.exit(main())
