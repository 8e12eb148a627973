#!/usr/bin/env python3
"""Boots a guest and runs cases of test/kernel/guest in it.

usage: run.py [OPTION...] KERNEL CPU [CASE...]

KERNEL is a folder of build/kernels (6.1, 6.12, debug), CPU what QEMU calls it (max,
qemu64). Without a CASE all run but those called broken_*, which are to go wrong.
Prints a line for each: passed, skipped and why, failed and what it wrote. Exit status
1 if something failed or the kernel complained, with the end of its console."""

import argparse
import os
import sys
import tempfile

import build_guest
import guest
import initramfs

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__)))))
CONSOLE_LINES = 150
BOOT_SECONDS = 120


def list_cases(program):
    """The cases of the guest's program, and how long each may take."""
    with os.popen(f"'{program}' --list") as answer:
        return {name: int(seconds) for name, seconds in map(str.split, answer)}


def choose(cases, wanted):
    """The names that are to be run."""
    unknown = set(wanted) - set(cases)
    if unknown:
        sys.exit(f"run.py: error: no case {', '.join(sorted(unknown))} in test/kernel/guest")
    return wanted or sorted(name for name in cases if not name.startswith("broken_"))


def print_outcome(outcome, jobs):
    """A line for each job, and all that helps when something failed."""
    for job in jobs:
        word = outcome.words.get(job, "no result")
        text = outcome.texts.get(job, "").strip()
        last = text.splitlines()[-1].removeprefix("skipped: ") if text else "no reason"
        print(f"{word}: {job}" + (f": {last}" if word == "skipped" else ""))
        if text and word not in ("passed", "skipped"):
            print("  " + text.replace("\n", "\n  "))
    failures = outcome.failures(jobs)
    if failures:
        print("--- the end of the guest's console:")
        print("\n".join(outcome.console.splitlines()[-CONSOLE_LINES:]))
        print("---")
    for line in failures:
        print(f"failed: {line}")
    return bool(failures)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("kernel")
    parser.add_argument("cpu")
    parser.add_argument("cases", nargs="*")
    options = parser.parse_args()
    why = guest.missing()
    kernel = os.path.join(ROOT, "build", "kernels", options.kernel, "vmlinuz")
    if not why and not os.path.exists(kernel):
        why = f"there is no {kernel} (test/kernel/fetch gets it)"
    if why:
        sys.exit(f"run.py: error: {why}")
    try:
        program = build_guest.program(ROOT)
        module = build_guest.module(ROOT, options.kernel)
    except build_guest.BuildError as error:
        sys.exit(f"run.py: error: {error}")
    cases = list_cases(program)
    jobs = choose(cases, options.cases)
    with tempfile.TemporaryDirectory() as work:
        archive = initramfs.Archive()
        archive.add_file("init", program)
        archive.add_file("copier.ko", module)
        archive.add_bytes("jobs", "".join(f"{job} {cases[job]} /init {job}\n"
                                          for job in jobs).encode())
        archive.write(f"{work}/initramfs")
        seconds = BOOT_SECONDS + sum(cases[job] for job in jobs)
        outcome = guest.boot(guest.command(kernel, f"{work}/initramfs", f"{work}/report",
                                           options.cpu), f"{work}/report", seconds)
    return print_outcome(outcome, jobs)


if __name__ == "__main__":
    sys.exit(main())
