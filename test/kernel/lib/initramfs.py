"""Makes an initramfs: a cpio archive of files of the host, with the libraries that
their programs need."""

import os
import re
import stat
import subprocess

FOLDERS = ("dev", "proc", "sys", "tmp")


class Archive:
    """Collects files by their path in the guest."""

    def __init__(self):
        self.entries = {}

    def add_folder(self, path):
        """Adds a folder, and those that it is in."""
        path = path.strip("/")
        if path and path not in self.entries:
            self.add_folder(os.path.dirname(path))
            self.entries[path] = (stat.S_IFDIR | 0o755, b"")

    def add_bytes(self, path, content, mode=0o644):
        """Adds a file with this content."""
        path = path.strip("/")
        self.add_folder(os.path.dirname(path))
        self.entries[path] = (stat.S_IFREG | mode, content)

    def add_file(self, path, source):
        """Adds a file of the host."""
        with open(source, "rb") as file:
            self.add_bytes(path, file.read(), os.stat(source).st_mode & 0o777)

    def add_program(self, path, source):
        """Adds a program, and its libraries where it looks for them."""
        self.add_file(path, source)
        for library in libraries(source):
            self.add_file(library, library)

    def write(self, target):
        """Writes the archive, in the "newc" format, as the kernel takes it."""
        for folder in FOLDERS:
            self.add_folder(folder)
        with open(target, "wb") as file:
            for number, path in enumerate(sorted(self.entries), 1):
                file.write(record(number, path, *self.entries[path]))
            file.write(record(0, "TRAILER!!!", 0, b""))


def record(number, path, mode, content):
    """One entry: a header of hexadecimal fields, name and content, each padded."""
    name = path.encode() + b"\0"
    fields = (number, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name), 0)
    header = b"070701" + b"".join(b"%08X" % field for field in fields)
    return pad(header + name) + pad(content)


def pad(data):
    """Fills up to a multiple of four bytes."""
    return data + b"\0" * (-len(data) % 4)


def libraries(program):
    """The paths of the shared libraries, loader included, that a program uses."""
    done = subprocess.run(["ldd", program], capture_output=True, text=True, check=False)
    if "statically linked" in done.stdout or "not a dynamic executable" in done.stderr:
        return []
    if done.returncode or "not found" in done.stdout:
        raise OSError(f"{program}: ldd: {done.stdout}{done.stderr}".strip())
    return re.findall(r"(?:^|=>)\s*(/\S+) \(0x", done.stdout, re.MULTILINE)
