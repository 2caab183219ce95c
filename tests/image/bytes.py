# SPDX-License-Identifier: BSD-2-Clause
# The bytes of an image: reproducible, identified, written whole or not at all; and the commands that
# read it back.
import hashlib
import json
import os
import pty
import stat
import struct
import subprocess
import sys
import termios
import time

import builds
import guest
import tap
from container import Container, RECORDS

OUTPUTS = ("system.elf", "system.bin", "report.json")


def test_two_builds_in_two_directories_give_identical_bytes():
    one, two = builds.built("one"), builds.built("two/deeper")
    for name in OUTPUTS:
        assert builds.content(one, name) == builds.content(two, name), name
    done = builds.hvbuild(os.path.join(one, "system.yaml"), "-o", os.path.join(two, "system.elf"))
    assert done.returncode == 0, done.stderr
    for name in OUTPUTS[:2]:
        assert builds.content(one, name) == builds.content(two, name), name


def test_identity_ignores_how_the_description_is_written():
    plain = Container(os.path.join(builds.built("one"), "system.elf"))
    text = "# another comment\n" + builds.SYSTEM
    text = text.replace("period: 10ms", "period: 10000us   # the same").replace("64KiB", "0.0625MiB")
    text = text.replace("{name: code, at: 0x4000_0000,", "{at: 1073741824, name: code,")
    text = text.replace("a.elf", "sub/renamed.elf")
    path = builds.system("rewritten", text, {"b.elf": guest.usual(10)})
    os.makedirs(os.path.join(path, "sub"), exist_ok=True)
    builds.write(os.path.join(path, "sub/renamed.elf"), guest.usual(1))
    assert builds.hvbuild("system.yaml", cwd=path).returncode == 0
    again = Container(os.path.join(path, "system.elf"))
    assert again.config == plain.config and again.bytes == plain.bytes


def test_identity_follows_every_decision_of_the_description():
    seen = {Container(os.path.join(builds.built("one"), "system.elf")).config}
    for number, (old, new) in enumerate([
            ("duration: 3ms\n", "duration: 2ms\n"), ("start: 2ms", "start: 2.1ms"),
            ("start: 2ms", "pad: 9us, start: 2ms"), ("start: 2ms", "flush: true, pad: 9us, start: 2ms"),
            ("max_message: 100B", "max_message: 101B"), ("depth: 5", "depth: 6"),
            ("refresh: 25ms", "refresh: 26ms"), ("at: 0x4010_0000, size: 64KiB", "at: 0x4010_0000, size: 68KiB"),
            ("criticality: C", "criticality: B"), ("criticality: C", "criticality: C\n    initialisation: 1ms"), ("system: true", "system: false"),
            ("memory_violation: halt", "memory_violation: warm_start"), ("name: test", "name: tess"),
            ("devices: [rtc, gpio]", "devices: [rtc]"), (", cached: false", ""),
            ("phys: 0x6000_0000", "phys: 0x6020_0000"), ("name: commands, type: queuing, direction",
                                                        "name: orders, type: queuing, direction")]):
        text = builds.SYSTEM.replace(old, new)
        if "orders" in new:
            text = text.replace("beta.commands", "beta.orders").replace("alpha.commands", "alpha.orders")
        assert text != builds.SYSTEM
        c = Container(os.path.join(builds.built(f"variant{number}", text), "system.elf"))
        assert c.config not in seen, (old, new)
        seen.add(c.config)


def test_a_guest_has_a_digest_of_its_own():
    one = Container(os.path.join(builds.built("one"), "system.elf"))
    other = Container(os.path.join(builds.built(
        "patched", guests={"a.elf": guest.usual(99), "b.elf": guest.usual(10)}), "system.elf"))
    assert one.config == other.config
    digests = [[i[6] for i in c.records("image")] for c in (one, other)]
    assert [a == b for a, b in zip(*digests)] == [False] * 3 + [True] * 3


def test_nothing_but_the_report_is_written_on_an_error():
    path = builds.built("broken")
    before = {name: builds.content(path, name) for name in OUTPUTS[:2]}
    builds.write(os.path.join(path, "system.yaml"), builds.SYSTEM.replace("size: 5MiB", "size: 5000MiB"))
    done = builds.hvbuild("system.yaml", cwd=path)
    assert done.returncode == 1
    report = json.loads(builds.content(path, "report.json"))
    assert report["verdict"] == "fail" and report["errors"] == 1 and report["outputs"] == []
    assert report["rules"]["MEM-014"]["result"] == "fail" and [
        f["code"] for f in report["findings"] if f["level"] == "error"] == ["MEM-014"]
    assert before == {name: builds.content(path, name) for name in OUTPUTS[:2]}
    assert sorted(os.listdir(path)) == sorted(["a.elf", "b.elf", "system.yaml", *OUTPUTS])


