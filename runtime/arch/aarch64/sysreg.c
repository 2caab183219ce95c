// SPDX-License-Identifier: BSD-2-Clause
// System registers that trap: ID registers with hidden features, registers that read as zero, SGIs,
// and cache maintenance by set and way. Anything else is an illegal access.
#include "arch.h"
#include "copy.h"
#include "cpu.h"
#include "vgic.h"

// ISS of EC 0x18 (D19.2.37) without Rt and Direction.
#define REG(op0, op1, crn, crm, op2)                                                               \
    ((uint32_t)(op0) << 20 | (op2) << 17 | (op1) << 14 | (crn) << 10 | (crm) << 1)
#define ISS_REG    0x3ffc1eu
#define ISS_READ   1u
#define ISS_RT(e)  ((e) >> 5 & 31)
#define ISS_OP0(r) ((r) >> 20 & 3)
#define ISS_OP1(r) ((r) >> 14 & 7)
#define ISS_CRN(r) ((r) >> 10 & 15)
#define ISS_CRM(r) ((r) >> 1 & 15)
#define ISS_OP2(r) ((r) >> 17 & 7)

#define DC_ISW  REG(1, 0, 7, 6, 2)
#define DC_CSW  REG(1, 0, 7, 10, 2)
#define DC_CISW REG(1, 0, 7, 14, 2)
#define SGI1R   REG(3, 0, 12, 11, 5)
#define SGI0R   REG(3, 0, 12, 11, 7)
#define ASGI1R  REG(3, 0, 12, 11, 6)
#define DIR     REG(3, 0, 12, 11, 1)
#define SRE_EL1 REG(3, 0, 12, 12, 5)
#define ACTLR   REG(3, 0, 1, 0, 1)

// Trapped where counters stand still between windows.
#define CNTPCT    REG(3, 3, 14, 0, 1)
#define CNTP_TVAL REG(3, 3, 14, 2, 0)
#define CNTP_CTL  REG(3, 3, 14, 2, 1)
#define CNTP_CVAL REG(3, 3, 14, 2, 2)

// ---- ID registers (HCR_EL2.TID3) ---------------------------------------------------------------

// The machine's value with the fields of `keep`, and `set` added: a feature is shown when its state
// is in the switch set or it has none. The rest of the group is reserved, or describes what is
// hidden: zero.
static uint64_t read_id(uint32_t reg)
{
#define ID(name, crm, op2, keep, set)                                                              \
    case REG(3, 0, 0, crm, op2):                                                                   \
        return (READ_SYSREG(name) & (keep)) | (set)

    switch (reg) {
        // EL0, EL1, FP, AdvSIMD, DIT, CSV3; EL1 is AArch64 only, GIC by registers
        ID(id_aa64pfr0_el1, 4, 0, 0xf00f000000ff000full, 0x0000000001000010ull);
        // BT, SSBS; no MTE, SME or NMI
        ID(id_aa64pfr1_el1, 4, 1, 0x00000000000000ffull, 0);
        // DebugVer 8.0, two break- and watchpoints (the fewest); no PMU, trace, SPE
        ID(id_aa64dfr0_el1, 5, 0, 0, 0x0000000000101006ull);
        // instructions without state; no TME
        ID(id_aa64isar0_el1, 6, 0, 0xfffffffff0fffff0ull, 0);
        // no pointer authentication (APA, API, GPA, GPI), no LS64
        ID(id_aa64isar1_el1, 6, 1, 0x0fffffff00fff00full, 0);
        // WFxT, RPRES
        ID(id_aa64isar2_el1, 6, 2, 0x00000000000000ffull, 0);
        // no stage-2 granules, FGT, ECV; PARange is 36 bits, the next below HV_IPA_BITS, or 32
        ID(id_aa64mmfr0_el1, 7, 0, 0x0000f000fffffff0ull,
           READ_SYSREG(id_aa64mmfr0_el1) & 15 ? 1 : 0);
        // no VMIDs, VHE, LORegions, XNX, TWED, HCX
        ID(id_aa64mmfr1_el1, 7, 1, 0x0000f0f00ff0f00full, 0);
        // no IESB, NV, FWB, EVT
        ID(id_aa64mmfr2_el1, 7, 2, 0xf0ff00fff0ff0fffull, 0);
        // AArch32 at EL0 only
        ID(id_pfr0_el1, 1, 0, 0x000000000000ffffull, 0);
        ID(id_isar0_el1, 2, 0, ~0ull, 0);
        ID(id_isar1_el1, 2, 1, ~0ull, 0);
        ID(id_isar2_el1, 2, 2, ~0ull, 0);
        ID(id_isar3_el1, 2, 3, ~0ull, 0);
        ID(id_isar4_el1, 2, 4, ~0ull, 0);
        ID(id_isar5_el1, 2, 5, ~0ull, 0);
        ID(id_mmfr0_el1, 1, 4, ~0ull, 0);
        ID(id_mmfr1_el1, 1, 5, ~0ull, 0);
        ID(id_mmfr2_el1, 1, 6, ~0ull, 0);
        ID(id_mmfr3_el1, 1, 7, ~0ull, 0);
        ID(mvfr0_el1, 3, 0, ~0ull, 0);
        ID(mvfr1_el1, 3, 1, ~0ull, 0);
        ID(mvfr2_el1, 3, 2, ~0ull, 0);
    default:
        return 0;
    }
#undef ID
}

