#!/usr/bin/env python3
"""Boots a guest and runs cases of test/kernel/guest in it.

usage: run.py [OPTION...] KERNEL CPU [CASE...]

KERNEL is a folder of build/kernels (6.1, 6.12, debug), CPU what QEMU calls it (max,
qemu64). Without a CASE all run but those called broken_*, which are to go wrong,
exact_*, which are for counts.py, and debug_*, unless that is the kernel. Prints a line for each: passed, skipped and why, failed and what it wrote. Exit status
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
    special = ("broken_", "exact_") if kernel == DEBUG else ("broken_", "exact_", "debug_")
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


def boot(kernel_name, cpu, wanted, exact=False):
    """Runs the cases in a guest. Returns what it did, and their names. Ends the program
    with one line if there can be no guest."""
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
    is_debug = kernel_name == DEBUG
    cases = {name: seconds * (DEBUG_SLOWER if is_debug else 1)
             for name, seconds in list_cases(program).items()}
    jobs = choose(cases, wanted, kernel_name)
    with tempfile.TemporaryDirectory() as work:
        archive = initramfs.Archive()
        archive.add_file("init", program)
        archive.add_file("copier.ko", module)
        archive.add_bytes("jobs", "".join(f"{job} {cases[job]} /init {job}\n"
                                          for job in jobs).encode())
        archive.write(f"{work}/initramfs")
        seconds = BOOT_SECONDS + sum(cases[job] for job in jobs)
        command = guest.command(kernel, f"{work}/initramfs", f"{work}/report", cpu, exact,
                                memory=DEBUG_MEMORY_MB if is_debug else MEMORY_MB)
        return guest.boot(command, f"{work}/report", seconds), jobs


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("kernel")
    parser.add_argument("cpu")
    parser.add_argument("cases", nargs="*")
    options = parser.parse_args()
    return print_outcome(*boot(options.kernel, options.cpu, options.cases))


if __name__ == "__main__":
    sys.exit(main())
