// SPDX-License-Identifier: BSD-2-Clause
// The health log, in memory that survives a reset.
//
// That memory is Normal Non-cacheable for EL2 and mapped for nobody else: what a cache holds at a
// reset may be lost (Arm ARM DDI 0487, "Behavior of caches at reset"), and so nothing of the log is
// ever in one. Exclusive accesses need not work there ("Exclusive access instructions and shareable
// memory locations"): every word that cores contend for is in ordinary memory, and the log itself
// is only loaded and stored; arch_end waits until all that is stored has arrived. Whoever reads,
// after a reset or on another core, believes a record by its checksum alone.
#include "core.h"
#include "arch.h"
#include "crc32c.h"

enum { OWNERS = HV_MAX_PARTITIONS + 1 }; // partitions, then the module

// A right that is used up and comes back with the major frames: frame of the last use in the upper
// 48 bits, what was left then in the lower 16.
struct allowance {
    _Atomic uint64_t used;
    _Atomic uint32_t refused; // since it was last granted
};

static struct owner {
    _Atomic uint32_t next;   // place to write to, modulo tbl_module.log_records
    _Atomic uint64_t newest; // sequence number of its own newest record
    struct allowance records, lines;
} owners[OWNERS];

#define BUSY UINT64_MAX // a core writes to the place

static _Atomic uint64_t kept[OWNERS * TBL_LOG_MOST]; // sequence number in each place; 0: none
static _Atomic uint64_t newest, dropped;
static _Atomic uint32_t places_used;
static uint32_t start;   // of the module
static uint32_t damaged; // records that this start found and could not keep
static uint32_t seed;    // checksum of the configuration's identity

static struct tbl_log *memory(void)
{
    return (struct tbl_log *)(uintptr_t)module->log;
}

static uint32_t owner_count(void)
{
    return tables->directory[TBL_PARTITION].count + 1;
}

// The module stands behind the partitions.
static uint32_t owner_of(uint32_t partition)
{
    return partition == TBL_NONE ? owner_count() - 1 : partition;
}

static uint32_t checksum(const struct tbl_log_record *r)
{
    return crc32c(seed, r, offsetof(struct tbl_log_record, crc));
}

// ---- Boot --------------------------------------------------------------------------------------

static struct tbl_log expected_head(void)
{
    struct tbl_log head = {
        .magic = TBL_LOG_MAGIC,
        .partitions = owner_count() - 1,
        .records = module->log_records,
    };

    __builtin_memcpy(head.config_id, tables->config_id, sizeof head.config_id);
    head.crc = crc32c(0, &head, offsetof(struct tbl_log, crc));
    return head;
}

// A whole record of this configuration, in a place of its partition. Its numbers are used as they
// are: a forged one could only be written by what runs instead of the module.
static bool is_whole(const struct tbl_log_record *r, uint32_t owner)
{
    return r->sequence && r->crc == checksum(r) && owner_of(r->partition) == owner &&
           (r->schedule == TBL_NONE || r->schedule < tables->directory[TBL_SCHEDULE].count);
}

static bool is_blank(const struct tbl_log_record *r)
{
    uint64_t words[sizeof *r / 8], any = 0;

    __builtin_memcpy(words, r, sizeof words);
    for (uint32_t i = 0; i < sizeof words / sizeof *words; i++)
        any |= words[i];
    return !any;
}

// Takes over the places of one owner; what is no record of it is wiped. Returns how many are whole.
static uint32_t take_over(uint32_t index)
{
    uint32_t count = module->log_records, found = 0;
    struct owner *o = &owners[index];
    uint64_t last = 0;

    *o = (struct owner){0};
    for (uint32_t i = 0; i < count; i++) {
        uint32_t place = index * count + i;
        struct tbl_log_record *r = &memory()->places[place];
        bool whole = is_whole(r, index);

        kept[place] = whole ? r->sequence : 0;
        if (!whole) {
            if (!is_blank(r)) {
                damaged++;
                *r = (struct tbl_log_record){0};
            }
            continue;
        }
        found++;
        if (r->sequence > last) {
            last = r->sequence;
            o->next = i + 1;
        }
        if (r->start > start)
            start = r->start;
    }
    o->newest = last;
    if (last > newest)
        newest = last;
    places_used += found;
    o->records.used = count;
    o->lines.used = module->log_per_frame;
    return found;
}

