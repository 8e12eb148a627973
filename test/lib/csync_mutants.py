#!/usr/bin/env python3
"""Weakens each csync of a program, one at a time: the adversary must notice.

usage: csync_mutants.py COPIER_CLANG PREFIX SOURCE OUTPUT [--level=-O1] [--least=PERCENT]
                        [--sanitize] [--every=N]

A mutant is the program without one of its csyncs, or with half of its bytes. It matters
if any of the schedules below makes it end in another way or print something else. It is
noticed if one of those does that the conformance suite uses. Prints the score, noticed by
matter, and fails below PERCENT. What is not reached, or changes nothing under any
schedule, is counted apart. With --sanitize the program is built with CopierSanitizer, too:
as it is, it must have no report under any schedule; a mutant without one must not matter.
--every=N takes one of N mutants.
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
# CopierSanitizer's exit status; and what makes it let a program do what it does.
REPORTED, UNHEARD = 66, "halt_on_error=0:exitcode=0:symbolize=0"


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
    checks = ["-fsanitize=copier"] if options.sanitize else []
    subprocess.run([options.copier_clang, options.level, "-w", "-fcopier", "-fcopier-min-size=1",
                    "-S", "-emit-llvm", options.source, "-o", ir] + checks, check=True)
    with open(ir, encoding="utf-8") as file:
        text, ways = numbered(file.read())
    with open(ir, "w", encoding="utf-8") as file:
        file.write(text)
    here = os.path.dirname(os.path.abspath(__file__))
    # The checks are in the IR: what checks them is all that is to be added.
    library = ["-Wl,--no-as-needed", "-lcopsan"] if checks else []
    subprocess.run([options.copier_clang, "-fcopier", "-Wno-override-module", ir,
                    "-x", "c", os.path.join(here, "csync_mutants.c"), "-fno-copier",
                    f"-I{options.prefix}/include", f"-L{options.prefix}/lib",
                    f"-Wl,-rpath,{options.prefix}/lib"] + library +
                   ["-lcopier", "-o", options.output],
                   check=True)
    return ways


def run(options, backend, mutant="", reached=None, copsan=""):
    environment = dict(os.environ, COPIER_BACKEND=backend, MUTANT=mutant, COPSAN_OPTIONS=copsan)
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
                 if run(options, schedule, mutant, copsan=UNHEARD) != expected), None)


def check_reports(options, mutants, expected, pool):
    """Prints how many of mutants CopierSanitizer reports. True if it misses none."""
    codes = list(pool.map(lambda mutant: run(options, "inline", mutant)[0], mutants))
    silent = [mutant for mutant, code in zip(mutants, codes) if code != REPORTED]
    notices = list(pool.map(lambda mutant: first_notice(options, mutant, expected), silent))
    missed = [mutant for mutant, by in zip(silent, notices) if by]
    for mutant in missed:
        print(f"{options.source}: no report of {mutant}, which matters", file=sys.stderr)
    print(f"{len(mutants)} mutants, {len(mutants) - len(silent)} reported, "
          f"{len(missed)} not reported that matter")
    return not missed and len(silent) < len(mutants)


def check_notices(options, ways, reached, mutants, expected, pool):
    """Prints the adversary's score. True if it is as good as wanted."""
    notices = list(pool.map(lambda mutant: first_notice(options, mutant, expected), mutants))
    matter = [(mutant, by) for mutant, by in zip(mutants, notices) if by]
    unnoticed = [(mutant, by) for mutant, by in matter if by not in NOTICING]
    for mutant, by in unnoticed:
        print(f"{options.source}: only {by} notices {mutant}", file=sys.stderr)
    if not matter:
        print(f"{options.source}: no csync matters", file=sys.stderr)
        return False
    score = 100 * (len(matter) - len(unnoticed)) / len(matter)
    print(f"{len(ways)} csyncs, {len(reached)} reached, {len(mutants)} mutants, "
          f"{len(matter)} matter, {len(matter) - len(unnoticed)} noticed ({score:.1f} %), "
          f"{sum(by == NOTICING[0] for _, by in matter)} by {NOTICING[0]} alone")
    return score >= options.least


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("copier_clang", "prefix", "source", "output"):
        parser.add_argument(name)
    parser.add_argument("--level", default="-O1")
    parser.add_argument("--least", type=float, default=99)
    parser.add_argument("--sanitize", action="store_true")
    parser.add_argument("--every", type=int, default=1)
    options = parser.parse_args()
    options.output = os.path.abspath(options.output)
    ways = build(options)
    expected = run(options, "inline")
    if options.sanitize and expected[0] == REPORTED:
        return f"{options.source} has a report as it is"
    for schedule in SCHEDULES:
        if run(options, schedule) != expected:
            return f"{options.source} differs under {schedule} as it is"
    run(options, "adversary:never", reached=f"{options.output}.reached")
    with open(f"{options.output}.reached", encoding="utf-8") as file:
        reached = {int(line) for line in file}
    mutants = [f"{number}:{way}" for number in sorted(reached) for way in ways[number]]
    mutants = mutants[::options.every]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        good = (check_reports(options, mutants, expected, pool) if options.sanitize else
                check_notices(options, ways, reached, mutants, expected, pool))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
