// SPDX-License-Identifier: BSD-2-Clause
// Does its worst until its window ends, in another way in every frame. The test lets the health
// monitor ignore what it does, so that it can go on.

#include "check.h"
#include "hostile.h"
#include "hv_irq.h"

static struct hv_port out, in;
static char message[HV_MAX_MESSAGE] __attribute__((aligned(64)));
static struct hv_cpu_start starts[2];
static char stacks[2][4096] __attribute__((aligned(16)));

static void attack_gic(uint64_t n)
{
    volatile uint32_t *word =
        (volatile uint32_t *)(n & 1 ? HV_GICD + n * 4 % 0x10000 : HV_GICR + n * 4 % 0x20000);

    *word = (uint32_t)(n * 0x9e3779b9);
    (void)*word;
}

static void attack_registers(void)
{
    WRITE(actlr_el1, ~0ul);
    WRITE(pmcr_el0, ~0ul);
    WRITE(mdscr_el1, 0);
    WRITE(osdlr_el1, 1);
    (void)READ(pmccntr_el0);
}

// Functions 0 to 10 of both widths, for each vcpu, for nobody, and with what is no address.
static void attack_psci(uint64_t n)
{
    struct hv_registers r = {
        {n & 1 ? 0xc4000000 : 0x84000000, n & 2 ? n >> 6 & 1 : ~n, n << 12, n}};

    r.x[0] += n / 4 % 11;
    if (n / 4 % 11 != 2 && n / 4 % 11 < 8) // what ends a partition is another attack
        hv_call(&r);
}

static void attack(uint64_t which, uint64_t n)
{
    struct hv_registers r = {{n << 16 ^ n * 7 ^ 0xc6000000, ~0ul, n, n << 32, ~n}};
    struct hv_sample sample;

    switch (which) {
    case 0:
        break;
    case 1:
        if ((r.x[0] & 0xffff) > 0x20)
            hv_call(&r);
        break;
    case 2:
        hv_sampling_write(&out, message, HV_MAX_MESSAGE);
        break;
    case 3:
        hv_sampling_read(&in, message, &sample);
        break;
    case 4:
        hv_console_write("flood\n\n\033[2J\x80\xff\rimitated\n", 24);
        break;
    case 5:
        __asm__ volatile("mov x0, %0\n\tsmc #0" : : "r"(n * 0x9e3779b9) : "x0", "x1", "x2", "x3");
        break;
    case 6:
        attack_gic(n);
        break;
    case 7:
        WRITE(s3_0_c12_c11_5,
              n % 16 << 24 | 0xffff | (n & 1) << 40); // ICC_SGI1R_EL1, all or others
        WRITE(s3_0_c12_c11_6, n << 24 | 0xffff);      // ICC_ASGI1R_EL1
        break;
    case 8:
        __asm__ volatile("msr cntv_cval_el0, xzr\n\tmsr cntv_ctl_el0, %0\n\twfi\n\twfe"
                         :
                         : "r"(1ul));
        break;
    case 9:
        for (uint64_t way = 0; way < 4; way++)
            __asm__ volatile("dc cisw, %0" : : "r"(way << 30 | n % 128 << 6));
        break;
    case 10: // one in 32: an emulator takes its time over each
        if (n % 32 == 0)
            __asm__ volatile("tlbi vmalle1is\n\ttlbi vmalle1\n\tic ialluis\n\tdsb sy\n\tisb");
        break;
    case 11:
        *(volatile uint64_t *)(0x50000000 + n % 4096 * 4096) = n;
        break;
    case 12:
        attack_registers();
        break;
    case 13:
        WRITE(cntv_cval_el0, hv_ticks() + n % 3);
        WRITE(cntv_ctl_el0, 1);
        WRITE(cntp_cval_el0, hv_ticks() + n % 5);
        WRITE(cntp_ctl_el0, 1);
        break;
    case 14:
        attack_psci(n);
        break;
    case 15:
        r = (struct hv_registers){{n % 3 == 2 ? 0x84000002 : 0x84000008 + n % 3}};
        hv_call(&r);
        break;
    case 16: // the operand 0 of each loop over sets and ways stands for all of it
        __asm__ volatile("dc cisw, xzr\n\tdc csw, xzr\n\tdc isw, xzr");
        break;
    }
}

void hv_exception(struct hv_frame *frame)
{
    frame->elr += 4; // whatever it was: go on
}

void hv_interrupt(uint32_t intid)
{
    WRITE(cntv_ctl_el0, 0);
    WRITE(cntp_ctl_el0, 0);
    (void)intid;
}

// Where there are two vcpus, each starts the other whenever it is off, and does the same as it
// does.
static _Noreturn void storm(uint64_t own)
{
    uint64_t vcpus = hv_partition_status().vcpus;

    hv_irq_init();
    for (uint32_t id = 0; id < 32; id++)
        hv_irq_enable(id, 0);
    for (uint64_t n = 0;;) {
        struct hv_window w = hv_window_status();
        uint64_t end = ticks_at(w.end), which = w.frame % ATTACKS;

        if (vcpus == 2 && hv_cpu_on(1 - own, &starts[1 - own]) == HV_OK)
            hv_printf("%lu is off, and starts\n", 1 - own);
        if (which == 7 || which == 13)
            hv_irq_unmask();
        do {
            attack(which, ++n);
        } while (hv_ticks() < end);
        hv_irq_mask();
    }
}

static void again(uint64_t own)
{
    storm(own);
}

int main(void)
{
    hv_port_open("out", &out);
    hv_port_open("in", &in);
    for (uint64_t n = 0; n < 2; n++)
        starts[n] = (struct hv_cpu_start){(uintptr_t)stacks[n] + sizeof *stacks, again, n};
    storm(0);
}
