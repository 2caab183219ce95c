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


if __name__ == "__main__":
    tap.run(sys.modules["__main__"])
