#!/usr/bin/env python3
"""Checks CopierSanitizer on hand ports of real programs, and on their mutants.

usage: sanitizer_ports.py [--only NAME] [--every N] [--backends B,...] PREFIX WORK PORT...

A PORT is a file NAME.patch of test/sanitizer/ports. It is applied to the Debian source
package of that name, fetched below WORK. The port is built with -fsanitize=copier, linked
with NAME.c, which stands beside the patch, and run: under each of the backends there must
be no report, and the output of the same program without the patch. In the patch, lines

    csync(p, n); //! KIND NAME [whole]

have mutants, as sanitizer_mutants.py describes them: deleted, one byte shorter, moved.
Each must be reported, with KIND first, in one of the lines that end in //@ NAME; of which
//! comes before //@ in a line that has both. --every N takes one of N mutants. The score
is printed.
"""

import argparse
import collections
import concurrent.futures
import glob
import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "conformance"))
from programs import fetch  # noqa: E402 (the folder is needed first)
from sanitizer_mutants import CSYNC, SUMMARY, shortened  # noqa: E402

Port = collections.namedtuple("Port", "package sources include flags libraries copied",
                              defaults=[()])
# By the name of the patch: which sources, relative to the package's, make it up; and what
# configure would copy first, from where to where.
PORTS = {
    "zlib": Port("zlib", ["*.c"], ".", ["-DHAVE_UNISTD_H", "-D_LARGEFILE64_SOURCE"], []),
    "lz4": Port("lz4", ["lib/*.c"], "lib", [], []),
    "libpng": Port("libpng1.6", ["png*.c"], ".", ["-DPNG_INTEL_SSE_OPT=0"], ["-lz", "-lm"],
                   [("scripts/pnglibconf.h.prebuilt", "pnglibconf.h")]),
    "redis": Port("redis", ["src/sds.c", "src/quicklist.c", "src/listpack.c", "src/zmalloc.c",
                            "src/util.c", "src/sha256.c", "src/lzf_c.c", "src/lzf_d.c"], "src", [],
                  ["-lm"]),
}
BACKENDS = "inline,thread,adversary:never,adversary:eager,adversary:reverse,adversary:random:1"
TIME_LIMIT_S = 120
OURS = re.compile(r"^pngtest")


class Build:
    """A port, or what it is a port of: its objects, and programs made of them."""

    def __init__(self, port, source, driver, compiler):
        self.port, self.source, self.driver, self.compiler = port, source, driver, compiler
        self.files = sorted(path for pattern in port.sources
                            for path in glob.glob(os.path.join(source, pattern))
                            if path.endswith(".c") and not OURS.match(os.path.basename(path)))

    def compile(self, path, target, original=None):
        folder = os.path.dirname(original or path)
        subprocess.run(self.compiler + ["-O2", "-w", "-c", path, "-o", target, f"-I{folder}",
                                        f"-I{os.path.join(self.source, self.port.include)}"]
                       + self.port.flags, check=True)

    def object_of(self, path):
        return os.path.join(self.source, "objects", os.path.basename(path)[:-2] + ".o")

    def compile_all(self, pool):
        os.makedirs(os.path.join(self.source, "objects"), exist_ok=True)
        list(pool.map(lambda path: self.compile(path, self.object_of(path)),
                      self.files + [self.driver]))

    def link(self, program, replaced=None):
        """`replaced`: by source, another object for it."""
        objects = [(replaced or {}).get(path) or self.object_of(path)
                   for path in self.files + [self.driver]]
        subprocess.run(self.compiler + objects + self.port.libraries + ["-o", program], check=True)


def run(program, backend):
    environment = dict(os.environ, COPIER_BACKEND=backend, COPIER_MIN_SIZE="1",
                       COPIER_POLICY="offload")
    return subprocess.run([program], env=environment, capture_output=True, text=True,
                          errors="replace", timeout=TIME_LIMIT_S, check=False)


def mutants(files):
    """Yields (file, line, what, the text of the mutant, kind, name)."""
    for path in files:
        with open(path, encoding="latin-1") as file:
            lines = file.read().split("\n")
        for number, line in enumerate(lines):
            match = CSYNC.match(re.sub(r"\s*//@ .*", "", line))
            if not match:
                continue
            replaced = [("deleted", [match["before"] + ";"])]
            if match["whole"]:
                replaced.append(("shortened", [match["before"] + shortened(match)]))
            for what, text in replaced:
                yield (path, number, what, lines[:number] + text + lines[number + 1:],
                       match["kind"], match["name"])
            previous = lines[number - 1]
            if re.match(r"\s*amem(cpy|move)\(.*\);$", previous):
                early = lines[:number - 1] + [line, previous] + lines[number + 1:]
                yield path, number, "early", early, match["kind"], match["name"]