def test_a_report_is_there_even_when_the_text_does_not_parse():
    path = builds.system("unparsed", "hvbuild: 1\nmodule: [\n")
    assert builds.hvbuild("system.yaml", cwd=path).returncode == 1
    report = json.loads(builds.content(path, "report.json"))
    assert report["verdict"] == "fail" and report["rules"]["SYN-001"]["result"] == "fail"
    assert report["rules"]["MEM-014"]["result"] == "not run"
    assert not os.path.exists(os.path.join(path, "system.elf"))


def test_an_output_that_cannot_be_written_is_exit_3():
    path = builds.system("nowhere")
    for output in ("missing/system.elf", "system.yaml/x.elf"):
        done = builds.hvbuild("system.yaml", "-o", output, cwd=path)
        assert done.returncode == 3 and b"cannot write" in done.stderr, done.stderr
    assert builds.hvbuild("system.yaml", "-o", "x.bin", cwd=path).returncode == 2


def test_an_output_replaces_nothing_that_was_read_or_written():
    path = builds.system("overwrite")
    before = {name: open(os.path.join(path, name), "rb").read()
              for name in os.listdir(path) if os.path.isfile(os.path.join(path, name))}
    inputs = [name for name in before if name.endswith((".yaml", ".elf"))]
    os.symlink("nothing", os.path.join(path, "link.elf"))
    assert inputs
    for output in (*inputs, "link.elf"):
        done = builds.hvbuild("system.yaml", "-o", output, cwd=path)
        assert done.returncode == 3 and b"cannot write" in done.stderr, (output, done.stderr)
    assert builds.hvbuild("system.yaml", "-o", "report.json", cwd=path).returncode == 2
    for name, content in before.items():
        assert open(os.path.join(path, name), "rb").read() == content, name
    for option in ("--depfile", "--message-file"):
        done = builds.hvbuild("system.yaml", "-o", "x.elf", option, "x.elf", cwd=path)
        assert done.returncode == 3 and b"another output" in done.stderr, done.stderr
        assert builds.hvbuild("inspect", "x.elf", cwd=path).returncode == 0


def test_output_option_names_both_files_and_the_report():
    path = builds.system("named")
    os.makedirs(os.path.join(path, "out"), exist_ok=True)
    done = builds.hvbuild("system.yaml", "-o", "out/flight.v2", cwd=path)
    assert done.returncode == 0, done.stderr
    assert sorted(os.listdir(os.path.join(path, "out"))) == ["flight.bin", "flight.v2", "report.json"]
    mode = os.stat(os.path.join(path, "out/flight.v2")).st_mode
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(mode) == 0o666 & ~umask


def test_a_runtime_that_is_missing_is_exit_3():
    path = builds.system("noruntime")
    done = builds.hvbuild("system.yaml", cwd=path, env={"BULKHEAD_RUNTIME": "/nowhere/runtime.elf"})
    assert done.returncode == 3 and b"/nowhere/runtime.elf" in done.stderr, done.stderr
    assert not os.path.exists(os.path.join(path, "system.elf"))


def test_inspect_shows_both_forms_alike():
    path = builds.built("one")
    texts = [builds.hvbuild("inspect", name, cwd=path) for name in OUTPUTS[:2]]
    assert [t.returncode for t in texts] == [0, 0]
    elf, flat = (t.stdout.decode().splitlines() for t in texts)
    assert [a for a, b in zip(elf, flat) if a != b] == [elf[0], elf[4]]  # title and the file's digest
    shown = "\n".join(elf)
    for word in ("alpha", "beta", "6 of 6 segments match", "beta.commands -> alpha.commands",
                 "alpha.out -> beta.in (refresh 25 ms)", "used 3/10", "rw- device", "0x6000_0000",
                 Container(os.path.join(path, "system.elf")).config.hex()):
        assert word in shown, word


def test_inspect_as_json_is_what_the_report_holds():
    path = builds.built("one")
    report = json.loads(builds.content(path, "report.json"))
    for name in OUTPUTS[:2]:
        found = json.loads(builds.hvbuild("inspect", name, "--message-format", "json", cwd=path).stdout)
        assert found["system"] == report["system"]
        assert found["images_match"] == [True] * 6
        assert found["sha256"] == hashlib.sha256(builds.content(path, name)).hexdigest()


def tampered(name, section, index, field, change):
    """An image with one field changed and every checksum made right again."""
    path = builds.built("tampered", builds.MODES)
    c = Container(os.path.join(path, "system.elf"))
    offset, _, entry = c.section(section)
    values = list(c.records(section)[index])
    values[field] = change(values[field])
    struct.pack_into(RECORDS[section], c.bytes, offset + index * entry, *values)
    c.seal()
    c.save(os.path.join(path, name))
    return path


