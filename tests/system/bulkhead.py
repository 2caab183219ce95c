# SPDX-License-Identifier: BSD-2-Clause
# What the system tests share: describe a system, build it with the real hvbuild, boot it in QEMU,
# check what the console says, and report in TAP.
#
# A test is a Python program; meson gives it the paths in the environment: HVBUILD,
# BULKHEAD_RUNTIME, GUESTS (directories with partition ELFs, separated by ':'), QEMU.
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import tempfile
import time

# ---- Describing a system: dictionaries, written as JSON, which system.yaml accepts --------------

CODE = {"name": "code", "at": "0x40000000", "size": "64KiB", "rights": "rx"}
DATA = {"name": "data", "at": "0x40100000", "size": "64KiB", "rights": "rw"}


def guest_path(name):
    """The ELF of a test guest or a sample partition."""
    for folder in os.environ["GUESTS"].split(":"):
        path = os.path.join(folder, name + ".elf")
        if os.path.exists(path):
            return os.path.abspath(path)
    raise SystemExit(f"Bail out! no guest {name}.elf in {os.environ['GUESTS']}")


def partition(name, image=None, memory=(), code=CODE, data=DATA, **keys):
    """A partition that runs guest `image` (default: its name); `memory`: beside code and data."""
    return {"name": name, "image": guest_path(image or name), "criticality": "C",
            "memory": [code, data, *memory], **keys}


def window(name, start, duration, **keys):
    """A window; times in microseconds."""
    return {"partition": name, "start": f"{start}us", "duration": f"{duration}us", **keys}


def source(name, kind="sampling"):
    return {"name": name, "type": kind, "direction": "source"}


def destination(name, kind="sampling", refresh=None):
    port = {"name": name, "type": kind, "direction": "destination"}
    return {**port, "refresh": refresh} if refresh else port


def channel(name, sender, receivers, max_message, depth=None):
    """A channel of ports that bear its name; a depth makes it a queue."""
    c = {"name": name, "type": "queuing" if depth else "sampling", "max_message": max_message,
         "from": f"{sender}.{name}",
         "to": [f"{r}.{name}" for r in ([receivers] if isinstance(receivers, str) else receivers)]}
    return {**c, "depth": depth} if depth else c


def doorbell(name, sender, targets):
    """A doorbell; a target is (partition, interrupt) and what else `to` may say, as a dictionary."""
    return {"name": name, "from": sender,
            "to": [{"partition": to[0], "interrupt": to[1], **(to[2] if len(to) > 2 else {})}
                   for to in targets]}


def system(partitions, frame, cores, channels=(), shared=(), bound="100ms", doorbells=()):
    """`frame` in microseconds; `cores` a list of lists of windows. Periods and durations that are
    not given come from the windows: one period per frame."""
    for p in partitions:
        own = [int(w["duration"][:-2]) for c in cores for w in c if w["partition"] == p["name"]]
        p.setdefault("period", f"{frame}us")
        p.setdefault("duration", f"{sum(own) // p.get('cpus', 1)}us")
    description = {
        "hvbuild": 1,
        "module": {"name": "test", "board": "qemu-virt",
                   "health": {"on_lateness": {"bound": bound, "action": "ignore", "log": True}}},
        "partitions": partitions,
        "schedules": [{"name": "normal", "major_frame": f"{frame}us",
                       "cores": {str(i): c for i, c in enumerate(cores)}}],
    }
    if channels:
        description["channels"] = list(channels)
    if doorbells:
        description["doorbells"] = list(doorbells)
    if shared:
        description["shared_memory"] = list(shared)
    return description


# ---- What came out ------------------------------------------------------------------------------

class Console:
    """The text of one run. Partition lines read `[name] text`."""

    def __init__(self, text, stopped):
        self.text = text
        self.stopped = stopped  # the awaited text appeared
        self.lines = text.replace("\r", "").split("\n")

    def of(self, name):
        """The lines of one partition, without their prefix."""
        prefix = f"[{name}] "
        return [l[len(prefix):] for l in self.lines if l.startswith(prefix)]

    def find(self, pattern, name=None):
        """Every match of a regular expression, line by line, in one partition or anywhere."""
        lines = self.lines if name is None else self.of(name)
        return [m for m in (re.search(pattern, l) for l in lines) if m]


# ---- A test -------------------------------------------------------------------------------------

