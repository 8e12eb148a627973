#!/usr/bin/env python3
"""Checks that every csync and guard that was inserted into a program matters.

usage: delete_each_csync.py COPIER_CLANG SOURCE OUTPUT COUNT [FLAGS...]

Compiles SOURCE with -fcopier to IR, with a minimum size of 1: then a copy with nothing
between it and its csync has one of its own, too. As it is, the program must give the same
result under every backend. Then each csync or guard is deleted, one at a time: under
adversary:never every one of these programs must fail, or give another result.
There must be COUNT of them.
"""

import os
import re
import subprocess
import sys

from run_backends import BACKENDS

CSYNC = re.compile(r"^ *(tail )?call void @__copier_(csync(_all)?|guard)\(")


def run(copier_clang, ir_lines, program, backend):
    """Builds the IR as it stands, and returns what the program does."""
    with open(f"{program}.ll", "w", encoding="utf-8") as file:
        file.write("\n".join(ir_lines))
    # copier-gen has been over this IR: -fcopier only links the library.
    subprocess.run([copier_clang, "-fcopier", "-Wno-override-module", f"{program}.ll",
                    "-o", program], check=True)
    environment = dict(os.environ, COPIER_BACKEND=backend, COPIER_MIN_SIZE="1")
    done = subprocess.run([program], env=environment, capture_output=True, timeout=60,
                          check=False)
    return done.returncode, done.stdout


def main():
    copier_clang, source, output, count, *flags = sys.argv[1:]
    ir_file = f"{output}.ll"
    subprocess.run([copier_clang, "-O2", "-fcopier", "-fcopier-min-size=1", "-S", "-emit-llvm",
                    source, "-o", ir_file] + flags, check=True)
    with open(ir_file, encoding="utf-8") as file:
        lines = file.read().split("\n")
    csyncs = [i for i, line in enumerate(lines) if CSYNC.match(line)]
    if len(csyncs) != int(count):
        return f"{ir_file} has {len(csyncs)} csyncs, {count} were expected"
    expected = run(copier_clang, lines, f"{output}.whole", "inline")
    for backend in BACKENDS:
        if run(copier_clang, lines, f"{output}.whole", backend) != expected:
            return f"{output}.whole differs under {backend}"
    unnoticed = 0
    for line in csyncs:
        mutant = lines[:line] + lines[line + 1:]
        if run(copier_clang, mutant, f"{output}.mutant", "adversary:never") == expected:
            unnoticed += 1
            print(f"{ir_file}:{line + 1}: nobody misses{lines[line]}", file=sys.stderr)
    print(f"{len(csyncs)} csyncs, {len(csyncs) - unnoticed} missed when deleted")
    return 1 if unnoticed else 0


if __name__ == "__main__":
    sys.exit(main())
