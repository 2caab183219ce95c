# SPDX-License-Identifier: BSD-2-Clause
"""Bad input: whatever the bytes, a finding and exit 1 or 3; never a crash, a hang or a gigabyte."""

import json
import pathlib
import random
import re
import resource
import sys

from hv import check, done, everything, folder, ok, run

SANITIZED = "sanitized" in sys.argv[2:]
MIB = 1 << 20
small = json.dumps(everything()).encode()


def survives(name, data, codes=(1, 3)):
    r = run("check", "-", "--quiet", stdin=data)
    ok(r.code in codes and (r.code == 0 or r.err), name, f"exit {r.code}\n{r.err[:2000]}")


def survive_all(name, variants, good=None):
    """Many small files, a hundred to a run. Every run must end with a finding code; with `good`, at
    most so many files may be without an error of their own."""
    with folder() as place:
        names = []
        for i, data in enumerate(variants):
            path = pathlib.Path(place) / f"{i:05}.yaml"
            path.write_bytes(data)
            names.append(path.name)
        bad, refused = [], set()
        for i in range(0, len(names), 100):
            r = run("check", "--quiet", *names[i:i + 100], cwd=place, timeout=120)
            if r.code not in (0, 1, 3):
                bad.append(f"{names[i]}...: exit {r.code}\n{r.err[-2000:]}")
            refused.update(re.findall(r"^([0-9]+\.yaml):\d+:\d+: error\[", r.err, re.M))
        if good is not None and len(names) - len(refused) > good:
            bad.append(f"without an error: {sorted(set(names) - refused)}")
        ok(not bad, f"{name} ({len(names)} files)", "\n".join(bad))


# Block style, to reach the other half of the scanner: the quickstart as it stands.
block = (pathlib.Path(__file__).resolve().parent / "golden" / "part-block.yaml").read_bytes()
r = check(small)
ok(r.code == 0, "the system with every key is good", r)
r = check(block)
ok(r.code == 0, "the system in block style is good", r)

survive_all("truncated at every byte: flow", (small[:i] for i in range(len(small))), 0)
survive_all("truncated at every byte: block", (block[:i] for i in range(len(block))), 2)

rng = random.Random(2)


def changed(data):
    data = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        i = rng.randrange(len(data))
        how = rng.randrange(4)
        if how == 0:
            data[i] = rng.randrange(256)
        elif how == 1:
            data[i] ^= 1 << rng.randrange(8)
        elif how == 2:
            del data[i:i + rng.randint(1, 8)]
        else:
            data[i:i] = rng.choice([b"\n", b"  ", b"- ", b"{", b"]", b"&a ", b"*a", b"|\n", b"'", b'"',
                                    b"\t", b"? ", b"%", b"99999999999999999999", b"\xc3", b"\0"])
    return bytes(data)


survive_all("random changes: flow", (changed(small) for _ in range(600)))
survive_all("random changes: block", (changed(block) for _ in range(600)))
survive_all("random bytes", (rng.randbytes(rng.randint(1, 200)) for _ in range(200)))

# ---- Shapes that hurt parsers -----------------------------------------------------------------------
survives("empty", b"")
survives("only a comment", b"# nothing\n")
survives("zero bytes", b"\0" * 100)
survives("UTF-16", "hvbuild: 1".encode("utf-16"))
survives("carriage returns", b"a: 1\rb: 2\r")
survives("deep lists", b"[" * MIB)
survives("deep maps", b'{"a":' * MIB)
survives("deep blocks", b"- " * MIB)
survives("a scalar of 16 MiB", b"a: " + b"x" * (16 * MIB))
survives("an open quote of 16 MiB", b'"' + b"x" * (16 * MIB))
survives("a hundred thousand keys", b"".join(b"k%d: 1\n" % i for i in range(100000)))
survives("the same key a hundred thousand times", b"k: 1\n" * 100000)
survives("a hundred thousand anchors", b"[" + b"&a x," * 100000 + b"]")
survives("a million documents", b"---\n" * 1000000)
survives("larger than 64 MiB", b" " * (64 * MIB + 1), codes=(3,))

base = everything()


def with_windows(windows):
    base["schedules"][0]["cores"] = {"0": windows}
    return json.dumps(base).encode()


survives("a window every nanosecond",
         with_windows([{"partition": "one", "start": "0", "duration": "1ns", "every": "1ns"}]))
survives("windows of nobody", with_windows(
    [{"partition": f"x{i}", "start": "0", "duration": "1ms"} for i in range(100000)]))
survives("windows at one instant", with_windows(
    [{"partition": "one", "start": "0", "duration": "1ms"}] * 100000))
survives("a hundred thousand cores", json.dumps(
    everything() | {"schedules": [{"name": "n", "major_frame": "1ms", "cores":
                                   {str(i): [] for i in range(100000)}}]}).encode())
survives("a hundred thousand partitions of one name",
         json.dumps(everything() | {"partitions": [{"name": "a", "image": "x"}] * 100000}).encode())
survives("a hundred thousand ports of one name", json.dumps(everything() | {"partitions": [
    {"name": "a", "image": "x",
     "ports": [{"name": "p", "type": "queuing", "direction": "source"}] * 100000}]}).encode())

if not SANITIZED:
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    ok(peak < 1024, f"no input took a gigabyte (peak {peak} MiB)")

done()
