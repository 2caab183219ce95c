# SPDX-License-Identifier: BSD-2-Clause
# Images in QEMU through `hvbuild run`: both forms boot, and the run ends when asked.
import os
import struct
import subprocess
import sys
import time

import builds
import guest
import tap
from container import Container

# The smallest guest: branch to itself (Arm ARM C6.2: B, imm26 = 0).
SPIN = guest.elf([(0x40000000, guest.R | guest.X, struct.pack("<I", 0x14000000), 4)])


def image():
    return builds.built("boot", guests={"a.elf": SPIN, "b.elf": SPIN})


def banner(path):
    identity = Container(os.path.join(path, "system.elf")).config.hex()
    return f"[hv] Bulkhead on qemu-virt, configuration test {identity[:12]}"


def test_the_banner_names_the_configuration_that_inspect_shows():
    path = image()
    done = builds.hvbuild("run", "system.elf", "--frames", "3", cwd=path, limited=False, patience=120)
    lines = done.stdout.decode().splitlines()
    assert done.returncode == 0 and lines[0] == banner(path), (lines, done.stderr)
    assert not done.stderr, done.stderr


def test_the_runs_own_directory_is_gone_afterwards():
    path, scratch = image(), builds.directory("scratch")
    done = builds.hvbuild("run", "system.elf", "--frames", "2", cwd=path, limited=False, patience=120,
                          env={"TMPDIR": scratch})
    assert done.returncode == 0 and os.listdir(scratch) == []


def test_the_flat_image_boots_too():
    path = image()
    process = subprocess.Popen([builds.HVBUILD, "run", "system.bin"], cwd=path, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    first = process.stdout.readline().decode().rstrip()
    process.send_signal(15)
    out, error = process.communicate(timeout=300)
    assert process.returncode == 0 and first == banner(path), (first, out, error)


def test_more_frames_take_more_of_the_modules_time():
    path = image()
    for frames in (1, 100):
        start = time.monotonic()
        done = builds.hvbuild("run", "system.elf", "--real-time", "--frames", str(frames), cwd=path,
                              limited=False, patience=200)
        assert done.returncode == 0, done.stderr
        # By the host's clock 100 frames are 2 s at least, on however fast a machine. Counted
        # instructions may take less.
        assert frames == 1 or time.monotonic() - start >= 2


# ---- Disks ---------------------------------------------------------------------------------------

# Two of the board's virtio devices have an owner; a doorbell has the interrupt of a third.
DISKS = """\
hvbuild: 1
module: {name: test, board: qemu-virt}
partitions:
  - name: alpha
    image: a.elf
    period: 10ms
    duration: 3ms
    devices: [virtio30, virtio9]
    trusted_dma: it drives a disk
    memory:
      - {name: code, at: 0x5000_0000, phys: 0x5000_0000, size: 64KiB, rights: rx}
      - {name: data, at: 0x5010_0000, phys: 0x5010_0000, size: 64KiB, rights: rw}
doorbells:
  - {name: again, from: alpha, to: [{partition: alpha, interrupt: 56}]}
schedules:
  - {name: only, major_frame: 10ms, cores: {0: [{partition: alpha, start: 0ms, duration: 3ms}]}}
"""


def with_disk(*options):
    spin = guest.elf([(0x50000000, guest.R | guest.X, struct.pack("<I", 0x14000000), 4)],
                     entry=0x50000000)
    path = builds.system("disks", DISKS, {"a.elf": spin})
    done = builds.hvbuild("system.yaml", cwd=path)
    # The word on trust in DMA names the device that was given, not another in its page.
    assert done.returncode == 0 and b"device 'virtio9' reads and writes" in done.stderr, done.stderr
    builds.write(os.path.join(path, "disk,1"), bytes(1 << 20))
    return builds.hvbuild("run", "system.elf", *options, cwd=path, limited=False, patience=60)


def test_a_disk_is_attached_to_the_device_that_is_named_or_first_owned():
    for option, bus in (("disk,1", 9), ("virtio9=disk,1", 9), ("virtio30=disk,1", 30)):
        done = with_disk("--dry-run", "--disk", option)
        assert done.returncode == 0, done.stderr
        assert (b" -global virtio-mmio.force-legacy=false -drive if=none,id=disk,format=raw,file=disk,,1"
                b" -device virtio-blk-device,drive=disk,bus=virtio-mmio-bus.%d " % bus) in done.stdout, done.stdout
    assert b"virtio" not in with_disk("--dry-run").stdout


def test_a_machine_with_a_disk_boots():
    done = with_disk("--disk", "disk,1", "--frames", "2")
    assert done.returncode == 0 and not done.stderr, done.stderr


def test_a_disk_behind_nobodys_device_is_refused():
    for option, word in (("virtio8=disk,1", "no partition owns virtio8"),
                         ("virtio31=disk,1", "no partition owns virtio31"),
                         ("virtio32=disk,1", "there is no virtio32: the last one is virtio31"),
                         ("virtio09=disk,1", "'virtio09' is no device"),
                         ("virtio=disk,1", "'virtio' is no device"),
                         ("virtio9x=disk,1", "'virtio9x' is no device"),
                         ("a=disk,1", "'a' is no device"), ("=disk,1", "'' is no device")):
        done = with_disk("--disk", option)
        assert done.returncode == 2 and word in done.stderr.decode(), (option, done)
    path = image()
    done = builds.hvbuild("run", "system.elf", "--disk", "x", cwd=path)
    assert done.returncode == 2 and b"no partition owns a virtio device; give it to one" in done.stderr, done


def test_a_disk_that_cannot_be_read_is_told():
    done = with_disk("--disk", "none")
    assert done.returncode == 3 and b"'none' cannot be read and written: No such file" in done.stderr, done


if __name__ == "__main__":
    tap.run(sys.modules["__main__"])
