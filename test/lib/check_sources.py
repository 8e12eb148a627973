#!/usr/bin/env python3
"""Checks the sources of the project: formatting, licence, length, stray paths.

usage: check_sources.py PROJECT

Prints one line for each offence and exits with 1 if there is one.
"""

import os
import re
import subprocess
import sys

MAX_LINES = 500
C_LIKE = (".c", ".h", ".cpp")
TEXT = C_LIKE + (".py", ".sh", ".md", ".txt", ".cmake", ".test", ".ll", ".def", ".json",
                 ".map", ".cfg", "")
# Documents of their own kind.
WITHOUT_LIMIT = {"LICENSE"}
# Programs of users, as they would write them.
WITHOUT_BANNER = ("docs/examples/", "test/driver/Inputs/", "test/passes/")
SPDX = "SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception"
MACHINE_PATH = re.compile(r"/(home|root|work|Users)/\w")


def sources(project):
    """Yields the paths of all text files, relative to the project."""
    for folder, folders, files in os.walk(project):
        folders[:] = sorted(set(folders) - {".git", "build", "__pycache__"})
        for name in sorted(files):
            # In a worktree .git is a file.
            if name != ".git" and os.path.splitext(name)[1] in TEXT:
                yield os.path.relpath(os.path.join(folder, name), project)


def offences(project, path):
    """Yields what is wrong with one file."""
    with open(os.path.join(project, path), encoding="utf-8") as file:
        try:
            text = file.read()
        except UnicodeDecodeError:
            yield "is not UTF-8"
            return
    lines = text.split("\n")
    if path not in WITHOUT_LIMIT and len(lines) > MAX_LINES:
        yield f"has {len(lines)} lines, more than {MAX_LINES}"
    if path.endswith(C_LIKE) and not path.startswith(WITHOUT_BANNER):
        if SPDX not in text:
            yield "lacks the licence banner"
        elif len(lines[0]) > 80 or not lines[0].startswith(f"//===- {os.path.basename(path)} - "):
            yield "does not open with //===- its name - what it is ---===//"
    if text and not text.endswith("\n"):
        yield "does not end with a newline"
    for number, line in enumerate(lines, 1):
        if MACHINE_PATH.search(line):
            yield f"names a place of one machine in line {number}"
        if line != line.rstrip() and not path.endswith(".md"):
            yield f"has blanks at the end of line {number}"


def main():
    project = sys.argv[1]
    paths = list(sources(project))
    wrong = [f"{path}: {what}" for path in paths for what in offences(project, path)]
    c_like = [os.path.join(project, path) for path in paths if path.endswith(C_LIKE)]
    done = subprocess.run(["clang-format", "--dry-run", "-Werror"] + c_like,
                          capture_output=True, text=True, check=False)
    wrong += [line for line in done.stderr.splitlines() if "error:" in line]
    print("\n".join(wrong) or f"{len(paths)} files checked")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
