#!/usr/bin/env python3
"""Runs a program under every backend of libcopier and compares what it does.

usage: run_backends.py [--ref=PROGRAM] [--only=BACKEND,...] PROGRAM [ARGS...]

Exit status, stdout and stderr must be the same everywhere: as under `inline`,
or as those of another PROGRAM given by --ref, such as a build without -fcopier.
Every copy is submitted (COPIER_MIN_SIZE=1), whatever its size. stdin is empty.
The backend `kernel` is among them if COPIER_FAKE_DEVICE is set: where there is no
/dev/copier, the library that it names plays one.
"""

import argparse
import os
import subprocess
import sys

BACKENDS = ["inline", "thread", "adversary:never", "adversary:eager", "adversary:reverse",
            "adversary:random:1"]
if os.environ.get("COPIER_FAKE_DEVICE"):
    BACKENDS.append("kernel")
TIME_LIMIT_S = 120


def add_device(environment):
    """Has a program find a /dev/copier."""
    fake = environment.get("COPIER_FAKE_DEVICE")
    if fake and not os.path.exists("/dev/copier"):
        environment["LD_PRELOAD"] = " ".join(filter(None, [fake, environment.get("LD_PRELOAD")]))


def run(command, backend):
    """Returns what `command` does, as a dictionary of comparable parts."""
    environment = dict(os.environ)
    environment.setdefault("COPIER_MIN_SIZE", "1")
    environment.setdefault("COPIER_POLICY", "offload")
    environment["COPIER_BACKEND"] = backend
    if backend == "kernel":
        add_device(environment)
    try:
        done = subprocess.run(command, env=environment, capture_output=True,
                              stdin=subprocess.DEVNULL, timeout=TIME_LIMIT_S)
    except subprocess.TimeoutExpired:
        return {"exit status": f"none after {TIME_LIMIT_S} s", "stdout": b"", "stderr": b""}
    return {"exit status": done.returncode, "stdout": done.stdout, "stderr": done.stderr}


def shown(part):
    """A text for a part that differs, cut to a readable length."""
    if not isinstance(part, bytes):
        return str(part)
    text = part.decode(errors="backslashreplace")
    return text if len(text) <= 2000 else f"{text[:2000]}... ({len(part)} bytes)"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ref", help="program to compare with")
    parser.add_argument("--only", default=",".join(BACKENDS), help="the backends to run")
    parser.add_argument("program")
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    backends = options.only.split(",")

    expected, expected_from = None, None
    if options.ref:
        expected, expected_from = run([options.ref] + options.arguments, "inline"), options.ref
    wrong = 0
    for backend in backends:
        actual = run([options.program] + options.arguments, backend)
        if expected is None:
            expected, expected_from = actual, backend
        for part, value in expected.items():
            if actual[part] != value:
                wrong += 1
                print(f"{options.program} under {backend}: {part} differs\n"
                      f"--- {expected_from}\n{shown(value)}\n--- {backend}\n"
                      f"{shown(actual[part])}", file=sys.stderr)
    # What was run, for FileCheck; a test may check the program's output too.
    sys.stdout.buffer.write(expected["stdout"])
    if expected["exit status"] != 0:
        print(f"{expected_from}: exit status {expected['exit status']}\n"
              f"{shown(expected['stderr'])}", file=sys.stderr)
    return 1 if wrong or expected["exit status"] != 0 else 0


if __name__ == "__main__":
    sys.exit(main())
