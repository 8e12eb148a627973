#!/usr/bin/env python3
"""Boots a guest and runs cases of test/kernel/guest in it.

usage: run.py [--grace SECONDS] KERNEL CPU [CASE...]

KERNEL is a folder of build/kernels (6.1, 6.12, debug), CPU what QEMU calls it (max,
qemu64). Without a CASE all run but those called broken_*, which are to go wrong,
exact_* and after_*, which are for counts.py and programs.py, and debug_*, unless that
is the kernel. Prints a line for each: passed, skipped and why, failed and what it
wrote. Exit status 1 if something failed or the kernel complained, with the end of its
console."""

import argparse
import os
import sys
import tempfile

import build_guest
import guest
import initramfs

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__)))))
# A kernel that panics tells of each task.
CONSOLE_LINES = 2000
# Cases that only who names them wants.
SPECIAL = ("broken_", "exact_", "after_")
# The kernel with checkers is slower, and needs more memory.
DEBUG = "debug"
DEBUG_SLOWER = 4
MEMORY_MB, DEBUG_MEMORY_MB = 512, 1024


def list_cases(program):
    """The cases of the guest's program, and how long each may take."""
    with os.popen(f"'{program}' --list") as answer:
        return {name: int(seconds) for name, seconds in map(str.split, answer)}


def choose(cases, wanted, kernel):
    """The names that are to be run."""
    unknown = set(wanted) - set(cases)
    if unknown:
        sys.exit(f"run.py: error: no case {', '.join(sorted(unknown))} in test/kernel/guest")
    special = SPECIAL if kernel == DEBUG else (*SPECIAL, "debug_")
    return wanted or sorted(name for name in cases if not name.startswith(special))


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


def boot(kernel_name, cpu, fill, exact=False, grace=guest.GRACE_SECONDS):
    """Runs in a guest what `fill(archive, program)` puts there: it returns the lines of
    /jobs by name. Returns what the guest did, and the names. Ends the program with one
    line if there can be no guest."""
    why = guest.missing()
    kernel = os.path.join(ROOT, "build", "kernels", kernel_name, "vmlinuz")
    if not why and not os.path.exists(kernel):
        why = f"there is no {kernel} (test/kernel/fetch gets it)"
    if why:
        sys.exit(f"run.py: error: {why}")
    try:
        program = build_guest.program(ROOT)
        module = build_guest.module(ROOT, kernel_name)
    except build_guest.BuildError as error:
        sys.exit(f"run.py: error: {error}")
    with tempfile.TemporaryDirectory() as work:
        archive = initramfs.Archive()
        archive.add_file("init", program)
        archive.add_file("copier.ko", module)
        jobs = fill(archive, program)
        limits = {name: int(line.split()[0]) for name, line in jobs.items()}
        archive.add_bytes("jobs", "".join(f"{name} {line}\n"
                                          for name, line in jobs.items()).encode())
        archive.write(f"{work}/initramfs")
        command = guest.command(kernel, f"{work}/initramfs", work, cpu, exact,
                                DEBUG_MEMORY_MB if kernel_name == DEBUG else MEMORY_MB)
        return guest.boot(command, work, limits, grace), list(jobs)


def boot_cases(kernel, cpu, wanted, **options):
    """Runs cases of the guest's own program, as `boot`."""
    def fill(_, program):
        slower = DEBUG_SLOWER if kernel == DEBUG else 1
        cases = list_cases(program)
        return {name: f"{cases[name] * slower} /init {name}"
                for name in choose(cases, wanted, kernel)}
    return boot(kernel, cpu, fill, **options)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--grace", type=int, default=guest.GRACE_SECONDS,
                        help="how long a guest may stand still beyond what its case may take")
    parser.add_argument("kernel")
    parser.add_argument("cpu")
    parser.add_argument("cases", nargs="*")
    options = parser.parse_args()
    return print_outcome(*boot_cases(options.kernel, options.cpu, options.cases,
                                     grace=options.grace))


if __name__ == "__main__":
    sys.exit(main())
