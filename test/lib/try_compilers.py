#!/usr/bin/env python3
"""Builds a program that uses libcopier with every compiler, and runs it.

usage: try_compilers.py [--full] [--expect FILE] PREFIX OUTPUT SOURCE...

As C and C++, with gcc and clang from PATH, without a warning, one object for
each SOURCE; under every backend, what it prints must be what FILE says. With
--full: in more language versions, without optimization and without the inline
functions as well, and linked with either library.
"""

import argparse
import itertools
import os
import subprocess
import sys

from run_backends import BACKENDS, run

COMPILERS = {"c": ("gcc", "clang"), "c++": ("g++", "clang++")}
STANDARDS = {"c": ("c11", "c17"), "c++": ("c++17", "c++20")}
OPTIONS = (["-O2"], ["-O0"], ["-O2", "-DCOPIER_NO_INLINE"])
# _DEFAULT_SOURCE: POSIX in ISO C, which strict standards would hide.
FLAGS = ["-D_DEFAULT_SOURCE", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion",
         "-Wsign-conversion", "-Wshadow", "-Wundef", "-Wcast-qual", "-Werror"]


def configurations(full):
    """Yields command lines without files: compiler and flags, library kind."""
    for language, compilers in COMPILERS.items():
        standards = STANDARDS[language][:None if full else 1]
        options = OPTIONS if full else OPTIONS[:1]
        for compiler, standard, option in itertools.product(compilers, standards, options):
            yield ([compiler, "-x", language, f"-std={standard}"] + option + FLAGS,
                   ("shared", "static") if full else ("shared",))


def call(command):
    """Runs a compiler; ends the test with what it says if it says anything."""
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0 or done.stderr:
        sys.exit(f"{' '.join(command)}\n{done.stderr}")


def build(command, sources, prefix, output):
    """Compiles all sources; returns the objects."""
    objects = [f"{output}.{i}.o" for i in range(len(sources))]
    for source, target in zip(sources, objects):
        call(command + [f"-I{prefix}/include", "-c", source, "-o", target])
    return objects


def link(compiler, objects, kind, prefix, output):
    """Links the objects with the library of that kind."""
    library = {"shared": [f"-L{prefix}/lib", "-lcopier", f"-Wl,-rpath,{prefix}/lib"],
               "static": [f"{prefix}/lib/libcopier.a", "-pthread"]}[kind]
    call([compiler] + objects + library + ["-o", output])


def wrong(output, expected, what):
    """Yields what is wrong with the program under each backend."""
    for backend in BACKENDS:
        done = run([output], backend)
        if done["exit status"] != 0 or done["stdout"].decode() != expected:
            yield (f"{what}, under {backend}: exit status {done['exit status']}\n"
                   f"--- expected\n{expected}--- printed\n{done['stdout'].decode()}"
                   f"{done['stderr'].decode()}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--expect", required=True, help="what the program prints")
    parser.add_argument("prefix")
    parser.add_argument("output")
    parser.add_argument("sources", nargs="+")
    options = parser.parse_args()
    with open(options.expect, encoding="utf-8") as file:
        expected = file.read()
    os.makedirs(os.path.dirname(options.output), exist_ok=True)
    failures, count = [], 0
    for command, kinds in configurations(options.full):
        objects = build(command, options.sources, options.prefix, options.output)
        for kind in kinds:
            link(command[0], objects, kind, options.prefix, options.output)
            what = f"{' '.join(command[:4])} {' '.join(command[4:6])}, {kind}"
            failures += wrong(options.output, expected, what)
            count += 1
    print("\n".join(failures) or f"{count} builds of {os.path.basename(options.output)}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
