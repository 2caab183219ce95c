#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# Debian's kernel with a device tree that it is given: the one that QEMU writes for the board. As it is
# it names what the partition has not, and hvbuild says what; cut down to that it boots.
import json
import os
import subprocess
import sys

from fetched import Test, fetched
from bulkhead import Console, partition, system, window

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "rules"))
import dtb  # noqa: E402

t = Test()
FRAME_MS, SECONDS = 20, 9
linux = {"name": "linux", "guest": "linux", "image": fetched("vmlinuz"), "device_tree": t.place("given.dtb"),
         "initrd": fetched("initrd.cpio"), "cmdline": "console=ttyAMA0 nokaslr do=rest,3", "cpus": 2,
         "criticality": "C", "devices": ["rtc"],
         "memory": [{"name": "ram", "at": "0x40000000", "size": "128MiB", "rights": "rwx"}]}
description = system([linux, partition("one", "steady")], FRAME_MS * 1000,
                     [[window("linux", 0, 10000), window("one", 10000, 5000)],
                      [window("linux", 0, 10000, cpu=1)]])
description["co_run"] = [["linux", "one"]]

# ---- As QEMU writes it --------------------------------------------------------------------------

subprocess.run([os.environ.get("QEMU", "qemu-system-aarch64"), "-M",
                "virt,gic-version=3,dumpdtb=" + t.place("given.dtb"), "-cpu", "cortex-a53", "-smp", "2",
                "-m", "128", "-nic", "none", "-display", "none"], check=True, capture_output=True, timeout=60)
with open(t.place("system.yaml"), "w") as file:
    json.dump(description, file)
whole = t.hvbuild("check", "--message-format", "json", t.place("system.yaml"))
found = {}
for line in whole.stderr.splitlines():
    if line.startswith("{"):
        message = json.loads(line)
        found.setdefault(message["code"], []).append(
            [s["label"] for s in message["spans"] if not s["primary"]][:1])
t.check(whole.returncode == 1 and {"MEM-020", "IRQ-007", "PART-015"} <= set(found),
        "what QEMU has and the partition has not is refused", whole.stderr[-2000:])
t.check(["/pl061@9030000: reg"] in found["MEM-020"] and ["/pmu: interrupts"] in found["IRQ-007"] and
        found["PART-015"] == [["/intc@8000000: reg"]], "and named", found)

# ---- Cut down -----------------------------------------------------------------------------------

with open(t.place("given.dtb"), "rb") as file:
    tree = dtb.parse(file.read())
for name in list(tree):
    if name.split("@")[0] in ("flash", "fw-cfg", "virtio_mmio", "pcie", "gpio-keys", "pl061",
                              "platform-bus"):
        del tree[name]
tree["pmu"]["status"] = dtb.text("disabled")
gic = tree["intc@8000000"]
gic["reg"] = dtb.pairs(0x08000000, 0x10000, 0x080a0000, 2 * 0x20000)
for name in [n for n in gic if n.startswith("its")]:
    del gic[name]
tree["model"] = dtb.text("a tree that was given")
with open(t.place("given.dtb"), "wb") as file:
    file.write(dtb.flatten(tree))

image = t.build(description)
done = t.hvbuild("run", image, "--frames", str(SECONDS * 1000 // FRAME_MS))
t.check(done.returncode == 0, "the machine runs", done.stderr[-2000:])
console = Console(done.stdout, True)
t.check(console.find(r"Machine model: a tree that was given", "linux"), "Linux has the tree",
        console.of("linux")[:20])
t.equal([m[1] for m in console.find(r"^guest: processors (\d+)", "linux")], ["2"], "and its processors")
t.check(console.find(r"GICv3 +33 Level +uart-pl011", "linux") and
        console.find(r"GICv3 +34 Level +rtc-pl031", "linux"), "the UART and the clock are there",
        console.of("linux")[-20:])
t.equal([m.string for m in console.find(r"^guest: warnings|^<[0-4]>", "linux")],
        ["guest: warnings 0"], "no warning in dmesg")
t.check(console.find(r"\[hv\] .* linux: switched off by the guest -> halt"), "off is halted")
last = console.find(r"^windows \d+ moved (\d+) late \d+ changed (\d+) starts (\d+)", "one")
t.check(last and last[-1].groups() == ("0", "0", "1"), "its neighbour does not notice",
        [m.string for m in last[-1:]])
t.done()
