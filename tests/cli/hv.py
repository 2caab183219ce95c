# SPDX-License-Identifier: BSD-2-Clause
"""What every test of the command line uses: the program, TAP, and a system to start from."""

import copy
import json
import os
import pathlib
import subprocess
import sys
import tempfile

HVBUILD = pathlib.Path(sys.argv[1]).resolve()
SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent

# Nothing of the caller's may change what is tested; a sanitizer must not look like an exit code.
ENVIRONMENT = {
    "PATH": os.environ.get("PATH", ""),
    "LANG": "C",
    "ASAN_OPTIONS": "exitcode=99:allocator_may_return_null=1",
    "UBSAN_OPTIONS": "halt_on_error=1:exitcode=99",
}
for name in ("BULKHEAD_BOARDS", "BULKHEAD_RUNTIMES"):
    if name in os.environ:
        ENVIRONMENT[name] = os.environ[name]

_count = 0
_failed = 0


def ok(good, name, detail=""):
    """One test."""
    global _count, _failed
    _count += 1
    _failed += not good
    print(f"{'ok' if good else 'not ok'} {_count} - {name}", flush=True)
    if not good and detail:
        for line in str(detail).splitlines()[:60]:
            print(f"# {line}")


def done():
    print(f"1..{_count}")
    sys.exit(1 if _failed else 0)


class Result:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def __str__(self):
        return f"exit {self.code}\nout: {self.out[:2000]}\nerr: {self.err[:4000]}"


def run(*arguments, stdin=b"", cwd=None, env=None, timeout=300):
    """Runs hvbuild; bytes that are no text come back as escapes. A hang is exit 'timeout'."""
    if isinstance(stdin, str):
        stdin = stdin.encode()
    try:
        p = subprocess.run([str(HVBUILD), *map(str, arguments)], input=stdin, cwd=cwd,
                           capture_output=True, timeout=timeout, env=ENVIRONMENT | (env or {}))
    except subprocess.TimeoutExpired:
        return Result("timeout", "", "")
    return Result(p.returncode, p.stdout.decode(errors="backslashreplace"),
                  p.stderr.decode(errors="backslashreplace"))


def messages(text):
    """The findings of --message-format json: every line must be one object."""
    return [json.loads(line) for line in text.splitlines()]


def check(system, *options, cwd=None):
    """Checks a system given as text or as a tree (JSON is YAML)."""
    text = system if isinstance(system, (str, bytes)) else json.dumps(system)
    return run("check", "-", *options, stdin=text, cwd=cwd)


def folder():
    return tempfile.TemporaryDirectory(prefix="hvbuild-cli-")


def good():
    """A small system without fault."""
    return copy.deepcopy({
        "hvbuild": 1,
        "module": {"name": "small", "board": "qemu-virt"},
        "partitions": [{
            "name": "one", "image": "one.elf", "period": "10ms", "duration": "2ms",
            "memory": [{"name": "code", "at": "0x4000_0000", "size": "64KiB", "rights": "rx"},
                       {"name": "data", "at": "0x4010_0000", "size": "64KiB"}],
        }],
        "schedules": [{
            "name": "normal", "major_frame": "10ms",
            "cores": {"0": [{"partition": "one", "start": "0ms", "duration": "2ms"}]},
        }],
    })