// ---- Cache maintenance by set and way -----------------------------------------------------------

// By set and way only this core's caches can be meant, but the guest means its memory: a loop over
// all sets and ways has exactly one step with an operand of zero (first level, set 0, way 0), and
// that one cleans and invalidates the partition's memory by address. It is done piece by piece: the
// instruction traps again until all is done, so that windows start on time.
static bool flush_piece(struct vcpu *v)
{
    struct vcpu_arch *a = &v->arch;
    const struct tbl_memory *m;
    uint64_t size;

    while (a->flush_region < v->partition->config->memory_count) {
        m = &v->partition->memory[a->flush_region];
        if (!(m->attributes & (TBL_MEM_DEVICE | TBL_MEM_UNCACHED)) && a->flush_offset < m->size) {
            size = m->size - a->flush_offset;
            size = size < HV_MAX_MESSAGE ? size : HV_MAX_MESSAGE;
            copy_flush(m->phys + a->flush_offset, size);
            a->flush_offset += size;
            return false;
        }
        a->flush_region++;
        a->flush_offset = 0;
    }
    a->flush_region = 0;
    return true;
}

// ---- The physical counter and timer -------------------------------------------------------------

static bool is_timer(uint32_t reg)
{
    return reg == CNTPCT || reg == CNTP_TVAL || reg == CNTP_CTL || reg == CNTP_CVAL;
}

static uint64_t read_timer(const struct vcpu *v, uint32_t reg)
{
    uint64_t now = arch_time() + v->ahead;

    return reg == CNTPCT      ? now
           : reg == CNTP_CTL  ? READ_SYSREG(cntp_ctl_el0)
           : reg == CNTP_TVAL ? (uint32_t)(v->arch.own_cval - now)
                              : v->arch.own_cval;
}

static void write_timer(struct vcpu *v, uint32_t reg, uint64_t value)
{
    if (reg == CNTP_CTL) {
        WRITE_SYSREG(cntp_ctl_el0, value);
        return;
    }
    if (reg == CNTP_TVAL)
        value = arch_time() + v->ahead + (uint64_t)(int32_t)value;
    v->arch.own_cval = value;
    physical_timer_follow(v);
}

// ---- Dispatch -----------------------------------------------------------------------------------

// Registers that read as zero and ignore writes: what they control does not exist for a guest.
static bool is_hidden(uint32_t reg)
{
    unsigned op1 = ISS_OP1(reg), crn = ISS_CRN(reg), crm = ISS_CRM(reg);

    if (ISS_OP0(reg) == 2) // debug and trace
        return true;
    if (ISS_OP0(reg) != 3)
        return false;
    return reg == ACTLR || reg == SGI0R || reg == ASGI1R ||
           (op1 == 0 && crn == 5 && crm >= 3 && crm <= 5) ||    // RAS error records
           (op1 == 0 && crn == 10 && crm == 4) ||               // LORegions
           ((op1 == 0 || op1 == 3) && crn == 9 && crm >= 12) || // PMU
           (op1 == 0 && crn == 9 && crm >= 9 && crm <= 11) ||   // SPE, trace buffer
           (op1 == 3 && crn == 14 && crm >= 8) ||               // PMU counters
           (op1 == 3 && crn == 13 && crm >= 2);                 // activity monitors
}

static struct vcpu *illegal(struct vcpu *v, uint64_t esr)
{
    return health_raise(v, HV_EVENT_ILLEGAL_ACCESS, READ_SYSREG(elr_el2), esr);
}

// The ID group is op0 3, op1 0, CRn 0, CRm 1 to 7; reads only.
static bool is_id(uint32_t reg)
{
    return ISS_OP0(reg) == 3 && ISS_OP1(reg) == 0 && ISS_CRN(reg) == 0 && ISS_CRM(reg) >= 1 &&
           ISS_CRM(reg) <= 7;
}

struct vcpu *trap_sysreg(struct vcpu *v, uint64_t esr)
{
    uint32_t reg = (uint32_t)esr & ISS_REG;
    unsigned n = ISS_RT(esr);
    uint64_t value = n < 31 ? v->arch.x[n] : 0;

    if (esr & ISS_READ) {
        if (is_id(reg))
            value = read_id(reg);
        else if (reg == SRE_EL1)
            value = 7; // SRE, DFB, DIB: fixed
        else if (is_timer(reg))
            value = read_timer(v, reg);
        else if (is_hidden(reg))
            value = 0;
        else
            return illegal(v, esr);
        if (n < 31)
            v->arch.x[n] = value;
    } else if (reg == SGI1R) { // first: what guests do most
        vgic_sgi1r(v, value);
    } else if (is_timer(reg)) {
        write_timer(v, reg, value);
    } else if (reg == DIR) {
        vgic_end(v, (uint32_t)value & 0xffffff);
    } else if (reg == DC_ISW || reg == DC_CSW || reg == DC_CISW) {
        if (value == 0 && !flush_piece(v))
            return v; // the same instruction again
    } else if (reg != SRE_EL1 && !is_hidden(reg)) {
        return illegal(v, esr);
    }
    step_over(esr);
    return v;
}
