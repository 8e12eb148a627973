#!/usr/bin/env python3
"""Checks that the man pages are complete.

usage: check_manual.py PREFIX TEST

Every function that copier.h declares has a page of its name, its own or one that
refers to a page whose NAME says it. There is no page without a function, and
every page with text is one that the file TEST runs.
"""

import os
import re
import sys


def functions(header):
    """The functions that the text of copier.h declares."""
    code = re.sub(r"//.*", "", header)
    code = code[:code.index("#if defined(__GNUC__)")]
    return set(re.findall(r"^\w[^\n(]*?(\w+)\(", code, re.MULTILINE))


def offences(prefix, test):
    """Yields what is wrong."""
    with open(f"{prefix}/include/copier.h", encoding="utf-8") as file:
        wanted = functions(file.read())
    with open(test, encoding="utf-8") as file:
        tested = set(re.findall(r"%\{page\} (\S+)", file.read()))
    folder = f"{prefix}/share/man"
    pages = {name[:-2] for name in os.listdir(f"{folder}/man3")}
    yield from (f"no man page of {name}" for name in sorted(wanted - pages))
    yield from (f"{name}.3 is of no function" for name in sorted(pages - wanted))
    for name in sorted(pages & wanted):
        with open(f"{folder}/man3/{name}.3", encoding="utf-8") as file:
            text = file.read()
        target = re.fullmatch(r"\.so (man3/(\S+))\n", text)
        if not target and f"{name}.3" not in tested:
            yield f"{test} does not run {name}.3"
        if target:
            with open(f"{folder}/{target.group(1)}", encoding="utf-8") as file:
                text = file.read()
        if not re.search(rf"^\.Nm {name}( ,)?$", text, re.MULTILINE):
            yield f"the page of {name} does not name it"


def main():
    wrong = list(offences(*sys.argv[1:]))
    print("\n".join(wrong) or "complete")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
