"""The two compilers that are compared, and how their programs are run."""

import hashlib
import os
import shutil
import subprocess

from commands import Failure, run

COMPILE_LIMIT_S = 120
# What is asked of a compiler beside the level: everything that compiles at all
# shall, and quietly.
QUIET = ["-w", "-Wno-implicit-function-declaration", "-Wno-implicit-int", "-Wno-int-conversion",
         "-Wno-incompatible-pointer-types", "-Wno-incompatible-function-pointer-types",
         "-Wno-return-mismatch"]
LTO_TOOLS = {"AR": "llvm-ar", "RANLIB": "llvm-ranlib", "NM": "llvm-nm"}


PARTS = ("bin/copier-clang", "lib/copier/CopierGen.so", "lib/libcopier.so")
SANITIZER_PARTS = ("lib/copier/CopierSanitizer.so", "lib/copier/CopierSanitizerSource.so",
                   "lib/libcopsan.so")


class Toolchain:
    """Stock clang, and copier-clang in PREFIX; `sanitize`: with CopierSanitizer, which
    shall have nothing to report."""

    def __init__(self, prefix, sanitize=False):
        self.sanitize = sanitize
        self.prefix = os.path.abspath(prefix)
        self.llvm_bin = llvm_bin()
        self.copier_clang = os.path.join(self.prefix, "bin", "copier-clang")
        if not os.path.exists(self.copier_clang):
            raise Failure(f"no {self.copier_clang}: run tools/build, or name a --prefix")

    def tool(self, name):
        return os.path.join(self.llvm_bin, name)

    def digest(self):
        """Names the toolchain: results of one are no results of another."""
        everything = hashlib.sha256()
        for name in PARTS + (SANITIZER_PARTS if self.sanitize else ()):
            with open(os.path.join(self.prefix, name), "rb") as file:
                everything.update(file.read())
        return everything.hexdigest()[:16]

    def check_scope(self, scope, folder):
        """Fails if the driver does not take the scope as it is."""
        source = os.path.join(folder, "scope.c")
        with open(source, "w", encoding="utf-8") as file:
            file.write("int main(void) { return 0; }\n")
        done = run(self.copier(["-O2"], scope) + ["-c", source, "-o", os.devnull], folder,
                   COMPILE_LIMIT_S)
        if done.status or done.stderr:
            raise Failure(f"-fcopier-scope={scope} is not what this copier-clang does"
                          f"{done.last_words()}")

    def stock(self, level, cxx=False):
        return [self.tool("clang++" if cxx else "clang")] + with_linker(level)

    def copier(self, level, scope, cxx=False):
        return [self.copier_clang + ("++" if cxx else ""), "-fcopier", "-fcopier-min-size=1",
                f"-fcopier-scope={scope}", "-fverify-intermediate-code",
                *(["-fsanitize=copier"] if self.sanitize else [])] + with_linker(level)

    def is_asynchronous(self, program):
        """Whether the program refers to the runtime's copies."""
        done = subprocess.run([self.tool("llvm-nm"), "-u", program], capture_output=True,
                              text=True, check=False)
        return "__copier_amem" in done.stdout


def with_linker(level):
    """The level's flags; LLVM's LTO wants LLVM's linker."""
    return level + (["-fuse-ld=lld"] if any(flag.startswith("-flto") for flag in level) else [])


def llvm_bin():
    config = shutil.which("llvm-config-22")
    if not config:
        raise Failure("no llvm-config-22: run tools/build")
    done = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def environment(policy=None):
    """The caller's without what changes results, and the backend to run under."""
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith("COPIER_") and name not in ("CFLAGS", "CXXFLAGS", "LDFLAGS")}
    kept |= {"LC_ALL": "C", "TERM": "dumb"}  # No colours in what is compared.
    # Some programs bring functions of libc along.
    kept["COPSAN_OPTIONS"] = "verify_interceptors=0"
    return kept | ({"COPIER_BACKEND": backend_of(policy)} if policy else {})


def backend_of(policy):
    """A policy is the adversary's, or a backend of its own."""
    return policy if policy in ("inline", "thread") else f"adversary:{policy}"
