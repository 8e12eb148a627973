#!/usr/bin/env python3
"""Checks that CopierSanitizer finds each csync that a program comes to lack.

usage: sanitizer_mutants.py COPIER_CLANG OUTPUT BACKENDS LEVELS SOURCE...

Each SOURCE is a correct port. It is built with -fsanitize=copier at each of the
LEVELS (-O0,-O2) and must run without a report, and do the same, under each of the
BACKENDS. In it, a line

    csync(p, n); //! KIND NAME [whole]

has a csync that matters: without it, an error of that KIND is reported at the line
that ends in //@ NAME. Its mutants are: deleted; one byte shorter, if `whole`; moved
behind the next line, if that is the one of NAME; and moved before the copy, if that is
the line before. Under adversary:never, each mutant must report exactly that first, and
end with status 66. The score is printed.
"""

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

CSYNC = re.compile(r"^(?P<before>.*?)"
                   r"(?P<call>(?:_?csync|copier_destroy_queue)\((?P<arguments>.*)\);)\s*//! "
                   r"(?P<kind>\S+) (?P<name>\w+)(?P<whole> whole)?\s*$")
SUMMARY = re.compile(r"^SUMMARY: CopierSanitizer: (\S+) (.*):(\d+) in ", re.MULTILINE)
TIME_LIMIT_S = 60


def build(copier_clang, level, source, program):
    driver = copier_clang + ("++" if source.endswith(".cpp") else "")
    subprocess.run([driver, "-fsanitize=copier", level, source, "-o", program], check=True)


def run(program, backend):
    environment = dict(os.environ, COPIER_BACKEND=backend, COPIER_MIN_SIZE="1",
                       COPIER_POLICY="offload")
    return subprocess.run([program], env=environment, capture_output=True, text=True,
                          errors="replace", timeout=TIME_LIMIT_S, check=False)


def shortened(match):
    """The call with one byte less to wait for."""
    arguments = split_arguments(match["arguments"])
    arguments[1] = f"(({arguments[1]}) ? ({arguments[1]}) - 1 : 0)"
    return match["call"].split("(")[0] + f"({', '.join(arguments)});"


def split_arguments(text):
    parts, depth = [""], 0
    for char in text:
        depth += (char in "([") - (char in ")]")
        if char == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += char
    return [part.strip() for part in parts]


def mutants(lines):
    """Yields (what, the lines of a mutant, the kind, the line of the error)."""
    places = {match[1]: number for number, line in enumerate(lines)
              if (match := re.search(r"//@ (\w+)\s*$", line))}
    for number, line in enumerate(lines):
        match = CSYNC.match(line)
        if not match:
            if "//!" in line:
                raise ValueError(f"line {number + 1} is not understood: {line}")
            continue
        place = places[match["name"]]
        gone = lines[:number] + [match["before"] + ";"] + lines[number + 1:]
        yield f"{number + 1} deleted", gone, match["kind"], place
        if match["whole"]:
            less = lines[:number] + [match["before"] + shortened(match)] + lines[number + 1:]
            yield f"{number + 1} shortened", less, match["kind"], place
        moves = not re.match(r"\s*(return|for|while|if|longjmp|throw|\})", lines[number + 1])
        if place == number + 1 and moves:
            late = lines[:number] + [lines[place], line] + lines[place + 1:]
            yield f"{number + 1} moved", late, match["kind"], place - 1
        if re.match(r"\s*_?amem(cpy|move)\(.*\);$", lines[number - 1]):
            early = lines[:number - 1] + [line, lines[number - 1]] + lines[number + 1:]
            yield f"{number + 1} early", early, match["kind"], place


def check_port(copier_clang, level, source, output, backends):
    """Returns what is wrong with the correct program, as lines."""
    program = f"{output}.{os.path.basename(source)}{level}"
    build(copier_clang, level, source, program)
    expected = run(program, "inline")
    wrong = []
    for backend in backends:
        done = expected if backend == "inline" else run(program, backend)
        if done.returncode or done.stderr or done.stdout != expected.stdout:
            wrong.append(f"{source} {level} under {backend}: status {done.returncode}\n"
                         f"{done.stdout}{done.stderr[:3000]}")
    return wrong


def check_mutant(copier_clang, level, source, output, mutant):
    what, lines, kind, place = mutant
    suffix = os.path.splitext(source)[1]
    stem = f"{output}.{os.path.basename(source)}{level}.{what.replace(' ', '-')}"
    with open(stem + suffix, "w", encoding="utf-8") as file:
        file.write("\n".join(lines))
    build(copier_clang, level, stem + suffix, stem)
    done = run(stem, "adversary:never")
    found = SUMMARY.search(done.stderr)
    expected = (kind, stem + suffix, str(place + 1))
    if done.returncode == 66 and found and found.groups() == expected:
        return None
    seen = f"{found[1]} in line {found[3]}" if found else "nothing"
    return (f"{source} {level}: csync of line {what}: expected {kind} in line {place + 1}, got "
            f"{seen}, status {done.returncode}")


def main():
    copier_clang, output, backends, levels = sys.argv[1:5]
    sources = sys.argv[5:]
    failed, total, missed = [], 0, 0
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        ports, jobs = [], []
        for source in sources:
            with open(source, encoding="utf-8") as file:
                lines = file.read().split("\n")
            for level in levels.split(","):
                ports.append(pool.submit(check_port, copier_clang, level, source, output,
                                         backends.split(",")))
                jobs += [pool.submit(check_mutant, copier_clang, level, source, output, mutant)
                         for mutant in mutants(lines)]
        for port in ports:
            failed += port.result()
        for job in jobs:
            total += 1
            if job.result():
                missed += 1
                failed.append(job.result())
    print("\n".join(failed), file=sys.stderr)
    print(f"{len(ports)} builds of {len(sources)} ports; {total} mutants, {total - missed} "
          f"reported as they should")
    return 1 if failed or not total else 0


if __name__ == "__main__":
    sys.exit(main())