class Test:
    def __init__(self):
        self.count = self.failed = 0
        self.folder = tempfile.TemporaryDirectory(prefix="bulkhead-")

    def check(self, ok, what, detail=""):
        """One TAP result; the detail is shown when it failed."""
        self.count += 1
        print(f"{'ok' if ok else 'not ok'} {self.count} - {what}", flush=True)
        if not ok:
            self.failed += 1
            for line in str(detail).split("\n"):
                print("# " + line)
        return ok

    def note(self, text):
        for line in str(text).split("\n"):
            print("# " + line, flush=True)

    def equal(self, got, want, what):
        return self.check(got == want, what, f"got  {got!r}\nwant {want!r}")

    def build(self, description, name="test"):
        """The path of the image of a description (a dictionary, or the path of a system.yaml)."""
        image = os.path.join(self.folder.name, name + ".elf")
        if isinstance(description, dict):
            path = os.path.join(self.folder.name, name + ".yaml")
            with open(path, "w") as file:
                json.dump(description, file, indent=1)
        else:
            path = description
        run = subprocess.run([os.environ["HVBUILD"], path, "-o", image], text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
        if run.returncode != 0:
            self.check(False, f"hvbuild builds {name}", f"exit {run.returncode}\n{run.stdout}")
            self.done()
        return image

    def boot(self, image, cores=1, until=None, timeout=120, icount=True, extra=(), on_line=None,
             in_turn=False):
        """Runs an image until the regular expression `until` matches a console line, or the time is
        out. A list awaits each of its members, in any order or `in_turn`. `on_line` is called with
        every line."""
        wanted = [re.compile(u) for u in ([until] if isinstance(until, str) else until or [])]
        speed = ["-icount", "shift=0,sleep=off"] if icount else []
        command = [os.environ.get("QEMU", "qemu-system-aarch64"), "-M",
                   "virt,virtualization=on,gic-version=3", "-cpu", "cortex-a53", "-smp", str(cores),
                   "-m", "1G", "-display", "none", "-nodefaults", "-monitor", "none", "-rtc",
                   "clock=vm", "-serial", "stdio", *speed, *extra, "-kernel", image]
        qemu = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT)
        text, rest, end = "", "", time.monotonic() + timeout
        try:
            while (wanted or until is None) and time.monotonic() < end:
                if not select.select([qemu.stdout], [], [], 0.2)[0]:
                    continue
                got = os.read(qemu.stdout.fileno(), 65536).decode("utf-8", "replace")
                if not got:
                    break
                text += got
                *lines, rest = (rest + got.replace("\r", "")).split("\n")
                for line in lines:
                    if not in_turn:
                        wanted = [w for w in wanted if not w.search(line)]
                    elif wanted and wanted[0].search(line):
                        wanted = wanted[1:]
                    if on_line:
                        on_line(line)
        finally:
            qemu.kill()
            qemu.wait()
        console = Console(text, until is not None and not wanted)
        console.missing = [w.pattern for w in wanted]
        return console

    def converse(self, image, script, options=(), timeout=120, terminal=False):
        """Types to `hvbuild run`: for each (pattern, bytes) of the script what was said since the last
        one is awaited, then the bytes are typed; None: then it is ended as by Ctrl-C. In a terminal, or
        by a pipe. Returns all that it said and whether the script came to its end."""
        command = [os.environ["HVBUILD"], "run", image, *options]
        if terminal:
            pid, near = pty.fork()
            if pid == 0:
                os.execv(command[0], command)
            far = near
        else:
            run = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT)
            near, far, pid = run.stdout.fileno(), run.stdin.fileno(), run.pid
        os.set_blocking(far, False)
        text, seen, pending, script, end = b"", 0, b"", list(script), time.monotonic() + timeout
        while time.monotonic() < end:
            ready = select.select([near], [far] if pending else [], [], 0.2)
            if ready[1]:
                pending = pending[os.write(far, pending[:4096]):]
            if ready[0]:
                try:
                    got = os.read(near, 65536)
                except OSError:  # a terminal whose other end is closed
                    got = b""
                if not got:
                    break
                text += got
            found = script and not pending and re.search(script[0][0].encode(), text[seen:])
            if found:
                seen += found.end()
                if script[0][1] is None:
                    os.kill(pid, signal.SIGINT)
                else:
                    pending = script[0][1]
                del script[0]
        else:
            os.kill(pid, signal.SIGTERM)
        if terminal:
            os.waitpid(pid, 0)
            os.close(near)
        else:
            run.wait()
            run.stdin.close()
            run.stdout.close()
        return text.decode("utf-8", "replace").replace("\r", ""), not script

    def run(self, description, until, what="the system runs to its end", **options):
        """Builds and boots; a result says whether `until` appeared."""
        console = self.boot(self.build(description), until=until, **options)
        self.check(console.stopped, what, f"still missing: {console.missing}\n"
                   + "\n".join(console.lines[-60:]))
        return console

    def told(self, console, pattern, name):
        """The one line of a partition that matches, which must be there: its match, or None."""
        found = console.find(pattern, name)
        ok = self.check(len(found) == 1, f"{name}: says once '{pattern}'", [m.string for m in found])
        return found[0] if ok else None

    def guest_checks(self, console, name):
        """The results that a guest printed through check.h, as results of this test."""
        results = console.find(r"^(pass|FAIL) (.*)", name)
        for r in results:
            self.check(r[1] == "pass", f"{name}: {r[2]}", "see the line of the guest above")
        end = console.find(r"^done: (\d+) checks", name)
        self.check(len(end) == 1 and int(end[0][1]) == len(results),
                   f"{name}: every one of its checks is there",
                   f"{len(results)} lines; {[e[0] for e in end]}\n" + "\n".join(console.of(name)))

    def done(self):
        print(f"1..{self.count}", flush=True)
        self.folder.cleanup()
        sys.exit(1 if self.failed else 0)
