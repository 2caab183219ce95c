# SPDX-License-Identifier: BSD-2-Clause
"""Writes device trees from the Devicetree Specification 0.4, chapter 5: a good one, and one for each way
in which it can disagree with a partition."""
import struct


def cells(*values):
    return struct.pack(">%dI" % len(values), *values)


def pairs(*values):
    """Numbers of two cells each."""
    return struct.pack(">%dQ" % len(values), *values)


def text(*words):
    return b"".join(w.encode() + b"\0" for w in words)


def flatten(root, reserved=(), version=17):
    """A tree {name: bytes or tree} as a file."""
    strings, names = b"", {}

    def node(name, content):
        nonlocal strings
        out = struct.pack(">I", 1) + name.encode() + b"\0"
        out += b"\0" * (-len(out) % 4)
        for key, value in content.items():
            if isinstance(value, bytes):
                if key not in names:
                    names[key] = len(strings)
                    strings += key.encode() + b"\0"
                out += struct.pack(">III", 3, len(value), names[key]) + value + b"\0" * (-len(value) % 4)
        for key, value in content.items():
            if isinstance(value, dict):
                out += node(key, value)
        return out + struct.pack(">I", 2)

    body = node("", root) + struct.pack(">I", 9)
    reserve = b"".join(pairs(*r) for r in reserved) + pairs(0, 0)
    at = 40 + len(reserve)
    return struct.pack(">10I", 0xd00dfeed, at + len(body) + len(strings), at, at + len(body), 40,
                       version, 16, 0, len(strings), len(body)) + reserve + body + strings


def parse(tree):
    """The tree {name: bytes or tree} of a file."""
    at, strings = struct.unpack_from(">II", tree, 8)
    root, path = {}, []
    while True:
        token, = struct.unpack_from(">I", tree, at)
        at += 4
        if token == 1:
            end = tree.index(b"\0", at)
            path.append({})
            if len(path) > 1:
                path[-2][tree[at:end].decode()] = path[-1]
            at = (end + 4) // 4 * 4
        elif token == 2:
            root = path.pop()
        elif token == 3:
            length, name = struct.unpack_from(">II", tree, at)
            name = tree[strings + name:tree.index(b"\0", strings + name)].decode()
            path[-1][name] = tree[at + 8:at + 8 + length]
            at += 8 + (length + 3) // 4 * 4
        elif token == 9:
            return root


GIC, CLOCK, GPIO = 1, 2, 3
RAM, MIB = 0x40000000, 1 << 20


def memory(start, size):
    return {"device_type": text("memory"), "reg": pairs(start, size)}


def cpu(reg, *, cells_=1, **more):
    return {"device_type": text("cpu"), "compatible": text("arm,armv8"),
            "reg": cells(*([0] * (cells_ - 1)), reg), "enable-method": text("psci"),
            **{k.replace("_", "-"): v for k, v in more.items()}}


def device(compatible, start, size, spi=None, **more):
    return {"compatible": text(compatible), "reg": pairs(start, size),
            **({} if spi is None else {"interrupts": cells(0, spi, 4)}),
            **{k.replace("_", "-"): v for k, v in more.items()}}


def good(cpus=1):
    """What a partition has with 64 MiB of RAM, the PL011 and the board's clock."""
    return {
        "#address-cells": cells(2), "#size-cells": cells(2), "compatible": text("linux,dummy-virt"),
        "interrupt-parent": cells(GIC),
        "memory@40000000": memory(RAM, 64 * MIB),
        "cpus": {"#address-cells": cells(1), "#size-cells": cells(0),
                 **{"cpu@%x" % i: cpu(i) for i in range(cpus)}},
        "psci": {"compatible": text("arm,psci-1.0", "arm,psci-0.2"), "method": text("hvc")},
        "timer": {"compatible": text("arm,armv8-timer"),
                  "interrupts": cells(1, 13, 4, 1, 14, 4, 1, 11, 4, 1, 10, 4)},
        "interrupt-controller@8000000": {
            "compatible": text("arm,gic-v3"), "#interrupt-cells": cells(3), "interrupt-controller": b"",
            "reg": pairs(0x08000000, 0x10000, 0x080a0000, cpus * 0x20000), "phandle": cells(GIC)},
        "pl011@9000000": device("arm,pl011", 0x09000000, 0x1000, 1),
        "rtc@9010000": device("arm,pl031", 0x09010000, 0x1000, 2),
        "chosen": {"stdout-path": text("/pl011@9000000")},
    }


