// SPDX-License-Identifier: BSD-2-Clause
// The table of rules, and the pass that runs them in an order that respects their prerequisites.
#include "check/check.h"

#include "check/pass.h"
#include "check/waivers.h"
#include "analysis/analyses.h"
#include <string.h>
#include <strings.h>

#define RULE(family, number, severity, isolation, stage, title, statement, why, source, good, bad, \
             needs)                                                                                \
    {#family "-" #number,                                                                          \
     SEVERITY_##severity,                                                                          \
     isolation,                                                                                    \
     stage,                                                                                        \
     title,                                                                                        \
     statement,                                                                                    \
     why,                                                                                          \
     source,                                                                                       \
     good,                                                                                         \
     bad,                                                                                          \
     needs},
const struct rule_info rules[RULES] = {
#include "rules.def"
};

#define UNCHECKED(family, number, title, reason) {#family "-" #number, title, reason},
const struct unchecked_rule unchecked_rules[] = {
#include "rules.def"
    {NULL, NULL, NULL},
};

#define FAMILY(family, title) {#family, title},
const struct rule_family rule_families[] = {
#include "rules.def"
    {NULL, NULL},
};

typedef void rule_function(struct pass *p);

#define RULE(family, number, severity, isolation, stage, ...) RUN_##stage(family, number)
#define RUN_STAGE_CHECK(family, number)                       [RULE_##family##_##number] = check_##family##_##number,
#define RUN_STAGE_READ(family, number)
#define RUN_STAGE_IMAGE(family, number)
static rule_function *const functions[RULES] = {
#include "rules.def"
};

enum { RULE_WORDS = (RULES + 63) / 64 };

struct rule_set {
    uint64_t words[RULE_WORDS];
};

struct blame {         // slot of an open-addressing table
    const void *a, *b; // b: NULL for blame of one object, the other object for pass_first
    struct rule_set rules;
};

struct pass_state {
    struct rule_set needs[RULES]; // closed over: the needs of needs are in it too
    struct rule_set holding;      // those of the rule being run whose findings hold it back
    struct rule_set read;         // rules that found something while the text was read
    struct rule_set waived;       // rules of which some finding may be accepted
    struct blame *table;
    size_t count, room; // room is a power of two
};

static void set_add(struct rule_set *s, enum rule r)
{
    s->words[r / 64] |= 1ull << (r % 64);
}

static bool set_has(const struct rule_set *s, enum rule r)
{
    return s->words[r / 64] >> (r % 64) & 1;
}

static bool set_unite(struct rule_set *s, const struct rule_set *other)
{
    bool grew = false;

    for (int i = 0; i < RULE_WORDS; i++) {
        grew = grew || (other->words[i] & ~s->words[i]);
        s->words[i] |= other->words[i];
    }
    return grew;
}

enum rule rule_find(const char *id)
{
    for (enum rule r = 0; r < RULES; r++)
        if (strcasecmp(id, rules[r].id) == 0)
            return r;
    return RULES;
}

bool rule_fixed(enum rule r)
{
    return rules[r].severity == SEVERITY_ERROR &&
           (rules[r].isolation || rules[r].stage == STAGE_READ);
}

// ---- Prerequisites ------------------------------------------------------------------------------

static struct rule_set needs_of(enum rule r)
{
    struct rule_set set = {0};
    const char *at = rules[r].needs;

    while (*at) {
        char id[16];
        size_t length = strcspn(at, " ");

        memcpy(id, at, length < sizeof id ? length : sizeof id - 1);
        id[length < sizeof id ? length : sizeof id - 1] = '\0';
        if (rule_find(id) < RULES)
            set_add(&set, rule_find(id));
        at += length;
        at += strspn(at, " ");
    }
    return set;
}

static void close_needs(struct pass_state *s)
{
    bool grew = true;

    for (enum rule r = 0; r < RULES; r++)
        s->needs[r] = needs_of(r);
    while (grew) {
        grew = false;
        for (enum rule r = 0; r < RULES; r++)
            for (enum rule n = 0; n < RULES; n++)
                if (set_has(&s->needs[r], n))
                    grew |= set_unite(&s->needs[r], &s->needs[n]);
    }
}

// The first rule that is in both sets, or RULES.
static enum rule set_common(const struct rule_set *a, const struct rule_set *b)
{
    for (int i = 0; i < RULE_WORDS; i++)
        if (a->words[i] & b->words[i])
            return (enum rule)(64 * i + __builtin_ctzll(a->words[i] & b->words[i]));
    return RULES;
}

