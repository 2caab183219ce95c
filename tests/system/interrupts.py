#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# Timers, software-generated and device interrupts reach their owner, and only the owner.
from bulkhead import Test, partition, system, window

t = Test()
console = t.run(system(
    [partition("red", "timers"), partition("blue", "timers")], 500,
    [[window("red", 0, 200), window("blue", 250, 200)]]),
    [r"\[red\] done", r"\[blue\] done"], "both timers of two partitions on one core")
for name in ("red", "blue"):
    t.guest_checks(console, name)
    late = t.told(console, r"late (\d+) ticks at most", name)
    if late:
        t.check(int(late[1]) * 16 < 10000, f"{name}: no timer interrupt is over 10 us late",
                late.string)
        t.note(f"{name}: {late.string}")

console = t.run(system(
    [partition("red", "vgic"), partition("blue", "vgic")], 1000,
    [[window("red", 0, 400), window("blue", 500, 400)]]),
    [r"\[red\] done", r"\[blue\] done"], "the virtual interrupt controllers of two partitions")
for name in ("red", "blue"):
    t.guest_checks(console, name)

console = t.run(system(
    [partition("red", "nested"), partition("blue", "nested")], 1000,
    [[window("red", 0, 400), window("blue", 500, 400)]]),
    [r"\[red\] done", r"\[blue\] done"], "more interrupts than list registers, in two partitions")
for name in ("red", "blue"):
    t.guest_checks(console, name)

console = t.run(system(
    [partition("owner", "clock", devices=["rtc"]), partition("other", "neighbour")], 2000,
    [[window("owner", 0, 300), window("other", 700, 1200)]]),
    r"\[owner\] done", "a device of one partition")
t.guest_checks(console, "owner")

console = t.run(system(
    [partition("reborn", cpus=2, devices=["rtc"]), partition("other", "neighbour")], 2000,
    [[window("reborn", 0, 600, cpu=0), window("other", 700, 1200)],
     [window("reborn", 0, 600, cpu=1)]]),
    r"\[reborn\] done", "a vcpu that goes off in an interrupt and comes back", cores=2)
t.guest_checks(console, "reborn")

console = t.run(system(
    [partition("pender"), partition("victim", "unpended"), partition("timers")], 1000,
    [[window("pender", 0, 300), window("victim", 300, 300), window("timers", 600, 300)]]),
    [r"\[victim\] done", r"\[timers\] done"], "beside a partition that pends its own timers")
for name in ("victim", "timers"):
    t.guest_checks(console, name)
t.done()
