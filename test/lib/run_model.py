#!/usr/bin/env python3
"""Checks a Spin model exhaustively, and that it finds the bugs it is given.

usage: run_model.py MODEL [LINE]

The comments at the top of MODEL say what to run, each with options for spin:

    // verify "what": -DN=2         no error in any state, and all code is reached
    // bug 1 "what": -DN=1          built with -DBUG=1 as well: an error is found
    // limit "what": -DN=1 -DX      an error is found: what is known not to hold

LINE is the beginning of one of them, to run that alone and to print the trace of
the error.
A statement that cannot be reached has the comment "not reached" on its line.
"""

import os
import re
import subprocess
import sys
import tempfile
import time

RUN = re.compile(r'// (verify|bug (\d+)) "([^"]+)":(.*)')
# Up to three times two processes may be treated fairly.
BUILD = ["cc", "-w", "-DCOLLAPSE", "-DNFAIR=3", "-DMEMLIM=2000", "-o", "pan", "pan.c"]
DEPTH = 1000000
FOUND = re.compile(r"pan:1: (assertion violated .*|acceptance cycle|invalid end state) \(at depth")
INCOMPLETE = ("Search not completed", "max search depth too small", "reached -DMEMLIM",
              "out of memory", "aborting")


def output_of(*command):
    """What COMMAND prints; if it fails, that is the end."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def states_of(text, pattern):
    """The (proctype, state, line) in TEXT, a listing by proctype."""
    states, proctype = set(), None
    for line in text.splitlines():
        head = re.match(r"(?:unreached in )?(?:proctype (\S+)|(init)$)", line)
        if head:
            proctype = head[1] or head[2]
            continue
        found = re.search(pattern, line)
        if found:
            states.add((proctype, int(found["state"]), int(found["line"])))
    return states


class Model:
    """A model, and which of its lines have been reached so far."""

    def __init__(self, path, traces):
        self.path = os.path.abspath(path)
        self.traces = traces
        with open(path, encoding="utf-8") as file:
            self.lines = file.read().splitlines()
        self.reached, self.missed = set(), set()

    def search(self, options, optimize):
        """Builds and runs the verifier; returns its report."""
        output_of("spin", "-a", *options, self.path)
        has_claim = any(line.startswith("ltl ") for line in self.lines)
        output_of(*BUILD, optimize, *([] if has_claim else ["-DSAFETY"]))
        report = output_of("./pan", f"-m{DEPTH}", *(["-a", "-f"] if has_claim else []))
        return report

    def note_coverage(self, report):
        """Adds what a complete search has reached."""
        name = re.escape(os.path.basename(self.path))
        missed = states_of(report, rf"{name}:(?P<line>\d+), state (?P<state>\d+), (?!\"-end-)")
        every = states_of(output_of("./pan", "-d"),
                          rf"state +(?P<state>\d+) -.*{name}:(?P<line>\d+) =>")
        self.missed |= {line for _, _, line in missed}
        self.reached |= {line for _, _, line in every - missed}

    def run(self, kind, number, what, options):
        """Runs one line; returns what is wrong, or None."""
        begin = time.monotonic()
        options = options.split() + ([f"-DBUG={number}"] if number else [])
        # A search that finds something is soon over.
        report = self.search(options, "-O2" if kind == "verify" else "-O1")
        states = re.search(r"([\d.e+]+) states, stored", report)
        found = FOUND.search(report)
        print(f"{kind} ({what}): {states[1] if states else 'no'} states, "
              f"{found[1] if found else 'no error'}, {time.monotonic() - begin:.1f} s", flush=True)
        if found and self.traces:
            print(output_of("spin", "-t", "-p", "-g", "-k", f"{os.path.basename(self.path)}.trail",
                            *options, self.path))
        if kind != "verify":
            return None if found else "finds no error"
        incomplete = [word for word in INCOMPLETE if word in report]
        if found or not states or "errors: 0" not in report or incomplete:
            return f"fails:\n{report}"
        self.note_coverage(report)
        return None

    def never_reached(self):
        """Lines that no run has reached, and that do not say so."""
        return [f"line {line} is never reached: {self.lines[line - 1].strip()}"
                for line in sorted(self.missed - self.reached)
                if "not reached" not in self.lines[line - 1]]


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    chosen = sys.argv[2] if len(sys.argv) == 3 else ""
    model = Model(sys.argv[1], bool(chosen))
    runs = [RUN.match(line).groups() for line in model.lines
            if RUN.match(line) and line.startswith("// " + chosen)]
    if not runs:
        sys.exit(f"{sys.argv[1]}: nothing to run")
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for run in runs:
            error = model.run(*run)
            wrong += [f"{run[0]} ({run[2]}) {error}"] if error else []
        if not chosen:
            wrong += model.never_reached()
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
