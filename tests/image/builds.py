# SPDX-License-Identifier: BSD-2-Clause
"""Systems described in Python, built by the real hvbuild."""
import atexit
import os
import resource
import shutil
import subprocess
import tempfile

import guest

HVBUILD = os.environ["HVBUILD"]
SANITIZED = "SANITIZED" in os.environ  # the sanitizers' shadow memory needs more than any bound
ROOT = tempfile.mkdtemp(prefix="hvbuild-image-")
atexit.register(shutil.rmtree, ROOT, ignore_errors=True)


def directory(name):
    path = os.path.join(ROOT, name)
    os.makedirs(path, exist_ok=True)
    return path


def _limits():
    resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def hvbuild(*args, cwd=ROOT, limited=True, env=None, patience=10):
    """Runs it under the bounds of a hostile input: 10 s and 1 GiB. Never by a signal."""
    done = subprocess.run([HVBUILD, *args], cwd=cwd, capture_output=True, timeout=patience * (6 if SANITIZED else 1),
                          stdin=subprocess.DEVNULL, preexec_fn=_limits if limited and not SANITIZED else None,
                          env=dict(os.environ, **(env or {})))
    assert done.returncode in (0, 1, 2, 3), (args, done.returncode, done.stderr[-500:])
    assert b"Sanitizer" not in done.stderr and b"runtime error:" not in done.stderr, done.stderr
    if done.returncode:
        assert done.stderr.strip(), f"{args}: exit {done.returncode} without a word"
    return done


def write(path, content):
    with open(path, "wb" if isinstance(content, bytes) else "w") as file:
        file.write(content)
    return path


MEMORY = """\
      - {name: code, at: 0x4000_0000, size: 64KiB, rights: rx}
      - {name: data, at: 0x4010_0000, size: 64KiB, rights: rw}
"""

SYSTEM = """\
hvbuild: 1
module: {name: test, board: qemu-virt}
partitions:
  - name: alpha
    image: a.elf
    criticality: A
    period: 10ms
    duration: 3ms
    memory:
%(memory)s      - {name: log, shared: log, at: 0x5000_0000, rights: rw}
      - {name: big, at: 0x8000_0000, size: 5MiB, rights: rw}
    ports:
      - {name: out, type: sampling, direction: source}
      - {name: commands, type: queuing, direction: destination}
    devices: [rtc, gpio]
  - name: beta
    image: b.elf
    criticality: C
    period: 20ms
    duration: 5ms
    system: true
    memory:
%(memory)s      - {name: log, shared: log, at: 0x6000_1000, rights: r}
      - {name: odd, at: 0x9000_1000, size: 6MiB, rights: rw, cached: false}
      - {name: fixed, at: 0xA000_0000, size: 2MiB, phys: 0x6000_0000, rights: r}
    ports:
      - {name: in, type: sampling, direction: destination, refresh: 25ms}
      - {name: commands, type: queuing, direction: source}
    health: {memory_violation: halt}
shared_memory:
  - {name: log, size: 3MiB}
channels:
  - {name: data, type: sampling, max_message: 100B, from: alpha.out, to: [beta.in]}
  - {name: commands, type: queuing, max_message: 32B, depth: 5, from: beta.commands, to: [alpha.commands]}
schedules:
  - name: normal
    major_frame: 20ms
    cores:
      0:
        - {partition: alpha, start: 1ms, duration: 3ms, every: 10ms}
      2:
        - {partition: beta, start: 2ms, duration: 5ms}
        - {partition: idle, start: 9ms, duration: 1ms}
""" % {"memory": MEMORY}


# The same with a second schedule, the initial one, in which things are otherwise; beta may change it.
MODES = SYSTEM.replace("    system: true\n", "    system: true\n    rights: [switch_schedule]\n").replace(
    "  - name: normal\n", """  - name: normal
    on_change: {alpha: ignore, beta: warm_start}
""") + """  - name: second
    id: 5
    initial: true
    major_frame: 40ms
    on_change: {alpha: cold_start, beta: ignore}
    partitions:
      - {partition: alpha, period: 40ms, duration: 4ms}
    cores:
      0:
        - {partition: alpha, start: 0ms, duration: 4ms}
      2:
        - {partition: beta, start: 2ms, duration: 5ms, every: 20ms}
"""


def system(name, text=SYSTEM, guests=None):
    """A directory with system.yaml and its guests."""
    path = directory(name)
    write(os.path.join(path, "system.yaml"), text)
    for file, content in (guests or {"a.elf": guest.usual(1), "b.elf": guest.usual(10)}).items():
        write(os.path.join(path, file), content)
    return path


def built(name, text=SYSTEM, guests=None):
    """The same, built: its directory."""
    path = system(name, text, guests)
    done = hvbuild("system.yaml", cwd=path)
    assert done.returncode == 0, done.stderr.decode()
    return path


def content(*parts):
    with open(os.path.join(*parts), "rb") as file:
        return file.read()
