#!/usr/bin/env python3
"""Puts a fake command into a folder.

usage: fake.py [--only="COMMANDS"] FOLDER NAME SCRIPT

NAME in FOLDER becomes a shell script. With --only, FOLDER also gets links to those
commands of the system, so that a PATH of this folder alone has them and no others.
"""

import argparse
import os
import shutil


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="")
    parser.add_argument("folder")
    parser.add_argument("name")
    parser.add_argument("script")
    options = parser.parse_args()
    os.makedirs(options.folder, exist_ok=True)
    path = os.path.join(options.folder, options.name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"#!/bin/sh\n{options.script}\n")
    os.chmod(path, 0o755)
    for command in options.only.split():
        link = os.path.join(options.folder, command)
        if not os.path.lexists(link):
            os.symlink(shutil.which(command), link)


if __name__ == "__main__":
    main()
