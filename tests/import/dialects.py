# SPDX-License-Identifier: BSD-2-Clause
"""Descriptions of other tools, good and broken, and what hvbuild says of them."""
import glob
import importlib
import json
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
DATA = HERE.parent.parent.parent / "shared" / "data" / "import"
HVBUILD = os.path.abspath(sys.argv[1])


def good():
    """The fixtures: files that have no fault but those in their .expect."""
    return sorted(p for p in HERE.iterdir() if p.suffix in (".xml", ".yaml"))


def placed():
    """The fixtures of places.py, right or wrong."""
    return sorted(p.with_suffix(".xml") for p in HERE.glob("*/*.expect"))


def broken():
    """(name, suffix, text, findings) of every change that the broken_*.py describe."""
    for module in sorted(glob.glob(str(HERE / "broken_*.py"))):
        table = importlib.import_module(pathlib.Path(module).stem).BROKEN
        for file, changes in table.items():
            whole = (HERE / file).read_text(encoding="utf-8")
            for old, new, findings in changes:
                assert whole.count(old) == 1, (file, old, whole.count(old))
                name = "%s: %s" % (file, " ".join(new.split()) or "without " + old.strip())
                yield name, os.path.splitext(file)[1], whole.replace(old, new), findings


class Finding:
    def __init__(self, message, lines):
        self.rule, self.level = message["code"], message["level"]
        self.message, self.help = message["message"], message["help"]
        self.labels = [s["label"] for s in message["spans"]]
        self.primary = next((s for s in message["spans"] if s["primary"]), None)
        self.others = [s for s in message["spans"] if not s["primary"]]
        self.lines = lines

    def at(self):
        """The text that the finding points at."""
        s = self.primary
        line = self.lines[s["line"] - 1] if s and 0 < s["line"] <= len(self.lines) else ""
        return line[s["column"] - 1:s["end_column"] - 1] if line else ""

    def line_of(self, span):
        return self.lines[span["line"] - 1] if 0 < span["line"] <= len(self.lines) else ""

    def key(self):
        """What stays the same when the description is converted."""
        return self.rule, self.level, self.message

    def __str__(self):
        return "%s %s at %r: %s" % (self.level, self.rule, self.at(), self.message)


def run(*arguments, stdin=b"", cwd=None):
    return subprocess.run([HVBUILD, *map(str, arguments)], input=stdin, cwd=cwd,
                          capture_output=True, timeout=300)


def check(text, path=None):
    """The exit code of check, its findings, and what it says beside them, which is a fault."""
    r = run("check", path.name if path else "-", "--quiet", "--message-format", "json", stdin=text,
            cwd=path.parent if path else None)
    lines = text.decode().split("\n")
    found, other = [], r.stdout.decode()
    for line in r.stderr.decode(errors="replace").splitlines():
        try:
            found.append(Finding(json.loads(line), lines))
        except ValueError:
            other += line + "\n"
    return r.returncode, found, other


_count = 0
_failed = 0


def ok(good, name, detail=""):
    global _count, _failed
    _count += 1
    _failed += not good
    print("%s %d - %s" % ("ok" if good else "not ok", _count, name), flush=True)
    if not good:
        for line in str(detail).splitlines()[:30]:
            print("# " + line)


def done():
    print("1..%d" % _count)
    sys.exit(1 if _failed else 0)