def changed(*changes, cpus=1, reserved=()):
    """The good tree with ("/path/of/node", property or node, its value or None to delete it)."""
    tree = good(cpus)
    for path, name, value in changes:
        node = tree
        for step in path.split("/")[1:]:
            node = node[step] if step else node
        if value is None:
            del node[name]
        else:
            node[name] = value
    return flatten(tree, reserved)


def bus(child, ranges, address=2, size=2, **more):
    return {"compatible": text("simple-bus"), "#address-cells": cells(address),
            "#size-cells": cells(size), "ranges": ranges, **child,
            **{k.replace("_", "-"): v for k, v in more.items()}}


def padded(total):
    """A good tree of exactly so many bytes; the length of the name makes them a multiple of 4."""
    empty = len(changed(("/", "filler", b"")))
    assert (total - empty) % 4 == 0
    return changed(("/", "filler", b"\0" * (total - empty)))


def nested(depth):
    """Nodes so deep, the root among them."""
    return {"a": nested(depth - 1)} if depth > 2 else {}


MEMORY, CPUS, GICV3 = "/memory@40000000", "/cpus", "/interrupt-controller@8000000"
OFF = {"status": text("disabled")}
GOOD = flatten(good())
FAR = device("arm,pl061", 0x09030000, 0x1000, 7)
ON_BUS = {"reg": cells(0x1000, 0x1000), "compatible": text("arm,pl031")}

