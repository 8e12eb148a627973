#!/usr/bin/env python3
"""Prints how many missing csyncs CopierSanitizer reports, and how many that are not.

usage: test/lib/sanitizer_score.py [--only=PART,...] [--schedules=N] [--work=FOLDER] [PREFIX]

The parts: `corpus`, the programs of test/sanitizer/corpus; `ports`, the hand ports of
test/sanitizer/ports; `generated`, what CopierGen makes of programs that
random_program.py writes. A correct program must have no report under any backend and N
random schedules (10). Of each, mutants lack one csync, have a shorter one, or have it at
another place; each of them that matters must be reported. Sources of ports are fetched below FOLDER.
Exit status 1 if a mutant is not reported or a correct program is.
"""

import argparse
import glob
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
PROJECT = os.path.dirname(os.path.dirname(HERE))
TESTS = os.path.join(PROJECT, "test", "sanitizer")
PARTS = ("corpus", "ports", "generated")
BACKENDS = "inline,thread,adversary:never,adversary:eager,adversary:reverse"
# What shows at -O0 alone: the optimizer removes the frames.
UNOPTIMIZED = ("frames.c",)
SEEDS = (2, 4, 8)
COUNT = re.compile(r"(\d+) mutants, (\d+) reported(?:, (\d+) not reported that matter)?")


def call(script, *arguments):
    """Runs a script of this folder. Returns (mutants that matter, those of them that are
    reported, whether it went well)."""
    done = subprocess.run([sys.executable, os.path.join(HERE, script), *arguments],
                          stdout=subprocess.PIPE, text=True, check=False)
    count = COUNT.search(done.stdout)
    print(f"  {done.stdout.strip()}", flush=True)
    if not count:
        return 0, 0, False
    mutants, reported, missed = (int(number) if number else None for number in count.groups())
    return mutants if missed is None else reported + missed, reported, done.returncode == 0


def score_corpus(options):
    programs = sorted(glob.glob(os.path.join(TESTS, "corpus", "*")))
    plain = [path for path in programs if os.path.basename(path) in UNOPTIMIZED]
    for level, sources in (("-O0", plain), ("-O2", [p for p in programs if p not in plain])):
        yield call("sanitizer_mutants.py", options.compiler, os.path.join(options.work, "corpus"),
                   options.backends, level, *sources)


def score_ports(options):
    patches = sorted(glob.glob(os.path.join(TESTS, "ports", "*.patch")))
    yield call("sanitizer_ports.py", "--backends", options.backends, options.prefix, options.work,
               *patches)


def score_generated(options):
    for seed in SEEDS:
        program = os.path.join(options.work, f"generated.{seed}")
        with open(program + ".c", "w", encoding="utf-8") as file:
            subprocess.run([sys.executable, os.path.join(HERE, "random_program.py"), str(seed)],
                           stdout=file, check=True)
        yield call("csync_mutants.py", "--sanitize", options.compiler, options.prefix,
                   program + ".c", program)


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default=",".join(PARTS), help="of " + ",".join(PARTS))
    parser.add_argument("--schedules", type=int, default=10)
    parser.add_argument("--work", default=os.path.join(PROJECT, "build", "sanitizer-score"))
    parser.add_argument("prefix", nargs="?", type=os.path.abspath,
                        default=os.path.join(PROJECT, "build", "install"))
    options = parser.parse_args()
    options.only = options.only.split(",")
    if not set(options.only) <= set(PARTS):
        parser.error(f"--only is of {','.join(PARTS)}")
    options.work = os.path.abspath(options.work)
    options.compiler = os.path.join(options.prefix, "bin", "copier-clang")
    if not os.path.exists(options.compiler):
        parser.error(f"no copier-clang in {options.prefix}/bin: tools/build installs it")
    options.backends = ",".join([BACKENDS] + [f"adversary:random:{seed}" for seed
                                              in range(1, options.schedules + 1)])
    return options


def main():
    options = parse()
    os.makedirs(options.work, exist_ok=True)
    print(f"backends: {options.backends}", flush=True)
    results = []
    for name, part in zip(PARTS, (score_corpus, score_ports, score_generated)):
        if name in options.only:
            print(f"{name}:", flush=True)
            results += part(options)
    mutants = sum(result[0] for result in results)
    reported = sum(result[1] for result in results)
    wrong = sum(not result[2] for result in results)
    print(f"{mutants} mutants that matter, {reported} reported; {wrong or 'no'} group"
          f"{'' if wrong == 1 else 's'} with a miss or a false report")
    return 1 if wrong or not mutants else 0


if __name__ == "__main__":
    sys.exit(main())
