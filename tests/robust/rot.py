#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# A bit of the stored image flips while the system runs (through QEMU's debugger port): the partition's
# next cold start notices, the partition halts, nobody else is disturbed.
import os
import re
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "system"))
from bulkhead import Test, partition, system, window  # noqa: E402

IMAGE_DIRECTORY = 112 + 24 * 17  # of section TBL_IMAGE in the header (schema/tables.h)


class Debugger:
    """The few words of the GDB remote protocol that change a byte of physical memory."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(10)
        for _ in range(100):
            try:
                self.socket.connect(path)
                break
            except OSError:
                time.sleep(0.05)
        self.got = b""

    def ask(self, text):
        """The answer; packets that say why the machine stopped (T..., S...) also come unasked."""
        self.socket.sendall(f"${text}#{sum(text.encode()) % 256:02x}".encode())
        while True:
            packet = re.search(rb"\$([^#]*)#..", self.got)
            if not packet:
                more = self.socket.recv(4096)
                assert more, "the debugger's port was closed"
                self.got += more
                continue
            self.got = self.got[packet.end():]
            self.socket.sendall(b"+")
            if packet[1][:1] not in (b"T", b"S"):
                return packet[1].decode()

    def flip(self, address):
        """Flips one bit; the machine stands still meanwhile and goes on afterwards."""
        assert self.ask("Qqemu.PhyMemMode:1") == "OK"
        byte = int(self.ask(f"m{address:x},1"), 16)
        assert self.ask(f"M{address:x},1:{byte ^ 4:02x}") == "OK"
        self.ask("D")
        self.socket.close()


t = Test()
image = t.build(system([partition("phoenix"), partition("neighbour")], 2000,
                       [[window("phoenix", 0, 1500), window("neighbour", 1600, 200)]]))
with open(image, "rb") as file:
    data = file.read()
at = data.index(b"BULKHEAD")
while struct.unpack_from("<HH", data, at + 12) != (183, 1):
    at = data.index(b"BULKHEAD", at + 1)
offset, = struct.unpack_from("<Q", data, at + IMAGE_DIRECTORY)
stored, = struct.unpack_from("<Q", data, at + offset + 8)  # tbl_image.source of the first image

port = os.path.join(t.folder.name, "debugger")
flipped = False


def flip_once(line):
    global flipped
    if not flipped and re.search(r"\[phoenix\] start 9$", line):
        flipped = True
        Debugger(port).flip(stored + 100)


console = t.boot(image, extra=["-chardev", f"socket,path={port},server=on,wait=off,id=debugger",
                               "-gdb", "chardev:debugger"], on_line=flip_once,
                 until=[r"phoenix: image does not match its digest .* -> halt",
                        r"\[neighbour\] alive, start 1, frame \d+, changed 0"], in_turn=True)
t.check(flipped, "a bit of the stored image is flipped after eight starts")
t.check(console.stopped, "the next cold start notices and the partition halts",
        "\n".join(console.lines[-20:]))
halted = console.text.find("does not match its digest")
t.check("[phoenix]" not in console.text[halted:], "it never runs again")
t.check(halted > 0 and "[neighbour] alive" in console.text[halted:], "its neighbour goes on")
t.check(not console.find("exception in the runtime"), "and so does the runtime")
t.done()
