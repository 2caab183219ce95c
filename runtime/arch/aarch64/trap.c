// SPDX-License-Identifier: BSD-2-Clause
// What comes from a guest: exceptions by class, interrupts, SErrors. Nothing here can stop the
// module: what no handler expects is a health event of the partition.
#include "arch.h"
#include "cpu.h"
#include "gic.h"
#include "mem.h"
#include "vgic.h"

// ESR_EL2 (D19.2.37).
#define ESR_EC(esr)  ((esr) >> 26 & 63)
#define ESR_IMM      0xffffu // HVC, SMC
#define ABORT_ISV    (1u << 24)
#define ABORT_SAS    22
#define ABORT_SSE    (1u << 21)
#define ABORT_SRT    16
#define ABORT_SF     (1u << 15)
#define ABORT_CM     (1u << 8)
#define ABORT_S1PTW  (1u << 7)
#define ABORT_WNR    (1u << 6)
#define ABORT_STATUS 63u

enum {
    EC_WFX = 0x01,
    EC_HVC64 = 0x16,
    EC_SMC64 = 0x17,
    EC_SYSREG = 0x18,
    EC_INSTRUCTION_ABORT = 0x20,
    EC_DATA_ABORT = 0x24,
    EC_SERROR = 0x2f,
    EC_ALL = 64,
};

// Calls were stepped over before they were served, and an SError belongs to no instruction.
static void skip(uint64_t esr)
{
    if (ESR_EC(esr) != EC_HVC64 && ESR_EC(esr) != EC_SMC64 && ESR_EC(esr) != EC_SERROR)
        step_over(esr);
}

void arch_vcpu_skip(struct vcpu *v)
{
    uint64_t esr = READ_SYSREG(esr_el2);

    switch (ESR_EC(esr)) {
    case EC_DATA_ABORT:
        if (esr & ABORT_ISV && !(esr & ABORT_WNR) && (esr >> ABORT_SRT & 31) < 31)
            v->arch.x[esr >> ABORT_SRT & 31] = 0;
        break;
    case EC_SYSREG:
        if (esr & 1 && (esr >> 5 & 31) < 31) // ISS.Direction: read; ISS.Rt
            v->arch.x[esr >> 5 & 31] = 0;
    }
    skip(esr);
}

void arch_handler_enter(struct vcpu *v, uint64_t event, uint64_t address, uint64_t syndrome)
{
    struct vcpu_arch *a = &v->arch;

    memcpy(a->kept.x, a->x, sizeof a->kept.x);
    a->kept.elr = READ_SYSREG(elr_el2);
    a->kept.spsr = READ_SYSREG(spsr_el2);
    a->kept.sp = READ_SYSREG(sp_el1);
    a->kept.esr = READ_SYSREG(esr_el2);
    a->x[0] = event;
    a->x[1] = address;
    a->x[2] = syndrome;
    a->x[3] = a->kept.elr;
    WRITE_SYSREG(elr_el2, v->handler.entry);
    WRITE_SYSREG(spsr_el2, SPSR_EL1H | SPSR_DAIF);
    WRITE_SYSREG(sp_el1, v->handler.stack);
}

// A call, after which x20..x28 are not moved: a load that is left out has no register to put 0 in.
void arch_handler_return(struct vcpu *v, bool left_out)
{
    struct vcpu_arch *a = &v->arch;

    memcpy(a->x, a->kept.x, sizeof a->kept.x);
    WRITE_SYSREG(elr_el2, a->kept.elr);
    WRITE_SYSREG(spsr_el2, a->kept.spsr);
    WRITE_SYSREG(sp_el1, a->kept.sp);
    if (left_out)
        skip(a->kept.esr);
}

static struct vcpu *trap_unknown(struct vcpu *v, uint64_t esr)
{
    return health_raise(v, HV_EVENT_ILLEGAL_INSTRUCTION, READ_SYSREG(elr_el2), esr);
}

static struct vcpu *trap_wfx(struct vcpu *v, uint64_t esr)
{
    step_over(esr);
    return v;
}

static struct vcpu *trap_hvc(struct vcpu *v,
                             uint64_t esr) // with an immediate; HVC #0 is in entry.S
{
    return health_raise(v, HV_EVENT_ILLEGAL_CALL, READ_SYSREG(elr_el2) - 4, esr);
}

static struct vcpu *trap_smc(struct vcpu *v, uint64_t esr)
{
    step_over(esr);
    if (esr & ESR_IMM)
        return health_raise(v, HV_EVENT_ILLEGAL_CALL, READ_SYSREG(elr_el2) - 4, esr);
    return hypercall(v);
}

// ---- Where the guest was ------------------------------------------------------------------------

