"""One program at one level in one scope: what is compared, and how it came out.

A suite makes cases. A case has a `key` that names it for ever, and `check(toolchain,
folder, policies)`, which returns a Verdict.
"""

import dataclasses
import os

from commands import run
from toolchain import COMPILE_LIMIT_S, QUIET, environment

SAME, LEFT, DIFFERS = "same", "left", "differs"
RUN_LIMIT_S = 10
# The adversary looks at every byte several times, and the machine may be busy.
SLOWER = 12


@dataclasses.dataclass
class Verdict:
    """How a case came out, and why if it is not the same."""
    kind: str
    detail: str = ""
    asynchronous: bool = False
    policy: str = ""  # Under which it differs first; empty when it does not compile.


@dataclasses.dataclass(frozen=True)
class Configuration:
    level: str
    scope: str

    @property
    def flags(self):
        return self.level.split()

    def __str__(self):
        return f"{self.level} {self.scope}"


class FileCase:
    """A program of one or a few files that is compiled and run without arguments."""
    skipped = ()

    def __init__(self, suite, name, sources, configuration, flags=()):
        self.suite, self.name, self.configuration = suite, name, configuration
        self.sources, self.flags = list(sources), list(flags)

    @property
    def key(self):
        return f"{self.suite}/{self.name} {self.configuration}"

    def prepare(self, _folder):
        """Makes the sources if they are not there yet; a Verdict if that fails."""
        return None

    def command(self, compiler):
        return compiler + QUIET + self.flags + self.sources + ["-lm", "-o", "program"]

    def check(self, toolchain, folder, policies):
        failed = self.prepare(folder)
        if failed:
            return failed
        stock, copier = (os.path.join(folder, name) for name in ("stock", "copier"))
        for place in (stock, copier):
            os.makedirs(place, exist_ok=True)
        wanted = run(self.command(toolchain.stock(self.configuration.flags)), stock,
                     COMPILE_LIMIT_S)
        compiled = run(self.command(toolchain.copier(self.configuration.flags,
                                                     self.configuration.scope)), copier,
                       COMPILE_LIMIT_S)
        if bool(wanted.status) != bool(compiled.status) or compiled.status is None:
            return Verdict(DIFFERS, f"compiling: {wanted.difference(compiled)}")
        if wanted.status:
            return Verdict(LEFT, "stock clang does not compile it")
        return self.compare(toolchain, stock, copier, policies)

    def compare(self, toolchain, stock, copier, policies):
        asynchronous = toolchain.is_asynchronous(os.path.join(copier, "program"))
        expected = execute(stock)
        if expected.status is None:
            return Verdict(LEFT, f"stock clang's program takes more than {RUN_LIMIT_S} s",
                           asynchronous)
        # Without such a copy the backends have nothing to do.
        for policy in policies if asynchronous else policies[:1]:
            actual = execute(copier, policy)
            difference = expected.difference(actual)
            if not difference:
                continue
            if any(expected.difference(execute(stock)) for _ in range(3)):
                return Verdict(LEFT, "stock clang's program does now this, now that", asynchronous)
            return Verdict(DIFFERS, f"under {policy}: {difference}", asynchronous, policy)
        return Verdict(SAME, "", asynchronous)


def execute(folder, policy=None):
    return run(["./program"], folder, RUN_LIMIT_S * (SLOWER if policy else 1),
               environment(policy))