// "health log: 5 records of 2 starts kept, 1 damaged"
static void say_found(uint32_t found, uint32_t starts)
{
    struct console_line l = {0};

    line_text(&l, "health log: ");
    line_number(&l, found, 10, 1);
    line_text(&l, found == 1 ? " record of " : " records of ");
    line_number(&l, starts, 10, 1);
    line_text(&l, starts == 1 ? " start kept, " : " starts kept, ");
    line_number(&l, damaged, 10, 1);
    line_text(&l, " damaged\n");
    line_say(&l);
}

void log_begin(void)
{
    struct tbl_log *log = memory(), head = expected_head();
    bool same = !__builtin_memcmp(log, &head, sizeof head);
    bool log_found = log->magic == TBL_LOG_MAGIC;
    uint32_t found = 0;

    newest = dropped = places_used = start = damaged = 0;
    seed = crc32c(0, tables->config_id, sizeof tables->config_id);
    for (uint32_t i = 0; i < owner_count(); i++)
        found += take_over(i);
    *log = head;
    // Memory of a computer that was just switched on holds anything: no record of it was one.
    if (found || same)
        say_found(found, start);
    else if (log_found)
        console_say("health log: another configuration's or damaged, discarded\n");
    if (!found && !same)
        damaged = 0;
    start++;
    log_record(&cores[0], &(struct tbl_log_record){.partition = TBL_NONE, .event = HV_LOG_STARTED});
}

// ---- Writing -----------------------------------------------------------------------------------

// One use of the right, of which `most` can be saved up. The core's clock of frames may be one
// behind another's. Gives up, as refused, when other cores of the partition are in here too often.
static bool grant(struct allowance *a, const struct core *core, uint32_t most)
{
    uint64_t used = atomic_load(&a->used);

    for (uint32_t tries = 0; tries < HV_MAX_CORES; tries++) {
        int64_t passed = (int64_t)((core->frame_index << 16) - (used & ~0xffffull)) >> 16;
        uint64_t frame = used >> 16, left = used & 0xffff;

        if (passed > 0) {
            frame = core->frame_index;
            left += (uint64_t)passed * module->log_per_frame;
            left = left > most ? most : left;
        }
        if (!left)
            break;
        if (atomic_compare_exchange_strong(&a->used, &used, frame << 16 | (left - 1)))
            return true;
    }
    atomic_fetch_add(&a->refused, 1);
    return false;
}

bool log_may_say(const struct core *core, uint32_t partition, uint32_t *silent)
{
    struct allowance *a = &owners[owner_of(partition)].lines;

    if (!grant(a, core, module->log_per_frame))
        return false;
    *silent = atomic_exchange(&a->refused, 0);
    return true;
}

// When and where. Before the first frame nobody has a window.
static void fill_in(const struct core *core, struct tbl_log_record *r)
{
    const struct tbl_window *windows = tables_section(TBL_WINDOW);
    const struct tbl_duty *duties = tables_section(TBL_DUTY);
    uint64_t now = arch_time(), begin = atomic_load(&module_start);
    bool begun = begin && now >= begin;

    r->time = begun ? ns_from_ticks(now - begin) : 0;
    r->start = start;
    r->schedule = TBL_NONE;
    r->window = TBL_NONE;
    if (begun) {
        r->schedule = (uint32_t)(core->duties - duties) / tables->directory[TBL_PARTITION].count;
        r->window = (uint32_t)(core->window - windows);
    }
}

// The owner's next place that no other core writes to now; UINT32_MAX: there was none.
static uint32_t take_place(uint32_t index)
{
    uint32_t each = module->log_records;

    for (uint32_t tries = 0; tries < each; tries++) {
        uint32_t place = index * each + atomic_fetch_add(&owners[index].next, 1) % each;

        uint64_t before = atomic_exchange(&kept[place], BUSY);

        places_used += before == 0;
        if (before != BUSY)
            return place;
    }
    return UINT32_MAX;
}

// Cores that write for one owner may come here in another order than their numbers.
static void raise_to(_Atomic uint64_t *word, uint64_t value)
{
    uint64_t old = atomic_load(word);

    while (old < value && !atomic_compare_exchange_weak(word, &old, value))
        continue;
}

