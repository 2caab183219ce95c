# SPDX-License-Identifier: BSD-2-Clause
# Linux and U-Boot in images: what is loaded where, and the device tree that hvbuild writes, read back
# by a second reader from the Devicetree Specification 0.4, chapter 5.
import gzip
import hashlib
import os
import struct
import sys

import builds
import guest
import tap
from container import Container, RECORDS

KERNEL_SIZE, INITRD = 0x150000, guest.pattern(7, 5000)
UBOOT = guest.pattern(8, 30000)
SYSTEM = """\
hvbuild: 1
module: {name: test, board: qemu-virt}
partitions:
  - name: penguin
    guest: linux
    image: %s
    initrd: initrd
    cmdline: "console=ttyAMA0 quiet"
    cpus: 2
    criticality: C
    period: 10ms
    duration: 3ms
    devices: [rtc]
    memory:
      - {name: ram, at: 0x4010_0000, size: 8MiB, rights: rwx}
      - {name: more, at: 0x1_0000_0000, size: 4MiB, rights: rwx}
      - {name: log, shared: log, at: 0x5000_0000, rights: rw}
  - name: boot
    guest: uboot
    image: u-boot.bin
    criticality: C
    console: calls
    period: 10ms
    duration: 3ms
    memory:
      - {name: ram, at: 0x8000_0000, size: 32MiB, rights: rwx}
      - {name: log, shared: log, at: 0x5000_0000, rights: r}
shared_memory:
  - {name: log, size: 8KiB}
schedules:
  - name: normal
    major_frame: 10ms
    cores:
      0:
        - {partition: penguin, start: 0ms, duration: 3ms}
        - {partition: boot, start: 4ms, duration: 3ms}
      1:
        - {partition: penguin, start: 0ms, duration: 3ms, cpu: 1}
"""


def kernel():
    """An arm64 Image with text_offset 0x8000: Documentation/arm64/booting.rst of Linux."""
    head = struct.pack("<IIQQQ", 0x14000010, 0, 0x8000, KERNEL_SIZE, 0xa)
    return head + b"\0" * 24 + b"ARM\x64" + b"\0" * 4 + guest.pattern(3, 70000)


def built(name, image="Image"):
    return builds.built(name, SYSTEM % image, {
        "Image": kernel(), "Image.gz": gzip.compress(kernel()), "initrd": INITRD,
        "u-boot.bin": UBOOT})


def flattened(tree):
    """{path: {property: bytes}} of a flattened device tree, and its total size."""
    magic, total, struct_at, strings_at, _, version, oldest, _, _, struct_size = struct.unpack_from(
        ">10I", tree)
    assert magic == 0xd00dfeed and version == 17 and oldest == 16
    nodes, path, at = {}, [], struct_at
    while True:
        token, = struct.unpack_from(">I", tree, at)
        at += 4
        if token == 1:
            name = tree[at:tree.index(b"\0", at)].decode()
            at += (len(name) + 4) // 4 * 4
            path.append(name)
            assert "/".join(path) not in nodes, path
            nodes["/".join(path)] = {}
        elif token == 2:
            path.pop()
        elif token == 3:
            length, offset = struct.unpack_from(">II", tree, at)
            name = tree[strings_at + offset:tree.index(b"\0", strings_at + offset)].decode()
            nodes["/".join(path)][name] = tree[at + 8:at + 8 + length]
            at += 8 + (length + 3) // 4 * 4
        else:
            assert token == 9 and not path and at == struct_at + struct_size
            return nodes, total


def loaded(path, index, name="system.elf"):
    """What partition `index` finds: (entry, argument, [(guest address, bytes, memory size)])."""
    c = Container(os.path.join(path, name))
    record = c.records("partition")[index]
    memory = c.records("memory")
    images = []
    for region, _, source, size, target, total, digest in c.records("image")[
            record[13]:record[13] + record[14]]:
        assert digest == hashlib.sha256(c.at(source, size)).digest()
        _, _, at, physical, _ = memory[region]
        images.append((at + target - physical, c.at(source, size), total))
    return record[17], record[18], images


def cells(*values):
    return struct.pack(f">{len(values)}I", *values)


