#!/usr/bin/env python3
"""Checks that every csync that the passes insert into an MLIR program matters.

usage: mlir_mutants.py SOURCE OUTPUT COUNT [PASS...]

Makes SOURCE asynchronous, by -copier-pipeline or the passes given. As it is, the
program must print what it prints without. Then each csync is deleted, one at a
time: under adversary:never every one of these programs must fail, or print
something else. There must be COUNT csyncs.
"""

import re
import sys

from mlir_programs import EVERY_COPY, LOWERING, Toolchain, result
from run_backends import BACKENDS

# Of the dialect, and of -copier-llvm-memcpy.
CSYNC = re.compile(r"^ *(llvm\.call @)?copier\.csync(_all)?\b")


def main():
    source, output, count = sys.argv[1:4]
    passes = sys.argv[4:] or [f"-copier-pipeline={EVERY_COPY}"]
    tools = Toolchain()
    whole = f"{output}.whole.mlir"
    tools.optimize(source, whole, passes)
    with open(whole, encoding="utf-8") as file:
        lines = file.read().split("\n")
    csyncs = [i for i, line in enumerate(lines) if CSYNC.match(line)]
    if len(csyncs) != int(count):
        return f"{whole} has {len(csyncs)} csyncs, {count} were expected"

    def run(text, name, passes, backend):
        with open(f"{output}.{name}.in.mlir", "w", encoding="utf-8") as file:
            file.write(text)
        tools.optimize(f"{output}.{name}.in.mlir", f"{output}.{name}.mlir", passes)
        return result(tools.build(f"{output}.{name}.mlir", f"{output}.{name}", "-O1"), backend)

    with open(source, encoding="utf-8") as file:
        expected = run(file.read(), "plain", LOWERING, "inline")
    for backend in BACKENDS:
        if run("\n".join(lines), "asynchronous", LOWERING, backend) != expected:
            return f"{whole} differs under {backend}"
    unnoticed = 0
    for line in csyncs:
        mutant = "\n".join(lines[:line] + lines[line + 1:])
        if run(mutant, "mutant", LOWERING, "adversary:never") == expected:
            unnoticed += 1
            print(f"{whole}:{line + 1}: nobody misses{lines[line]}", file=sys.stderr)
    print(f"{len(csyncs)} csyncs, {len(csyncs) - unnoticed} missed when deleted")
    return 1 if unnoticed else 0


if __name__ == "__main__":
    sys.exit(main())