def everything():
    """A system without fault in which every key of a document stands, but `include` and what
    belongs to `everything_generic`."""
    health = ["memory_violation", "illegal_access", "illegal_instruction", "illegal_call",
              "hardware_fault", "guest_reset", "guest_off", "application_error", "watchdog", "budget",
              "initialisation", "numeric_error", "stack_overflow", "port_configuration"]
    partition = {
        "name": "one", "id": 4, "image": "one.elf", "guest": "bare", "criticality": "A",
        "period": "10ms", "duration": "2ms", "system": True, "cpus": 1, "scheduled": True,
        "devices": ["rtc"],
        "health": {event: "halt" for event in health}
        | {"restart_limit": "switch_schedule", "schedule": "normal",
           "process_level": ["memory_violation"]},
        "memory": [
            {"name": "code", "at": "0x4000_0000", "size": "64KiB", "phys": "0x6000_0000",
             "rights": "rx", "type": "normal", "cached": True, "keep": False, "guard": False},
            {"name": "data", "at": "0x4010_0000", "size": "64KiB", "rights": "rw"},
            {"name": "log", "at": "0x5000_0000", "shared": "log", "rights": "rw"},
        ],
        "ports": [
            {"name": "out", "type": "sampling", "direction": "source", "max_message": "8B"},
            {"name": "in", "type": "queuing", "direction": "destination", "depth": 4},
            {"name": "alone", "type": "sampling", "direction": "destination", "max_message": "8B",
             "refresh": "1s", "local": True},
            {"name": "self_out", "type": "sampling", "direction": "source"},
            {"name": "self_in", "type": "sampling", "direction": "destination", "refresh": "50ms"},
        ],
        "offset": "0ms", "jitter": "1ms", "blackout": "10ms", "initialisation": "1ms",
        "slack_margin": 10, "cores": [0],
        "processes": [
            {"name": "law", "type": "periodic", "period": "10ms", "offset": "0ms", "wcet": "500us",
             "bcet": "100us", "deadline": "9ms", "deadline_type": "hard", "jitter": "0ms",
             "blocking": "20us", "priority": 60, "stack": "4KiB", "cpu": 0,
             "reads": [{"port": "self_in", "messages": 1, "blocks": False}],
             "writes": [{"port": "out", "messages": 1, "blocks": False},
                        {"port": "self_out"}]},
            {"name": "log", "type": "aperiodic", "deadline": "none", "priority": 1,
             "reads": [{"port": "in"}]},
        ],
        "scheduling": "priority",
        "semaphores": [{"name": "slots", "initial": 2, "maximum": 4}],
        "mutexes": [{"name": "state", "ceiling": 60, "users": ["law", "log"]}],
        "buffers": 1, "blackboards": 1, "events": 1, "stack": "8KiB", "heap": "4KiB",
        "wcet_basis": "contended", "wcet_factor": 120, "rights": ["read_log"],
        "interrupts": [{"intid": 34, "every": "10ms", "cost": "1us", "latency": "10ms"}],
        "resources": [{"name": "dram", "amount": 800}], "restart_limit": 3, "restart_within": "10s",
        "reload": "image",
        "shutdown_interrupt": 101, "trusted_dma": "reviewed",
    }
    two = good()["partitions"][0] | {"name": "two", "image": "two.elf", "ports": [
        {"name": "in", "type": "sampling", "direction": "destination", "refresh": "50ms"},
        {"name": "out", "type": "queuing", "direction": "source"},
    ]}
    two["memory"].append({"name": "log", "at": "0x5000_0000", "shared": "log", "rights": "r"})
    two["processes"] = [{"name": "show", "period": "10ms", "wcet": "500us", "priority": 30,
                         "reads": [{"port": "in"}], "writes": [{"port": "out"}]}]
    two["resources"] = [{"name": "dram", "amount": 800}]
    three = {
        "name": "three", "guest": "linux", "image": "Image", "initrd": "initrd.cpio.gz",
        "cmdline": "console=ttyAMA0 quiet", "device_tree": "three.dtb", "console": "pl011", "virtual_time": "reported",
        "criticality": "A",
        "scheduled": False,
        "memory": [{"name": "ram", "at": "0x4000_0000", "size": "8MiB", "rights": "rwx"}],
    }
    errors = ["overrun", "numeric", "power"]
    return {
        "hvbuild": 1,
        "module": {"name": "all", "board": "qemu-virt", "profile": "arinc653",
                   "switch_cost": "2us", "switch_in": "window", "reserve": 20,
                   "clock_skew": "1us", "console_input": "three", "trace": {"events": ["windows", "calls"], "records": 64},
                   "health": {"on_lateness": {"bound": "50us", "action": "ignore", "log": True},
                              "hardware_fault": "reset", "unexpected_interrupt": "ignore",
                              "system_error": "shutdown",
                              "log": {"records": 8, "per_frame": 2}}},
        "defaults": {"partition": {"guest": "bare", "criticality": "A", "period": "10ms",
                                   "duration": "2ms", "initialisation": "1ms",
                                   "scheduling": "priority", "slack_margin": 5,
                                   "wcet_basis": "contended", "wcet_factor": 110,
                                   "restart_limit": 3, "restart_within": "10s",
                                   "health": {event: "warm_start" for event in health}
                                   | {"restart_limit": "suspend", "schedule": "normal",
                                      "process_level": ["illegal_call"]}}},
        "partitions": [partition, two, three],
        "shared_memory": [{"name": "log", "size": "64KiB", "phys": "0x6100_0000",
                           "multi_writer": False, "cached": True}],
        "channels": [
            {"name": "a", "type": "sampling", "max_message": "8B", "latency": "40ms",
             "from": "one.out", "to": ["two.in"]},
            {"name": "b", "type": "queuing", "max_message": "8B", "depth": 4, "from": "two.out",
             "to": "one.in"},
            {"name": "c", "type": "sampling", "max_message": "8B", "from": "one.self_out",
             "to": "one.self_in", "local": True},
        ],
        "doorbells": [{"name": "fresh", "from": "one", "to": [
            {"partition": "two", "cpu": 0, "interrupt": 100, "every": "5ms"}]}],
        "schedules": [{
            "name": "normal", "id": 0, "initial": True, "major_frame": "20ms",
            "partitions": [{"partition": "two", "period": "10ms", "duration": "1ms"}],
            "synthesize": False, "on_change": {"one": "ignore", "two": "warm_start"},
            "final": False, "change_within": "20ms",
            "cores": {
                "0": [{"partition": "one", "start": "0ms", "duration": "2ms", "every": "10ms",
                       "cpu": 0, "period_start": True}],
                "1": {"frame": "20ms", "windows": [
                    {"partition": "two", "start": "3ms", "duration": "2ms", "every": "10ms",
                     "cpu": 0, "period_start": True}]},
            },
        }],
        "exclusions": [{"name": "apart", "members": ["one", "two"], "never": "together"}],
        "co_run": [["one", "two"]],
        "resources": [{"name": "dram", "capacity": 3200}],
        "chains": [{"name": "whole", "steps": ["one.law", "two.show"], "reaction": "100ms",
                    "age": "100ms", "jitter": "20ms"}],
        "health_tables": {
            "log_depth": 100,
            "errors": [{"name": name, "id": i} for i, name in enumerate(errors)],
            "states": [{"name": "running", "phase": "process_execution"},
                       {"name": "starting", "phase": "partition_init"}],
            "tables": [
                {"name": "levels", "kind": "system", "entries": [
                    {"error": name, "state": state, "level": level}
                    for state, levels in (("running", ["process", "partition", "module"]),
                                          ("starting", ["partition", "partition", "module"]))
                    for name, level in zip(errors, levels)]},
                {"name": "module", "kind": "module", "callback": "on_module_error", "entries": [
                    {"error": "power", "state": state, "action": "shutdown"}
                    for state in ("running", "starting")]},
                {"name": "common", "kind": "multi", "entries": [
                    {"error": "overrun", "state": "running", "level": "process"},
                    {"error": "numeric", "state": "running", "level": "partition"}]},
                {"name": "own", "kind": "partition", "partitions": ["one"], "multi": "common",
                 "fallback": True, "entries": [
                    {"error": "overrun", "level": "process", "action": "idle",
                     "code": "deadline_missed"},
                    {"error": "numeric", "level": "partition", "action": "cold_start"}]},
            ],
        },
        "waivers": [{"rule": "SCHED-009", "object": "two", "reason": "spare time for growth",
                     "author": "A. Reviewer", "digest": "3ab47323eca7e418"}],
    }