// What the loaded guest's own translation makes of an address, without leaving a trace in its
// PAR_EL1; the address itself when that finds nothing there.
static uint64_t guest_ipa(uint64_t va)
{
    uint64_t saved = READ_SYSREG(par_el1), par;

    __asm__ volatile("at s1e1r, %0" ::"r"(va));
    ISB();
    par = READ_SYSREG(par_el1);
    WRITE_SYSREG(par_el1, saved);
    return par & 1 ? va : (par & 0x000ffffffffff000ull) | (va & 0xfff); // PAR_EL1.F
}

// An interrupt takes a vcpu out of WFI with the instruction behind it to go on with.
uint64_t arch_vcpu_wants(const struct vcpu *v)
{
    uint64_t at = READ_SYSREG(elr_el2) - 4, first = UINT64_MAX;
    uint64_t phys = partition_address(v->partition, guest_ipa(at), 4, TBL_MEM_EXECUTE);
    uint32_t instruction = 0;

    if (phys)
        arch_copy_in(v->core, &instruction, phys, sizeof instruction);
    if (instruction != 0xd503207f) // WFI
        return 0;
    if ((READ_SYSREG(cntv_ctl_el0) & 3) == 1) // ENABLE and not IMASK
        first = READ_SYSREG(cntv_cval_el0);
    if ((READ_SYSREG(cntp_ctl_el0) & 3) == 1 && READ_SYSREG(cntp_cval_el0) < first)
        first = READ_SYSREG(cntp_cval_el0);
    return first;
}

// ---- Aborts -------------------------------------------------------------------------------------

// Synchronous external abort, also on a table walk; and parity or ECC errors (0b01xxxx).
static bool is_external(uint64_t esr)
{
    return (esr & 0x30) == 0x10;
}

// HPFAR_EL2 holds the page of the IPA, except for a permission fault that is not on a table walk:
// then the guest's own translation tells it.
static inline uint64_t fault_address(uint64_t esr)
{
    uint64_t far = READ_SYSREG(far_el2);

    if ((esr & 0x3c) != 0x0c || esr & ABORT_S1PTW)
        return READ_SYSREG(hpfar_el2) << 8 | (far & 0xfff); // FIPA is [43:4], the page number
    return guest_ipa(far);
}

static struct vcpu *trap_instruction_abort(struct vcpu *v, uint64_t esr)
{
    return health_raise(v, is_external(esr) ? HV_EVENT_HARDWARE_FAULT : HV_EVENT_MEMORY_VIOLATION,
                        fault_address(esr), esr);
}

static __attribute__((noinline, cold)) uint64_t read_uart(struct vcpu *v, uint64_t address,
                                                          unsigned size)
{
    uint32_t value = pl011_read(v, address & (TBL_PL011_SIZE - 4)) >> 8 * (address & 3);

    return size == 8 ? value | (uint64_t)pl011_read(v, (address & (TBL_PL011_SIZE - 4)) + 4) << 32
                     : value;
}

// What is written behind the first byte of a register does not reach it, and no register is wider
// than a half-word.
static __attribute__((noinline, cold)) void write_uart(struct vcpu *v, uint64_t address,
                                                       uint64_t value)
{
    if (address % 4 == 0)
        pl011_write(v, address & (TBL_PL011_SIZE - 1), (uint32_t)value);
}

// The bit that tells the PL011 from the interrupt controller, whatever its number of
// redistributors: a test of one instruction on a path that is measured.
enum { UART_BIT = 1 << 24 };
_Static_assert((TBL_PL011_ADDRESS & UART_BIT) && !(TBL_GICD_ADDRESS & UART_BIT) &&
                   TBL_GICR_ADDRESS % UART_BIT + HV_MAX_CORES * TBL_GICR_STRIDE <= UART_BIT,
               "addresses of emulated devices");

// A register of an emulated device. ISV = 0: pairs, write-back, SIMD; not for a device.
static struct vcpu *trap_register(struct vcpu *v, uint64_t esr, uint64_t address)
{
    unsigned n = esr >> ABORT_SRT & 31, log2 = esr >> ABORT_SAS & 3, shift = 64 - (8u << log2);
    uint64_t value;

    if (!(esr & ABORT_ISV) || address & ((1u << log2) - 1))
        return health_raise(v, HV_EVENT_ILLEGAL_ACCESS, address, esr);
    step_over(esr);
    if (esr & ABORT_WNR) {
        value = n < 31 ? v->arch.x[n] << shift >> shift : 0;
        if (address & UART_BIT)
            write_uart(v, address, value);
        else
            vgic_write(v, address, 1u << log2, value);
        return v;
    }
    if (address & UART_BIT)
        value = read_uart(v, address, 1u << log2);
    else
        value = vgic_read(v, address, 1u << log2);
    value = value << shift >> shift;
    if (esr & ABORT_SSE)
        value =
            (uint64_t)((int64_t)(value << shift) >> shift) & (esr & ABORT_SF ? ~0ull : 0xffffffff);
    if (n < 31)
        v->arch.x[n] = value;
    return v;
}

