// SPDX-License-Identifier: BSD-2-Clause
// Why there are no windows: the fewest demands that are at odds, found by leaving out one after the
// other. What is proved is called impossible; all else was only not found, and that is said.
#include "problem.h"

enum { EVERYTHING = 40000000, PART_OF_IT = 1500000, SHOWN_MAX = 12 }; // steps; names in a finding

static bool is_wanted(const bool *wanted, const struct task *t)
{
    return !t->written && (!wanted || wanted[t->index]);
}

// ---- Proofs -------------------------------------------------------------------------------------

static const char *demand_text(const struct problem *p, wide owed, uint64_t there)
{
    if (owed > UINT64_MAX)
        return "they are owed far more time than there is";
    return arena_printf(p->arena, "owed %s in a frame of %s, where there are %s",
                        time_text(p->arena, (uint64_t)owed), time_text(p->arena, p->frame),
                        time_text(p->arena, there));
}

static const char *cores_text(const struct problem *p, uint64_t cores)
{
    struct text out = {.arena = p->arena};

    text_add(&out, "core%s", __builtin_popcountll(cores) == 1 ? "" : "s");
    for (unsigned c = 0, shown = 0; c < 64; c++)
        if (cores >> c & 1)
            text_add(&out, "%s %u", shown++ ? "," : "", c);
    return out.bytes;
}

// One task alone.
static const char *alone(const struct problem *p, const struct task *t)
{
    if (t->cpus > (size_t)__builtin_popcountll(t->allowed))
        return arena_printf(p->arena, "it has %zu vcpus for %d cores", t->cpus,
                            __builtin_popcountll(t->allowed));
    if (t->length > t->period)
        return "with the shortest window and whole ticks it does not fit its period";
    if (task_load(p, t) > p->capacity)
        return arena_printf(p->arena, "it is owed %s in a frame of %s, of which a core may give %s",
                            time_text(p->arena, task_load(p, t)), time_text(p->arena, p->frame),
                            time_text(p->arena, p->capacity));
    if (t->offset + t->length > t->period)
        return arena_printf(p->arena, "from its offset of %s there are %s left in its period",
                            time_text(p->arena, t->offset),
                            time_text(p->arena, t->offset > t->period ? 0 : t->period - t->offset));
    return NULL;
}

// The tasks that may run on these cores only are owed more than the cores have.
static const char *overload(const struct problem *p, const bool *wanted, uint64_t cores)
{
    wide owed = 0, there = (wide)p->capacity * (unsigned)__builtin_popcountll(cores);

    EACH(t, &p->tasks) {
        if (is_wanted(wanted, t) && (t->allowed & ~cores) == 0)
            owed += (wide)task_load(p, t) * t->cpus;
        EACH(r, &t->jobs) {
            if (t->written && t->partition && (t->cores & cores))
                owed += (wide)(r->end - r->start);
        }
    }
    if (owed <= there)
        return NULL;
    return arena_printf(p->arena, "%s on %s%s",
                        demand_text(p, owed, there > UINT64_MAX ? UINT64_MAX : (uint64_t)there),
                        cores_text(p, cores), p->capacity < p->frame ? " beside the reserve" : "");
}

// Members of an exclusion run one after the other, whatever their cores.
static const char *in_turn(const struct problem *p, const bool *wanted, const struct exclusion *x)
{
    wide owed = 0;

    EACH(t, &p->tasks) {
        bool member = false;

        EACH(m, &x->members)
            member = member || m->partition == t->partition;
        if (member && is_wanted(wanted, t))
            owed += task_load(p, t);
    }
    if (x->kind != EXCLUDE_TOGETHER || owed <= p->frame)
        return NULL;
    return arena_printf(p->arena, "%s: '%s' never lets two of them run together",
                        demand_text(p, owed, p->frame), x->name.text ? x->name.text : "exclusions");
}

// Those that never share a core need one for each of their vcpus.
static const char *too_few_cores(const struct problem *p, const bool *wanted,
                                 const struct exclusion *x)
{
    uint64_t cores = 0;
    size_t needed = 0;

    EACH(t, &p->tasks) {
        bool member = false;

        EACH(m, &x->members)
            member = member || m->partition == t->partition;
        if (!member || !is_wanted(wanted, t))
            continue;
        needed += t->cpus;
        cores |= t->allowed;
    }
    if (x->kind != EXCLUDE_SAME_CORE || needed <= (size_t)__builtin_popcountll(cores))
        return NULL;
    return arena_printf(p->arena, "'%s' asks for a core for each, %zu in all; there %s %d",
                        x->name.text ? x->name.text : "exclusions", needed,
                        __builtin_popcountll(cores) == 1 ? "is" : "are",
                        __builtin_popcountll(cores));
}

