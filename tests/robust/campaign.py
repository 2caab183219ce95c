# SPDX-License-Identifier: BSD-2-Clause
# What the campaigns share: their figures, and a look at the machine's memory from outside.
#
# A campaign is a test that also prints lines `# figure: campaign: value`, which scripts/campaign
# collects. With CAMPAIGN=full in the environment it takes its full form, else the short one of CI.
import enum
import json
import os
import re
import socket
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "system"))
import bulkhead  # noqa: E402

FULL = os.environ.get("CAMPAIGN") == "full"
# ticks, 10 us: above the longest path of the runtime, which is two messages of 8 KiB
LATENESS_BOUND = 640


class Test(bulkhead.Test):
    """A system test with figures."""

    def figure(self, campaign, value):
        print(f"# figure: {campaign}: {value}", flush=True)


def loaded(image):
    """(physical address, bytes, writable) of each segment of an image file."""
    with open(image, "rb") as file:
        data = file.read()
    at, = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    for n in range(count):
        _, flags, offset, _, phys, length = struct.unpack_from("<IIQQQQ", data, at + n * size)
        yield phys, data[offset:offset + length], bool(flags & 2)


def memory_map(image):
    """(start, end, guest address or None, rights, owner) of what an image uses, as `inspect` says."""
    text = subprocess.run([os.environ["HVBUILD"], "inspect", image], text=True, timeout=300,
                          stdout=subprocess.PIPE).stdout
    part = text.split("\nMemory\n")[1].split("\n\n")[0]
    for m in re.finditer(r"^ +(0x\S+) +(0x\S+) +\S+ \w+ +(?:(0x\S+) +)?([r-][w-][x-]) (?:\w+ )* *(\S.*)$",
                         part, re.M):
        start, end, guest = (int(n.replace("_", ""), 16) if n else None for n in m.groups()[:3])
        yield start, end, guest, m[4], m[5]


class Machine:
    """Looks into the physical memory of a running QEMU, which stands still meanwhile."""

    def __init__(self, folder):
        self.path = os.path.join(folder, "monitor")
        self.dump = os.path.join(folder, "dump")
        self.options = ["-qmp", f"unix:{self.path},server=on,wait=off"]
        self.socket = None
        self.looked = 0

    def ask(self, command, **arguments):
        if not self.socket:
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(20)
            self.socket.connect(self.path)
            self.file = self.socket.makefile("r")
            self.file.readline()
            self.ask("qmp_capabilities")
        self.socket.sendall(json.dumps({"execute": command, "arguments": arguments}).encode())
        while True:
            answer = json.loads(self.file.readline())
            if "return" in answer or "error" in answer:
                assert "return" in answer, answer
                return answer["return"]

    def read(self, address, size):
        self.ask("pmemsave", val=address, size=size, filename=self.dump)
        with open(self.dump, "rb") as file:
            return file.read()

    def differences(self, parts):
        """Of [(address, bytes)]: where memory has something else now."""
        self.looked += 1
        self.ask("stop")
        wrong = []
        for address, want in parts:
            got = self.read(address, len(want))
            if got != want:
                first = next(i for i in range(len(want)) if got[i] != want[i])
                wrong.append(f"0x{address + first:x}: {got[first]:02x}, not {want[first]:02x}")
        self.ask("cont")
        return wrong


def fixed_parts(image):
    """[(address, bytes)] that must never change: the runtime's code and constants, the tables with
    all translations, the images kept for restarts."""
    return [(phys, data) for phys, data, writable in loaded(image) if data and not writable]