def test_verify_finds_what_checksums_cannot():
    for number, (section, index, field, change, word) in enumerate([
            ("port", 3, 7, lambda v: v + 1, "refresh period"),
            ("port", 3, 0, lambda v: b"into".ljust(32, b"\0"), "partition 'beta' lacks the port 'in'"),
            ("duty", 0, 1, lambda v: v + 16, "duration"),
            ("duty", 2, 0, lambda v: v + 16, "period"),
            ("duty", 2, 2, lambda v: 3, "action at a change of schedule"),
            ("schedule", 1, 3, lambda v: 6, "identifier of a schedule"),
            ("module", 0, 5, lambda v: 0, "initial schedule"),
            ("partition", 1, 3, lambda v: 0, "criticality"),
            ("partition", 1, 2, lambda v: 0, "system right"),
            ("partition", 1, 23, lambda v: 1, "initialisation"),
            ("partition", 1, 2, lambda v: 1, "mask of rights"),
            ("health", 21, 1, lambda v: 2, "health action"),
            ("health", 21, 0, lambda v: 2, "level of a health event"),
            ("partition", 0, 17, lambda v: v + 4, "entry point"),
            ("window", 1, 3, lambda v: 0, "window of 'alpha'"),
            ("window", 1, 6, lambda v: 1, "window of 'alpha'"),
            ("module", 0, 0, lambda v: b"tesT".ljust(32, b"\0"), "module")]):
        name = f"t{number}.elf"
        path = tampered(name, section, index, field, change)
        done = builds.hvbuild("inspect", name, cwd=path)
        assert done.returncode == 0, (section, field, done.stderr)
        done = builds.hvbuild("verify", name, "system.yaml", cwd=path)
        assert done.returncode == 1 and word in done.stderr.decode(), (section, field, done.stderr)
    for name in OUTPUTS[:2]:
        assert builds.hvbuild("verify", name, "system.yaml", cwd=path).returncode == 0


def test_verify_finds_a_window_moved_by_a_tick():
    path = builds.built("tampered")
    c = Container(os.path.join(path, "system.elf"))
    offset, _, entry = c.section("window")
    for index, start, end in ((0, 0, 62501), (1, 62501, 250000)):
        struct.pack_into("<QQ", c.bytes, offset + index * entry, start, end)
    c.seal()
    c.save(os.path.join(path, "moved.elf"))
    assert builds.hvbuild("inspect", "moved.elf", cwd=path).returncode == 0
    done = builds.hvbuild("verify", "moved.elf", "system.yaml", cwd=path)
    assert done.returncode == 1 and b"window of 'alpha' at 1 ms" in done.stderr, done.stderr


def test_verify_speaks_in_the_units_of_the_description():
    path = builds.built("units")
    builds.write(os.path.join(path, "other.yaml"), builds.SYSTEM.replace("duration: 5ms", "duration: 4ms"))
    done = builds.hvbuild("verify", "system.elf", "other.yaml", cwd=path)
    assert done.returncode == 1, done.stderr
    assert b"duration of 'beta' is 5 ms in the image, 4 ms in the description" in done.stderr, done.stderr


def test_verify_finds_another_trace():
    path = builds.built("traced")

    def described(trace):
        text = builds.SYSTEM.replace("virt}", f"virt, trace: {trace}}}" if trace else "virt}", 1)
        builds.write(os.path.join(path, "other.yaml"), text)

    def verified(image):
        return builds.hvbuild("verify", image, "other.yaml", cwd=path)

    described("{events: [windows, interrupts], records: 100}")
    assert builds.hvbuild("other.yaml", "-o", "traced.elf", cwd=path).returncode == 0
    assert verified("traced.elf").returncode == 0
    for trace, words in (("{events: [windows, rests], records: 100}", b"events of the trace"),
                         ("{events: [windows, interrupts], records: 64}",
                          b"the trace keeps 128 records of each core in the image, 64 are described"),
                         ("{events: [windows, interrupts], records: 129}",
                          b"the trace keeps 128 records of each core in the image, 129 are described"),
                         (None, b"the trace keeps 128 records of each core in the image, 0 are described")):
        described(trace)
        done = verified("traced.elf")
        assert done.returncode == 1 and words in done.stderr, (trace, done.stderr[-400:])
    done = verified("system.elf")
    assert done.returncode == 0, done.stderr
    inspected = builds.hvbuild("inspect", "traced.elf", cwd=path).stdout.decode()
    assert "\ntrace          windows, interrupts: 128 records of each core at 0x" in inspected, inspected
    shown = json.loads(builds.hvbuild("inspect", "--json", "traced.elf", cwd=path).stdout)["system"]["trace"]
    assert shown["events"] == ["windows", "interrupts"] and shown["records"] == 128, shown
    plain = builds.hvbuild("inspect", "--json", "system.elf", cwd=path).stdout
    assert json.loads(plain)["system"]["trace"] is None
    assert b"\ntrace " not in builds.hvbuild("inspect", "system.elf", cwd=path).stdout


