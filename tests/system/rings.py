# SPDX-License-Identifier: BSD-2-Clause
# A trace read from schema/tables.h alone, and its picture held against the Trace Event Format.
import struct

TICK, HEADER, RING, RECORD = 16, 64, 64, 32  # ns, bytes
WINDOWS, CALLS, PORTS, HEALTH, PARTITIONS, SCHEDULES, INTERRUPTS, RESTS = (1 << n for n in range(8))


def rings(path, cores, kept):
    """Per core: how many records were written, the first tick, and those that are there."""
    data, found = open(path, "rb").read(), []
    size = RING + kept * RECORD
    assert len(data) == HEADER + cores * size, len(data)
    for core in range(cores):
        at = HEADER + core * size
        written, start = struct.unpack_from("<QQ", data, at)
        found.append((written, start, [
            struct.unpack_from("<QIIQQ", data, at + RING + n % kept * RECORD)
            for n in range(max(0, written - kept), written)]))
    return found


# Keys of the Trace Event Format by phase: what must be there, what may be.
MUST = {"M": {"name", "ph", "pid", "args"}, "X": {"name", "ph", "ts", "dur", "pid", "tid"},
        "i": {"name", "ph", "ts", "pid", "tid", "s"}, "B": {"name", "ph", "ts", "pid", "tid"},
        "E": {"ph", "ts", "pid", "tid"}}
MAY = {"M": {"tid", "ts", "cat"}, "X": {"args", "cat"}, "i": {"args", "cat"}, "B": {"args", "cat"},
       "E": {"args", "cat", "name"}}


def picture_faults(trace):
    """What is wrong with a JSON object in the Trace Event Format, in words."""
    faults, named, processes, tracks = [], set(), set(), {}
    if not isinstance(trace.get("traceEvents"), list):
        return ["no list traceEvents"]
    if trace.get("displayTimeUnit", "ms") not in ("ms", "ns"):
        faults.append("displayTimeUnit is neither ms nor ns")
    for n, e in enumerate(trace["traceEvents"]):
        ph = e.get("ph")
        if ph not in MUST:
            faults.append(f"{n}: phase {ph!r}")
            continue
        if MUST[ph] - e.keys() or e.keys() - MUST[ph] - MAY[ph]:
            faults.append(f"{n}: keys {sorted(e)}")
            continue
        for key in ("pid", "tid"):
            if key in e and (type(e[key]) is not int or not 0 <= e[key] < 1 << 31):
                faults.append(f"{n}: {key} {e[key]!r}")
        for key in ("ts", "dur"):
            if key in e and (type(e[key]) not in (int, float) or not 0 <= e[key] < 1e15):
                faults.append(f"{n}: {key} {e[key]!r}")
        if not isinstance(e.get("name", ""), str) or e.get("name", "x") == "":
            faults.append(f"{n}: name {e.get('name')!r}")
        track = (e["pid"], e.get("tid"))
        if ph == "M":
            if e["name"] not in ("process_name", "thread_name") or not e["args"].get("name"):
                faults.append(f"{n}: metadata {e['name']!r} {e['args']!r}")
            (processes if e["name"] == "process_name" else named).add(
                e["pid"] if e["name"] == "process_name" else track)
            continue
        if ph == "i" and e["s"] not in "gpt":
            faults.append(f"{n}: scope {e['s']!r}")
        tracks.setdefault(track, []).append((n, e))
    for track, events in tracks.items():
        if track not in named or track[0] not in processes:
            faults.append(f"track {track} has no name")
        last, over, depth = 0, 0, 0
        for n, e in events:
            if e["ts"] < last:
                faults.append(f"{n}: goes back in time on its track")
            last = e["ts"]
            if e["ph"] == "X":
                if e["ts"] < over - 1e-4:
                    faults.append(f"{n}: overlaps the slice before")
                over = e["ts"] + e["dur"]
            depth += {"B": 1, "E": -1}.get(e["ph"], 0)
            if depth < 0:
                faults.append(f"{n}: ends what has not begun")
        if depth:
            faults.append(f"track {track} is left open")
    return faults


def judge_picture(t, trace, what):
    """Valid, and the plan's track shows what the core's shows."""
    faults = picture_faults(trace)
    t.check(not faults, f"{what}: the picture keeps the Trace Event Format", "\n".join(faults[:10]))
    names = {(e["pid"], e.get("tid") if e["name"] == "thread_name" else None): e["args"]["name"]
             for e in trace["traceEvents"] if e["ph"] == "M"}
    slices = {}
    for e in trace["traceEvents"]:
        if e["ph"] == "X":
            slices.setdefault(names[(e["pid"], e["tid"])], []).append(e)
    for core in (0, 1):
        plan, real = slices.get(f"core {core}, planned", []), slices.get(f"core {core}", [])
        wrong = [(p, r) for p, r in zip(plan, real)
                 if p["name"] != r["name"] or not 0 <= r["ts"] - p["ts"] < 50]
        t.check(len(plan) > 5 and len(real) - 1 <= len(plan) <= len(real) and not wrong,
                f"{what}: core {core}: planned windows stand over the real ones",
                (len(plan), len(real), wrong[:2]))