def test_linux_is_loaded_by_its_header():
    for name, image in (("plain", "Image"), ("gzip", "Image.gz")):
        entry, argument, images = loaded(built(name, image), 0)
        assert entry == 0x40208000  # a multiple of 2 MiB, and text_offset
        assert images[0][:2] == (entry, kernel())
        tree_at, tree, _ = images[1]
        assert argument == tree_at and tree_at % 8 == 0
        assert tree_at >= entry + KERNEL_SIZE
        initrd_at, initrd, _ = images[2]
        assert initrd == INITRD and initrd_at % 4096 == 0 and len(images) == 3
        assert tree_at + len(tree) <= initrd_at and initrd_at + len(INITRD) <= 0x40910000


def test_the_device_tree_of_linux_says_what_the_partition_has():
    _, _, images = loaded(built("tree"), 0)
    nodes, total = flattened(images[1][1])
    initrd = images[2][0]
    assert total == len(images[1][1])
    assert nodes[""]["#address-cells"] == nodes[""]["#size-cells"] == cells(2)
    gic = nodes["/interrupt-controller@8000000"]
    assert nodes[""]["interrupt-parent"] == gic["phandle"]
    assert gic["compatible"] == b"arm,gic-v3\0" and gic["#interrupt-cells"] == cells(3)
    assert gic["reg"] == cells(0, 0x08000000, 0, 0x10000, 0, 0x080a0000, 0, 2 * 0x20000)
    assert {n: p["reg"] for n, p in nodes.items() if n.startswith("/memory@")} == {
        "/memory@40100000": cells(0, 0x40100000, 0, 8 << 20),
        "/memory@100000000": cells(1, 0, 0, 4 << 20)}
    assert nodes["/shared-memory@50000000"]["reg"] == cells(0, 0x50000000, 0, 8192)
    assert nodes["/shared-memory@50000000"]["label"] == b"log\0"
    assert nodes["/chosen"] == {
        "bootargs": b"console=ttyAMA0 quiet\0", "stdout-path": b"/pl011@9000000\0",
        "linux,initrd-start": struct.pack(">Q", initrd),
        "linux,initrd-end": struct.pack(">Q", initrd + len(INITRD))}
    cpus = {n: p for n, p in nodes.items() if n.startswith("/cpus/")}
    assert [p["reg"] for p in cpus.values()] == [cells(0), cells(1)]
    assert all(p["enable-method"] == b"psci\0" for p in cpus.values())
    assert nodes["/psci"]["method"] == b"hvc\0"
    assert nodes["/timer"]["interrupts"] == cells(1, 13, 4, 1, 14, 4, 1, 11, 4, 1, 10, 4)
    uart = nodes["/pl011@9000000"]
    assert uart["interrupts"] == cells(0, 1, 4) and uart["reg"] == cells(0, 0x09000000, 0, 0x1000)
    assert uart["clocks"] == nodes["/clock"]["phandle"] * 2
    rtc = nodes["/rtc@9010000"]
    assert rtc["compatible"] == b"arm,pl031\0arm,primecell\0" and rtc["interrupts"] == cells(0, 2, 4)


def test_uboot_finds_its_device_tree_at_the_start_of_its_ram():
    entry, argument, images = loaded(built("uboot"), 1)
    assert (entry, argument) == (0x80400000, 0x80000000)
    assert {at: content for at, content, _ in images}[entry] == UBOOT
    nodes, _ = flattened({at: content for at, content, _ in images}[argument])
    assert nodes["/memory@80000000"]["reg"] == cells(0, 0x80000000, 0, 32 << 20)
    assert nodes["/chosen"] == {} and "/pl011@9000000" not in nodes
    assert [n for n in nodes if n.startswith("/cpus/")] == ["/cpus/cpu@0"]


def tampered(path, change):
    """An image with Linux's device tree changed and every digest and checksum made right again."""
    c = Container(os.path.join(path, "system.elf"))
    offset, _, entry = c.section("image")
    index = c.records("partition")[0][13] + 1
    values = list(c.records("image")[index])
    tree = change(c.at(values[2], values[3]))
    assert len(tree) == values[3] and tree != c.at(values[2], values[3])
    for start, at, size, _, _ in c.loads:
        if start <= values[2] < start + size:
            c.bytes[at + values[2] - start:at + values[2] - start + len(tree)] = tree
    values[6] = hashlib.sha256(tree).digest()
    struct.pack_into(RECORDS["image"], c.bytes, offset + index * entry, *values)
    c.seal()
    c.save(os.path.join(path, "changed.elf"))
    return builds.hvbuild("verify", "changed.elf", "system.yaml", cwd=path)


