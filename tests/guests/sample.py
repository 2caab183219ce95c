#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# samples/linux does what its README shows.
from fetched import Test, fetched

t = Test()
for name in ("vmlinuz", "initrd.cpio"):
    fetched(name)
image = t.build(t.sample("linux"))
done = t.hvbuild("run", image, "--frames", "450", "--trace", t.place("trace"))
for word in ("] guest: Linux ", "] guest: processors 2", "] guest: rested 5 s", "] guest: warnings 0",
             "linux: switched off by the guest -> halt", "[beat] 400 windows"):
    t.check(word in done.stdout, "says: " + word, done.stdout[-3000:])
judged = t.hvbuild("trace", t.place("trace"), image)
t.check(judged.returncode == 0, "no window is missing or late", judged.stderr[-2000:])
t.done()
