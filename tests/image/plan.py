# SPDX-License-Identifier: BSD-2-Clause
# What the builder decides, held against an oracle: page by page, tick by tick.
import hashlib
import json
import os
import random
import sys
from fractions import Fraction

import builds
import guest
import tap
from container import (BLOCK, DEVICE, EXECUTE, KEEP, NONE, PAGE, SHARED, UNCACHED, WRITE, READ,
                       Container, stage1_rights, stage2_rights)

ROOT = 19  # stage2_root in a record of "partition"

# The regions of builds.SYSTEM as a person reads them: guest address, size, rights, shared, fixed.
CODE = (0x40000000, 0x10000, READ | EXECUTE, None, None)
DATA = (0x40100000, 0x10000, READ | WRITE, None, None)
REGIONS = {
    "alpha": [CODE, DATA, (0x50000000, 3 << 20, READ | WRITE, "log", None),
              (0x80000000, 5 << 20, READ | WRITE, None, None),
              (0x09010000, PAGE, READ | WRITE | DEVICE, None, 0x09010000),
              (0x09030000, PAGE, READ | WRITE | DEVICE, None, 0x09030000)],
    "beta": [CODE, DATA, (0x60001000, 3 << 20, READ, "log", None),
             (0x90001000, 6 << 20, READ | WRITE | UNCACHED, None, None),
             (0xA0000000, 2 << 20, READ, None, 0x60000000)],
}


def reference():
    return Container(os.path.join(builds.built("reference"), "system.elf"))


def pages(c, root):
    """page -> (physical page, rights) of a whole stage 2."""
    found = {}
    for at, out, size, leaf in c.leaves(root):
        for offset in range(0, size, PAGE):
            found[at + offset] = (out + offset, stage2_rights(leaf))
    return found


def test_every_page_of_a_partition_is_what_the_description_says():
    c = reference()
    owners = {}  # physical page -> who
    blocks = {}  # shared block -> physical start
    for record in c.records("partition"):
        name = record[0].rstrip(b"\0").decode()
        found = pages(c, record[ROOT])
        for at, size, rights, shared, fixed in REGIONS[name]:
            start = found[at][0]
            assert fixed in (None, start), (name, hex(at), hex(start))
            for offset in range(0, size, PAGE):
                assert found.pop(at + offset) == (start + offset, rights), (name, hex(at + offset))
                page = start + offset
                assert owners.setdefault(page, shared or name) == (shared or name), hex(page)
            if shared:
                assert blocks.setdefault(shared, start) == start
        assert not found, (name, "maps more than described", found)
    for address, _, _, size, _ in c.loads:
        for page in range(address & ~(PAGE - 1), address + size, PAGE):
            assert page not in owners, ("a partition sees the hypervisor", hex(page))
    ram = [page for page in owners if page >= 0x40000000]
    assert min(ram) >= log_end(c) and max(ram) < 0x80000000


def log_end(c):
    log, records, _ = c.records("module")[0][13:16]
    size = 64 + (len(c.records("partition")) + 1) * records * 64
    return log + (size + PAGE - 1) // PAGE * PAGE


def test_the_log_stands_behind_what_is_loaded_and_is_not_cached():
    c = reference()
    log, records, per_frame = c.records("module")[0][13:16]
    assert log == c.payload + c.payload_size and (records, per_frame) == (16, 4)
    own = {address: (rights, size) for partition, rights, address, _, size in c.records("memory")
           if partition == NONE}
    assert own[log] == (READ | WRITE | UNCACHED, log_end(c) - log)
    for address, _, _, size, _ in c.loads:  # no reset of QEMU writes to it
        assert address + size <= log
    text = builds.SYSTEM.replace(
        "board: qemu-virt}", "board: qemu-virt, health: {log: {records: 32, per_frame: 1000}}}")
    assert text != builds.SYSTEM
    c = Container(os.path.join(builds.built("log", text), "system.elf"))
    assert c.records("module")[0][14:16] == (32, 1000)
    assert log_end(c) - c.records("module")[0][13] == 2 * PAGE


def test_blocks_are_used_wherever_the_rule_allows():
    c = reference()
    alpha, beta = (list(c.leaves(r[ROOT])) for r in c.records("partition"))
    size_at = {at: size for at, _, size, _ in alpha + beta}
    assert size_at[0x80000000] == size_at[0x80200000] == BLOCK  # 5 MiB: two blocks, then pages
    assert size_at[0x80400000] == PAGE and size_at[0x804ff000] == PAGE
    assert size_at[0x50000000] == BLOCK  # the shared block follows its first user's address
    assert size_at[0x60001000] == PAGE   # so its second one has pages
    assert size_at[0x90001000] == PAGE and size_at[0x90200000] == BLOCK
    assert size_at[0xA0000000] == BLOCK
    for at, out, size, _ in alpha + beta:
        assert at % size == 0 and out % size == 0


