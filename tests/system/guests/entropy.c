// SPDX-License-Identifier: BSD-2-Clause
// Drives a virtio entropy device by DMA, in memory that it sees where it is (virtio 1.1: 2.6, 4.2).
// Its interrupt is an edge that comes once for each answer, also after a restart in the middle.

#include "check.h"
#include "hv_irq.h"

#define TRANSPORT 0x0a003e00ul // virtio31
#define INTERRUPT (HV_IRQ_SPI + 47)
#define REG(at)   (*(volatile uint32_t *)(TRANSPORT + (at)))
#define GICD_EDGE                                                                                  \
    (*(volatile uint32_t *)(HV_GICD + 0xc00 + INTERRUPT / 16 * 4) >> (INTERRUPT % 16 * 2 + 1) & 1)
#define DATA_BARRIER  __asm__ volatile("dmb osh" : : : "memory")
#define ENTROPY_BYTES 64

enum {
    MAGIC = 0x000,
    VERSION = 0x004,
    DEVICE = 0x008,
    DRIVER_FEATURES = 0x020,
    DRIVER_FEATURES_SELECT = 0x024,
    QUEUE_SELECT = 0x030,
    QUEUE_SIZE = 0x038,
    QUEUE_READY = 0x044,
    QUEUE_NOTIFY = 0x050,
    INTERRUPT_STATUS = 0x060,
    INTERRUPT_ACK = 0x064,
    STATUS = 0x070,
    QUEUE_DESCRIPTORS = 0x080, // low and high half each
    QUEUE_DRIVER = 0x090,
    QUEUE_DEVICE = 0x0a0,
};
enum { ACKNOWLEDGE = 1, DRIVER = 2, DRIVER_OK = 4, FEATURES_OK = 8, DEVICE_WRITES = 2, SIZE = 4 };

static struct {
    uint64_t address;
    uint32_t length;
    uint16_t flags, next;
} descriptors[SIZE] __attribute__((aligned(16)));
static volatile struct {
    uint16_t flags, index, ring[SIZE];
} available __attribute__((aligned(2)));
static volatile struct {
    uint16_t flags, index;
    struct {
        uint32_t id, length;
    } ring[SIZE];
} used __attribute__((aligned(4)));
static volatile uint8_t entropy[3 * ENTROPY_BYTES]; // the middle is the device's

static volatile uint64_t taken, strange;
static volatile bool restarts;

void hv_interrupt(uint32_t intid)
{
    if (restarts) // active, and not acknowledged at the device
        hv_set_partition_mode(HV_MODE_WARM_START);
    strange += intid != INTERRUPT || REG(INTERRUPT_STATUS) != 1;
    taken++;
    REG(INTERRUPT_ACK) = REG(INTERRUPT_STATUS);
}

static void place(uint32_t reg, const volatile void *what)
{
    REG(reg) = (uint32_t)(uintptr_t)what; // guest and physical address are the same
    REG(reg + 4) = (uint32_t)((uintptr_t)what >> 32);
}

static void start_device(void)
{
    REG(STATUS) = 0; // reset: what a life before has asked for is forgotten
    REG(STATUS) = ACKNOWLEDGE | DRIVER;
    REG(DRIVER_FEATURES_SELECT) = 1;
    REG(DRIVER_FEATURES) = 1; // VIRTIO_F_VERSION_1
    REG(DRIVER_FEATURES_SELECT) = 0;
    REG(DRIVER_FEATURES) = 0;
    REG(STATUS) = ACKNOWLEDGE | DRIVER | FEATURES_OK;
    check(REG(STATUS) & FEATURES_OK, "the device agrees");
    REG(QUEUE_SELECT) = 0;
    REG(QUEUE_SIZE) = SIZE;
    place(QUEUE_DESCRIPTORS, descriptors);
    place(QUEUE_DRIVER, &available);
    place(QUEUE_DEVICE, &used);
    REG(QUEUE_READY) = 1;
    REG(STATUS) = ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK;
}

static void ask(void)
{
    descriptors[0].address = (uintptr_t)&entropy[ENTROPY_BYTES];
    descriptors[0].length = ENTROPY_BYTES;
    descriptors[0].flags = DEVICE_WRITES;
    available.ring[available.index % SIZE] = 0;
    DATA_BARRIER;
    available.index++;
    DATA_BARRIER;
    REG(QUEUE_NOTIFY) = 0;
}

static unsigned filled(unsigned part)
{
    unsigned n = 0;

    for (unsigned i = 0; i < ENTROPY_BYTES; i++)
        n += entropy[part * ENTROPY_BYTES + i] != 0;
    return n;
}

int main(void)
{
    uint64_t start = hv_partition_status().starts, all = start == 1 ? 8 : 16, good = 0;

    hv_printf("start %lu\n", start);
    check_equal(REG(MAGIC), 0x74726976, "the transport is there");
    check_equal(REG(VERSION), 2, "of version 2");
    check_equal(REG(DEVICE), 4, "with a source of entropy");
    start_device();
    hv_irq_init();
    hv_irq_enable(INTERRUPT, 0x80);
    check_equal(GICD_EDGE, 1, "its interrupt is an edge");
    hv_irq_unmask();
    for (unsigned i = 0; i < all; i++) {
        for (unsigned n = 0; n < sizeof entropy; n++)
            entropy[n] = 0;
        ask();
        for (unsigned n = 0; n < 8 && taken == i; n++)
            hv_idle_self();
        DATA_BARRIER;
        good += taken == i + 1 && used.index == i + 1 && filled(1) > ENTROPY_BYTES / 2 &&
                !filled(0) && !filled(2);
    }
    check_equal((int64_t)good, (int64_t)all, "each answer comes, with one interrupt");
    check_equal((int64_t)strange, 0, "and nothing else");
    if (start == 1) {
        hv_set_partition_mode(HV_MODE_NORMAL);
        restarts = true;
        ask();
        for (;;)
            hv_idle_self();
    }
    checks_done();
}
