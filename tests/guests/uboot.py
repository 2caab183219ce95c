#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# Debian's U-Boot for QEMU's board, unmodified, beside a bare partition: it finds the machine that its
# device tree describes, and its prompt.
from fetched import Test, fetched
from bulkhead import partition, system, window

t = Test()
console = t.run(system(
    [{"name": "uboot", "guest": "uboot", "image": fetched("u-boot.bin"), "criticality": "C",
      "memory": [{"name": "ram", "at": "0x40000000", "size": "96MiB", "rights": "rwx"},
                 # It keeps its environment in the board's flash, and takes the lack of one badly.
                 {"name": "flash", "at": "0x04000000", "size": "256KiB", "rights": "rw"}]},
     partition("beside", "steady")], 20000,
    [[window("uboot", 0, 10000), window("beside", 10000, 10000)]]),
    [r"\[uboot\] Hit any key to stop autoboot", r"\[beside\] windows 64 "], "U-Boot comes up", timeout=900)
t.check(console.find(r"^U-Boot 20\d\d\.", "uboot"), "it says who it is", console.of("uboot"))
t.check(console.find(r"^DRAM: +96 MiB", "uboot"), "it has the memory of the partition")
t.check(console.find(r"^In: +pl011@9000000", "uboot"), "its console is the emulated PL011")
t.check(not console.find(r"\[hv\].*uboot: "), "it does nothing that it must not do")
last = console.find(r"^windows 64 moved 0 late \d+ changed 0 starts 1", "beside")
t.check(last, "the partition beside it does not notice", console.of("beside"))
t.done()
