#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# Typed commands: to Debian's U-Boot at its prompt, and to a shell of Debian's Linux with one and with
# two vcpus, by a pipe and in a terminal, while the windows of their neighbour stay where they belong.
import hashlib
import re

from fetched import Test, fetched
from bulkhead import Console, partition, system, window

t = Test()
LATE = 640  # ticks of 16 ns: that of the campaigns of tests/robust
PASTED = "".join(f"{n:05d} all work and no play makes jack a dull boy\n" for n in range(200))


def describe(guest, cpus=1):
    cores = [[window(guest["name"], 0, 10000), window("beside", 10000, 10000)]]
    if cpus == 2:
        cores.append([window(guest["name"], 0, 10000, cpu=1)])
    d = system([{**guest, "cpus": cpus, "criticality": "C"}, partition("beside", "steady")], 20000, cores,
               bound=f"{LATE * 16}ns")
    d["module"]["console_input"] = guest["name"]
    return d


def talk(description, script, what, **options):
    said, ended = t.converse(t.build(description), script, timeout=250, **options)
    said = re.sub(r"\033\[[0-9;]*m", "", said)  # colours of a terminal
    console = Console(said, ended)
    t.check(ended, f"{what}: the talk comes to its end", "\n".join(console.lines[-25:]))
    last = console.find(r"^windows \d+ moved (\d+) late (\d+) changed (\d+) starts 1$", "beside")
    t.check(last and last[-1][1] == last[-1][3] == "0" and int(last[-1][2]) <= LATE,
            f"{what}: its neighbour keeps its windows", [m.string for m in last[-1:]])
    return console


# ---- U-Boot -------------------------------------------------------------------------------------

uboot = {"name": "uboot", "guest": "uboot", "image": fetched("u-boot.bin"),
         "memory": [{"name": "ram", "at": "0x40000000", "size": "96MiB", "rights": "rwx"},
                    {"name": "flash", "at": "0x04000000", "size": "256KiB", "rights": "rw"}]}
PROMPT = r"\[uboot\] => "
console = talk(describe(uboot), [
    (r"Hit any key to stop autoboot", b" "), (PROMPT, b"version\n"), (PROMPT, b"setenv speed 7\n"),
    (PROMPT, b"echo at ${speed} knots\n"), (PROMPT, b"mw.l 41000000 cafe 4\n"), (PROMPT, b"md.l 41000000 2\n"),
    (PROMPT, b"poweroff\n"), (r"uboot: switched off by the guest", b""), (r"\[beside\] windows", None)], "U-Boot")
t.check(console.find(r"^=> version$", "uboot"), "U-Boot: its prompt, and what was typed there, are shown")
t.check(console.find(r"^U-Boot 20\d\d\.\d\d.*aarch64|^aarch64-linux-gnu-gcc", "uboot"), "U-Boot: version")
t.check(console.find(r"^at 7 knots$", "uboot"), "U-Boot: a variable of its environment")
t.check(console.find(r"^41000000: 0000cafe 0000cafe", "uboot"), "U-Boot: a word of memory")

# ---- A shell of Linux ---------------------------------------------------------------------------

linux = {"name": "linux", "guest": "linux", "image": fetched("vmlinuz"), "initrd": fetched("initrd.cpio"),
         "cmdline": "console=ttyAMA0 nokaslr do=shell",
         "memory": [{"name": "ram", "at": "0x40000000", "size": "128MiB", "rights": "rwx"}]}
PROMPT = r"\[linux\] / # "
for cpus, terminal in ((1, False), (2, True)):
    what = f"Linux, {cpus} vcpus, {'a terminal' if terminal else 'a pipe'}"
    enter = b"\r" if terminal else b"\n"
    console = talk(describe(linux, cpus), [
        (PROMPT, b"uname -a" + enter), (PROMPT, b"echo seven timez\x7fs six is $((7*6))" + enter),
        (PROMPT, b"cat /proc/interrupts" + enter),
        (PROMPT, b"stty -echo; echo now; head -c %d | md5sum" % len(PASTED) + enter),
        (r"\[linux\] now", PASTED.encode()),
        (r"[0-9a-f]{32}", b""),
        (PROMPT, b"echo warnings $(dmesg -r | grep -c '^<[0-4]>'); poweroff -f" + enter),
        (r"linux: switched off by the guest", b""), (r"\[beside\] windows", None)], what, terminal=terminal)
    t.check(console.find(r"^Linux \(none\) 6\.\d+\.\S+ .* aarch64 GNU/Linux$", "linux"), f"{what}: uname -a")
    t.check(console.find(r"^seven times six is 42$", "linux"), f"{what}: a key was taken back")
    uart = console.find(r"^ *\d+: +(\d+).*GICv3 +33 Level +uart-pl011$", "linux")
    t.check(uart and int(uart[-1][1]) > 0, f"{what}: an interrupt for what is typed",
            [m.string for m in uart])
    digest = hashlib.md5(PASTED.encode()).hexdigest()
    t.check(console.find(f"^{digest}  -$", "linux"), f"{what}: {len(PASTED)} bytes at once arrive whole",
            console.of("linux")[-6:])
    t.equal([m[1] for m in console.find(r"^(?:/ # )?warnings (\d+)$", "linux")], ["0"], f"{what}: no warning")
t.done()