// Two whose periods must start at even instants, and which cannot run at the same time.
static const char *meet(const struct problem *p, const struct task *a, const struct task *b,
                        uint64_t gap)
{
    uint64_t common = gcd_u64(a->period, b->period), apart;

    if (!a->releases || !b->releases)
        return NULL;
    if (2 * (p->least + gap) > common)
        return arena_printf(p->arena,
                            "their periods begin at even instants, which meet: %s and %s have only "
                            "%s in common",
                            time_text(p->arena, a->period), time_text(p->arena, b->period),
                            time_text(p->arena, common));
    apart = (b->offset % common + common - a->offset % common) % common;
    if (a->offset_given && b->offset_given &&
        (apart < p->least + gap || common - apart < p->least + gap))
        return arena_printf(p->arena, "with offsets of %s and %s their windows meet",
                            time_text(p->arena, a->offset), time_text(p->arena, b->offset));
    return NULL;
}

static const char *collide(const struct problem *p, const struct task *a, const struct task *b)
{
    if (a->allowed == b->allowed && __builtin_popcountll(a->allowed) == 1)
        return meet(p, a, b, p->gap);
    return tasks_apart(p, a, b) == APART_ALWAYS ? meet(p, a, b, p->skew) : NULL;
}

// ---- Every choice of cores ----------------------------------------------------------------------

enum { CHOICES_MAX = 200000 };

struct choice { // cores for the tasks before `next`, which are in `order`
    const struct problem *p;
    struct task *order[BOARD_CORES_MAX];
    uint64_t cores[BOARD_CORES_MAX], load[BOARD_CORES_MAX];
    size_t count, tried;
};

static bool excluded_from_core(const struct problem *p, const struct task *a, const struct task *b)
{
    EACH(x, &p->model->exclusions) {
        bool first = false, second = false;

        EACH(m, &x->members) {
            first = first || m->partition == a->partition;
            second = second || m->partition == b->partition;
        }
        if (x->kind == EXCLUDE_SAME_CORE && first && second)
            return true;
    }
    return false;
}

// Whether the task at `i` can join the ones before it on these cores, as far as loads and pairs
// say.
static bool can_join(const struct choice *c, size_t i, uint64_t cores)
{
    const struct task *t = c->order[i];

    for (size_t core = 0; core < BOARD_CORES_MAX; core++)
        if (cores >> core & 1 && (wide)c->load[core] + task_load(c->p, t) > c->p->capacity)
            return false;
    for (size_t k = 0; k < i; k++)
        if ((cores & c->cores[k]) &&
            (excluded_from_core(c->p, t, c->order[k]) || meet(c->p, t, c->order[k], c->p->gap)))
            return false;
    return true;
}

static bool some_choice(struct choice *c, size_t i);

// Chooses `left` more cores for the task at `i`, from `from` on.
static bool choose(struct choice *c, size_t i, uint64_t cores, size_t left, size_t from)
{
    const struct task *t = c->order[i];

    if (left == 0) {
        bool good;

        if (!can_join(c, i, cores))
            return false;
        c->cores[i] = cores;
        for (size_t core = 0; core < BOARD_CORES_MAX; core++)
            c->load[core] += (cores >> core & 1) * task_load(c->p, t);
        good = some_choice(c, i + 1);
        for (size_t core = 0; core < BOARD_CORES_MAX; core++)
            c->load[core] -= (cores >> core & 1) * task_load(c->p, t);
        return good;
    }
    for (size_t core = from; core < c->p->core_count; core++)
        if (t->allowed >> core & 1 && choose(c, i, cores | 1ull << core, left - 1, core + 1))
            return true;
    return false;
}

// True when there is a choice, or they are too many to look at.
static bool some_choice(struct choice *c, size_t i)
{
    return i == c->count || ++c->tried > CHOICES_MAX || choose(c, i, 0, c->order[i]->cpus, 0);
}

static const char *no_choice(const struct problem *p, const bool *wanted)
{
    struct choice *c = arena_alloc(p->arena, sizeof *c);

    c->p = p;
    EACH(t, &p->tasks) {
        size_t i = c->count;

        if (t->written)
            for (size_t core = 0; core < BOARD_CORES_MAX; core++)
                c->load[core] = p->load[core];
        if (!is_wanted(wanted, t))
            continue;
        if (c->count == BOARD_CORES_MAX)
            return NULL;
        for (; i > 0 && task_load(p, c->order[i - 1]) < task_load(p, t); i--)
            c->order[i] = c->order[i - 1];
        c->order[i] = t;
        c->count++;
    }
    return some_choice(c, 0) ? NULL : "on no choice of cores do they fit beside each other";
}

