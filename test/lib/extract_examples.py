#!/usr/bin/env python3
"""Takes out of a man page what can be compiled: its example and its synopsis.

usage: extract_examples.py PAGE OUTPUT

Writes OUTPUT.c, the first literal display of EXAMPLES; OUTPUT.expected, the
second one, which is what the example prints; and OUTPUT.synopsis.c, where the
functions of SYNOPSIS are declared again, after copier.h.
"""

import re
import sys

ESCAPES = {r"\e": "\\", r"\(aq": "'", r"\&": "", r"\-": "-"}


def section(page, name):
    """The lines of a section, as one text."""
    found = re.search(rf"^\.Sh {name}\n(.*?)(?=^\.Sh |\Z)", page, re.MULTILINE | re.DOTALL)
    if not found:
        sys.exit(f"there is no section {name}")
    return found.group(1)


def displays(text):
    """The literal displays of a text, as they are printed."""
    found = re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed$", text, re.MULTILINE | re.DOTALL)
    unescape = re.compile("|".join(re.escape(escape) for escape in ESCAPES))
    return [unescape.sub(lambda match: ESCAPES[match.group()], display) for display in found]


def prototypes(text):
    """The declarations of the functions of a synopsis."""
    functions = re.findall(r'^\.Ft "?(.*?)"?\n\.Fo (\S+)\n(.*?)^\.Fc$', text,
                           re.MULTILINE | re.DOTALL)
    for result, name, arguments in functions:
        yield f"{result} {name}({', '.join(re.findall(r'.Fa .(.*).$', arguments, re.MULTILINE))});"


def main():
    path, output = sys.argv[1:]
    with open(path, encoding="utf-8") as file:
        page = file.read()
    found = displays(section(page, "EXAMPLES"))
    if len(found) != 2:
        sys.exit(f"{path}: EXAMPLES has {len(found)} literal displays, not a program and what it "
                 "prints")
    declared = ["#include <copier.h>"] + list(prototypes(section(page, "SYNOPSIS")))
    for suffix, text in ((".c", found[0]), (".expected", found[1]),
                         (".synopsis.c", "\n".join(declared) + "\n")):
        with open(output + suffix, "w", encoding="utf-8") as file:
            file.write(text)


if __name__ == "__main__":
    sys.exit(main())
