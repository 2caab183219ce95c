#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""XML that means harm, or is damaged, and where findings stand in XML of any form, in TAP.

usage: hostile.py HVBUILD
"""
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
HVBUILD = os.path.abspath(sys.argv[1])
FULL = (HERE / "arinc" / "p1-2-full.xml").read_bytes()
ENVIRONMENT = os.environ | {"ASAN_OPTIONS": "exitcode=99:allocator_may_return_null=1",
                            "UBSAN_OPTIONS": "halt_on_error=1:exitcode=99"}
count = failed = 0


def ok(good, name, detail=""):
    global count, failed
    count += 1
    failed += not good
    print(f"{'ok' if good else 'not ok'} {count} - {name}", flush=True)
    for line in str(detail).splitlines()[:20] if not good else []:
        print("# " + line[:300])


def check(*files, text=b"", cwd=None):
    """(exit code, findings); a line that is no finding is one of the rule '?'."""
    run = subprocess.run([HVBUILD, "check", "--quiet", "--message-format", "json", *files],
                         input=text, capture_output=True, timeout=120, env=ENVIRONMENT, cwd=cwd)
    found = []
    for line in run.stderr.decode(errors="backslashreplace").splitlines():
        try:
            found.append(json.loads(line))
        except ValueError:
            found.append({"code": "?", "level": "error", "message": line, "spans": [], "help": ""})
    return run.returncode, [m for m in found if m["level"] != "info"]


def refused(text, name, rule="SYN-001", words=""):
    code, found = check("-", text=text)
    good = code == 1 and len(found) == 1 and found[0]["code"] == rule and found[0]["help"]
    ok(good and words in json.dumps(found) and "root:" not in json.dumps(found), name,
       (code, found))


# ---- Entities and outside --------------------------------------------------------------------------
laughs = b'<!DOCTYPE a [<!ENTITY l0 "ha">' + b"".join(
    b'<!ENTITY l%d "%s">' % (i, b"&l%d;" % (i - 1) * 10) for i in range(1, 12)) + b"]><a>&l11;</a>"
start = time.monotonic()
refused(laughs, "a billion laughs", words="document type")
ok(time.monotonic() - start < 10, "which take no time")
refused(b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "an external entity",
        words="document type")
refused(b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a/>', "an external document type",
        words="document type")
refused(b'<!DOCTYPE a [<!ENTITY % p SYSTEM "file:///etc/passwd">%p;]><a/>', "a parameter entity",
        words="document type")
refused(b'<!DOCTYPE a [<!ATTLIST a b CDATA "c">]><a/>', "a default attribute", words="document type")
refused(b"<a>&x;</a>", "an entity that is not declared", words="no meaning")
refused(b'<Module name="x"/>', "a word of XNG without its namespace", words="none of theirs")
refused(b'<Module xmlns="urn:other" name="x"/>', "a word of XNG in another namespace",
        words="the namespace 'urn:other' is none of theirs")
refused(b'<SystemDescription xmlns="http://www.xtratun.org/xm-3.x"/>', "a namespace that no form has",
        words="the namespace 'http://www.xtratun.org/xm-3.x' is none of theirs")
refused(b'<ARINC_653_Module ModuleName="m"><Partition PartitionIdentifier="1" PartitionName="p" '
        b'EntryPoint="e"/><Module_Schedule MajorFrameSeconds="0,1"><Partition_Schedule PartitionIdentifier="1" '
        b'PeriodSeconds="1" PeriodDurationSeconds="1"><Window_Schedule WindowIdentifier="1" '
        b'WindowStartSeconds="0" WindowDurationSeconds="1" PartitionPeriodStart="1"/>'
        b'</Partition_Schedule></Module_Schedule></ARINC_653_Module>',
        "a decimal comma", rule="SYN-002", words="with a point, not a comma")

# ---- Size and depth --------------------------------------------------------------------------------
for depth in (65, 300, 100000):
    refused(b"<a>" * depth + b"</a>" * depth, f"{depth} levels", words="64 deep")
code, found = check("-", text=b"<a>" * 64 + b"</a>" * 64)
ok(code == 1 and "begins with element 'a'" in found[0]["message"], "64 levels", found)
name = b"n" * 5_000_000
code, found = check("-", text=FULL.replace(b'"trainer"', b'"' + name + b'"'))
ok(code == 1 and [m["code"] for m in found] == ["SYN-003"], "a name of 5 MB", [m["code"] for m in found])
refused(FULL.replace(b'"trainer"', b'"' + name * 3 + b'"'), "a name of 15 MB")
code, found = check("-", text=FULL.replace(b"<Libs>", b"<Libs>" + b"x" * 5_000_000))
ok(code == 0 and not found, "a text of 5 MB", found)
code, found = check("-", text=FULL.replace(b"<Libs>", b"<!--" + b"x" * 9_000_000 + b"--><Libs>"))
ok(code == 0 and not found, "a comment of 9 MB", found)
code, found = check("-", text=FULL.replace(b"<Devices/>", b"<Devices" + b"".join(
    b' a%d="1"' % i for i in range(20000)) + b"/>"))
ok(code == 0, "20000 attributes in an element that is not read", found[:3])
code, found = check("-", text=FULL.replace(b'ModuleVersion="3"', b"".join(
    b' a%d="1"' % i for i in range(20000))))
ok(code == 1 and len(found) == 201, "20000 attributes that nobody knows", len(found))

# ---- Encodings -------------------------------------------------------------------------------------
refused(FULL.decode().encode("utf-16"), "UTF-16 with its mark")
refused(FULL.decode().encode("utf-16-le"), "UTF-16 without")
refused(FULL.decode().encode("utf-32"), "UTF-32")
refused(FULL.replace(b"trainer", b"tr\xe4iner"), "Latin-1", words="not UTF-8")
refused(FULL.replace(b"trainer", b"tr\xc0\xafiner"), "an overlong form", words="not UTF-8")
refused(FULL.replace(b"trainer", b"tr\xed\xa0\x80"), "a surrogate", words="not UTF-8")
refused(FULL.replace(b"trainer", b"tr\0ainer"), "a zero byte", words="zero")
refused(FULL.replace(b"trainer", b"tr\x07iner"), "a bell", words="control")
refused(FULL.replace(b"trainer", b"&#0;"), "a zero reference")
refused(FULL.replace(b"trainer", b"&#xD800;"), "a surrogate reference")
code, found = check("-", text=FULL.replace(b'encoding="UTF-8"', b'encoding="UTF-16"'))
ok(code == 0 and not found, "what the file says of its encoding does not count", found)

# ---- Damage ----------------------------------------------------------------------------------------
with tempfile.TemporaryDirectory() as place:
    def many(texts, name, codes=(0, 1)):
        files = []
        for i, text in enumerate(texts):
            files.append(f"{i}.xml")
            (pathlib.Path(place) / files[-1]).write_bytes(text)
        code, found = check(*files, cwd=place)
        strange = [m for m in found if m["code"] == "?"]
        ok(code in codes and not strange, f"{len(files)} files: {name}", (code, strange[:5]))

    many([FULL[:i] for i in range(1, FULL.rindex(b">") - 1)], "cut off at every byte", (1,))
    rng = random.Random(653)
    damaged = []
    for _ in range(1500):
        text = bytearray(FULL)
        for _ in range(rng.choice((1, 1, 2, 5, 20))):
            at = rng.randrange(len(text))
            kind = rng.randrange(4)
            if kind == 0:
                text[at] = rng.randrange(256)
            elif kind == 1:
                del text[at:at + rng.randrange(40)]
            elif kind == 2:
                text[at:at] = text[rng.randrange(len(text)):][:rng.randrange(200)]
            else:
                text[at:at] = rng.choice((b"<", b">", b"&", b'"', b"'", b"<!--", b"-->", b"]]>",
                                          b"<![CDATA[", b"<?x", b"?>", b"&#x41;", b"=", b"\r\n",
                                          b"-", b"0x", b"e9", b"99999999999999999999", b"INF"))
        damaged.append(bytes(text))
    many(damaged, "damaged at random")

    # Includes that multiply: 50 of them in each file, eight levels down.
    for level in range(8):
        (pathlib.Path(place) / f"l{level}.xml").write_bytes(
            b'<a xmlns:xi="http://www.w3.org/2001/XInclude">' +
            b'<xi:include href="l%d.xml"/>' % (level + 1) * 50 + b"</a>")
    (pathlib.Path(place) / "l8.xml").write_bytes(b"<a/>")
    start = time.monotonic()
    code, found = check("l0.xml", cwd=place)
    ok(code == 1 and {m["code"] for m in found} == {"SYN-006"} and "4096 files" in found[0]["spans"][0]["label"],
       "includes that multiply", found[:3])
    os.symlink("/etc/passwd", f"{place}/link.xml")
    (pathlib.Path(place) / "m.xml").write_bytes(
        b'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="link.xml"/>')
    code, found = check("m.xml", cwd=place)
    ok(code == 1 and "outside" in found[0]["spans"][0]["label"], "a link that leads outside", found)
    os.mkfifo(f"{place}/pipe.xml")
    os.symlink("/dev/zero", f"{place}/zero.xml")
    (pathlib.Path(place) / "m.xml").write_bytes(
        b'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="zero.xml"/>')
    code, found = check("m.xml", cwd=place)
    ok(code == 1 and "outside" in found[0]["spans"][0]["label"], "an endless device", found)

    (pathlib.Path(place) / "parts").mkdir()
    (pathlib.Path(place) / "parts" / "p.xml").write_bytes(
        b'<Partition PartitionIdentifier="2" PartitionName="two" EntryPoint="e"/>')
    main = FULL.replace(b"<Partition_Memory P", b'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude"'
                        b' href="parts/p.xml"/><Partition_Memory P', 1)
    (pathlib.Path(place) / "with.xml").write_bytes(main)
    depfile = pathlib.Path(place) / "out.d"
    subprocess.run([HVBUILD, "check", "with.xml", "--depfile", "out.d"], cwd=place, env=ENVIRONMENT,
                   capture_output=True, timeout=300)
    ok("with.xml" in depfile.read_text() and "parts/p.xml" in depfile.read_text(),
       "an included file is in the depfile", depfile.read_text())

# ---- Places ----------------------------------------------------------------------------------------
# Attributes that nobody knows, at random places in random layout: a second count of lines and
# columns.
rng = random.Random(1003)
BLANKS = (" ", "  ", "\n", "\n\t ", " \n\n", "\t", "\r\n ")
VALUES = ("1", "", "äöü", "a>b", "x='1'", "&amp;&lt;", "&#x20AC;", "€𝄞", "two\nlines", "/>")
for trial in range(60):
    text, wrong = "", []

    def add(piece):
        global text
        text += piece

    def blank():
        add(rng.choice(BLANKS))

    def attribute(name, value, quote='"'):
        blank()
        if name.startswith("Wrong"):
            line = text.count("\n") + 1
            wrong.append((line, len(text) - (text.rfind("\n") + 1) + 1))
        add(name + rng.choice(("=", " =", "= ", " =\n")) + quote + value + quote)

    def element(name, attributes, inside=None):
        if rng.random() < 0.3:
            add(rng.choice(("<!-- <a Wrong='1'> ä -->", "<?x Wrong='1'?>", "\n\n", "\r\n")))
        add("<" + name)
        pairs = list(attributes.items()) + [(f"Wrong{i}", rng.choice(VALUES))
                                            for i in range(rng.randrange(3))]
        rng.shuffle(pairs)
        for key, value in pairs:
            attribute(key, value, '"' if "'" in value else rng.choice("\"'"))
        if inside:
            add(rng.choice((">", " >", "\n>")))
            inside()
            add(f"</{name}>")
        else:
            add(rng.choice(("/>", " />", f"></{name}>")))

    add(rng.choice(("", "<?xml version='1.0'?>", "<?xml version='1.0' encoding='UTF-8'?>\n")))
    element("ARINC_653_Module", {"ModuleName": "m"}, lambda: (
        element("Partition", {"PartitionIdentifier": "1", "PartitionName": "p", "EntryPoint": "e"}),
        element("Module_Schedule", {"MajorFrameSeconds": "1"}, lambda: element(
            "Partition_Schedule", {"PartitionIdentifier": "1", "PeriodSeconds": "1",
                                   "PeriodDurationSeconds": "1"}, lambda: element(
                "Window_Schedule", {"WindowIdentifier": "1", "WindowStartSeconds": "0",
                                    "WindowDurationSeconds": "1", "PartitionPeriodStart": "1"})))))
    code, found = check("-", text=text.encode())
    places = [(m["spans"][0]["line"], m["spans"][0]["column"]) for m in found]
    if code != (1 if wrong else 0) or places != sorted(wrong):
        ok(False, f"places in document {trial}", f"{wrong}\n{places}\n{found}\n{text}")
        break
else:
    ok(True, "60 documents of random layout: every finding stands where a second count says")

print(f"1..{count}")
sys.exit(1 if failed else 0)
