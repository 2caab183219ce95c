// SPDX-License-Identifier: BSD-2-Clause
// Owns no device and tries those of others: memory and interrupts.

#include "check.h"
#include "pl061.h"

int main(void)
{
    static const uint64_t pages[] = {0x09010000, GPIO};

    for (unsigned page = 0; page < 2; page++)
        for (unsigned at = 0; at < 0x1000; at += 0x410) {
            volatile uint32_t *r = (volatile uint32_t *)(pages[page] + at);

            *r = ~0u;
            check_equal(*r, 0, "a device of another reads as zero");
        }
    ISENABLER1 = ~0u;
    ISPENDR1 = ~0u;
    check_equal(ISENABLER1 | ISPENDR1, 0, "and has no interrupt here");
    checks_done();
}
