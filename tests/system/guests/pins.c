// SPDX-License-Identifier: BSD-2-Clause
// Owns the PL061: its line is disabled, left up and left pending in every way, over restarts of all
// kinds, a halt and a suspension in the middle of its interrupt; afterwards it works again. The
// board says whether the line is a level or an edge; what must come differs.

#include "check.h"
#include "pl061.h"

enum task { END, LEAVE_UP, DISABLE, COLD, WARM, STAY, SUSPEND };

static volatile enum task task;
static volatile uint64_t taken, strange;
static bool edge;

void hv_interrupt(uint32_t intid)
{
    strange += intid != GPIO_INTERRUPT;
    taken++;
    switch (task) {
    case LEAVE_UP: // once
        task = END;
        return;
    case DISABLE:
        hv_irq_disable(GPIO_INTERRUPT);
        return;
    case COLD: // one more edge waits in hardware
        gpio_down();
        gpio_up();
        hv_set_partition_mode(HV_MODE_COLD_START);
        break;
    case WARM:
        hv_set_partition_mode(HV_MODE_WARM_START);
        break;
    case STAY: // until somebody ends it
        hv_set_partition_mode(HV_MODE_NORMAL);
        for (;;)
            hv_idle_self();
    case SUSPEND:
        hv_raise_error(1);
        break;
    case END:
        break;
    }
    gpio_down();
}

static void rest(unsigned windows)
{
    while (windows--)
        hv_idle_self();
}

// `level` or `edge` interrupts must have come since the last time.
static void came(uint64_t level, uint64_t edges, const char *what)
{
    static uint64_t before;

    rest(2);
    check_equal((int64_t)(taken - before), (int64_t)(edge ? edges : level), what);
    before = taken;
}

static void registers(void)
{
    static const uint8_t id[8] = {0x61, 0x10, 0x04, 0, 0x0d, 0xf0, 0x05, 0xb1};
    bool same = true;

    for (unsigned i = 0; i < 8; i++)
        same &= GPIO_REG(0xfe0 + 4 * i) == id[i];
    check(same, "its identification registers are read");
    GPIO_REG(GPIO_SCRATCH) = 0xa5;
    check_equal(GPIO_REG(GPIO_SCRATCH), 0xa5, "what is written is read back");
    check_equal(*(volatile uint8_t *)(GPIO + GPIO_SCRATCH), 0xa5, "also as a byte");
    ISENABLER1 = ~0u;
    check_equal(ISENABLER1, GPIO_BIT, "no other device's interrupt exists");
    hv_irq_disable(GPIO_INTERRUPT);
}

static void disabled(void)
{
    task = DISABLE;
    gpio_up();
    came(1, 1, "it comes, and is disabled while active");
    came(0, 0, "it stays silent, though the line is up");
    task = END;
    hv_irq_enable(GPIO_INTERRUPT, 0x80);
    came(1, 0, "enabled again, a level comes again");
    gpio_down();
    gpio_up();
    came(1, 1, "it works afterwards");

    task = DISABLE;
    gpio_up();
    came(1, 1, "it is disabled while active once more");
    gpio_down();
    task = END;
    hv_irq_enable(GPIO_INTERRUPT, 0x80);
    came(0, 0, "the line fell meanwhile: nothing comes");

    hv_irq_disable(GPIO_INTERRUPT);
    gpio_up();
    rest(2);
    check_equal(ISPENDR1 & GPIO_BIT, GPIO_BIT, "disabled, it is pending over windows");
    gpio_down();
    hv_irq_enable(GPIO_INTERRUPT, 0x80);
    came(0, 1, "enabled with the line down, an edge has been kept");
}

static void pending(void)
{
    hv_irq_mask();
    gpio_up();
    came(0, 0, "masked by the processor, it waits");
    rest(4);
    hv_irq_unmask();
    came(1, 1, "and comes, once");
    task = LEAVE_UP;
    gpio_up();
    came(2, 1, "a level that stays up comes again, an edge does not");
    gpio_down();
}

// After every start: nothing of the life before, but for the device.
static void alive(void)
{
    bool up = GPIO_REG(GPIO_LET);

    check_equal(ISENABLER1 | ISACTIVER1, 0, "no interrupt is enabled or active");
    hv_irq_init();
    hv_irq_unmask();
    came(0, 0, "none comes before it is enabled");
    hv_irq_enable(GPIO_INTERRUPT, 0x80);
    came(up, 0, "a level that is up comes");
    gpio_init();
    gpio_up();
    came(1, 1, "and the next one");
}

int main(void)
{
    uint64_t start = hv_partition_status().starts;

    edge = gpio_is_edge();
    hv_printf("start %lu, %s, line %u\n", start, edge ? "edge" : "level", GPIO_REG(GPIO_LET));
    say_slowly();
    if (start == 1) {
        registers();
        gpio_init();
    } else {
        check_equal(GPIO_REG(GPIO_SCRATCH), 0xa5, "the device is as it was");
    }
    alive();
    switch (start) {
    case 1:
        disabled();
        pending();
        task = COLD;
        break;
    case 2:
        hv_set_partition_mode(HV_MODE_NORMAL);
        task = WARM;
        break;
    case 3:
        hv_irq_mask();
        gpio_up();
        hv_set_partition_mode(HV_MODE_COLD_START);
        break;
    case 4:
        task = STAY;
        break;
    case 5:
        task = SUSPEND;
        gpio_up();
        came(1, 1, "suspended and resumed in the middle, it ends");
        task = END;
        gpio_up();
        came(1, 1, "and comes again");
        check_equal((int64_t)strange, 0, "no other interrupt ever came");
        checks_done();
    }
    gpio_up();
    for (;;)
        hv_idle_self();
}