def test_verify_finds_another_guest():
    path = builds.built("tampered")
    builds.write(os.path.join(path, "a.elf"), guest.usual(55))
    done = builds.hvbuild("verify", "system.elf", "system.yaml", cwd=path)
    builds.write(os.path.join(path, "a.elf"), guest.usual(1))
    assert done.returncode == 1 and b"other bytes" in done.stderr, done.stderr


def test_run_shows_the_command_line():
    path = builds.built("one")
    done = builds.hvbuild("run", "system.elf", "--dry-run", "--cpu", "cortex-a72", cwd=path)
    words = done.stdout.decode().split()
    assert words[0] == "qemu-system-aarch64" and words[-2:] == ["-kernel", "system.elf"]
    for option, value in (("-M", "virt,virtualization=on,gic-version=3"), ("-smp", "3"),
                          ("-m", "514M"), ("-cpu", "cortex-a72"), ("-icount", "shift=0,sleep=off")):
        assert words[words.index(option) + 1] == value, (option, words)
    done = builds.hvbuild("run", "system.elf", "--dry-run", "--real-time", cwd=path)
    assert b"icount" not in done.stdout, done.stdout


def test_run_without_qemu_says_how_to_get_it():
    path = builds.built("one")
    done = builds.hvbuild("run", "system.elf", "--qemu", "/nowhere/qemu", cwd=path)
    assert done.returncode == 3 and b"apt-get install qemu-system-arm" in done.stderr, done.stderr


def pretended(path, script):
    """A program in QEMU's place."""
    name = builds.write(os.path.join(path, "qemu"), "#!/bin/sh\n" + script)
    os.chmod(name, 0o755)
    return name


def test_run_colours_lines_by_partition():
    path = builds.built("one")
    qemu = pretended(path, "printf '[alpha] one\\r\\n[hv] two\\n[beta] three\\n[gamma] four\\nfive'\n")
    done = builds.hvbuild("run", "system.elf", "--qemu", qemu, "--color=always", cwd=path)
    lines = done.stdout.decode().split("\n")
    assert done.returncode == 0 and len(lines) == 6, lines
    plain = builds.hvbuild("run", "system.elf", "--qemu", qemu, cwd=path).stdout.decode()
    assert plain == "[alpha] one\n[hv] two\n[beta] three\n[gamma] four\nfive\n"
    colours = [line.split("[")[1] if line.startswith("\033") else "" for line in lines[:5]]
    assert len({colours[0], colours[1], colours[2]}) == 3 and colours[4] == "", colours
    assert all(line.endswith("\033[0m") for line in lines[:3])


def test_run_passes_on_that_qemu_failed():
    path = builds.built("one")
    done = builds.hvbuild("run", "system.elf", "--qemu", pretended(path, "echo no >&2; exit 1\n"), cwd=path)
    assert done.returncode == 3 and b"status 1" in done.stderr


def test_run_ends_its_machine_on_an_interrupt():
    path = builds.built("one")
    qemu = pretended(path, "echo $$; exec sleep 60\n")
    process = subprocess.Popen([builds.HVBUILD, "run", "system.elf", "--qemu", qemu], cwd=path,
                               stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
    machine = int(process.stdout.readline())
    process.send_signal(2)
    assert process.wait(10) == 0
    process.stdout.close()
    for _ in range(100):
        try:
            os.kill(machine, 0)
        except ProcessLookupError:
            return
        time.sleep(0.02)
    raise AssertionError("the machine still runs")


def test_run_leaves_the_terminal_as_it_was():
    path = builds.built("one")
    qemu = pretended(path, "stty raw -echo 2>/dev/null; printf '[alpha] one\\n'\n")
    master, slave = pty.openpty()
    before = termios.tcgetattr(slave)
    process = subprocess.Popen([builds.HVBUILD, "run", "system.elf", "--qemu", qemu], cwd=path,
                               stdin=slave, stdout=slave, stderr=slave,
                               env=dict(os.environ, NO_COLOR="", TERM="xterm"))
    assert process.wait(10) == 0
    shown = os.read(master, 4096).decode()
    assert termios.tcgetattr(slave) == before
    os.close(master)
    os.close(slave)
    assert "\033[36m[alpha] one\033[0m" in shown, shown  # a terminal gets colours unasked


def test_run_refuses_frames_without_symbols():
    path = builds.built("one")
    assert builds.hvbuild("run", "system.bin", "--frames", "3", cwd=path).returncode == 2
    assert builds.hvbuild("run", "system.elf", "--frames", "0", cwd=path).returncode == 2


if __name__ == "__main__":
    tap.run(sys.modules["__main__"])
