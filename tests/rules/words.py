#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What findings say, in TAP: words.txt holds, for every file here, the message of each finding of
the rule after which the file is named, with its label, the notes at other places ("+") and the
remedy. Lines are those of the file. Whatever the file, each error and warning has a line and a
remedy. `HVBUILD_GOLDEN=write` writes words.txt anew, to be read before committing.

usage: words.py HVBUILD
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

import elf

HERE = os.path.dirname(os.path.abspath(__file__))
WORDS = os.path.join(HERE, "words.txt")


def said(message):
    lines = ["%s: %s" % (message["level"], message["message"])]
    for span in message["spans"]:
        lines.append("%s%s: %s" % ("" if span["primary"] else "+ ", span["line"], span["label"] or "-"))
    if message["help"]:
        lines.append("= " + message["help"])
    return "".join("  %s\n" % line for line in lines)


def blocks(text):
    """File -> what is said of it."""
    found = {}
    for line in text.splitlines(keepends=True):
        if not line.startswith(" "):
            name = line.strip()
            found[name] = ""
        else:
            found[name] += line
    return found


def main():
    hvbuild = os.path.abspath(sys.argv[1])
    names = sorted(n for n in os.listdir(HERE) if re.match(r"[A-Z0-9]+-\d+-.*\.(yaml|xml)$", n))
    with tempfile.TemporaryDirectory() as root:
        directory = os.path.join(root, "rules")
        shutil.copytree(HERE, directory)
        shutil.copy(os.path.join(HERE, "include", "a.partition.yaml"),
                    os.path.join(root, "outside.partition.yaml"))
        elf.write_all(os.path.join(directory, "elf"))
        run = subprocess.run([hvbuild, "check", "--quiet", "--message-format", "json", *names],
                             cwd=directory, capture_output=True, text=True, timeout=120,
                             check=False, env=dict(os.environ, BULKHEAD_RUNTIMES=os.path.join(
                                 directory, "elf")))
    bare, found = [], {}
    for line in run.stderr.splitlines():
        message = json.loads(line)
        place = next(s for s in message["spans"] if s["primary"])
        fault = message["level"] in ("error", "warning")
        if fault and not (place["line"] and message["help"]):
            bare.append("%s: %s" % (place["file"], message["message"]))
        of_rule = place["file"].startswith(message["code"] + "-")
        if of_rule and message["level"] != "waived":
            found[place["file"]] = found.get(place["file"], "") + said(message)
    if os.environ.get("HVBUILD_GOLDEN") == "write":
        with open(WORDS, "w", encoding="utf-8") as f:
            f.write("".join("%s\n%s" % block for block in sorted(found.items())))
    with open(WORDS, encoding="utf-8") as f:
        expected = blocks(f.read())
    both = sorted(set(found) | set(expected))
    print("1..%d" % (len(both) + 1))
    failed = bool(bare)
    print("%sok 1 - every error and warning has a line and a remedy" % ("not " if bare else ""))
    for text in bare:
        print("# " + text)
    for number, name in enumerate(both, 2):
        good = found.get(name) == expected.get(name)
        failed |= not good
        print("%sok %d - %s" % ("" if good else "not ", number, name))
        if not good:
            for what, text in (("expected", expected.get(name)), ("found", found.get(name))):
                print("# %s:" % what)
                print("\n".join("# " + line for line in (text or "  nothing").splitlines()))
    sys.exit(1 if failed else 0)


main()
