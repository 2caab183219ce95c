// SPDX-License-Identifier: BSD-2-Clause
// Makes every hypercall of abi.h with the full product of the dictionaries of its arguments, then
// every function number near and far. In three roles, told by its name: "normal"; "system", which
// has all rights; "newborn", which makes a few hundred calls in each of its lives, before it opened
// a port or left its initialisation.
//
// A call that succeeds may change the registers that abi.h names, one that fails none at all. What
// would end this partition or the module is left out and counted; robust/wild.py has it done at the
// end.

#include "check.h"

#define LENGTH(array) (sizeof array / sizeof array[0])

struct attacked {
    uint64_t function;
    const char *name;
    uint32_t named;  // bit n: the call may change xn
    uint32_t errors; // bit n: abi.h lists error -n
    int slots;       // arguments; -1: one of them has no dictionary
    struct {
        unsigned first, wide; // registers
        uint64_t length;
        const uint64_t *values; // length * wide
    } slot[4];
};
#include "dictionaries.h"

enum { CALLS = LENGTH(calls), LIFE = 600, TARGET_WORDS = 0x2000 / 8 };

// First in the data region, where calls that are good by chance write.
static char first[64] __attribute__((section(".data"), used)) = {1};
static uint64_t *const target = (uint64_t *)0x40200000;

// What outlives a newborn: a shared block. The others have theirs in the same place.
static struct tally {
    uint64_t made, good, acting, odd, touched, copied, wrong;
} *const tally = (struct tally *)0x40310000;
static uint64_t id, managed, partition_count;
static bool is_system;

static uint64_t pattern(uint64_t n)
{
    return n * 0x9e3779b97f4a7c15 ^ 0x0123456789abcdef;
}

static uint64_t product(const struct attacked *c)
{
    uint64_t count = 1;

    for (int i = 0; i < c->slots; i++)
        count *= c->slot[i].length;
    return c->slots < 0 ? 0 : count;
}

// Where there is something to lose: this call would succeed, and end its caller or more.
static bool acts(const uint64_t *x)
{
    switch (x[0]) {
    case HV_SET_PARTITION_MODE:
        return x[1] == HV_MODE_IDLE || x[1] == HV_MODE_COLD_START ||
               (x[1] == HV_MODE_WARM_START && hv_partition_status().mode != HV_MODE_COLD_START);
    case HV_PARTITION_CONTROL:
        return x[2] <= HV_CONTROL_WARM_START && x[1] < partition_count && x[1] != managed &&
               (is_system || x[1] == id);
    case HV_MODULE_END:
        return is_system && x[1] <= 1;
    default:
        return false;
    }
}

#define ERROR_BIT(error) (1u << -(error))

// The answers that HV_PARTITION_CONTROL may give for a partition that is in `state` now; it runs on
// this core and is not in its window.
static uint32_t control_answers(uint64_t state, uint64_t control)
{
    switch (control) {
    case HV_CONTROL_HALT:
        return ERROR_BIT(state == HV_STATE_HALTED ? HV_NO_ACTION : HV_OK);
    case HV_CONTROL_SUSPEND:
        return ERROR_BIT(state == HV_STATE_SUSPENDED ? HV_NO_ACTION
                         : state == HV_STATE_RUNNING ? HV_OK
                                                     : HV_INVALID_MODE);
    case HV_CONTROL_RESUME:
        return ERROR_BIT(state == HV_STATE_RUNNING     ? HV_NO_ACTION
                         : state == HV_STATE_SUSPENDED ? HV_OK
                                                       : HV_INVALID_MODE);
    case HV_CONTROL_COLD_START:
    case HV_CONTROL_WARM_START: // OK also when a halt is taken back
        return state == HV_STATE_RESTARTING ? ERROR_BIT(HV_NO_ACTION) | ERROR_BIT(HV_OK)
                                            : ERROR_BIT(HV_OK);
    case HV_CONTROL_SHUTDOWN: // it never takes the interrupt
        return ERROR_BIT(
            state == HV_STATE_RUNNING || state == HV_STATE_SUSPENDED ? HV_OK : HV_INVALID_MODE);
    default:
        return ERROR_BIT(HV_INVALID_PARAM);
    }
}

static const uint8_t state_after[] = {
    [HV_CONTROL_HALT] = HV_STATE_HALTED,           [HV_CONTROL_SUSPEND] = HV_STATE_SUSPENDED,
    [HV_CONTROL_RESUME] = HV_STATE_RUNNING,        [HV_CONTROL_COLD_START] = HV_STATE_RESTARTING,
    [HV_CONTROL_WARM_START] = HV_STATE_RESTARTING,
};

