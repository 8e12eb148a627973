"""Real programs from Debian's sources, with their own tests.

A program is built twice, in copies of its source, by compilers that are called cc and
c++: one is clang, the other clang -fcopier. Its tests must end the same way, and say
the same in the lines that count.
"""

import dataclasses
import fcntl
import os
import re
import shlex
import shutil
import subprocess
import threading

from cases import DIFFERS, LEFT, SAME, Verdict
from commands import Failure, run
from toolchain import LTO_TOOLS, environment

PROJECT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LEVELS = ("-O2", "-O2 -flto")
BUILD_LIMIT_S, TEST_LIMIT_S = 1800, 1800


@dataclasses.dataclass(frozen=True)
class Program:
    """How to build and to test one. Commands are the shell's, in the source's folder."""
    build: str
    test: str
    counts: str  # A pattern of the lines of the tests' output that must be the same.
    binaries: str  # Where the built code is, to see whether it copies asynchronously.
    needs: tuple = ()  # Commands that the tests want, and the packages that have them.
    skipped: tuple = ()  # Tests that `test` leaves out, and why, for the report.


CMAKE = ("cmake -S . -B out -G Ninja -DCMAKE_BUILD_TYPE=None -DCMAKE_C_FLAGS=\"$CFLAGS\" "
         "-DCMAKE_CXX_FLAGS=\"$CXXFLAGS\" ${AR:+-DCMAKE_AR=$AR -DCMAKE_RANLIB=$RANLIB} ")
# Without those that try all combinations of transformations: minutes under the adversary.
PNG_TESTS = ("pngtest-all pngvalid-standard pngvalid-progressive-size pngvalid-transform "
             "pngunknown-discard pngstest-linear pngimage-quick")
REDIS_UNITS = ("auth type/string type/list type/hash type/zset type/stream expire scan protocol "
               "aofrw bitops dump multi pubsub scripting")

# Debian's fix of CVE-2026-25243 brings this test along, for servers of another version.
REDIS_SKIPPED = "RESTORE fail with invalid payload size"

# By the name of the source package.
PROGRAMS = {
    "zlib": Program(
        "./configure --static && make", "make check", r"OK|fail|FAIL|error",
        "example minigzip"),
    "lz4": Program(
        "make lz4 && make -C tests fuzzer frametest roundTripTest datagen",
        "cd tests && ./fuzzer -s1 -i20 && ./frametest -s1 -i20 && ./datagen -g300K >data && "
        "./roundTripTest data && for level in 1 9; do ../lz4 -$level -f data data.lz4 && "
        "../lz4 -d -f data.lz4 data.back && cmp data data.back || exit 1; cksum data.lz4; done",
        r"completed|OK|Error|[Ee]rror|lz4$", "tests/fuzzer lz4"),
    "libpng1.6": Program(
        "./configure --disable-shared && make && make check TESTS=",
        "make check TESTS=\"" + " ".join(f"tests/{test}" for test in PNG_TESTS.split()) + "\"",
        r"^(PASS|FAIL|XFAIL|XPASS|ERROR|SKIP):|^# ", "pngtest pngvalid"),
    "tinyproxy": Program(
        "./configure && make", "make test", r"ok|failed|error|FAIL", "src/tinyproxy",
        (("perl", "perl"),)),
    "redis": Program(
        "make MALLOC=libc USE_SYSTEMD=no OPTIMIZATION=-O2",
        "./runtest --clients 2 --timeout 600 " +
        " ".join(f"--single unit/{unit}" for unit in REDIS_UNITS.split()) +
        f" --skiptest '{REDIS_SKIPPED}'",
        r"^\[(ok|err|exception)\]|All tests passed", "src/redis-server",
        (("tclsh", "tcl"),),
        ((REDIS_SKIPPED, "its payload is of RDB version 12, and redis 7.0, which knows 10, "
          "refuses it earlier, whatever the compiler"),)),
    "libjsoncpp": Program(
        CMAKE + "-DJSONCPP_WITH_TESTS=ON -DJSONCPP_WITH_POST_BUILD_UNITTEST=OFF "
        "-DBUILD_SHARED_LIBS=OFF -DBUILD_OBJECT_LIBS=OFF && ninja -C out",
        "./out/bin/jsoncpp_test && python3 test/runjsontests.py out/bin/jsontestrunner_exe "
        "test/data", r"passed|PASS|FAIL|OK|[Ee]rror", "out/bin/jsoncpp_test"),
    "fmtlib": Program(
        CMAKE + "-DFMT_TEST=ON -DFMT_DOC=OFF && ninja -C out",
        "ctest --test-dir out", r"Test +#\d+: \S+|tests passed",
        "out/bin/core-test out/bin/format-test"),
}
# Which of the lines that count say that a test has failed.
FAILURES = re.compile(r"fail|FAIL|[Ee]rror|ERROR|\[(err|exception)\]")
# By the name of a program, who runs its tests: two at once want the same ports.
TESTING = {name: threading.Lock() for name in PROGRAMS}
# What is said of a line that counts, without the times.
TIMES = re.compile(r"[\d.]+ ?(?:ms|sec\w*|s\b|us\b|MB/s)|\(\d+ \w+\)")


