#!/usr/bin/env python3
"""Has copier-fix mend a program, and checks that nothing is left to report.

usage: sanitizer_fix.py BIN DIRECTORY SOURCE

Copies SOURCE to DIRECTORY; builds it with -fsanitize=copier, runs it, and applies
copier-fix to the reports, again and again. At the end the program must be clean under
every backend, and give the output that it has under `inline` without the sanitizer.
"""

import os
import shutil
import subprocess
import sys

from run_backends import BACKENDS

MAX_ROUNDS = 20


def run(program, backend):
    environment = dict(os.environ, COPIER_BACKEND=backend, COPIER_MIN_SIZE="1",
                       COPSAN_OPTIONS="format=json:halt_on_error=0")
    return subprocess.run([program], env=environment, capture_output=True, text=True, timeout=60,
                          check=False)


def main():
    bin_directory, directory, original = sys.argv[1:]
    source = os.path.join(directory, os.path.basename(original))
    program = os.path.join(directory, "program")
    report = os.path.join(directory, "report.json")
    shutil.copy(original, source)
    driver = os.path.join(bin_directory, "copier-clang" + ("++" if source.endswith("pp") else ""))
    subprocess.run([driver, "-fcopier", "-fcopier-min-size=1000000", source, "-lcopier",
                    "-L" + os.path.join(bin_directory, "../lib"), "-o", program], check=True)
    expected = run(program, "inline").stdout
    for rounds in range(MAX_ROUNDS):
        subprocess.run([driver, "-fsanitize=copier", "-O1", source, "-o", program], check=True)
        done = run(program, "inline")
        if done.returncode == 0:
            break
        with open(report, "w", encoding="utf-8") as file:
            file.write(done.stderr)
        subprocess.run([os.path.join(bin_directory, "copier-fix"), report], check=True,
                       stdout=subprocess.DEVNULL)
    for backend in BACKENDS:
        done = run(program, backend)
        if done.returncode or done.stderr or done.stdout != expected:
            return f"{source} under {backend}: status {done.returncode}\n{done.stdout}{done.stderr}"
    print(f"clean after {rounds} rounds")
    return 0 if rounds else f"{source} had nothing to mend"


if __name__ == "__main__":
    sys.exit(main())