// Does it, compares with the model, and returns the state that must follow in the end: who is being
// restarted will run, or halt when that was asked meanwhile and not taken back by a start.
static uint64_t manage(uint64_t control, uint64_t end)
{
    struct hv_partition before = {0}, after = {0};
    int64_t error;
    uint64_t now;

    hv_partition_query(managed, &before);
    error = hv_partition_control(managed, control);
    hv_partition_query(managed, &after);
    now = error || control == HV_CONTROL_SHUTDOWN ||
                  (control == HV_CONTROL_HALT && before.state == HV_STATE_RESTARTING)
              ? before.state
              : state_after[control];
    if (!(control_answers(before.state, control) & ERROR_BIT(error)) || after.state != now) {
        if (tally->wrong++ < 4)
            hv_printf("FAIL control %lu in state %lu: %ld, state %lu\n", control, before.state,
                      error, after.state);
    }
    if (control == HV_CONTROL_HALT)
        return HV_STATE_HALTED;
    if (control == HV_CONTROL_COLD_START || control == HV_CONTROL_WARM_START)
        return HV_STATE_RUNNING;
    return now == HV_STATE_RESTARTING ? end : now;
}

// Every two controls in the first steps of a restart, later in it, and when it is over.
static void manage_all(void)
{
    struct hv_partition p = {0};

    for (unsigned n = 0; n < 108; n++) {
        uint64_t a = n % 6, b = n / 6 % 6, end = manage(HV_CONTROL_COLD_START, HV_STATE_RUNNING);

        for (unsigned wait = 0; wait < n / 36 * n / 36 * 8; wait++)
            hv_idle_self();
        end = manage(b, manage(a, end));
        for (unsigned wait = 0; wait < 80; wait++) {
            hv_idle_self();
            hv_partition_query(managed, &p);
            if (p.state == end)
                break;
        }
        if (p.state != end && tally->wrong++ < 8)
            hv_printf("FAIL controls %lu and %lu end in state %lu, not %lu\n", a, b, p.state, end);
    }
    hv_partition_control(managed, HV_CONTROL_COLD_START);
}

// Whether a buffer in `target` has what it should, where the call could have written.
static bool target_intact(uint64_t address)
{
    uint64_t word = (address - (uintptr_t)target) / 8;

    if (address < (uintptr_t)target || word >= TARGET_WORDS)
        return true;
    for (uint64_t n = word > 2 ? word - 2 : 0; n < TARGET_WORDS && n < word + 10; n++)
        if (target[n] != pattern(n))
            return false;
    return true;
}

static void target_fill(void)
{
    for (uint64_t n = 0; n < TARGET_WORDS; n++)
        target[n] = pattern(n);
}

static void tell(const char *what, const struct attacked *c, const uint64_t *x, int64_t error)
{
    hv_printf("FAIL %s(0x%lx, 0x%lx, 0x%lx, 0x%lx): %ld, %s\n", c->name, x[1], x[2], x[3], x[4],
              error, what);
}

static void judge(const struct attacked *c, const uint64_t *before, const uint64_t *after)
{
    int64_t error = (int64_t)after[0];
    uint32_t may = error ? 0 : c->named;
    bool kept = true;

    for (unsigned n = 1; n < 10; n++)
        kept &= after[n] == before[n] || may >> n & 1;
    if (error > 0 || error < -31 || !(c->errors >> -error & 1)) {
        if (tally->odd++ < 4)
            tell("which abi.h does not list", c, before, error);
    } else if (!kept) {
        if (tally->touched++ < 4)
            tell("a register changed", c, before, error);
    }
    if (error && !target_intact(before[2])) {
        if (tally->copied++ < 4)
            tell("the buffer changed", c, before, error);
        target_fill();
    }
    if (!error && (c->function == HV_SAMPLING_READ || c->function == HV_QUEUING_RECEIVE))
        target_fill();
    tally->good += !error;
}

// The call number k of the product.
static void attempt(const struct attacked *c, uint64_t k)
{
    struct hv_registers r, before;
    uint32_t answers = ~0u;

    for (unsigned n = 0; n < 10; n++)
        r.x[n] = pattern(k * 16 + n);
    r.x[0] = c->function;
    for (int i = 0; i < c->slots; i++) {
        const uint64_t *value = c->slot[i].values + k % c->slot[i].length * c->slot[i].wide;

        for (unsigned n = 0; n < c->slot[i].wide; n++)
            r.x[c->slot[i].first + n] = value[n];
        k /= c->slot[i].length;
    }
    if (acts(r.x)) {
        tally->acting++;
        return;
    }
    if (c->function == HV_PARTITION_CONTROL && is_system && r.x[1] == managed) {
        struct hv_partition p = {0};

        hv_partition_query(managed, &p);
        answers = control_answers(p.state, r.x[2]);
    }
    before = r;
    tally->made++;
    hv_call(&r);
    judge(c, before.x, r.x);
    tally->wrong += !(answers & ERROR_BIT((int64_t)r.x[0]));
    if (c->function == HV_SCHEDULE_SET && !r.x[0])
        tally->wrong += hv_schedule_status().next != before.x[1];
}