def test_the_hypervisor_maps_its_own_records_and_nothing_else():
    c = reference()
    module = c.records("module")[0]
    copy_va, copy_tables, root = module[6], module[7], module[9]
    found, windows = {}, []
    for at, out, size, leaf in c.leaves(root):
        if size == 0:
            windows.append((at, out))
            continue
        for offset in range(0, size, PAGE):
            assert at == out
            found[at + offset] = stage1_rights(leaf)
    for partition, rights, address, phys, size in c.records("memory"):
        if partition != NONE:
            continue
        assert address == phys
        assert not (rights & WRITE and rights & EXECUTE), hex(address)
        for offset in range(0, size, PAGE):
            assert found.pop(address + offset) == rights, hex(address + offset)
    assert not found, found
    cores = len(c.records("core"))
    assert windows == [(copy_va + n * BLOCK, copy_tables + n * PAGE) for n in range(cores)]
    assert c.state <= copy_tables and copy_tables + cores * PAGE <= c.state + c.state_size


def test_segments_have_guard_pages_where_the_runtime_left_holes():
    c = reference()
    mapped = set()
    for partition, _, address, _, size in c.records("memory"):
        if partition == NONE:
            mapped.update(range(address, address + size, PAGE))
    holes, loads = 0, sorted(c.loads)
    for (a, _, _, size, _), (b, *_) in zip(loads, loads[1:]):
        for page in range((a + size + PAGE - 1) & ~(PAGE - 1), b, PAGE):
            assert page not in mapped, hex(page)
            holes += 1
    assert holes >= 8  # at least one before each stack


