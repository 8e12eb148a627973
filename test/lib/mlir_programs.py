"""Lowers MLIR programs, runs them under every backend and compares.

usage: mlir_programs.py [--options=OPTIONS] [--ways=WAYS] [--passes=PASSES] FILE...
       mlir_programs.py --seeds=FIRST-LAST

A program is lowered as it is, and made asynchronous by -copier-pipeline with
OPTIONS (or by PASSES). Both must print the same, under every backend, as each of
WAYS: by mlir-runner, or as native binaries at -O2. With --seeds the programs come from
random_memref_program.py. Needs COPIER_PREFIX and LLVM_PREFIX in the environment.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile

import mlir_tensor_programs
import random_memref_program
from run_backends import BACKENDS

EVERY_COPY = "min-size=1 min-row=1 profit=false"
# Until nothing but the LLVM dialect is left.
LOWERING = ["-convert-linalg-to-loops", "-lower-affine", "-convert-vector-to-scf",
            "-convert-scf-to-cf", "-expand-strided-metadata", "-lower-affine",
            "-convert-copier-to-llvm", "-convert-to-llvm", "-reconcile-unrealized-casts"]
TIME_LIMIT_S = 120


class Toolchain:
    """The programs of the installed trees."""

    def __init__(self):
        self.copier = os.environ["COPIER_PREFIX"]
        self.llvm = os.environ["LLVM_PREFIX"]
        self.libraries = [f"{self.copier}/lib/libcopier.so",
                          f"{self.llvm}/lib/libmlir_c_runner_utils.so",
                          f"{self.llvm}/lib/libmlir_runner_utils.so"]

    def optimize(self, source, output, passes):
        subprocess.run([f"{self.copier}/bin/copier-opt", source, "-o", output] + passes,
                       check=True, timeout=TIME_LIMIT_S)

    def build(self, lowered, program, level="-O2"):
        subprocess.run([f"{self.llvm}/bin/mlir-translate", "--mlir-to-llvmir", lowered,
                        "-o", f"{program}.ll"], check=True)
        subprocess.run([f"{self.llvm}/bin/clang", level, "-Wno-override-module",
                        f"{program}.ll", "-o", program] + self.libraries +
                       [f"-Wl,-rpath,{self.copier}/lib:{self.llvm}/lib"], check=True)
        return [os.path.abspath(program)]

    def runner(self, lowered):
        return [f"{self.llvm}/bin/mlir-runner", lowered, "-O1", "-e", "main",
                "-entry-point-result=i32", f"-shared-libs={','.join(self.libraries)}"]


def result(command, backend):
    """What a program prints, and its exit status."""
    environment = dict(os.environ, COPIER_BACKEND=backend, COPIER_MIN_SIZE="1")
    try:
        done = subprocess.run(command, env=environment, capture_output=True, check=False,
                              stdin=subprocess.DEVNULL, timeout=TIME_LIMIT_S)
    except subprocess.TimeoutExpired:
        return f"nothing after {TIME_LIMIT_S} s"
    return done.returncode, done.stdout, done.stderr


def differences(tools, source, output, passes, ways, level="-O2"):
    """Yields a line for each way of running that differs from the plain one."""
    plain, changed = f"{output}.plain.mlir", f"{output}.copier.mlir"
    tools.optimize(source, plain, LOWERING)
    tools.optimize(source, changed, passes + LOWERING)
    for way in ways:
        if way == "runner":
            reference, command = tools.runner(plain), tools.runner(changed)
        else:
            reference = tools.build(plain, f"{output}.plain", level)
            command = tools.build(changed, f"{output}.copier", level)
        expected = result(reference, "inline")
        if expected[0] != 0:
            yield f"{source}: the plain program fails: {expected}"
            return
        for backend in BACKENDS:
            actual = result(command, backend)
            if actual != expected:
                yield f"{source}: {way} under {backend}: {actual}, not {expected}"
    print(expected[1].decode(errors="replace"), end="")


def seed_passes(seed):
    """Options of the pipeline that differ from seed to seed."""
    choose = random.Random(seed)
    segment = choose.choice([16, 64, 256])
    profit = choose.choice(["true", "false", "false"])
    return [f"-copier-pipeline=min-size=1 min-row=1 profit={profit} segment={segment}"]


def run_seeds(tools, first, last, folder):
    wrong = 0
    for seed in range(first, last + 1):
        source = f"{folder}/{seed}.mlir"
        with open(source, "w", encoding="utf-8") as file:
            file.write(random_memref_program.Writer(seed).program())
        ways, level = (["native"], "-O1") if seed % 10 else (["runner", "native"], "-O2")
        for line in differences(tools, source, f"{folder}/{seed}", seed_passes(seed), ways,
                                level):
            wrong += 1
            print(f"seed {seed}: {line}", file=sys.stderr)
    print(f"{last - first + 1} programs, {wrong} differences")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--options", default=EVERY_COPY)
    parser.add_argument("--passes", help="instead of the pipeline, separated by blanks")
    parser.add_argument("--ways", default="runner,native")
    parser.add_argument("--seeds")
    parser.add_argument("--bufferize", action="store_true", help="FILEs are tensor programs")
    parser.add_argument("--print", action="store_true", help="print the result, run nothing")
    parser.add_argument("--keep", help="a folder for intermediate files")
    parser.add_argument("files", nargs="*")
    options = parser.parse_args()
    tools, wrong = Toolchain(), 0
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or temporary
        if options.seeds:
            first, last = (int(n) for n in options.seeds.split("-"))
            return 1 if run_seeds(tools, first, last, folder) else 0
        passes = (options.passes.split() if options.passes
                  else [f"-copier-pipeline={options.options}"])
        for number, source in enumerate(options.files):
            if options.bufferize:
                buffers = f"{folder}/{number}.buffers.mlir"
                tools.optimize(source, buffers, mlir_tensor_programs.BUFFERIZATION)
                source = buffers
            if options.print:
                tools.optimize(source, "-", passes)
                continue
            for line in differences(tools, source, f"{folder}/{number}", passes,
                                    options.ways.split(",")):
                wrong += 1
                print(line, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