static struct vcpu *trap_data_abort(struct vcpu *v, uint64_t esr)
{
    uint64_t address;

    if (is_external(esr))
        return health_raise(v, HV_EVENT_HARDWARE_FAULT, READ_SYSREG(far_el2), esr);
    address = fault_address(esr);
    // Cache maintenance and table walks have no register to emulate; only then ISV means something.
    if (esr & (ABORT_CM | ABORT_S1PTW) ||
        (!vgic_covers(v, address) && !pl011_covers(v->partition, address)))
        return health_raise(v,
                            partition_guards(v->partition, address) ? HV_EVENT_STACK_OVERFLOW
                                                                    : HV_EVENT_MEMORY_VIOLATION,
                            address, esr);
    return trap_register(v, esr, address);
}

struct vcpu *(*const trap_table[EC_ALL])(struct vcpu *v, uint64_t esr) = {
    [0] = trap_unknown,
    [EC_WFX] = trap_wfx,
    [EC_WFX + 1 ... EC_HVC64 - 1] = trap_unknown,
    [EC_HVC64] = trap_hvc,
    [EC_SMC64] = trap_smc,
    [EC_SYSREG] = trap_sysreg,
    [EC_SYSREG + 1 ... EC_INSTRUCTION_ABORT - 1] = trap_unknown,
    [EC_INSTRUCTION_ABORT] = trap_instruction_abort,
    [EC_INSTRUCTION_ABORT + 1 ... EC_DATA_ABORT - 1] = trap_unknown,
    [EC_DATA_ABORT] = trap_data_abort,
    [EC_DATA_ABORT + 1 ... EC_ALL - 1] = trap_unknown,
};

// ---- Interrupts ---------------------------------------------------------------------------------

// It does not come a second time.
struct vcpu *trap_unexpected(struct vcpu *v, uint32_t intid)
{
    gic_write_bits(GICD_ICENABLER, intid / 32, 1u << intid % 32);
    gic_deactivate(intid);
    health_module(core_block()->core, HV_EVENT_UNEXPECTED_INTERRUPT, 0, intid, true);
    return v;
}

static struct vcpu *trap_private(struct vcpu *v, uint32_t intid)
{
    if (intid != GIC_KICK && intid != GIC_MAINTENANCE)
        return trap_unexpected(v, intid);
    if (intid == GIC_MAINTENANCE)
        vgic_maintenance(v);
    gic_deactivate(intid);
    if (intid != GIC_KICK)
        return v;
    vgic_kicked(v);
    return schedule_pick(core_block()->core);
}

// The alarm is served in entry.S. Timers and devices stay active until the guest ends them.
struct vcpu *trap_irq(struct vcpu *v, uint64_t iar)
{
    uint32_t intid = iar & 0xffffff;

    if (intid >= GIC_SPURIOUS)
        return v;
    gic_drop(iar);
    if (intid >= GIC_FIRST_SPI)
        return vgic_device(v, intid);
    if (intid == GIC_VTIMER || intid == GIC_PTIMER)
        return vgic_timer(v, intid);
    return trap_private(v, intid);
}

struct vcpu *trap_irq_traced(struct vcpu *v, uint64_t iar)
{
    uint32_t intid = iar & 0xffffff;

    if (intid < GIC_SPURIOUS)
        trace(core_block()->core, TBL_TRACE_INTERRUPTS,
              v->partition ? (uint32_t)(v - vcpus) : TBL_NONE, intid, 0);
    return trap_irq(v, iar);
}

struct vcpu *trap_serror(struct vcpu *v, uint64_t esr)
{
    if (v && v->partition)
        return health_raise(v, HV_EVENT_HARDWARE_FAULT, READ_SYSREG(far_el2), esr);
    health_module(core_block()->core, HV_EVENT_HARDWARE_FAULT, 0, esr, true);
    return schedule_pick(core_block()->core);
}

// ---- A bug of the runtime -----------------------------------------------------------------------

void say(const char *text)
{
    while (*text) {
        for (uint32_t i = 0; i < 100000 && !board_console_ready(); i++)
            arch_relax();
        board_console_put(*text++);
    }
}

void say_hex(const char *name, uint64_t value)
{
    char text[20];

    for (int i = 0; i < 16; i++)
        text[i] = "0123456789abcdef"[value >> (60 - 4 * i) & 15];
    text[16] = '\0';
    say(name);
    say(text);
}

_Noreturn void trap_bug(uint64_t esr, uint64_t elr, uint64_t far, uint64_t sp, uint64_t lr)
{
    say("\n[hv] exception in the runtime: this core stops.");
    say_hex(" ESR ", esr);
    say_hex(" ELR ", elr);
    say_hex(" FAR ", far);
    say_hex(" SP ", sp);
    say_hex(" x30 ", lr);
    say_hex(" core ", core_block()->core->index);
    say("\n");
    health_bug(core_block()->core, elr, esr);
    arch_stop();
}