def beside(t, attacker, frame, share, until, others=(), windows=(), devices=(), shared=(),
           counted=True, change=None, log=None, watch=None, extra=()):
    """Boots an attacking partition with a neighbour `steady` whose window begins where the attacker's
    ends, looks at the fixed memory whenever a line says `swept` or `round`, and judges: the
    neighbour's memory and, with counted instructions, windows; the fixed memory; the runtime. Times in
    microseconds. `change` is called with the path of the image before it boots; `log`: module.health.log;
    `watch` is called with each line of the console. Returns the console and the neighbour's latest start in ticks."""
    description = bulkhead.system(
        [attacker, bulkhead.partition("steady", devices=list(devices)), *others], frame,
        [[bulkhead.window(attacker["name"], 0, share), bulkhead.window("steady", share, 200),
          *windows]], shared=shared)
    description["schedules"][0]["name"] = "full" if FULL else "short"
    if log:
        description["module"]["health"]["log"] = log
    image = t.build(description)
    if change:
        change(image)
    machine, parts, silent = Machine(t.folder.name), fixed_parts(image), []

    def look(line):
        if watch:
            watch(line)
        if re.search(r"\] (swept|round|done)", line):
            silent.extend(machine.differences(parts))

    console = t.boot(image, until=[until, r"\[steady\] windows"], extra=[*machine.options, *extra], on_line=look,
                     timeout=3600 if FULL else 250, icount=counted)
    t.check(console.stopped, "the attack comes to its end", "\n".join(console.lines[-20:]))
    t.check(machine.looked > 1 and not silent, f"code, tables, translations and images unchanged in "
            f"{machine.looked} looks", silent)
    told = [tuple(map(int, m.groups())) for m in console.find(
        r"windows (\d+) moved (\d+) late (\d+) changed (\d+) starts (\d+)", "steady")]
    t.check(told and all(m[3:] == (0, 1) for m in told), "none of the neighbour's memory changes",
            told[-1:])
    late = told[-1][2] if told else 0
    if counted:
        t.check(told and told[-1][1] == 0 and late <= LATENESS_BOUND,
                f"its windows are where they belong and start {late * 16} ns late at most", told)
    t.check(not console.find("exception in the runtime|FAIL"), "the runtime is well")
    return console, late

# ---- The tables, as schema/tables.h has them ----------------------------------------------------

def read_header(name):
    with open(os.path.join(os.environ["SOURCE_ROOT"], "schema", name)) as file:
        return file.read()


def fields(struct_name):
    """(name, offset, size) of each field of a struct of tables.h."""
    sizes = {"char": 1, "uint8_t": 1, "uint16_t": 2, "uint32_t": 4, "uint64_t": 8}
    arrays = {"HV_NAME_SIZE": 32, "32": 32}
    body = re.search(rf"^struct {struct_name} \{{(.*?)^\}};", read_header("tables.h"), re.S | re.M)[1]
    at, found = 0, []
    for kind, names in re.findall(r"^ *(\w+) ([\w, \[\]]+);", re.sub(r"//.*", "", body), re.M):
        if kind not in sizes:  # the directory, which ends the header
            break
        for name in names.split(", "):
            name, _, count = name.rstrip("]").partition("[")
            size = sizes[kind] * (arrays[count] if count else 1)
            at = -(-at // sizes[kind]) * sizes[kind]
            found.append((name, at, size))
            at += size
    return found


# MODULE, CORE, ...: enum tbl_type without TBL_.
Section = enum.IntEnum("Section", re.findall(
    r"^ *TBL_(\w+),", re.search(r"enum tbl_type \{(.*?)\};", read_header("tables.h"), re.S)[1], re.M),
    start=0)
HEADER_SIZE = 112 + len(Section) * 24


def crc32c_of(n, bits=8):
    for _ in range(bits):
        n = n >> 1 ^ (0x82f63b78 if n & 1 else 0)
    return n


CRC32C = [crc32c_of(n) for n in range(256)]


def crc32c(data):
    crc = 0xffffffff
    for byte in data:
        crc = crc >> 8 ^ CRC32C[(crc ^ byte) & 255]
    return crc ^ 0xffffffff


class Image:
    """An image file whose tables can be changed."""

    def __init__(self, data):
        self.data = bytearray(data)
        self.base = self.data.index(b"BULKHEAD")
        # The magic also stands in the runtime's code: in the tables, architecture and board follow.
        while struct.unpack_from("<HH", self.data, self.base + 12) != (183, 1):
            self.base = self.data.index(b"BULKHEAD", self.base + 1)
        self.size, = struct.unpack_from("<Q", self.data, self.base + 24)

    def tables(self):
        return bytes(self.data[self.base:self.base + self.size])

    def section(self, n):
        at = self.base + 112 + 24 * n
        offset, count, entry, _, _ = struct.unpack_from("<QIIII", self.data, at)
        return self.base + offset, count, entry

    def seal(self):
        """Makes every checksum right again."""
        for n in Section:
            at, count, entry = self.section(n)
            struct.pack_into("<I", self.data, self.base + 112 + 24 * n + 16,
                             crc32c(self.data[at:at + count * entry]))
        struct.pack_into("<I", self.data, self.base + 16, 0)
        struct.pack_into("<I", self.data, self.base + 16,
                         crc32c(self.data[self.base:self.base + HEADER_SIZE]))

    def forge(self, section, index, offset, form, value):
        at, count, entry = self.section(section)
        assert index < count, (section, index, count)
        old, = struct.unpack_from(form, self.data, at + index * entry + offset)
        struct.pack_into(form, self.data, at + index * entry + offset,
                         value(old) if callable(value) else value)
        self.seal()
