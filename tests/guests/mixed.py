#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# samples/mixed does what its README shows: each reading passes through control task and Linux, with the
# right order and in the right time.
from fetched import Test, fetched
from bulkhead import Console

t = Test()
fetched("vmlinuz")
fetched("programs/tank_log")
path = t.sample("mixed")
with open(path) as file:
    t.check(len(file.readlines()) < 80, "less than 80 lines")
checked = t.hvbuild("check", path)
t.equal((checked.returncode, checked.stdout + checked.stderr), (0, ""), "without a warning")
image = t.build(path)
done = t.hvbuild("run", image, "--frames", "300")
t.check(done.returncode == 0, "the machine runs", done.stderr[-2000:])
console = Console(done.stdout, True)


def expected(number):
    """What sensor and control task make of a reading: thousandths of a degree, per cent."""
    place = number * 370 % 12000
    temperature = 18000 + min(place, 12000 - place)
    return temperature, min(max((23000 - temperature) // 50, 0), 100)


shown = [tuple(int(n.replace(".", "")) for n in m.groups()) for m in console.find(
    r"^(\d+): (\d+\.\d{3}) C, heating (\d+) % after (\d+) ms, line (\d+) after (\d+) ms, here after (\d+) ms$",
    "display")]
t.check(len(shown) > 30 and len(shown) == len(console.of("display")), f"the display shows {len(shown)}",
        "\n".join(console.lines[-20:]))
t.equal([s[:3] for s in shown], [(s[0], *expected(s[0])) for s in shown], "each with its temperature and heating")
t.equal([s[4] for s in shown], list(range(1, len(shown) + 1)), "each a line of the log, none twice")
numbers = [s[0] for s in shown]
t.equal(numbers[:8] + list(range(numbers[8], numbers[-1] + 1)), list(range(1, 9)) + numbers[8:],
        "the eight that the queue held while Linux booted, then every one")
t.check(all(s[3] <= 12 and s[5] <= 24 and s[6] <= 30 for s in shown[10:]), "within a frame and a half", shown)
logged = [tuple(map(int, m.groups()))
          for m in console.find(r"^line (\d+): order (\d+), heating (\d+) %$", "logger")]
t.equal(logged[:len(shown)], [(s[4], s[0], s[2]) for s in shown], "Linux prints the same")
t.check(not console.find(r"^\[hv\] [0-9.]+ ms"), "and nothing else happens", console.text[:2000])
t.done()