FILES = {
    # What can be read.
    "good": GOOD,
    "room": GOOD[:4] + cells(1 << 20) + GOOD[8:] + b"\0" * ((1 << 20) - len(GOOD)),
    "version-16": flatten(good(), version=16),
    "version-3": flatten(good(), version=3),
    "text": b"/dts-v1/;\n/ { };\n" * 9,
    "cut": GOOD[:-1],
    "empty": b"",
    "full": padded(65536),
    "over": padded(65540),
    "two-nodes": changed(("/", "xtc@9010000", device("arm,pl031", 0x09010000, 0x1000))).replace(
        b"xtc@", b"rtc@"),
    "two-properties": changed((MEMORY, "xeg", pairs(RAM, 128 * MIB))).replace(b"xeg\0", b"reg\0"),
    "deep": flatten(good() | {"a": nested(32)}),
    "deeper": flatten(good() | {"a": nested(33)}),
    # MEM-020: memory.
    "to-the-end": changed((MEMORY, "reg", pairs(RAM + 63 * MIB, MIB, RAM, 63 * MIB))),
    "page-more": changed((MEMORY, "reg", pairs(RAM, 64 * MIB + 4096))),
    "page-before": changed((MEMORY, "reg", pairs(RAM - 4096, 64 * MIB))),
    "page-less": changed((MEMORY, "reg", pairs(RAM, 64 * MIB - 4096))),
    "byte-more": changed((MEMORY, "reg", pairs(RAM, 64 * MIB + 1))),
    "wraps": changed((MEMORY, "reg", pairs(RAM, 2 ** 64 - RAM))),
    "usable": changed((MEMORY, "linux,usable-memory", pairs(RAM, 65 * MIB))),
    "elsewhere": changed((MEMORY, "reg", pairs(0x80000000, MIB))),
    "no-memory": changed(("/", MEMORY[1:], None)),
    "memory-off": changed((MEMORY, "status", text("disabled"))),
    "nothing-in-it": changed((MEMORY, "reg", pairs(RAM, 0))),
    "memory-bare": changed((MEMORY, "reg", None), (MEMORY, "linux,usable-memory", pairs(RAM, MIB))),
    "status-cut": changed((MEMORY, "status", b"okay")),
    "more-off": changed(("/", "memory@80000000", memory(0x80000000, MIB) | OFF)),
    "one-cell": flatten(good() | {
        "#address-cells": cells(1), "#size-cells": cells(1),
        MEMORY[1:]: {"device_type": text("memory"), "reg": cells(RAM, 64 * MIB)},
        GICV3[1:]: good()[GICV3[1:]] | {"reg": cells(0x08000000, 0x10000, 0x080a0000, 0x20000)},
        "pl011@9000000": {"reg": cells(0x09000000, 0x1000), "interrupts": cells(0, 1, 4)},
        "rtc@9010000": {"reg": cells(0x09010000, 0x1000), "interrupts": cells(0, 2, 4)}}),
    "no-cells": changed(("/", "#address-cells", None)),
    "odd-reg": changed((MEMORY, "reg", pairs(RAM, 64 * MIB) + cells(0))),
    "two-regions": changed((MEMORY, "reg", pairs(RAM, 128 * MIB))),
    # MEM-020: registers.
    "reserved": changed(reserved=[(RAM + 64 * MIB - 4096, 4096)]),
    "reserved-beyond": changed(reserved=[(RAM + 64 * MIB - 4096, 4097)]),
    "gpio": changed(("/", "gpio@9030000", FAR)),
    "gpio-off": changed(("/", "gpio@9030000", FAR | OFF)),
    "gpio-fail": changed(("/", "gpio@9030000", FAR | {"status": text("fail-sss")})),
    "gpio-okay": changed(("/", "gpio@9030000", FAR | {"status": text("okay")})),
    "nothing-there": changed(("/", "dma@b000000", device("vendor,dma", 0x0b000000, 0x1000))),
    "page-of-device": changed(("/rtc@9010000", "reg", pairs(0x09010000, 0x1001))),
    "no-pl011": changed(("/", "pl011@9000000", None)),
    "bus-same": changed(("/", "bus", bus({"clock@9010000": device("arm,pl031", 0x09010000, 0x1000)}, b""))),
    "bus-ranges": changed(("/", "bus", bus({"clock@1000": ON_BUS},
                                            cells(0, 0, 0x0900f000, 0x2000), 1, 1))),
    "bus-before": changed(("/", "bus", bus({"clock@1000": ON_BUS},
                                            cells(0, 0, 0x0900e000, 0x2000), 1, 1))),
    "bus-short": changed(("/", "bus", bus({"clock@1000": ON_BUS},
                                           cells(0, 0, 0x0900f000, 0x1fff), 1, 1))),
    "bus-in-bus": changed(("/", "bus", bus({"inner": bus(
        {"clock@1000": ON_BUS}, cells(0x1000, 0x3000, 0x1000), 1, 1)},
        cells(0x3000, 0, 0x09010000, 0x1000), 1, 1))),
    "bus-of-its-own": changed(("/", "i2c", {"#address-cells": cells(1), "#size-cells": cells(0),
                                            "clock@51": {"reg": cells(0x51)}})),
    "bus-off": changed(("/", "bus", bus({"gpio@9030000": FAR}, b"", status=text("disabled")))),
    "pci": changed(("/", "pcie", {"device_type": text("pci"), "#address-cells": cells(3),
                                  "#size-cells": cells(2), "ranges": cells(
                                      0x2000000, 0, 0x10000000, 0, 0x10000000, 0, 0x1000)})),
    # IRQ-007.
    "spi-0": changed(("/", "bell", {"interrupts": cells(0, 0, 1)})),
    "ppi-15": changed(("/", "bell", {"interrupts": cells(1, 15, 1)})),
    "ppi-16": changed(("/", "bell", {"interrupts": cells(1, 16, 1)})),
    "ppi-11": changed(("/", "more", {"interrupts": cells(1, 11, 1)})),
    "spi-987": changed(("/", "bell", {"interrupts": cells(0, 987, 1)})),
    "spi-988": changed(("/", "bell", {"interrupts": cells(0, 988, 1)})),
    "espi": changed(("/", "bell", {"interrupts": cells(2, 0, 1)})),
    "intid": changed(("/rtc@9010000", "interrupts", cells(0, 34, 4))),
    "spi-off": changed(("/", "bell", {"interrupts": cells(0, 9, 1)} | OFF)),
    "spi-second": changed(("/rtc@9010000", "interrupts", cells(0, 2, 4, 0, 3, 4))),
    "spi-cut": changed(("/rtc@9010000", "interrupts", cells(0, 2))),
    "extended": changed(("/rtc@9010000", "interrupts-extended", cells(GIC, 0, 2, 4))),
    "extended-wrong": changed(("/rtc@9010000", "interrupts-extended", cells(GIC, 0, 3, 4))),
    "extended-lost": changed(("/rtc@9010000", "interrupts-extended", cells(9, 0, 2, 4))),
    "no-parent": changed(("/", "interrupt-parent", None)),
    "by-parent": changed(("/", "interrupt-parent", None), *(
        ("/" + n, "interrupt-parent", cells(GIC)) for n in ("timer", "pl011@9000000", "rtc@9010000"))),
    "of-gpio": changed(
        ("/rtc@9010000", "#interrupt-cells", cells(2)), ("/rtc@9010000", "phandle", cells(GPIO)),
        ("/", "key", {"interrupt-parent": cells(GPIO), "interrupts": cells(99, 1)})),
    "no-cells-of-gpio": changed(
        ("/rtc@9010000", "#interrupt-cells", cells(0)), ("/rtc@9010000", "phandle", cells(GPIO)),
        ("/", "key", {"interrupt-parent": cells(GPIO), "interrupts": cells(99, 1)})),
    "map": changed(("/", "pcie", {"interrupt-map": cells(0)})),
    # PART-015: processors and PSCI.
    "two": flatten(good(2)),
    "two-cells": changed((CPUS, "#address-cells", cells(2)), (CPUS, "cpu@0", cpu(0, cells_=2)),
                         (CPUS, "cpu@1", cpu(1, cells_=2)), cpus=2),
    "wide-affinity": changed((CPUS, "cpu@1", cpu(0x100)), cpus=2),
    "same-affinity": changed((CPUS, "cpu@1", cpu(0)), cpus=2),
    "cpu-off": changed((CPUS, "cpu@1", cpu(1) | OFF), cpus=2),
    "spin-table": changed((CPUS + "/cpu@1", "enable-method", text("spin-table")), cpus=2),
    "not-started": changed((CPUS + "/cpu@1", "enable-method", None), cpus=2),
    "alone": changed((CPUS + "/cpu@0", "enable-method", None), ("/", "psci", None)),
    "no-cpus": changed(("/", "cpus", None)),
    "cpu-cells": changed((CPUS, "#address-cells", None)),
    "no-psci": changed(("/", "psci", None)),
    "psci-0.1": changed(("/psci", "compatible", text("arm,psci"))),
    "smc": changed(("/psci", "method", text("smc"))),
    "svc": changed(("/psci", "method", text("svc"))),
    # PART-015: timer and interrupt controller.
    "gic-v2": changed((GICV3, "compatible", text("arm,cortex-a15-gic"))),
    "gic-moved": changed((GICV3, "reg", pairs(0x08000000, 0x10000, 0x080b0000, 0x20000))),
    "gic-large": changed((GICV3, "reg", pairs(0x08000000, 0x10000, 0x080a0000, 0x40000))),
    "gic-short": changed((GICV3, "reg", pairs(0x08000000, 0x10000))),
    "gic-third": changed((GICV3, "reg", pairs(0x08000000, 0x10000, 0x080a0000, 0x20000, 0x08010000, 0x1000))),
    "gic-stride": changed((GICV3, "redistributor-stride", pairs(0x20000))),
    "gic-stride-less": changed((GICV3, "redistributor-stride", pairs(0x10000))),
    "gic-regions": changed((GICV3, "#redistributor-regions", cells(2))),
    "timer-moved": changed(("/timer", "interrupts", cells(1, 13, 4, 1, 14, 4, 1, 10, 4, 1, 11, 4))),
    "timer-names": changed(("/timer", "interrupts", cells(1, 11, 4, 1, 14, 4)),
                           ("/timer", "interrupt-names", text("virt", "phys"))),
    "timer-few": changed(("/timer", "interrupts", cells(1, 13, 4, 1, 14, 4))),
    "timer-hz": changed(("/timer", "clock-frequency", cells(62500000))),
    "timer-other-hz": changed(("/timer", "clock-frequency", cells(62500001))),
    "no-timer": changed(("/", "timer", None)),
}
