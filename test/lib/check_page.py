#!/usr/bin/env python3
"""Checks a man page: its markup, its synopsis, its example.

usage: check_page.py PREFIX OUTPUT PAGE

PAGE, as in amemcpy.3, is the one installed in PREFIX. mandoc finds nothing wrong;
its synopsis compiles after copier.h, which must agree; and its example prints
what the page says, built with every compiler. Files are named OUTPUT and more.
"""

import os
import subprocess
import sys


def main():
    prefix, output, name = sys.argv[1:]
    page = f"{prefix}/share/man/man{name[-1]}/{name}"
    output = f"{output}.{name}"
    helpers = os.path.dirname(os.path.abspath(__file__))
    for command in (
            ["mandoc", "-Tlint", "-W", "warning", page],
            [sys.executable, f"{helpers}/extract_examples.py", page, output],
            ["clang", "-fsyntax-only", "-Werror", f"-I{prefix}/include",
             f"{output}.synopsis.c"],
            [sys.executable, f"{helpers}/try_compilers.py", "--expect", f"{output}.expected",
             prefix, f"{output}.out", f"{output}.c"]):
        if subprocess.run(command).returncode != 0:
            return f"{name}: {' '.join(command[:4])}... failed"
    return 0


if __name__ == "__main__":
    sys.exit(main())
