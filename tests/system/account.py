# SPDX-License-Identifier: BSD-2-Clause
# Whose time it was, by the description and a trace of windows and rests: made without the runtime's
# own account.
from rings import RESTS, TICK, WINDOWS


class Account:
    """Of one core. `plan`: its windows in the description; `names` of the vcpus in their order;
    `frame` in microseconds; `start` and `records` as rings() has them."""

    def __init__(self, plan, names, frame, start, records):
        owner, edges = {}, {0}
        for w in plan:
            at = int(w["start"][:-2])
            owner[at] = w["partition"]
            edges |= {at, at + int(w["duration"][:-2])}
        due = [(at * 1000 // TICK, owner.get(at)) for at in sorted(edges - {frame})]
        # (name or None, from, how late the runtime was with it, to) in ticks
        self.stretches, now, n = [], None, 0
        for time, event, subject, detail, more in records:
            if event == WINDOWS:
                round, place = divmod(n, len(due))
                tick, who = start + round * frame * 1000 // TICK + due[place][0], due[place][1]
                late, n = detail, n + 1
            elif event == RESTS:
                tick, who, late = more, names[detail - 1] if detail else None, 0
                if names[subject] != now[0] or not 0 <= time - tick < 100:
                    raise SystemExit(f"Bail out! {names[subject]} rests at {tick}, told at {time}")
            else:
                continue
            if now:
                self.stretches.append((*now, tick))
            now = who, tick, late

    def of(self, name):
        """(from, how late, to) of all its stretches."""
        return [s[1:] for s in self.stretches if s[0] == name]

    def had(self, name, tick):
        """Ticks that `name` had before this one."""
        return sum(min(end, tick) - begin for begin, _, end in self.of(name) if begin < tick)
