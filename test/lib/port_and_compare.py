#!/usr/bin/env python3
"""Ports a program with -fcopier and checks that it does what it did.

usage: port_and_compare.py COPIER_CLANG CLANG SOURCE OUTPUT [FLAGS...]

Builds SOURCE with stock clang, then with -fcopier at each optimization level and in
each scope, every copy being asynchronous whatever its size, and runs these builds
under every backend (run_backends.py). OUTPUT is the prefix of the executables. At least one of
the builds must really have an asynchronous copy.
"""

import os
import subprocess
import sys

LEVELS = [["-O0"], ["-O1"], ["-O2"], ["-O3"], ["-O2", "-flto"], ["-O2", "-flto=thin"]]
BUILDS = [level + [f"-fcopier-scope={scope}"] for level in LEVELS
          for scope in ("function", "program")]


def is_asynchronous(program):
    """Whether the program refers to the runtime's amemcpy or amemmove."""
    symbols = subprocess.run(["llvm-nm", "-u", program], capture_output=True, text=True,
                             check=True).stdout
    return "__copier_amem" in symbols


def main():
    copier_clang, clang, source, output = sys.argv[1:5]
    flags = ["-g"] + sys.argv[5:]
    reference = f"{output}.reference"
    subprocess.run([clang, "-O1", source, "-o", reference] + flags, check=True)
    run_backends = os.path.join(os.path.dirname(__file__), "run_backends.py")
    failed, asynchronous = 0, 0
    for build in BUILDS:
        program = output + "".join(build)
        subprocess.run([copier_clang, "-fcopier", "-fcopier-min-size=1", source, "-o", program]
                       + build + flags, check=True)
        asynchronous += is_asynchronous(program)
        failed += subprocess.run([sys.executable, run_backends, f"--ref={reference}", program],
                                 stdout=subprocess.DEVNULL, check=False).returncode != 0
    if not asynchronous:
        print(f"no build of {source} copies asynchronously", file=sys.stderr)
    return 1 if failed or not asynchronous else 0


if __name__ == "__main__":
    sys.exit(main())
