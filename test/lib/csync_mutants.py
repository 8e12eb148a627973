#!/usr/bin/env python3
"""Weakens each csync of a program, one at a time: the adversary must notice.

usage: csync_mutants.py COPIER_CLANG PREFIX SOURCE OUTPUT [--level=-O1] [--least=PERCENT]

A mutant is the program without one of its csyncs, or with half of its bytes. It matters
if any of the schedules below makes it end in another way or print something else. It is
noticed if one of those does that the conformance suite uses. Prints the score, noticed by
matter, and fails below PERCENT. What is not reached, or changes nothing under any
schedule, is counted apart.
"""

import argparse
import concurrent.futures
import os
import re
import subprocess
import sys

from run_backends import TIME_LIMIT_S

NOTICING = ["adversary:never", "adversary:reverse", "adversary:random:1"]
SCHEDULES = NOTICING + ["adversary:eager"] + [f"adversary:random:{n}" for n in range(2, 6)]
CSYNC = re.compile(r"call void @__copier_csync\((.*)\)")
CSYNC_ALL = re.compile(r"call void @__copier_csync_all\(\)")


def numbered(ir):
    """Returns the IR with numbered csyncs, and the ways to weaken each."""
    ways = []

    def number(match):
        arguments = match.group(1) + ", " if match.re is CSYNC else ""
        name = "mutant_csync" if match.re is CSYNC else "mutant_csync_all"
        ways.append(["delete", "head", "tail"] if match.re is CSYNC else ["delete"])
        return f"call void @{name}({arguments}i32 {len(ways) - 1})"

    lines = [CSYNC_ALL.sub(number, CSYNC.sub(number, line)) for line in ir.split("\n")]
    lines += ["declare void @mutant_csync(ptr, i64, i32) nounwind",
              "declare void @mutant_csync_all(i32) nounwind"]
    return "\n".join(lines), ways


def build(options):
    """Returns the path of the program with numbered csyncs, and the ways."""
    ir = f"{options.output}.ll"
    subprocess.run([options.copier_clang, options.level, "-w", "-fcopier", "-fcopier-min-size=1",
                    "-S", "-emit-llvm", options.source, "-o", ir], check=True)
    with open(ir, encoding="utf-8") as file:
        text, ways = numbered(file.read())
    with open(ir, "w", encoding="utf-8") as file:
        file.write(text)
    here = os.path.dirname(os.path.abspath(__file__))
    subprocess.run([options.copier_clang, "-fcopier", "-Wno-override-module", ir,
                    "-x", "c", os.path.join(here, "csync_mutants.c"), "-fno-copier",
                    f"-I{options.prefix}/include", f"-L{options.prefix}/lib",
                    f"-Wl,-rpath,{options.prefix}/lib", "-lcopier", "-o", options.output],
                   check=True)
    return ways


def run(options, backend, mutant="", reached=None):
    environment = dict(os.environ, COPIER_BACKEND=backend, MUTANT=mutant)
    if reached:
        environment["REACHED"] = reached
    try:
        done = subprocess.run([options.output], env=environment, capture_output=True,
                              timeout=TIME_LIMIT_S, check=False)
    except subprocess.TimeoutExpired:
        return None, b""
    return done.returncode, done.stdout


def first_notice(options, mutant, expected):
    """The first schedule under which the mutant shows; None if it never does."""
    return next((schedule for schedule in SCHEDULES
                 if run(options, schedule, mutant) != expected), None)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("copier_clang", "prefix", "source", "output"):
        parser.add_argument(name)
    parser.add_argument("--level", default="-O1")
    parser.add_argument("--least", type=float, default=99)
    options = parser.parse_args()
    options.output = os.path.abspath(options.output)
    ways = build(options)
    expected = run(options, "inline")
    for schedule in SCHEDULES:
        if run(options, schedule) != expected:
            return f"{options.source} differs under {schedule} as it is"
    run(options, "adversary:never", reached=f"{options.output}.reached")
    with open(f"{options.output}.reached", encoding="utf-8") as file:
        reached = {int(line) for line in file}
    mutants = [f"{number}:{way}" for number in sorted(reached) for way in ways[number]]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        notices = list(pool.map(lambda mutant: first_notice(options, mutant, expected), mutants))
    matter = [(mutant, by) for mutant, by in zip(mutants, notices) if by]
    unnoticed = [(mutant, by) for mutant, by in matter if by not in NOTICING]
    for mutant, by in unnoticed:
        print(f"{options.source}: only {by} notices {mutant}", file=sys.stderr)
    if not matter:
        return f"{options.source}: no csync matters"
    score = 100 * (len(matter) - len(unnoticed)) / len(matter)
    print(f"{len(ways)} csyncs, {len(reached)} reached, {len(mutants)} mutants, "
          f"{len(matter)} matter, {len(matter) - len(unnoticed)} noticed ({score:.1f} %), "
          f"{sum(by == NOTICING[0] for _, by in matter)} by {NOTICING[0]} alone")
    return 0 if score >= options.least else 1


if __name__ == "__main__":
    sys.exit(main())