// Why these cannot stand together; NULL when nothing is proved.
static const char *proof(const struct problem *p, const bool *wanted)
{
    uint64_t all = 0;
    const char *why = NULL;

    EACH(t, &p->tasks) {
        if (!is_wanted(wanted, t))
            continue;
        all |= t->allowed;
        if (!why)
            why = alone(p, t);
    }
    EACH(t, &p->tasks) {
        if (!why && is_wanted(wanted, t))
            why = overload(p, wanted, t->allowed);
    }
    if (!why)
        why = overload(p, wanted, all);
    EACH(x, &p->model->exclusions) {
        if (!why)
            why = in_turn(p, wanted, x);
        if (!why)
            why = too_few_cores(p, wanted, x);
    }
    for (size_t i = 0; i < p->tasks.count; i++)
        for (size_t k = 0; k < i && !why; k++)
            if (is_wanted(wanted, &p->tasks.items[i]) && is_wanted(wanted, &p->tasks.items[k]))
                why = collide(p, &p->tasks.items[k], &p->tasks.items[i]);
    return why ? why : no_choice(p, wanted);
}

// ---- Leaving out --------------------------------------------------------------------------------

// The demand that asks for the least, of those not yet tried.
static struct task *lightest(const struct problem *p, const bool *wanted, const bool *tried)
{
    struct task *best = NULL;

    EACH(t, &p->tasks) {
        if (is_wanted(wanted, t) && !tried[t->index] &&
            (!best || task_load(p, t) * t->cpus < task_load(p, best) * best->cpus))
            best = t;
    }
    return best;
}

// Leaves out whatever is not needed for the conflict.
static bool *smallest(struct problem *p, bool proved)
{
    bool *wanted = arena_alloc(p->arena, p->tasks.count + 1);
    bool *tried = arena_alloc(p->arena, p->tasks.count + 1);
    struct task *t;

    EACH(all, &p->tasks)
        wanted[all->index] = !all->written;
    while ((t = lightest(p, wanted, tried))) {
        tried[t->index] = true;
        wanted[t->index] = false;
        if (proved ? !proof(p, wanted) : search(p, wanted, PART_OF_IT, true))
            wanted[t->index] = true;
    }
    return wanted;
}

// ---- The finding --------------------------------------------------------------------------------

static size_t count_wanted(const struct problem *p, const bool *wanted)
{
    size_t count = 0;

    EACH(t, &p->tasks)
        count += is_wanted(wanted, t);
    return count;
}

static const char *names_text(const struct problem *p, const bool *wanted)
{
    struct text out = {.arena = p->arena};
    size_t count = count_wanted(p, wanted), shown = 0;

    EACH(t, &p->tasks) {
        if (!is_wanted(wanted, t))
            continue;
        if (shown == SHOWN_MAX) {
            text_add(&out, " and %zu more", count - shown);
            break;
        }
        text_add(&out, "%s'%s'",
                 shown == 0           ? ""
                 : shown + 1 == count ? " and "
                                      : ", ",
                 t->partition->name.text);
        shown++;
    }
    return out.bytes ? out.bytes : "the windows that stand there";
}

static void add_notes(struct problem *p, struct diags *d, struct diag *f, const bool *wanted)
{
    size_t shown = 0;

    EACH(t, &p->tasks) {
        const struct demand *owed = t->owed;

        if (!is_wanted(wanted, t) || shown++ == SHOWN_MAX)
            continue;
        diag_note(d, f, owed->duration.at.line ? owed->duration.at : t->partition->mark,
                  "'%s' is owed %s every %s", t->partition->name.text,
                  time_text(p->arena, owed->duration.value),
                  time_text(p->arena, owed->period.value));
    }
}

static void say_impossible(struct problem *p, struct diags *d, struct diag *f, const bool *wanted)
{
    diag_label(d, f, "%s", proof(p, wanted));
    add_notes(p, d, f, wanted);
    diag_help(
        d, f,
        "owe one of them less, or loosen what binds it: its cores, its offset, its exclusions");
}

// `least`: without any one of them there are windows.
static void say_not_found(struct problem *p, struct diags *d, struct diag *f, const bool *wanted,
                          bool least)
{
    diag_label(d, f, "the search ended without an answer: no proof that there is none");
    add_notes(p, d, f, wanted);
    diag_help(d, f,
              "owe one of them less, allow more cores, or choose periods that are multiples of one "
              "another%s",
              least ? "; there are windows without any one of them" : "");
}

void report_conflict(struct problem *p, struct diags *d)
{
    bool proved = proof(p, NULL) != NULL, least = true;
    bool *wanted = smallest(p, proved);
    struct diag *f;

    if (!proved && search(p, wanted, EVERYTHING, true)) { // the short searches were too short
        least = false;
        EACH(t, &p->tasks)
            wanted[t->index] = !t->written;
    }
    f = diag_report(d, RULE_SCHED_026, p->schedule->synthesize.at,
                    proved ? "no windows can give %s what %s owed in schedule '%s'"
                           : "no windows were found that give %s what %s owed in schedule '%s'",
                    names_text(p, wanted), count_wanted(p, wanted) == 1 ? "it is" : "they are",
                    p->schedule->name.text ? p->schedule->name.text : "(no name)");
    if (proved)
        say_impossible(p, d, f, wanted);
    else
        say_not_found(p, d, f, wanted, least);
}