GIVEN = SYSTEM.replace("    image: %s\n", "    image: %s\n    device_tree: given.dtb\n")


def extracted(path, partition="penguin"):
    """What `hvbuild inspect` says that the guest finds."""
    done = builds.hvbuild("inspect", "system.elf", "--device-tree", partition, "-o", "out.dtb", cwd=path)
    assert done.returncode == 0, done.stderr
    return builds.content(path, "out.dtb")


def given(name, tree, description=GIVEN):
    """The system with a tree for Linux, and how building it went."""
    path = builds.system(name, description % "Image", {
        "Image": kernel(), "initrd": INITRD, "u-boot.bin": UBOOT, "given.dtb": tree})
    return path, builds.hvbuild("system.yaml", cwd=path)


def test_the_tree_can_be_taken_out_and_given_back():
    path = built("taken")
    for partition, index in (("penguin", 0), ("boot", 1)):
        _, argument, images = loaded(path, index)
        assert extracted(path, partition) in [b for at, b, _ in images if at == argument]
    piped = builds.hvbuild("inspect", "system.elf", "--device-tree", "penguin", cwd=path)
    assert piped.returncode == 0 and piped.stdout == extracted(path)
    tree = extracted(path)
    back, done = given("back", tree)
    assert done.returncode == 0, done.stderr
    assert flattened(extracted(back))[0] == flattened(tree)[0]
    assert loaded(back, 0)[:2] == loaded(path, 0)[:2]
    assert builds.hvbuild("verify", "system.elf", "system.yaml", cwd=back).returncode == 0
    # The same bytes from a file with room in it, as QEMU writes them.
    roomy, done = given("roomy", tree[:4] + cells(1 << 20) + tree[8:] + bytes((1 << 20) - len(tree)))
    assert done.returncode == 0 and extracted(roomy) == extracted(back), done.stderr


def test_what_the_guest_is_told_is_that_of_the_image():
    tree = extracted(built("told"))
    quiet = GIVEN.replace("    cmdline: \"console=ttyAMA0 quiet\"\n", "")
    path, done = given("own-words", tree.replace(b"quiet", b"debug"), quiet)
    nodes, _ = flattened(extracted(path))  # without a key, the words of the tree
    assert done.returncode == 0 and nodes["/chosen"]["bootargs"] == b"console=ttyAMA0 debug\0"
    path, done = given("our-words", tree.replace(b"quiet", b"debug"))
    nodes, _ = flattened(extracted(path))
    assert done.returncode == 0 and nodes["/chosen"]["bootargs"] == b"console=ttyAMA0 quiet\0"
    assert builds.hvbuild("verify", "system.elf", "system.yaml", cwd=path).returncode == 0
    path, done = given("no-disk", tree, quiet.replace("    initrd: initrd\n", ""))
    nodes, _ = flattened(extracted(path))
    assert done.returncode == 0 and set(nodes["/chosen"]) == {"bootargs", "stdout-path"}
    path, done = given("no-chosen", tree.replace(b"chosen\0", b"chozen\0"))
    nodes, _ = flattened(extracted(path))
    assert done.returncode == 0 and set(nodes["/chosen"]) == {
        "bootargs", "linux,initrd-start", "linux,initrd-end"}, done.stderr
    assert nodes["/chosen"]["linux,initrd-start"] == struct.pack(">Q", loaded(path, 0)[2][2][0])


def without(tree, value):
    """The tree with nothing (FDT_NOP) where the property of this value stands."""
    at, length = tree.index(value), (len(value) + 3) // 4 + 3
    return tree[:at - 12] + cells(*[4] * length) + tree[at - 12 + 4 * length:]


def test_verify_holds_the_tree_against_the_one_that_was_given():
    path, done = given("compared", extracted(built("for-compared")))
    assert done.returncode == 0, done.stderr
    for old, new, word in (
            (b"arm,pl031", b"arm,pl032", "is not that of 'given.dtb'"),
            (b"rtc@", b"rtx@", "is not that of 'given.dtb'"),
            (b"quiet", b"debug", "has another command line"),
            (cells(0, 0x40100000, 0, 8 << 20), cells(0, 0x40100000, 0, (8 << 20) + 1),
             "has memory that the partition has not"),
            (cells(0, 0x40100000, 0, 8 << 20), cells(0, 0x400fffff, 0, 8 << 20),
             "has memory that the partition has not")):
        done = tampered(path, lambda tree: tree.replace(old, new))
        assert done.returncode == 1 and word in done.stderr.decode(), (word, done.stderr)
    done = tampered(path, lambda tree: without(tree, b"penguin\0"))
    assert done.returncode == 1 and b"is not that of 'given.dtb'" in done.stderr, done.stderr
    content = builds.content(path, "given.dtb")
    for other in (content.replace(b"arm,pl031", b"arm,pl032"), without(content, b"penguin\0")):
        builds.write(os.path.join(path, "given.dtb"), other)
        done = builds.hvbuild("verify", "system.elf", "system.yaml", cwd=path)
        assert done.returncode == 1 and b"is not that of 'given.dtb'" in done.stderr, done.stderr


