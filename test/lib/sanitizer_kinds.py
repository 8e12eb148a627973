#!/usr/bin/env python3
"""Checks the kind and the place of each error of test/sanitizer/Inputs/kinds.c.

usage: sanitizer_kinds.py SOURCE PROGRAM...

Runs each PROGRAM, which is SOURCE built in some way, once for each error, under
adversary:never: the summary must name the kind, the line and the function.
"""

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

# By argument: the kind, the text of the line, the function.
EXPECTED = {
    "none": None,
    "read": ("read-before-csync", "result = b[7];", "main"),
    "write": ("write-before-csync", "b[7] = 1;", "main"),
    "update": ("read-before-csync", "++b[7];", "main"),
    "source": ("source-write-before-csync", "a[7] = 1;", "main"),
    "both": ("write-before-csync", "b[7] = 1;", "main"),
    "partial": ("read-before-csync", "result = b[99] + b[100];", "main"),
    "libcall": ("read-before-csync", "fwrite(b, 10, 10, stdout);", "main"),
    "free": ("free-before-csync", "free(block);", "main"),
    "return": ("return-before-csync", "}", "leave"),
    "thread": ("exit-before-csync", "return unused;", "thread"),
    "pthread_exit": ("exit-before-csync", "pthread_exit(unused);", "exiting_thread"),
}
SUMMARY = re.compile(r"^SUMMARY: CopierSanitizer: (\S+) (.*):(\d+) in (\w+)$", re.MULTILINE)
FIRST = re.compile(r"^==\d+==ERROR: CopierSanitizer: (\S+) on address 0x[0-9a-f]{12} ",
                   re.MULTILINE)


def check(program, argument, lines):
    """Returns what is wrong, or None."""
    environment = dict(os.environ, COPIER_BACKEND="adversary:never")
    done = subprocess.run([program, argument], env=environment, capture_output=True, text=True,
                          timeout=60, check=False)
    expected = EXPECTED[argument]
    if expected is None:
        if done.returncode in (0, 1) and not done.stderr:
            return None
        return f"{program} {argument}: status {done.returncode}\n{done.stderr}"
    found, first = SUMMARY.search(done.stderr), FIRST.search(done.stderr)
    if done.returncode != 66 or not found or not first:
        return f"{program} {argument}: status {done.returncode}\n{done.stderr}"
    text = lines[int(found[3]) - 1].strip()
    if (found[1], text, found[4]) != expected or first[1] != expected[0]:
        return f"{program} {argument}: expected {expected}, got {found[0]}: {text}"
    return None


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        lines = file.read().split("\n")
    runs = [(program, argument) for program in sys.argv[2:] for argument in EXPECTED]
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        wrong = [text for text in pool.map(lambda one: check(*one, lines), runs) if text]
    print("\n".join(wrong), file=sys.stderr)
    print(f"{len(runs) - len(wrong)} runs as expected")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
