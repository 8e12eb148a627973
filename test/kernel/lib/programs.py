#!/usr/bin/env python3
"""Runs libcopier's own test programs in a guest, under COPIER_BACKEND=kernel.

usage: programs.py PREFIX KERNEL CPU [PROGRAM.c...]

Without a PROGRAM.c all of test/runtime, and the stress test. Those are run that are one file, and that
their RUN lines run under every backend: under `inline` and under `kernel`, as the
lines say, and both must end well and write the same. Which are not, and why, is told.
"""

import glob
import os
import re
import subprocess
import sys
import tempfile

import run

SECONDS = 120
COMPILE = re.compile(r"%clang ([^%]*)%s %libcopier -o %t")
RUN_BACKENDS = re.compile(r"(?:env ((?:[A-Z_]+=[^ %]+ )*))?%run-backends ?(--only=\S+)? %t"
                          r"((?: [^|%&;]+)?)(?: \| FileCheck %s)?")
BACKENDS = ("inline", "kernel")
SETTINGS = "COPIER_MIN_SIZE=1 COPIER_POLICY=offload "
STRESS = "stress"
STRESS_SECONDS = 20  # Of random programs; one may take longer.
SERVED = "after_programs_were_served"
# Loaded when a thread ends early, without being named anywhere.
THREAD_LIBRARY = "/lib/x86_64-linux-gnu/libgcc_s.so.1"
NOT_IN_GUEST = {
    "fork-descriptors": "its 300 forks take minutes without KVM",
    "other-programs": "it runs programs of the host",
    "transfers-pend": "the module's worker does not wait for a csync",
}


def plan(path):
    """The compiler's flags, and the environment and arguments of each run; or why the
    program cannot be run in a guest."""
    with open(path, encoding="utf-8") as file:
        lines = re.findall(r"RUN: *(.*)", file.read())
    builds = [match for match in map(COMPILE.fullmatch, lines) if match]
    if len(builds) != 1:
        return None, None, "it is not built from one file alone"
    runs = [match for match in map(RUN_BACKENDS.fullmatch, lines) if match]
    runs = [(environment or "", arguments.strip()) for environment, only, arguments
            in (match.groups() for match in runs) if not only or "kernel" in only]
    if not runs:
        return None, None, "no RUN line runs it under every backend"
    return builds[0].group(1).split(), runs, None


def compile_program(paths, flags, prefix, target):
    """Builds a program as its RUN line says, for a guest that has libcopier in /lib."""
    subprocess.run(["clang-22", *flags, *paths, f"-I{prefix}/include", f"-L{prefix}/lib",
                    f"-Wl,-rpath,{prefix}/lib", "-lcopier", "-lpthread", "-o", target],
                   check=True)


def jobs_of(name, runs):
    """The jobs of a program, by name: each run under each backend."""
    jobs = {}
    for number, (environment, arguments) in enumerate(runs):
        settings = SETTINGS + environment
        for backend in BACKENDS:
            jobs[f"{name}.{number}.{backend}"] = (
                f"{SECONDS} {settings} COPIER_BACKEND={backend} /programs/{name} {arguments}")
    return jobs


def differing(outcome, jobs):
    """The runs that wrote something else under `kernel` than under `inline`."""
    for job in jobs:
        if job.endswith(".kernel"):
            other = job.removesuffix("kernel") + "inline"
            if outcome.texts.get(job) != outcome.texts.get(other):
                yield job, outcome.texts.get(other, "")


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    prefix, kernel, cpu, *named = sys.argv[1:]
    prefix = os.path.abspath(prefix)
    paths = named or sorted(glob.glob(f"{run.ROOT}/test/runtime/*.c"))

    def fill(archive, _):
        jobs = {}
        for path in paths:
            name = os.path.basename(path).removesuffix(".c")
            flags, runs, why = plan(path)
            why = why or NOT_IN_GUEST.get(name)
            if why:
                print(f"skipped: {name}: {why}")
                continue
            compile_program([path], flags, prefix, f"{work}/{name}")
            archive.add_program(f"programs/{name}", f"{work}/{name}")
            jobs.update(jobs_of(name, runs))
        if not named:
            compile_program(glob.glob(f"{run.ROOT}/test/stress/*.c"), ["-std=gnu17", "-O2"],
                            prefix, f"{work}/{STRESS}")
            archive.add_program(f"programs/{STRESS}", f"{work}/{STRESS}")
            jobs[STRESS] = (f"{SECONDS} {SETTINGS}/programs/{STRESS} "
                            f"--backends kernel --seconds {STRESS_SECONDS}")
        archive.add_file(THREAD_LIBRARY, THREAD_LIBRARY)
        if jobs:
            jobs[SERVED] = f"{SECONDS} /init {SERVED}"
        return jobs

    with tempfile.TemporaryDirectory() as work:
        outcome, jobs = run.boot(kernel, cpu, fill)
    failed = run.print_outcome(outcome, jobs)
    for job, expected in differing(outcome, jobs):
        print(f"failed: {job}: does not write what it does under inline, which is:")
        print("  " + expected.strip().replace("\n", "\n  "))
        failed = True
    return failed or not jobs


if __name__ == "__main__":
    sys.exit(main())