void log_record(const struct core *core, struct tbl_log_record *r)
{
    uint32_t index = owner_of(r->partition), place = UINT32_MAX;
    struct allowance *a = &owners[index].records;

    fill_in(core, r);
    if (grant(a, core, module->log_records))
        place = take_place(index);
    if (place == UINT32_MAX) {
        atomic_fetch_add(&dropped, 1);
        return;
    }
    r->dropped = atomic_exchange(&a->refused, 0);
    r->sequence = atomic_fetch_add(&newest, 1) + 1;
    r->crc = checksum(r);
    atomic_thread_fence(memory_order_release); // a reader of any word of it sees BUSY, too
    memory()->places[place] = *r;
    atomic_store_explicit(&kept[place], r->sequence, memory_order_release);
    raise_to(&owners[index].newest, r->sequence);
}

// ---- Reading -----------------------------------------------------------------------------------

uint64_t log_newest(void)
{
    return atomic_load(&newest);
}

struct vcpu *log_status(struct vcpu *v)
{
    uint64_t *x = arch_register(v, 0);

    x[0] = (uint64_t)HV_NOT_PERMITTED;
    if (!(v->partition->config->flags & TBL_PARTITION_READ_LOG))
        return v;
    x[0] = HV_OK;
    x[1] = log_newest();
    x[2] = atomic_load(&places_used);
    x[3] = start;
    x[4] = atomic_load(&dropped);
    x[5] = damaged;
    return v;
}

// Place of the first record from `sequence` on among those of the owners [first, end); UINT32_MAX:
// there is none.
static uint32_t find(uint64_t sequence, uint32_t first, uint32_t end, uint64_t *found)
{
    uint32_t each = module->log_records, place = UINT32_MAX;
    uint64_t from = sequence ? sequence : 1, least = BUSY - from;

    for (; first < end; first++) {
        if (atomic_load(&owners[first].newest) < from)
            continue;
        for (uint32_t i = first * each; i < (first + 1) * each; i++) {
            // What is below `from`, as nothing is, wraps to a large number.
            uint64_t ahead = atomic_load_explicit(&kept[i], memory_order_relaxed) - from;

            if (ahead < least) {
                least = ahead;
                place = i;
            }
        }
    }
    *found = from + least;
    return place;
}

// A copy of what is in the place, when that is record n and stays it.
static bool copy(struct tbl_log_record *r, uint32_t place, uint64_t n)
{
    bool same = atomic_load_explicit(&kept[place], memory_order_acquire) == n;

    *r = memory()->places[place];
    atomic_thread_fence(memory_order_acquire);
    return same && atomic_load_explicit(&kept[place], memory_order_relaxed) == n;
}

// The results of HV_LOG_READ for record n of place `place`.
static void tell(uint64_t *x, const struct tbl_log_record *r)
{
    const struct tbl_schedule *schedules = tables_section(TBL_SCHEDULE);
    uint64_t none = HV_LOG_NONE;

    x[0] = HV_OK;
    x[1] = r->sequence;
    x[2] =
        (uint64_t)r->window << 32 | (uint32_t)r->action << 24 | (uint32_t)r->level << 16 | r->event;
    x[3] = r->partition == TBL_NONE ? none : partitions[r->partition].config->id;
    x[4] = r->schedule == TBL_NONE ? none : schedules[r->schedule].id;
    x[5] = r->time;
    x[6] = r->address;
    x[7] = r->syndrome;
    x[8] = r->start;
    x[9] = r->dropped;
}

struct vcpu *log_read(struct vcpu *v)
{
    uint64_t *x = arch_register(v, 0), n;
    uint32_t first = 0, end = owner_count(), place, owner;
    struct tbl_log_record r;

    x[0] = (uint64_t)HV_NOT_PERMITTED;
    if (x[2] == HV_LOG_OWN) {
        first = v->config->partition;
        end = first + 1;
    } else if (x[2] != HV_LOG_ALL) {
        x[0] = (uint64_t)HV_INVALID_PARAM;
        return v;
    } else if (!(v->partition->config->flags & TBL_PARTITION_READ_LOG)) {
        return v;
    }
    x[0] = (uint64_t)HV_NOT_AVAILABLE;
    // A place that is written meanwhile holds a newer record: the next look finds another one.
    for (uint32_t tries = 0; tries < 3; tries++) {
        place = find(x[1], first, end, &n);
        if (place == UINT32_MAX)
            return v;
        if (!copy(&r, place, n))
            continue;
        owner = place / module->log_records;
        if (r.sequence != n || !is_whole(&r, owner))
            r = (struct tbl_log_record){
                .sequence = n,
                .partition = owner + 1 < owner_count() ? owner : TBL_NONE,
                .event = HV_LOG_DAMAGED,
                .schedule = TBL_NONE,
                .window = TBL_NONE,
            };
        tell(x, &r);
        return v;
    }
    return v;
}