def places(files):
    """By name, the (file, line) that end in //@ NAME."""
    found = collections.defaultdict(set)
    for path in files:
        with open(path, encoding="latin-1") as file:
            for number, line in enumerate(file, 1):
                for name in re.findall(r"//@ (\w+)", line):
                    found[name].add((os.path.basename(path), number))
    return found


def check_mutant(build, work, mutant, allowed):
    path, number, what, lines, kind, name = mutant
    folder = os.path.join(work, f"{os.path.basename(path)}.{number + 1}.{what}")
    os.makedirs(folder, exist_ok=True)
    source = os.path.join(folder, os.path.basename(path))
    with open(source, "w", encoding="latin-1") as file:
        file.write("\n".join(lines))
    build.compile(source, source + ".o", path)
    build.link(os.path.join(folder, "program"), {path: source + ".o"})
    done = run(os.path.join(folder, "program"), "adversary:never")
    found = SUMMARY.search(done.stderr)
    title = f"{os.path.basename(path)}:{number + 1} ({name}) {what}"
    if not found:
        return f"{title}: expected {kind}, got nothing, status {done.returncode}"
    seen = (os.path.basename(found[2]), int(found[3]))
    if done.returncode == 66 and found[1] == kind and seen in allowed[name]:
        shutil.rmtree(folder)
        return None
    return f"{title}: expected {kind} in {sorted(allowed[name])}, got {found[1]} in {seen}"


def prepare(name, patch, work):
    """Returns the folders of the source with and without the patch."""
    source = fetch(PORTS[name].package, work)
    folders = [os.path.join(work, "ports", name, part) for part in ("stock", "port")]
    shutil.rmtree(os.path.dirname(folders[0]), ignore_errors=True)
    for folder in folders:
        shutil.copytree(source, folder, symlinks=True)
        for origin, target in PORTS[name].copied:
            shutil.copy(os.path.join(folder, origin), os.path.join(folder, target))
    subprocess.run(["patch", "-s", "-p1", "-d", folders[1], "-i", os.path.abspath(patch)],
                   check=True)
    return folders


def check_port(patch, options, pool):
    """Returns (what is wrong, mutants, mutants that are reported)."""
    name = os.path.basename(patch)[:-len(".patch")]
    port = PORTS[name]
    driver = os.path.join(os.path.dirname(patch), f"run_{name}.c")
    stock_folder, folder = prepare(name, patch, options.work)
    copier_clang = os.path.join(options.prefix, "bin", "copier-clang")
    stock = Build(port, stock_folder, driver, ["clang-22"])
    build = Build(port, folder, driver, [copier_clang, "-fsanitize=copier"])
    programs = []
    for one in (stock, build):
        one.compile_all(pool)
        programs.append(os.path.join(one.source, "objects", "program"))
        one.link(programs[-1])
    expected = run(programs[0], "inline")
    wrong = []
    for backend in options.backends.split(","):
        done = run(programs[1], backend)
        if done.returncode or done.stderr or done.stdout != expected.stdout:
            wrong.append(f"{name} under {backend}: status {done.returncode}\n"
                         f"{done.stderr[:3000]}")
    allowed = places(build.files + [driver])
    todo = [mutant for mutant in mutants(build.files)
            if options.only in (None, mutant[5])][::options.every]
    mutant_folder = os.path.join(options.work, "ports", name, "mutants")
    results = list(pool.map(lambda mutant: check_mutant(build, mutant_folder, mutant, allowed),
                            todo))
    missed = [text for text in results if text]
    return wrong + missed, len(todo), len(todo) - len(missed)


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", help="the csyncs of one NAME")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--backends", default=BACKENDS)
    # Builds run in folders of their own.
    parser.add_argument("prefix", type=os.path.abspath)
    parser.add_argument("work", type=os.path.abspath)
    parser.add_argument("patches", nargs="+", metavar="PORT", type=os.path.abspath)
    return parser.parse_args()


def main():
    options = parse()
    wrong, total, reported = [], 0, 0
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for patch in options.patches:
            found, count, good = check_port(patch, options, pool)
            wrong, total, reported = wrong + found, total + count, reported + good
    print("\n".join(wrong), file=sys.stderr)
    print(f"{len(options.patches)} ports; {total} mutants, {reported} reported as they should")
    return 1 if wrong or not total else 0


if __name__ == "__main__":
    sys.exit(main())