def test_a_wrong_tree_makes_no_image():
    tree = extracted(built("for-wrong"))
    for name, content, word in (
            ("cut", tree[:-1], b"PART-005"), ("text", b"/dts-v1/;" * 9, b"PART-005"),
            ("larger", tree.replace(cells(8 << 20), cells(9 << 20)), b"MEM-020"),
            ("other-interrupt", tree.replace(cells(0, 2, 4), cells(0, 3, 4)), b"IRQ-007"),
            ("other-method", tree.replace(b"hvc\0", b"svc\0"), b"PART-015")):
        path, done = given("wrong-" + name, content)
        assert done.returncode == 1 and word in done.stderr, (name, done.stderr)
        assert not os.path.exists(os.path.join(path, "system.elf"))
    path = builds.system("missing", GIVEN % "Image", {"Image": kernel(), "initrd": INITRD,
                                                      "u-boot.bin": UBOOT})
    done = builds.hvbuild("system.yaml", cwd=path)
    assert b"PART-005" in done.stderr and b"correct the path" in done.stderr, done.stderr
    assert builds.hvbuild("check", "system.yaml", cwd=path).returncode == 0  # it may be made later


def test_inspect_says_why_there_is_no_tree():
    path = builds.built("treeless")
    for arguments, code, word in (
            (("--device-tree", "alpha"), 3, b"'alpha' has no device tree"),
            (("--device-tree", "none"), 3, b"has no partition 'none'"),
            (("-o", "x"), 2, b"--device-tree")):
        done = builds.hvbuild("inspect", "system.elf", *arguments, cwd=path)
        assert done.returncode == code and word in done.stderr, (arguments, done)


def test_verify_reads_the_device_tree():
    path = built("verified")
    assert builds.hvbuild("verify", "system.elf", "system.yaml", cwd=path).returncode == 0
    ram, initrd = cells(0, 0x40100000, 0, 8 << 20), loaded(path, 0)[2][2][0]
    for old, new, word in (
            (ram, cells(0, 0x40100000, 0, 9 << 20), "has memory that the partition has not"),
            (cells(0, 0x40100000, 0, 8 << 20), cells(0, 0x50000000, 0, 8192),
             "has memory that the partition has not"),
            (b"memory\0\0", b"menory\0\0", "has no memory"),
            (b"quiet", b"debug", "has another command line"),
            (b"cpu\0", b"gpu\0", "has another number of processors"),
            (struct.pack(">Q", initrd), struct.pack(">Q", initrd - 4096), "initial RAM disk"),
            (b"\xd0\x0d\xfe\xed", b"\xd0\x0d\xfe\xee", "is not a compiled device tree")):
        done = tampered(path, lambda tree: tree.replace(old, new))
        assert done.returncode == 1 and word in done.stderr.decode(), (word, done.stderr)


def test_verify_finds_another_file():
    path = built("files")
    for file, length in (("Image", len(kernel())), ("initrd", len(INITRD)), ("u-boot.bin", len(UBOOT))):
        content = builds.content(path, file)
        builds.write(os.path.join(path, file), content[:-1] + bytes([content[-1] ^ 1]))
        done = builds.hvbuild("verify", "system.elf", "system.yaml", cwd=path)
        builds.write(os.path.join(path, file), content)
        assert done.returncode == 1 and b"other bytes" in done.stderr, (file, done.stderr)


def test_dependencies_name_what_is_loaded():
    path, done = given("depended", extracted(built("for-depended")))
    assert done.returncode == 0
    assert builds.hvbuild("check", "system.yaml", "--depfile", "d", cwd=path).returncode == 0
    for name in (b"initrd", b"Image", b"given.dtb"):
        assert name in builds.content(path, "d")


tap.run(sys.modules[__name__])