// Whether what `need` finds counts for as much as what `rule` would find. What is turned off,
// accepted by a waiver or merely a warning must not hide an error: then the rule looks for itself.
static bool weighs_enough(const struct pass *p, enum rule need, enum rule rule)
{
    return diags_severity(p->diags, need) <= diags_severity(p->diags, rule) &&
           diags_severity(p->diags, need) != SEVERITY_OFF && !set_has(&p->state->waived, need);
}

static struct rule_set holding(const struct pass *p, enum rule rule)
{
    struct rule_set set = {0};

    for (enum rule n = 0; n < RULES; n++)
        if (set_has(&p->state->needs[rule], n) && weighs_enough(p, n, rule))
            set_add(&set, n);
    return set;
}

// What the front end finds has no object behind it, only a place: one such finding holds back every
// rule that relies on it.
static bool text_is_sound(const struct pass *p)
{
    enum rule need = set_common(&p->state->holding, &p->state->read);

    if (need != RULES)
        diags_hold(p->diags, p->rule, need, true);
    return need == RULES;
}

static void run(struct pass *p, enum rule r, bool done[RULES])
{
    if (done[r])
        return;
    done[r] = true;
    for (enum rule n = 0; n < RULES; n++)
        if (set_has(&p->state->needs[r], n))
            run(p, n, done);
    p->rule = r;
    p->state->holding = holding(p, r);
    if (text_is_sound(p) && functions[r])
        functions[r](p);
}

void check_model(struct arena *a, struct diags *d, struct model *m)
{
    struct pass_state state = {0};
    struct pass p = {.arena = a, .diags = d, .model = m, .state = &state};
    bool done[RULES] = {false};

    close_needs(&state);
    for (enum rule r = 0; r < RULES; r++)
        if (diags_count_rule(d, r) > 0)
            set_add(&state.read, r);
    EACH(w, &m->waivers) {
        if (waiver_rule(w) != RULES)
            set_add(&state.waived, waiver_rule(w));
    }
    p.timetables = timetables_make(a, m);
    p.analyses = analyses_new(a, m, p.timetables);
    for (enum rule r = 0; r < RULES; r++)
        run(&p, r, done);
}

// ---- Blame --------------------------------------------------------------------------------------

static size_t hash(const void *a, const void *b)
{
    uint64_t h = (uint64_t)(uintptr_t)a * 0x9e3779b97f4a7c15u; // 2^64 / golden ratio

    h ^= (uint64_t)(uintptr_t)b * 0xc2b2ae3d27d4eb4fu;
    return (size_t)(h ^ h >> 29);
}

static struct blame *find(const struct pass_state *s, const void *a, const void *b)
{
    size_t i = hash(a, b) & (s->room - 1);

    while (s->table[i].a && (s->table[i].a != a || s->table[i].b != b))
        i = (i + 1) & (s->room - 1);
    return &s->table[i];
}

static struct blame *find_or_add(struct pass *p, const void *a, const void *b)
{
    struct pass_state *s = p->state;
    struct blame *slot;

    if (s->count * 2 >= s->room) {
        struct pass_state old = *s;

        s->room = old.room ? old.room * 2 : 64;
        s->table = arena_alloc(p->arena, s->room * sizeof *s->table);
        for (size_t i = 0; i < old.room; i++)
            if (old.table[i].a)
                *find(s, old.table[i].a, old.table[i].b) = old.table[i];
    }
    slot = find(s, a, b);
    if (!slot->a) {
        slot->a = a;
        slot->b = b;
        s->count++;
    }
    return slot;
}

void pass_blame(struct pass *p, const void *object)
{
    if (object)
        set_add(&find_or_add(p, object, NULL)->rules, p->rule);
}

void pass_blame_channel(struct pass *p, const struct channel *c)
{
    pass_blame(p, c);
    EACH(e, &c->from)
        pass_blame(p, e->port);
    EACH(e, &c->to)
        pass_blame(p, e->port);
}

bool pass_clean(const struct pass *p, const void *object)
{
    const struct pass_state *s = p->state;
    const struct blame *slot;

    if (!object || s->count == 0)
        return true;
    slot = find(s, object, NULL);
    if (!slot->a)
        return true;
    enum rule need = set_common(&slot->rules, &s->holding);
    if (need != RULES)
        diags_hold(p->diags, p->rule, need, false);
    return need == RULES;
}

const char *pass_in(const struct pass *p, const struct schedule *s)
{
    if (p->model->schedules.count < 2)
        return "";
    return arena_printf(p->arena, " in schedule '%s'", word_text(&s->name));
}

bool pass_first(struct pass *p, const void *a, const void *b)
{
    struct blame *slot = find_or_add(p, a, b);
    bool first = !set_has(&slot->rules, p->rule);

    set_add(&slot->rules, p->rule);
    return first;
}
