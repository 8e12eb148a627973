#!/usr/bin/env python3
"""Links translation units that were compiled differently, and compares.

usage: mix_units.py COPIER_CLANG CLANG SOURCE OUTPUT

SOURCE makes three units, by -DUNIT=0, 1 and 2, that call each other. They are
compiled in all ways: without -fcopier, and with it in either scope; without LTO,
with full and with thin LTO. The program must do what it does without -fcopier,
under every backend.
"""

import itertools
import os
import subprocess
import sys

KINDS = {"plain": [], "function": ["-fcopier", "-fcopier-min-size=1"],
         "program": ["-fcopier", "-fcopier-min-size=1", "-fcopier-scope=program"]}
LTO = {"none": [], "full": ["-flto"], "thin": ["-flto=thin"]}


def mixtures():
    """Pairs of three kinds and three LTO modes."""
    for kinds in itertools.permutations(KINDS):
        for lto in LTO:
            yield kinds, (lto,) * 3
    yield ("program",) * 3, ("none",) * 3
    yield ("program",) * 3, ("full", "none", "full")
    yield ("program",) * 3, ("thin",) * 3
    yield ("program", "plain", "program"), ("none", "full", "full")


def main():
    copier_clang, clang, source, output = sys.argv[1:]
    units = [f"-DUNIT={i}" for i in range(3)]
    objects = {}
    for unit, kind, lto in itertools.product(range(3), KINDS, LTO):
        objects[unit, kind, lto] = f"{output}.{unit}.{kind}.{lto}.o"
        subprocess.run([copier_clang, "-O2", units[unit], "-c", source, "-o",
                        objects[unit, kind, lto]] + KINDS[kind] + LTO[lto], check=True)
    reference = f"{output}.reference"
    subprocess.run([clang, "-O1"] + [objects[unit, "plain", "none"] for unit in range(3)]
                   + ["-o", reference], check=True)
    run_backends = os.path.join(os.path.dirname(__file__), "run_backends.py")
    failed = []
    for kinds, ltos in mixtures():
        flags = ["-flto=thin"] if "thin" in ltos else ["-flto"] if "full" in ltos else []
        subprocess.run([copier_clang, "-fcopier", "-O2"]
                       + [objects[unit, kinds[unit], ltos[unit]] for unit in range(3)]
                       + flags + ["-o", output], check=True)
        if subprocess.run([sys.executable, run_backends, f"--ref={reference}", output],
                          stdout=subprocess.DEVNULL, check=False).returncode:
            failed.append(f"{kinds} {ltos}")
    for which in failed:
        print(f"{output}: differs: {which}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
