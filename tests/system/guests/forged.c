// SPDX-License-Identifier: BSD-2-Clause
// Takes exceptions to EL2 whose syndrome it makes up itself, in an image whose vector is changed
// for that by robust/exceptions.py: all 64 classes with many syndromes and addresses. Each must be
// what the Arm architecture says of its class: an event of this partition, told exactly once, or
// nothing. A system partition takes one of each class in a life, and its health monitor ends that
// life.

#include "check.h"
#include "hv_irq.h"

enum { SYNC, FIQ, SERROR };
enum {
    WFX = 0x01,
    HVC = 0x16,
    SMC = 0x17,
    SYSTEM_REGISTER = 0x18,
    INSTRUCTION_ABORT = 0x20,
    DATA_ABORT = 0x24,
    SERROR_CLASS = 0x2f,
    CLASSES = 64,
};
enum { PER_WINDOW = 16, ANY = -1 };

// The emulation may write any register but SP: all are saved. True when the instruction behind the
// HVC was stepped over.
bool forged_exception(uint64_t esr, uint64_t far, uint64_t ipa, uint64_t vector);
__asm__(".text\n"
        ".globl forged_exception\n"
        "forged_exception:\n"
        "    stp x19, x20, [sp, #-96]!\n"
        "    stp x21, x22, [sp, #16]\n"
        "    stp x23, x24, [sp, #32]\n"
        "    stp x25, x26, [sp, #48]\n"
        "    stp x27, x28, [sp, #64]\n"
        "    stp x29, x30, [sp, #80]\n"
        "    mov x5, x3\n"
        "    lsr x4, x2, #12\n" // HPFAR_EL2: the page's number from bit 4 on
        "    lsl x4, x4, #4\n"
        "    mov x3, x1\n"
        "    mov x2, x0\n"
        "    mov x0, #-1\n" // should it become a call: one that does not exist
        "    hvc #0x5ca1\n"
        ".globl forged_behind\n"
        "forged_behind:\n"
        "    b 1f\n"
        "    mov x0, #1\n"
        "    b 2f\n"
        "1:  mov x0, #0\n"
        "2:\n"
        "    ldp x29, x30, [sp, #80]\n"
        "    ldp x27, x28, [sp, #64]\n"
        "    ldp x25, x26, [sp, #48]\n"
        "    ldp x23, x24, [sp, #32]\n"
        "    ldp x21, x22, [sp, #16]\n"
        "    ldp x19, x20, [sp], #96\n"
        "    ret\n");
extern const char forged_behind[];

static uint64_t seed = 1, unaligned, seen, wrong, made, events[HV_EVENT_COUNT];

// Behind a syndrome of a 16-bit instruction the PC is odd by two.
void hv_exception(struct hv_frame *frame)
{
    unaligned++;
    frame->elr = (frame->elr + 2) & ~3ul;
}

