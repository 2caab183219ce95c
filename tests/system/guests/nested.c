// SPDX-License-Identifier: BSD-2-Clause
// Sixteen software-generated interrupts at once: nested in each other, one after the other, and
// with the end of interrupt split in two (EOImode 1), over window changes. Four list registers hold
// only some of them at a time, so none may be lost, taken twice or left behind.

#include "check.h"
#include "hv_irq.h"

#define SGI32(offset) (*(volatile uint32_t *)(HV_GICR + 0x10000 + (offset)))

enum { SGIS = 16, ROUNDS = 50, ISPENDR = 0x200, ISACTIVER = 0x300 };
enum { PRIORITY_DROP_ONLY = 2 }; // ICC_CTLR_EL1.EOImode

static volatile bool nesting;
static volatile uint32_t order[64], taken, depth, deepest, active_below;

static void let_in(void)
{
    hv_irq_unmask();
    __asm__ volatile("isb\n\tnop\n\tnop\n\tisb");
    hv_irq_mask();
}

void hv_interrupt(uint32_t intid)
{
    if (taken < 64)
        order[taken] = intid;
    taken++;
    if (++depth > deepest)
        deepest = depth;
    if (nesting && intid < SGIS - 1) {
        hv_sgi_self(intid + 1); // of higher priority
        let_in();
        if (intid == 7)
            hv_idle_self();
    } else if (nesting) {
        active_below = SGI32(ISACTIVER);
    }
    depth--;
}

// Each interrupts the one before: all are active in the innermost.
static uint32_t nested(void)
{
    nesting = true;
    taken = deepest = active_below = 0;
    hv_sgi_self(0);
    let_in();
    nesting = false;
    return taken != SGIS || deepest != SGIS || active_below != 0xffff;
}

static uint32_t flat(void)
{
    uint32_t wrong = 0;

    taken = 0;
    for (uint32_t i = 0; i < SGIS; i++)
        hv_sgi_self(i * 7 % SGIS);
    let_in();
    for (uint32_t i = 0; i < SGIS; i++)
        wrong += order[i] != SGIS - 1 - i;
    return wrong + (taken != SGIS);
}

// All active at once without nesting, then deactivated in an order of its own.
static uint32_t split(uint32_t round)
{
    uint32_t wrong = 0;

    WRITE(s3_0_c12_c12_4, PRIORITY_DROP_ONLY); // ICC_CTLR_EL1
    taken = 0;
    for (uint32_t id = 0; id < SGIS; id++) {
        hv_sgi_self(id);
        let_in();
        wrong += taken != id + 1;
        if (id == 9)
            hv_idle_self();
    }
    wrong += (SGI32(ISACTIVER) & 0xffff) != 0xffff;
    hv_sgi_self(3);
    hv_sgi_self(12);
    let_in();
    wrong += taken != SGIS; // active ones wait
    wrong += (SGI32(ISPENDR) & 0xffff) != (1 << 3 | 1 << 12);
    for (uint32_t i = 0; i < SGIS; i++)
        WRITE(s3_0_c12_c11_1, (i * 5 + round) % SGIS); // ICC_DIR_EL1
    let_in();
    wrong += taken != SGIS + 2;
    WRITE(s3_0_c12_c11_1, 3);
    WRITE(s3_0_c12_c11_1, 12);
    WRITE(s3_0_c12_c12_4, 0);
    return wrong;
}

int main(void)
{
    uint32_t in_nested = 0, in_flat = 0, in_split = 0, left = 0;

    hv_irq_init();
    for (uint32_t id = 0; id < SGIS; id++)
        hv_irq_enable(id, (uint8_t)((SGIS - 1 - id) * 16));
    for (uint32_t round = 0; round < ROUNDS; round++) {
        in_nested += nested();
        in_flat += flat();
        in_split += split(round);
        left += SGI32(ISACTIVER) != 0 || SGI32(ISPENDR) != 0;
    }
    check_equal(in_nested, 0, "sixteen nested in each other are all taken, and active together");
    check_equal(in_flat, 0, "sixteen at once are taken in the order of their priorities");
    check_equal(in_split, 0, "active ones wait until they are deactivated, in any order");
    check_equal(left, 0, "nothing is left active or pending");
    checks_done();
}