def everything_generic():
    """A system without fault with the keys that only a generic board, a dialect and neighbours have."""
    system = good()
    system["module"] = {
        "name": "generic", "board": "generic", "dialect": "xm_cf",
        "platform": {
            "cores": 2, "timer_frequency": 62500000, "min_window": "20us", "switch_cost": "2us",
            "memory": [{"name": "dram", "start": "0x4000_0000", "size": "1GiB"}],
            "devices": [{"name": "rtc", "start": "0x0901_0000", "size": "4KiB", "intid": 34,
                         "edge": False, "dma": False, "reserved": False,
                         "compatible": "arm,pl031"}]}}
    system["partitions"][0]["memory"][0]["rights"] = "any"
    for name in "two", "three", "four":
        system["partitions"].append(good()["partitions"][0] | {"name": name})
    cores = system["schedules"][0]["cores"]
    cores["0"][0]["receivers"] = ["two"]
    cores["0"][0] |= {"pad": "100us", "flush": True}
    cores["0"].append({"partition": "two", "start": "4ms", "duration": "2ms"})
    cores["1"] = {"windows": [
        {"partition": "three", "start": "0ms", "duration": "2ms", "receivers": ["four"]},
        {"partition": "four", "start": "4ms", "duration": "2ms", "pad": "100us", "flush": True}]}
    return system
