// SPDX-License-Identifier: BSD-2-Clause
// The attacks of hostile.c, one per major frame in turn.
#ifndef HOSTILE_H
#define HOSTILE_H

static const char *const attack_names[] = {
    "spin with interrupts masked",
    "unknown hypercalls",
    "largest message, written",
    "largest message, read",
    "console flood",
    "wild SMC",
    "GIC distributor and redistributor",
    "interrupt storm by SGI",
    "WFI and WFE",
    "set/way cache maintenance",
    "TLB invalidations",
    "memory violations",
    "trapped registers",
    "timer storm",
    "PSCI calls",
    "PSCI off and reset",
    "flush of all memory by set and way",
};
enum { ATTACKS = sizeof attack_names / sizeof attack_names[0] };

#endif
