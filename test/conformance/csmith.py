"""Programs that Csmith generates: one for each seed, from --seed on."""

import os
import shutil

from cases import LEFT, FileCase, Verdict
from commands import Failure, run

INCLUDE = "/usr/include/csmith"
LEVELS = ("-O0", "-O1", "-O2", "-O3")
GENERATE_LIMIT_S = 60
# Csmith's copies are struct assignments: have many, of all shapes.
SHAPE = ["--max-struct-fields", "16", "--packed-struct", "--arg-structs", "--return-structs",
         "--arg-unions", "--return-unions"]


class CsmithCase(FileCase):
    """The program of one seed; the folder is the seed's and the configuration's."""

    def __init__(self, seed, configuration):
        super().__init__("csmith", f"seed-{seed}", [], configuration, [f"-I{INCLUDE}"])
        self.seed = seed

    def prepare(self, folder):
        self.sources = [os.path.join(folder, f"{self.name}.c")]
        done = run(["csmith", "--seed", str(self.seed), "--output", self.sources[0]] + SHAPE,
                   folder, GENERATE_LIMIT_S)
        return Verdict(LEFT, "Csmith gives up on the seed") if done.status != 0 else None


def cases(options, configurations):
    if not shutil.which("csmith") or not os.path.isdir(INCLUDE):
        raise Failure("no csmith: apt-get install csmith libcsmith-dev")
    return [CsmithCase(options.seed + number, configuration)
            for configuration in configurations if configuration.level in LEVELS
            for number in range(options.count)]
