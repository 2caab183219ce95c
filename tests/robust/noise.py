#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Random instructions for the guest `reckless`, as lines of assembly: the same on every machine.

Most are any word; the rest is what matters more than chance gives it. What ends a life at once, a
branch far away or a write to a register of the translation, is kept rare, or a life would end
before it did anything.
"""

import random

WORDS = 20000
RARE = 0.0004
chance = random.Random(64)
SYSTEM = [0xd5182000, 0xd5182020, 0xd5182040, 0xd5181000, 0xd518c000, 0xd518a200, 0xd5184100,
          0xd5184020, 0xd5184000, 0xd51b4200, 0xd518c600, 0xd51be320, 0xd51be220]  # MSR of EL1's own
FORMS = [
    lambda: 0xd5080000 | chance.getrandbits(19) | chance.getrandbits(1) << 21,  # SYS: DC, IC, TLBI, AT
    lambda: 0xd5380000 | chance.getrandbits(19),  # MRS
    lambda: 0xd4000000 | chance.choice([1, 2, 3]) | chance.choice([0, chance.getrandbits(16)]) << 5,
    lambda: 0x38000000 | chance.getrandbits(2) << 30 | chance.getrandbits(24),  # loads and stores
    lambda: 0x28000000 | chance.getrandbits(2) << 30 | chance.getrandbits(25),  # pairs
    lambda: chance.choice([0xd503205f, 0xd503207f]),  # WFE, WFI
]
FATAL = [
    lambda: chance.choice(SYSTEM) | chance.getrandbits(5),
    lambda: 0xd5100000 | chance.getrandbits(20),  # MSR of any other
    lambda: 0xd61f0000 | chance.getrandbits(2) << 21 | chance.getrandbits(5) << 5,  # BR, BLR, RET
    lambda: 0x14000000 | chance.getrandbits(26),
]


def leads_away(word):
    """Branches of more than some instructions, and ERET: QEMU stands still in one to itself."""
    return word >> 26 & 31 == 5 or word >> 25 & 63 == 0x1a or word >> 25 == 0x2a or \
        word >> 25 & 63 == 0x1b or word >> 25 == 0x6b or word >> 20 in (0xd51, 0xd50)


def instruction():
    if chance.random() < RARE:
        return chance.choice(FATAL)()
    while True:
        word = chance.choice(FORMS)() if chance.random() < 0.1 else chance.getrandbits(32)
        if word >> 19 == 0xd5080000 >> 19 or not leads_away(word):
            return word


if __name__ == "__main__":
    print("// SPDX-License-Identifier: BSD-2-Clause\n// Made by tests/robust/noise.py.")
    for _ in range(WORDS):
        print(f"    .word 0x{instruction():08x}")
