#!/usr/bin/env python3
"""Counts instructions, pins and wake-ups of copies, and compares with a baseline.

usage: counts.py [--renew] KERNEL

The guest counts instructions instead of time, so that two runs are the same. Pins and
wake-ups must be those of test/kernel/counts.json; instructions may differ by 5 %,
since Debian's kernels get updates. With --renew the baseline is written anew: look at
the difference, and say in the commit where it comes from.
"""

import argparse
import json
import os
import re
import sys

import run

CPU = "max"
BASELINE = os.path.join(run.ROOT, "test", "kernel", "counts.json")
MAY_DIFFER = 0.05


def count(kernel):
    """The counts of one run, by name."""
    outcome, jobs = run.boot(kernel, CPU, ["exact_counts"], exact=True)
    if run.print_outcome(outcome, jobs):
        sys.exit("counts.py: error: the guest failed")
    text = outcome.texts["exact_counts"]
    return {name: int(number) for name, number
            in re.findall(r"^count (\S+) (\d+)$", text, re.MULTILINE)}


def differences(expected, counts):
    """One line for each count that is not as the baseline says."""
    for name in sorted(expected.keys() | counts.keys()):
        before, now = expected.get(name), counts.get(name)
        if before is None or now is None:
            yield f"{name}: {now}, was {before}"
            continue
        allowed = before * MAY_DIFFER if "instructions" in name else 0
        if abs(now - before) > allowed:
            yield f"{name}: {now}, was {before} ({(now - before) / max(before, 1):+.1%})"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--renew", action="store_true")
    parser.add_argument("kernel")
    options = parser.parse_args()
    baseline = {}
    if os.path.exists(BASELINE):
        with open(BASELINE, encoding="utf-8") as file:
            baseline = json.load(file)
    counts = count(options.kernel)
    for name, number in counts.items():
        print(f"{name}: {number}")
    if options.renew:
        baseline[options.kernel] = counts
        with open(BASELINE, "w", encoding="utf-8") as file:
            json.dump(baseline, file, indent=2, sort_keys=True)
            file.write("\n")
        return 0
    wrong = list(differences(baseline.get(options.kernel, {}), counts))
    for line in wrong:
        print(f"differs: {line}")
    if wrong:
        print(f"If that is meant to be: test/kernel/lib/counts.py --renew {options.kernel}")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