class ProgramCase:
    """One program at one level in one scope."""
    suite = "programs"

    def __init__(self, name, configuration, work):
        self.name, self.configuration, self.work = name, configuration, work
        self.program = PROGRAMS[name]
        self.skipped = self.program.skipped

    @property
    def key(self):
        return f"programs/{self.name} {self.configuration}"

    def check(self, toolchain, folder, policies):
        for command, package in self.program.needs:
            if not shutil.which(command):
                raise Failure(f"{self.name} needs {command}: apt-get install {package}")
        source = fetch(self.name, self.work)
        builds = {}
        for build in ("stock", "copier"):
            builds[build] = Build(self, toolchain, build, source, folder)
            done = builds[build].make()
            if done.status != 0:
                kind = LEFT if build == "stock" else DIFFERS
                return Verdict(kind, f"{build} clang does not build it{done.last_words()}")
        return self.compare(toolchain, builds["stock"], builds["copier"], policies)

    def compare(self, toolchain, stock, copier, policies):
        asynchronous = any(toolchain.is_asynchronous(os.path.join(copier.folder, path))
                           for path in self.program.binaries.split())
        expected = stock.test()
        if expected.status != 0:
            failed = [line for line in self.lines(expected, stock) if FAILURES.search(line)]
            return Verdict(LEFT, "stock clang's build fails its tests" +
                           (f": {failed[0]}" if failed else expected.last_words()))
        wanted = self.lines(expected, stock)
        if not wanted:
            raise Failure(f"{self.name}: no line of the tests' output counts")
        for policy in policies:
            actual = copier.test(policy)
            if actual.status != expected.status:
                return Verdict(DIFFERS, f"under {policy}: {expected.difference(actual)}",
                               asynchronous, policy)
            lines = self.lines(actual, copier)
            if lines != wanted:
                changed = sorted(set(lines) ^ set(wanted)) or ["a line is said more often"]
                return Verdict(DIFFERS, f"under {policy}: {changed[0]}", asynchronous, policy)
        return Verdict(SAME, "", asynchronous)

    def lines(self, outcome, build):
        """The lines that count, sorted, since tests may run side by side."""
        text = (outcome.stdout + outcome.stderr).decode(errors="backslashreplace")
        text = text.replace(build.folder, ".")
        return sorted(TIMES.sub("", line).strip() for line in text.splitlines()
                      if re.search(self.program.counts, line))


class Build:
    """One copy of the source, and the compilers for it."""

    def __init__(self, case, toolchain, build, source, folder):
        self.case, self.toolchain, self.build = case, toolchain, build
        self.folder, self.tools = (os.path.join(folder, build, part) for part in ("x", "bin"))
        shutil.copytree(source, self.folder, symlinks=True)
        os.makedirs(self.tools)
        self.write_compilers()

    def write_compilers(self):
        configuration = self.case.configuration
        for name, cxx in (("cc", False), ("c++", True)):
            command = (self.toolchain.stock(configuration.flags, cxx) if self.build == "stock"
                       else self.toolchain.copier(configuration.flags, configuration.scope, cxx))
            path = os.path.join(self.tools, name)
            with open(path, "w", encoding="utf-8") as file:
                file.write(f"#!/bin/sh\nexec {shlex.join(command)} \"$@\"\n")
            os.chmod(path, 0o755)

    def environment(self, policy=None):
        result = environment(policy)
        result["PATH"] = f"{self.tools}:{result['PATH']}"
        result |= {"CC": "cc", "CXX": "c++", "CFLAGS": "-O2 -w", "CXXFLAGS": "-O2 -w",
                   "MAKEFLAGS": "-j2", "LD_LIBRARY_PATH": os.path.join(self.toolchain.prefix, "lib")}
        if "-flto" in self.case.configuration.flags:
            result |= {name: self.toolchain.tool(tool) for name, tool in LTO_TOOLS.items()}
        return result

    def make(self):
        return self.shell(self.case.program.build, BUILD_LIMIT_S, "build")

    def test(self, policy=None):
        stem = f"test-{policy.replace(':', '-')}" if policy else "test"
        with TESTING[self.case.name]:
            return self.shell(self.case.program.test, TEST_LIMIT_S, stem, policy)

    def shell(self, command, limit_s, stem, policy=None):
        environ = self.environment(policy)
        done = run(["sh", "-c", command], self.folder, limit_s, environ, stem)
        for part in ("stdout", "stderr"):
            os.replace(os.path.join(self.folder, f"{stem}.{part}"),
                       os.path.join(os.path.dirname(self.folder), f"{stem}.{part}"))
        return done


def fetch(name, work):
    """Returns the source of a Debian package, fetching it the first time."""
    folder = os.path.join(os.path.abspath(work), "sources")
    script = ("root=$1 me=fetch; . \"$root/tools/lib/common.sh\"; . \"$root/tools/lib/source.sh\"; "
              "make_log_dir; fetch_source \"$2\" \"$3\"")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "lock"), "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # apt's lists lie there, for one at a time.
        done = subprocess.run(["sh", "-c", script, "fetch", PROJECT, name, folder],
                              capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failure((done.stderr.strip().splitlines() or ["no message"])[-1])
    return os.path.join(folder, name)


def cases(options, configurations):
    return [ProgramCase(name, configuration, options.work) for name in options.programs
            for configuration in configurations if configuration.level in LEVELS]