def test_windows_are_the_nearest_ticks_and_leave_no_gap():
    rng = random.Random(7)
    for case in range(6):
        frame = 16 * rng.randrange(10**5, 10**6)  # ns; a whole number of ticks, often no round one
        edges = sorted(rng.sample(range(0, frame, 11), 12))
        windows = [(s, e) for s, e in zip(edges[::2], edges[1::2]) if e - s >= 20000]
        if not windows:
            continue
        text = builds.SYSTEM
        head = text[:text.index("schedules:")].replace("period: 10ms", f"period: {frame}ns")
        head = head.replace("period: 20ms", f"period: {frame}ns").replace("duration: 3ms", "duration: 16us")
        head = head.replace("duration: 5ms", "duration: 16us")
        lines = "".join(f"        - {{partition: alpha, start: {s}ns, duration: {e - s}ns}}\n"
                        for s, e in windows)
        text = (f"{head}schedules:\n  - name: normal\n    major_frame: {frame}ns\n    cores:\n"
                f"      0:\n{lines}      1:\n        - {{partition: beta, start: 0ms, duration: 20us}}\n")
        c = Container(os.path.join(builds.built(f"ticks{case}", text), "system.elf"))
        assert c.records("schedule")[0][1:] == (frame * 62500000 // 10**9, frame, 0, 0)
        first, count = c.records("frame")[0]
        records = c.records("window")[first:first + count]
        wanted, at, vcpu = [], 0, 0
        for s, e in windows:
            start, end = (int(Fraction(ns * 62500000, 10**9) + Fraction(1, 2)) for ns in (s, e))
            wanted += [(at, start, NONE)] if at < start else []
            wanted += [(start, end, vcpu)]
            at = end
        total = frame * 62500000 // 10**9
        wanted += [(at, total, NONE)] if at < total else []
        assert [r[:3] for r in records] == wanted, case


def test_a_core_between_used_ones_idles_and_later_ones_stay_off():
    c = reference()
    assert [r[0] for r in c.records("core")] == [0, 1, 2]
    first, count = c.records("frame")[1]
    assert c.records("window")[first:first + count] == [(0, 1250000, NONE, 0, 0, 0, 0, 0)]
    assert [v[2] for v in c.records("vcpu")] == [0, 2]


def test_a_bound_on_initialisation_is_not_shorter_than_described():
    text = builds.SYSTEM.replace("criticality: C", "criticality: C\n    initialisation: 10001ns")
    c = Container(os.path.join(builds.built("bound", text), "system.elf"))
    assert [p[23] for p in c.records("partition")] == [0, 626]  # of 16 ns


def test_what_hides_a_window_stands_in_its_record():
    text = builds.SYSTEM.replace("{partition: beta, start: 2ms, duration: 5ms}",
                                 "{partition: beta, start: 2ms, duration: 5ms, flush: true, pad: 100us}")
    c = Container(os.path.join(builds.built("hidden", text), "system.elf"))
    assert [(w[3], w[6]) for w in c.records("window") if w[2] == 1] == [(3, 6250)]
    assert all((w[3] & 2, w[6]) == (0, 0) for w in c.records("window") if w[2] != 1)


def test_each_schedule_has_its_frames_and_what_it_means_to_partitions():
    c = Container(os.path.join(builds.built("modes", builds.MODES), "system.elf"))
    ms, cold, warm = 10**6, 2, 3
    assert [(r[0].rstrip(b"\0"), *r[1:]) for r in c.records("schedule")] == [
        (b"normal", 1250000, 20 * ms, 0, 0), (b"second", 2500000, 40 * ms, 5, 0)]
    assert c.records("module")[0][5] == 1
    assert c.records("duty") == [(10 * ms, 3 * ms, 0, 0), (20 * ms, 5 * ms, warm, 0),
                                 (40 * ms, 4 * ms, cold, 0), (20 * ms, 5 * ms, 0, 0)]
    assert [p[2] for p in c.records("partition")] == [0, 3]  # beta: system, may change the schedule
    starts = [[w[:3] for w in c.records("window")[first:first + count] if w[2] != NONE]
              for first, count in c.records("frame")]
    ticks = 62500
    assert starts == [[(ticks, 4 * ticks, 0), (11 * ticks, 14 * ticks, 0)], [],
                      [(2 * ticks, 7 * ticks, 1)],
                      [(0, 4 * ticks, 0)], [], [(2 * ticks, 7 * ticks, 1), (22 * ticks, 27 * ticks, 1)]]


def test_time_kept_free_on_purpose_is_an_idle_window():
    c = reference()
    first, count = c.records("frame")[2]
    windows = c.records("window")[first:first + count]
    assert [w[2] for w in windows] == [NONE, 1, NONE, NONE, NONE]
    assert windows[3][:2] == (562500, 625000)


def test_devices_bring_their_interrupts_and_masks():
    c = reference()
    assert c.records("interrupt") == [(34, 0, 0, 0), (39, 0, 0, 0)]
    assert c.records("irq_mask") == [(1, 1 << 2 | 1 << 7)]
    assert [v[3:5] for v in c.records("vcpu")] == [(0, 1), (1, 0)]


def test_pools_lie_in_the_state_area_and_hold_their_messages():
    c = reference()
    module = c.records("module")[0]
    taken = [(module[7], module[7] + 3 * PAGE),
             (module[8], module[8] + 8 * len(c.records("window")))]
    for kind, most, depth, slot, pool, size, _, _ in c.records("channel"):
        assert pool % 64 == 0 and slot % 64 == 0 and slot >= 24 + most
        assert size == 192 + slot * (depth if kind else 4)
        taken.append((pool, pool + size))
    taken.sort()
    assert taken[0][0] >= c.state and taken[-1][1] <= c.state + c.state_size
    assert all(a[1] <= b[0] for a, b in zip(taken, taken[1:]))


def test_images_are_the_guests_bytes_at_their_physical_place():
    c = reference()
    memory = c.records("memory")
    for partition, seed in zip(c.records("partition"), (1, 10)):
        want = [(0x40000000, guest.pattern(seed, 6000), 6000),
                (0x40002000, guest.pattern(seed + 1, 900), 900),
                (0x40100000, guest.pattern(seed + 2, 64), 9000)]
        found = pages(c, partition[ROOT])
        first, count = partition[13:15]
        images = c.records("image")[first:first + count]
        assert len(images) == len(want)
        for (region, _, source, size, target, total, digest), (at, content, room) in zip(images, want):
            assert c.at(source, size) == content and total == room
            assert digest == hashlib.sha256(content).digest()
            assert target == found[at & ~(PAGE - 1)][0] + at % PAGE
            _, _, _, start, length = memory[region]
            assert start <= target and target + total <= start + length


ACTIONS = ["memory_violation", "illegal_access", "illegal_instruction", "illegal_call", "hardware_fault",
           "guest_reset", "application_error", "numeric_error", "stack_overflow", "port_configuration",
           "watchdog", "budget", "initialisation"]  # those that are a cold start when nothing is said
IN_PLACE = builds.SYSTEM.replace("  - name: alpha\n", "  - name: alpha\n    reload: none\n")


def test_images_in_place_are_segments_where_they_run():
    path = builds.built("in_place", IN_PLACE)
    c, ordinary = Container(os.path.join(path, "system.elf")), reference()
    partitions, images = c.records("partition"), c.records("image")
    for partition, placed in zip(partitions, (True, False)):
        first, count = partition[13:15]
        for (_, _, source, size, target, total, digest) in images[first:first + count]:
            assert (source == target) == placed
            assert hashlib.sha256(c.at(source, size)).digest() == digest
            assert not placed or any((target, size, size) == (a, filesz, memsz)
                                     for a, _, filesz, memsz, _ in c.loads)
            assert placed or c.payload <= source and source + size <= c.payload + c.payload_size
    halts = "".join(f"      {event}: halt\n" for event in ACTIONS)
    one, other = (Container(os.path.join(builds.built(name, text.replace(
        "    image: a.elf\n", "    image: a.elf\n    health:\n" + halts)), "system.elf"))
        for name, text in (("halts", builds.SYSTEM), ("halts_in_place", IN_PLACE)))
    assert one.config != other.config
    assert c.payload_size == 2 * PAGE and ordinary.payload_size == 4 * PAGE  # of 2 x 6,964 bytes
    assert sorted(os.listdir(path)) == ["a.elf", "b.elf", "report.json", "system.elf", "system.yaml"]
    report = json.load(open(os.path.join(path, "report.json")))
    assert [os.path.basename(o["file"]) for o in report["outputs"]] == ["system.elf"]
    shown = builds.hvbuild("inspect", "system.elf", cwd=path).stdout.decode()
    assert shown.count("matches, in place\n") == 3 and shown.count("matches\n") == 3, shown
    builds.write(os.path.join(path, "other.yaml"), builds.SYSTEM)
    done = builds.hvbuild("verify", "system.elf", "other.yaml", cwd=path)
    assert done.returncode == 1 and done.stderr.decode().count("of partition 'alpha' lies in place, "
                                                              "not in the payload") == 3, done.stderr
    assert builds.hvbuild("verify", "system.elf", "system.yaml", cwd=path).returncode == 0


def test_more_segments_in_place_than_the_container_takes_are_refused():
    def pieces(count):
        """An ELF of so many segments, code first."""
        return guest.elf([(0x40000000 + PAGE * i, guest.R | guest.X, bytes(16), 16) for i in range(count)])

    taken = len(reference().loads)
    for count, fits in ((64 - taken, True), (65 - taken, False)):
        path = builds.system(f"pieces{count}", IN_PLACE.replace("64KiB, rights: rx", "512KiB, rights: rx"), {"a.elf": pieces(count), "b.elf": guest.usual(10)})
        done = builds.hvbuild("system.yaml", cwd=path)
        error = done.stderr.decode()
        assert (done.returncode == 0) == fits, error
        assert fits or f"MEM-012]: the container has no place for the {count} segments of partition 'alpha'" in error
        assert fits or os.listdir(path).count("system.elf") == 0


def test_flat_image_is_the_elf_in_memory():
    path = builds.built("reference")
    c = Container(os.path.join(path, "system.elf"))
    flat = builds.content(path, "system.bin")
    image = c.memory_image(0x40200000, c.payload + c.payload_size)
    assert flat[56:60] == b"ARM\x64" and log_end(c) == \
        0x40200000 + int.from_bytes(flat[16:24], "little")
    assert len(flat) == len(image)  # the log is not in the file: it would be loaded over
    image[16:24] = flat[16:24]
    assert flat == bytes(image)


def test_placement_is_first_fit_in_the_order_of_the_text():
    c = reference()
    at = log_end(c)
    for partition, rights, address, phys, size in c.records("memory"):
        if partition == NONE or rights & (DEVICE | SHARED) or phys == 0x60000000:
            continue
        if size < BLOCK and phys < 0x40600000:
            assert phys == at, hex(phys)  # small ones close up, whatever large ones stand between
            at += size
        else:
            assert phys % BLOCK == address % BLOCK


def test_report_says_what_the_image_says():
    path = builds.built("reference")
    report = json.loads(builds.content(path, "report.json"))
    c = reference()
    assert report["verdict"] == "pass" and report["verified"] is True
    assert report["system"]["config_id"] == c.config.hex()
    files = {f["file"]: f["sha256"] for f in report["inputs"] + report["outputs"]}
    for name in ("system.yaml", "a.elf", "b.elf", "system.elf", "system.bin"):
        assert files[name] == hashlib.sha256(builds.content(path, name)).hexdigest(), name
    cores = report["system"]["schedules"][0]["cores"]
    assert [core["utilisation"] for core in cores] == ["3/10", "0/1", "1/4"]
    assert cores[0]["partitions"] == {"alpha": "3/10"}
    shown = [(w["start_ticks"], w["end_ticks"]) for core in cores for w in core["windows"]]
    assert shown == [w[:2] for w in c.records("window")]
    assert all(w["start_ns"] == w["start_ticks"] * 16 for core in cores for w in core["windows"])
    assert ({r["result"] for r in report["rules"].values()} <=
            {"pass", "reported", "not applicable"})
    assert report["rules"]["MEM-014"] == {"result": "pass"}


def test_a_region_that_does_not_fit_is_told_with_what_was_left():
    # 'fixed' stands in the middle of the RAM: 450 MiB fit before it, 200 MiB behind, 350 MiB nowhere.
    text = builds.SYSTEM.replace("size: 5MiB", "size: 450MiB").replace("size: 6MiB", "size: 200MiB")
    text = text.replace("shared_memory:\n", "shared_memory:\n  - {name: more, size: 350MiB}\n")
    path = builds.system("full", text)
    done = builds.hvbuild("system.yaml", cwd=path)
    error = done.stderr.decode()
    assert done.returncode == 1 and "MEM-014" in error, error
    assert "shared block 'more' needs 350 MiB" in error, error
    assert "free" in error and "largest piece" in error, error


def crowd(count, address):
    """Partitions on one core that share a block; the first one sees it at 2 GiB."""
    text = "hvbuild: 1\nmodule: {name: crowd, board: qemu-virt}\npartitions:\n"
    for i in range(count):
        at = address if i else 0x80000000
        text += (f"  - name: p{i}\n    image: a.elf\n    period: 10ms\n    duration: 100us\n    memory:\n"
                 f"{builds.MEMORY}      - {{name: log, shared: log, at: {at:#x}, rights: r}}\n")
    text += "shared_memory:\n  - {name: log, size: 512MiB}\n"
    text += "schedules:\n  - name: n\n    major_frame: 10ms\n    cores:\n      0:\n"
    for i in range(count):
        text += f"        - {{partition: p{i}, start: {100 * i}us, duration: 100us}}\n"
    return text


def test_translation_tables_are_bounded_and_blocks_save_them():
    # Pages: root, level 2 twice, level 3 for code and data, and 257 for a block at an odd address.
    done = builds.hvbuild("system.yaml", cwd=builds.system("pages", crowd(40, 0x80001000)))
    error = done.stderr.decode()
    assert done.returncode == 1 and error.count("error[") == 1 and "[MEM-012]" in error, error
    assert "8192 pages, partition 'p32' is the first" in error and "2 MiB blocks" in error, error
    c = Container(os.path.join(builds.built("blocks", crowd(40, 0x80000000)), "system.elf"))
    assert len(c.records("translation")) < 40 * 5


def test_siblings_run_on_their_own_cores():
    text = builds.SYSTEM.replace("    system: true\n", "    system: true\n    cpus: 2\n")
    text = text.replace("{partition: beta, start: 2ms, duration: 5ms}",
                        "{partition: beta, cpu: 0, start: 2ms, duration: 5ms}")
    text += "      1:\n        - {partition: beta, cpu: 1, start: 2ms, duration: 5ms}\n"
    c = Container(os.path.join(builds.built("siblings", text), "system.elf"))
    assert [v[:3] for v in c.records("vcpu")] == [(0, 0, 0), (1, 0, 2), (1, 1, 1)]
    first, count = c.records("frame")[1]
    assert [w[2] for w in c.records("window")[first:first + count]] == [NONE, 2, NONE]


def test_vcpus_without_a_window_are_still_on_cores_of_their_own():
    text = builds.SYSTEM.replace("shared_memory:", """\
  - name: stored
    image: b.elf
    scheduled: false
    cpus: 2
    memory:
""" + builds.MEMORY + "shared_memory:")
    c = Container(os.path.join(builds.built("stored", text), "system.elf"))
    assert [r[:3] for r in c.records("vcpu")][2:] == [(2, 0, 0), (2, 1, 1)], c.records("vcpu")


if __name__ == "__main__":
    tap.run(sys.modules["__main__"])
