"""Runs commands with limits, and says what they did."""

import dataclasses
import os
import signal
import subprocess
import threading

OUTPUT_LIMIT = 1 << 26  # Bytes, of any file that a command writes.


RUNNING = set()  # The processes that have not ended.
RUNNING_LOCK = threading.Lock()
ENDING = threading.Event()


class Failure(Exception):
    """What stands in the way of the whole run, in one line."""


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What a command did. `status` is negative for a signal, None past the limit."""
    status: int | None
    stdout: bytes
    stderr: bytes

    def difference(self, other):
        """What distinguishes the two, in one line; None if nothing does."""
        if self.status != other.status:
            return f"{other.how_it_ended()}, not {self.how_it_ended()}{other.last_words()}"
        for part in ("stdout", "stderr"):
            if getattr(self, part) != getattr(other, part):
                return f"another {part}{other.last_words(part)}"
        return None

    def how_it_ended(self):
        if self.status is None:
            return "no end within the limit"
        if self.status < 0:
            return signal.Signals(-self.status).name
        return f"exit status {self.status}"

    def last_words(self, *parts):
        """What it said last, on stderr if there is something."""
        texts = [getattr(self, part) for part in parts or ("stderr", "stdout")]
        text = next(filter(None, texts), b"").decode(errors="backslashreplace")
        lines = text.strip().splitlines()
        return f": {lines[-1][:200]}" if lines else ""


def run(command, folder, limit_s, environment=None, stem=None):
    """Runs `command` in `folder`. With `stem`, its output stays in STEM.stdout and
    STEM.stderr there. Nothing that it has started outlives it."""
    paths = [os.path.join(folder, f"{stem or 'last'}.{part}") for part in ("stdout", "stderr")]
    limited = ["prlimit", "--core=0", f"--fsize={OUTPUT_LIMIT}"] if stem is None else []
    with open(paths[0], "wb") as stdout, open(paths[1], "wb") as stderr:
        process = subprocess.Popen(limited + command, cwd=folder, env=environment, stdout=stdout,
                                   stderr=stderr, stdin=subprocess.DEVNULL,
                                   start_new_session=True)
        with RUNNING_LOCK:
            RUNNING.add(process)
        if ENDING.is_set():
            end_group(process)
        try:
            status = process.wait(timeout=limit_s)
        except subprocess.TimeoutExpired:
            status = None
        finally:
            end_group(process)
            with RUNNING_LOCK:
                RUNNING.discard(process)
    return Outcome(status, *map(contents, paths))


def end_group(process):
    """Ends the session that `process` has begun."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def end_all():
    """Ends whatever other threads wait for, or will."""
    ENDING.set()
    with RUNNING_LOCK:
        for process in RUNNING:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass


def contents(path):
    with open(path, "rb") as file:
        return file.read()
