// SPDX-License-Identifier: BSD-2-Clause
// What a partition finds in its registers when it starts: the same at every start, and nothing of
// anybody else. It paints all of them and cold-starts itself; the test compares the starts.

#include "paint.h"

struct state {
    uint64_t x[31], sp, vbar, cpacr, nzcv, daif, spsel, current_el, padding[2];
    uint64_t fpcr, fpsr;
    uint64_t q[32][2];
};
_Static_assert(offsetof(struct state, fpcr) == 320, "STATE_FP");
_Static_assert(offsetof(struct state, q) == 336, "STATE_Q");

extern struct state reset_state;
__attribute__((section(".data"))) struct state reset_state = {
    .padding = {1}}; // not cleared by start

static void show(const char *name, uint64_t value)
{
    if (value)
        hv_printf("reset %s 0x%lx\n", name, value);
}

int main(void)
{
    const struct state *s = &reset_state;
    uint64_t general = 0, simd = 0, system[64];
    unsigned n = 0;

#define X(name, assembler, mask, ones)                                                             \
    __asm__ volatile("mrs %0, " assembler : "=r"(system[n]));                                      \
    n++;
    SYSTEM_REGISTERS(X)
#undef X
    // The start code itself wrote these two.
    for (unsigned i = 1; i < 31; i++)
        general |= s->x[i];
    for (unsigned i = 0; i < 32; i++)
        simd |= s->q[i][0] | s->q[i][1];
    hv_printf("start %lu\n", hv_partition_status().starts);
    hv_printf("general 0x%lx simd 0x%lx\n", general, simd);
    show("SP", s->sp);
    show("VBAR", s->vbar);
    show("CPACR", s->cpacr);
    show("NZCV", s->nzcv);
    show("DAIF", s->daif);
    show("SPSel", s->spsel);
    show("CurrentEL", s->current_el);
    show("FPCR", s->fpcr);
    show("FPSR", s->fpsr);
    n = 0;
#define X(name, assembler, mask, ones)                                                             \
    if (assembler[0] != 'v' && !(assembler[0] == 'c' && assembler[1] == 'p'))                      \
        show(name, system[n]);                                                                     \
    n++;
    SYSTEM_REGISTERS(X)
#undef X
    hv_printf("end\n");
    hv_idle_self();
    if (hv_partition_status().starts == 6)
        checks_done();
    paint_everything(0xa5a5a5a5a5a5a5a5);
    hv_set_partition_mode(HV_MODE_COLD_START);
    return 0;
}
