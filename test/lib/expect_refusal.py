#!/usr/bin/env python3
"""Checks that libcopier refuses its environment in one clear line.

usage: expect_refusal.py PROGRAM CHECKS PREFIX

Runs PROGRAM: it must end with status 2, print nothing on stdout and one line on
stderr, in which FileCheck finds what CHECKS says at PREFIX.
"""

import subprocess
import sys


def main():
    program, checks, prefix = sys.argv[1:]
    done = subprocess.run([program], capture_output=True, text=True, timeout=60)
    lines = done.stderr.splitlines()
    if done.returncode != 2 or done.stdout or len(lines) != 1:
        return (f"expected status 2 and one line on stderr, got status {done.returncode}\n"
                f"--- stdout\n{done.stdout}\n--- stderr\n{done.stderr}")
    return subprocess.run(["FileCheck", checks, f"--check-prefix={prefix}"],
                          input=done.stderr, text=True).returncode


if __name__ == "__main__":
    sys.exit(main())