// Calls from..from + count of all products, one after the other; false behind the last.
static bool attack(uint64_t from, uint64_t count)
{
    for (unsigned i = 0; i < CALLS; i++) {
        uint64_t all = product(&calls[i]);

        for (; from < all && count; from++, count--)
            attempt(&calls[i], from);
        if (!count)
            return true;
        from -= all;
    }
    return false;
}

// ---- Functions that do not exist, and standard ones --------------------------------------------

static bool exists(uint64_t function)
{
    for (unsigned i = 0; i < CALLS; i++)
        if (calls[i].function == function)
            return true;
    return false;
}

static void attack_numbers(void)
{
    uint64_t known = 0, seed = 1, made = 0;
    struct hv_registers r;

    for (uint64_t n = 0; n < 0x10000; n++) {
        if (exists(HV_CALL(n)))
            continue;
        r = (struct hv_registers){{HV_CALL(n), n, ~n, n << 32}};
        known += hv_call(&r) != HV_NOT_SUPPORTED;
        made++;
    }
    check_equal((int64_t)known, 0, "no function beyond those of abi.h exists");
    for (unsigned n = 0; n < 20000; n++) {
        seed = seed * 6364136223846793005 + 1442695040888963407;
        uint64_t function = seed >> 32;

        if (function >> 16 == 0xc600 || function >> 16 == 0x8400 || function >> 16 == 0xc400 ||
            function >> 28 == 8)
            continue;
        r = (struct hv_registers){{function, seed, ~seed, seed * 7}};
        known += hv_call(&r) != HV_NOT_SUPPORTED;
        made++;
    }
    check_equal((int64_t)known, 0, "nor anywhere else");
    for (unsigned f = 0; f < 64; f++) { // PSCI with wild arguments, what stops a partition left out
        if (f == 1 || f == 2 || f == 8 || f == 9)
            continue;
        r = (struct hv_registers){{0xc4000000 + f, ~0ul, 1ul << 63, 7}};
        known += hv_call(&r) > 0x10001;
        made++;
    }
    check_equal((int64_t)known, 0, "PSCI refuses wild arguments");
    // SMCCC: the function is the low word of x0
    r = (struct hv_registers){{HV_VERSION | 0xabcdul << 32}};
    check_equal(hv_call(&r), HV_OK, "the upper half of x0 does not count");
    hv_printf("numbers %lu\n", made);
}

// ---- Roles -------------------------------------------------------------------------------------

static bool called(const char *name)
{
    uint64_t found;

    return hv_partition_find(name, &found) == HV_OK && found == id;
}

static void results(void)
{
    check_equal((int64_t)tally->odd, 0, "every answer is one that abi.h lists for the call");
    check_equal((int64_t)tally->touched, 0, "no register changes but those that abi.h names");
    check_equal((int64_t)tally->copied, 0, "nothing is copied on an error");
    check_equal((int64_t)tally->wrong, 0, "what acts does what the model says");
    hv_printf("calls %lu good %lu acting %lu\n", tally->made, tally->good, tally->acting);
}

// One life after the other: cold, warm, and by the partition's own management call.
static _Noreturn void live(uint64_t starts)
{
    target_fill();
    if (!attack((starts - 1) * LIFE, LIFE)) {
        results();
        hv_printf("lives %lu\n", starts);
        checks_done();
    }
    if (starts % 20 == 0)
        hv_printf("\nbatch of lives %lu\n", starts);
    if (starts % 3 == 0)
        hv_partition_control(id, HV_CONTROL_COLD_START);
    hv_set_partition_mode(HV_MODE_NORMAL);
    hv_set_partition_mode(starts % 3 == 1 ? HV_MODE_WARM_START : HV_MODE_COLD_START);
    hv_printf("FAIL it came back\n");
    checks_done();
}

int main(void)
{
    struct hv_status status = hv_partition_status();

    id = status.id;
    is_system = status.system;
    hv_partition_find("target", &managed);
    for (struct hv_registers r;; partition_count++) {
        r = (struct hv_registers){{HV_PARTITION_QUERY, partition_count}};
        if (hv_call(&r) == HV_INVALID_PARAM || partition_count == HV_MAX_PARTITIONS)
            break;
    }
    if (called("newborn"))
        live(status.starts);
    target_fill();
    for (unsigned i = 0; i < CALLS; i++) {
        for (uint64_t n = 0; n < product(&calls[i]); n++)
            attempt(&calls[i], n);
        hv_printf("\nbatch %s\n", calls[i].name);
        hv_idle_self();
    }
    results();
    attack_numbers();
    if (is_system) {
        manage_all();
        check_equal((int64_t)tally->wrong, 0, "management does what the model says");
    }
    hv_printf("done: %u checks\n", checks_made);
    for (unsigned n = 0; n < 400; n++) // what acts comes last, when the others are ready as well
        hv_idle_self();
    hv_printf("acts\n");
    hv_idle_self();
    if (is_system)
        hv_module_end(true);
    hv_set_partition_mode(HV_MODE_IDLE);
    hv_printf("FAIL it came back\n");
    return 0;
}
