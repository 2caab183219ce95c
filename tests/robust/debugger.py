# SPDX-License-Identifier: BSD-2-Clause
# The few words of the GDB remote protocol that attacks need: QEMU's debugger port stops each core
# where it is wanted, and lets one run while the other stands still.
import contextlib
import re
import socket
import time


class Debugger:
    """Cores count from 0. While it is connected the machine stands still but in step and run."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(20)
        for _ in range(200):
            try:
                self.socket.connect(path)
                break
            except OSError:
                time.sleep(0.05)
        self.got = b""
        self.core = None
        self.ask("qXfer:features:read:target.xml:0,fff")  # else QEMU tells of no single register

    @staticmethod
    def options(path):
        return ["-chardev", f"socket,path={path},server=on,wait=off,id=debugger",
                "-gdb", "chardev:debugger"]

    def send(self, text):
        self.socket.sendall(f"${text}#{sum(text.encode()) % 256:02x}".encode())

    def packet(self):
        while True:
            found = re.search(rb"\$([^#]*)#..", self.got)
            if found:
                self.got = self.got[found.end():]
                self.socket.sendall(b"+")
                return found[1].decode()
            more = self.socket.recv(65536)
            assert more, "the debugger's port was closed"
            self.got += more

    def ask(self, text):
        """The answer; packets that say why the machine stopped (T..., S...) also come unasked."""
        self.send(text)
        while True:
            packet = self.packet()
            if packet[:1] not in ("T", "S"):
                return packet

    def physical(self, address, size):
        """What lies at a physical address, a device's register too, as a number."""
        self.ask("Qqemu.PhyMemMode:1")
        text = self.ask(f"m{address:x},{size:x}")
        assert len(text) == 2 * size, f"{address:#x}: {text}"
        return int.from_bytes(bytes.fromhex(text), "little")

    def system_registers(self, core):
        """{name: value} of all that QEMU tells, as they are on this core."""
        self.ask("qXfer:features:read:target.xml:0,fff")
        text, found = "", {}
        while True:
            part = self.ask(f"qXfer:features:read:system-registers.xml:{len(text):x},7ff")
            text += part[1:]
            if part[:1] != "m":
                break
        for name, number in re.findall(r'<reg name="(\w+)"[^>]*regnum="(\d+)"', text):
            found[name] = self.register(core, int(number))
        return found

    def leave(self):
        """The machine goes on, without a debugger."""
        self.ask("D")
        self.socket.close()

    def kill(self):
        """Ends QEMU, which may be running."""
        with contextlib.suppress(OSError):
            self.socket.sendall(b"\x03")
            self.send("k")

    def flip(self, address):
        """Flips one bit; the machine stands still meanwhile and goes on afterwards."""
        assert self.ask("Qqemu.PhyMemMode:1") == "OK"
        byte = int(self.ask(f"m{address:x},1"), 16)
        assert self.ask(f"M{address:x},1:{byte ^ 4:02x}") == "OK"
        self.leave()

    def select(self, core):
        if self.core != core:
            self.ask(f"Hg{core + 1:x}")
            self.core = core

    def register(self, core, number):
        self.select(core)
        return int.from_bytes(bytes.fromhex(self.ask(f"p{number:x}")), "little")

    def set_register(self, core, number, value):
        self.select(core)
        self.ask(f"P{number:x}={value.to_bytes(8, 'little').hex()}")

    def pc(self, core):
        return self.register(core, 32)

    def breakpoint(self, address, on=True):
        assert self.ask(f"{'Z' if on else 'z'}1,{address:x},4") == "OK"

    def go(self, actions):
        """Until one stops: the core that did."""
        self.send("vCont;" + actions)
        stop = self.packet()
        self.core = None
        found = re.search(r"thread:(?:p\d+\.)?(\w+);", stop)
        assert found, stop
        return int(found[1], 16) - 1

    def step(self, core):
        """One instruction of one core, without interrupts."""
        return self.go(f"s:{core + 1:x}")

    def run(self, core):
        """One core alone, until it meets a breakpoint."""
        return self.go(f"c:{core + 1:x}")