static uint64_t any(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static const uint64_t addresses[] = {0x50000000, 0x08000000, 0x08000f04, 0x080a0000,
                                     0x080b0102, 0x40100000, 0x09000000, 0,
                                     0x40200000, 0x48000000, 0x080c0000, 0xffffffff000};
enum { ADDRESSES = sizeof addresses / sizeof *addresses };

static bool in_vgic(uint64_t ipa)
{
    return (ipa >= HV_GICD && ipa < HV_GICD + 0x10000) ||
           (ipa >= HV_GICR && ipa < HV_GICR + 0x20000);
}

static int of_data_abort(uint64_t esr, uint64_t ipa)
{
    unsigned status = esr & 63;

    if (status >> 4 == 1)
        return HV_EVENT_HARDWARE_FAULT; // external
    if (status >> 2 == 3 && !(esr >> 7 & 1))
        return ANY; // a permission: found by the guest's own translation
    if (esr & (1 << 8 | 1 << 7) || !in_vgic(ipa))
        return HV_EVENT_MEMORY_VIOLATION;
    return esr >> 24 & 1 && !(ipa & ((1u << (esr >> 22 & 3)) - 1)) ? HV_EVENT_NONE
                                                                   : HV_EVENT_ILLEGAL_ACCESS;
}

// The event that a syndrome stands for, HV_EVENT_NONE, or ANY of the two that its class allows.
static int expected(uint64_t esr, uint64_t ipa, uint64_t vector)
{
    if (vector)
        return vector == FIQ ? HV_EVENT_NONE : HV_EVENT_HARDWARE_FAULT;
    switch (esr >> 26 & 63) {
    case WFX:
        return HV_EVENT_NONE;
    case HVC:
        return (uint32_t)esr == 0x5a000000 ? HV_EVENT_NONE : HV_EVENT_ILLEGAL_CALL;
    case SMC:
        return esr & 0xffff ? HV_EVENT_ILLEGAL_CALL : HV_EVENT_NONE;
    case SYSTEM_REGISTER:
        return ANY; // guests/hidden.c says of which
    case INSTRUCTION_ABORT:
        return (esr & 0x30) == 0x10 ? HV_EVENT_HARDWARE_FAULT : HV_EVENT_MEMORY_VIOLATION;
    case DATA_ABORT:
        return of_data_abort(esr, ipa);
    default:
        return HV_EVENT_ILLEGAL_INSTRUCTION;
    }
}

// HVC and SError come with an ELR_EL2 that is right. Cache maintenance of all memory is repeated.
static bool steps_over(uint64_t esr, uint64_t vector)
{
    unsigned class = esr >> 26 & 63;

    return vector == SYNC && class != HVC && class != SERROR_CLASS;
}

static bool allowed(int want, uint64_t esr, int event)
{
    if (want != ANY)
        return event == want;
    if ((esr >> 26 & 63) == DATA_ABORT)
        return event == HV_EVENT_MEMORY_VIOLATION || event == HV_EVENT_ILLEGAL_ACCESS || !event;
    return event == HV_EVENT_ILLEGAL_ACCESS || !event;
}

// Up to the last tick of the window, with what leaves no record.
static void fill_window(void)
{
    uint64_t frame = hv_window_status().frame;

    while (hv_window_status().frame == frame)
        for (unsigned n = 0; n < 16; n++)
            forged_exception(n % 2 ? any() : (uint64_t)WFX << 26 | 1 << 25, any(), any(),
                             n % 2 ? FIQ : SYNC);
}

static void attempt(uint64_t esr, uint64_t vector)
{
    uint64_t ipa = addresses[made % ADDRESSES] + any() % 16;
    struct hv_log_record r = {0};
    bool good = true, stepped;
    int event = HV_EVENT_NONE;

    made++;
    // FAR_EL2 has the offset in the page, HPFAR_EL2 the page: above the offset FAR_EL2 is virtual.
    stepped =
        forged_exception(esr, made % 3 ? ipa : (any() & ~0xffful) | (ipa & 0xfff), ipa, vector);
    if (hv_log_read(seen + 1, HV_LOG_OWN, &r) == HV_OK) {
        event = r.event;
        seen = r.sequence;
        good = r.syndrome == esr && !r.dropped;
        if (event == HV_EVENT_ILLEGAL_INSTRUCTION)
            good &= r.address == (uintptr_t)forged_behind;
        good &= hv_log_read(seen + 1, HV_LOG_OWN, &r) == HV_NOT_AVAILABLE;
    }
    events[event]++;
    good &= stepped == steps_over(esr, vector) || (esr >> 26 & 63) == SYSTEM_REGISTER;
    if ((!good || !allowed(expected(esr, ipa, vector), esr, event)) && wrong++ < 8)
        hv_printf("FAIL class 0x%lx syndrome 0x%lx vector %lu ipa 0x%lx: event %d\n",
                  esr >> 26 & 63, esr, vector, ipa, event);
    if (made % PER_WINDOW == 0)
        fill_window();
}

// Syndromes of a class: none, all, each bit alone, then any, sometimes with the upper half.
static uint64_t syndrome(unsigned class, unsigned n)
{
    uint64_t iss = n == 0 ? 0 : n == 1 ? 0x1ffffff : n < 27 ? 1ul << (n - 2) : any() & 0x1ffffff;

    return (uint64_t) class << 26 | (uint64_t)(any() & 1) << 25 | iss |
           (n % 4 == 3 ? any() % (1 << 24) << 32 : 0);
}

static _Noreturn void all_classes(unsigned each)
{
    for (unsigned class = 0; class < CLASSES; class ++) {
        for (unsigned n = 0; n < each; n++) {
            attempt(syndrome(class, n), SYNC);
            if (n % 8 == 0)
                attempt(syndrome(class, n), FIQ);
            if (n % 4 == 0)
                attempt(syndrome(SERROR_CLASS, n), SERROR);
        }
        if (class % 16 == 15) {
            hv_printf("swept classes up to 0x%x\n", class);
            hv_idle_self();
        }
    }
    check_equal((int64_t)wrong, 0,
                "each exception is an event of its class, told once, or nothing");
    hv_printf("forged %lu in 64 classes, unaligned %lu, events", made, unaligned);
    for (unsigned n = 0; n < HV_EVENT_COUNT; n++)
        if (events[n])
            hv_printf(" %u:%lu", n, events[n]);
    hv_printf("\n");
    checks_done();
}

// One class per life, which ends with it: by the health monitor, or else by itself.
static _Noreturn void class_of_this_life(void)
{
    struct hv_status s = hv_partition_status();
    uint64_t n = s.starts - 1;

    for (unsigned i = 0; i < 2; i++)
        hv_idle_self();
    if (n > CLASSES) {
        hv_printf("lives %lu\n", n);
        for (;;)
            hv_idle_self();
    }
    if (n > 0) {
        int want = expected((n - 1) << 26 | 1 << 25, addresses[0], SYNC);

        if (want == ANY) // no system register has this number: op0 is 0
            want = HV_EVENT_ILLEGAL_ACCESS;
        if (s.event != (uint64_t)want)
            hv_printf("FAIL class 0x%lx ends its life with event %lu, not %d\n", n - 1, s.event,
                      want);
    }
    if (n < CLASSES)
        forged_exception(n << 26 | 1 << 25, addresses[0], addresses[0], SYNC);
    hv_set_partition_mode(HV_MODE_COLD_START);
    for (;;)
        hv_idle_self();
}

int main(void)
{
    uint64_t id;

    if (hv_partition_status().system)
        class_of_this_life();
    hv_printf("begin\n");
    for (unsigned n = 0; n < 4; n++)
        hv_idle_self();
    all_classes(hv_schedule_find("full", &id) == HV_OK ? 512 : 40);
}
