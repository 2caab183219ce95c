// SPDX-License-Identifier: BSD-2-Clause
// Rules about criticality: nobody depends on a partition of a lower level, unless somebody has put
// down why that is safe (a waiver).
#include "check/pass.h"

static const char *level_text(const struct partition *part)
{
    static const char *const text[] = {"A", "B", "C", "D", "E"};

    return part->criticality.value < sizeof text / sizeof *text ? text[part->criticality.value]
                                                                : "?";
}

static struct mark level_mark(const struct partition *part)
{
    return mark_or(part->criticality.at, mark_or(part->name.at, part->mark));
}

// Level A is 0. Partitions without a level are not compared.
static bool is_below(const struct partition *a, const struct partition *b)
{
    return a->criticality.given && b->criticality.given &&
           a->criticality.value > b->criticality.value;
}

static void notes(struct pass *p, struct diag *f, const struct partition *low,
                  const struct partition *high)
{
    diag_note(p->diags, f, level_mark(low), "'%s' is of level %s", word_text(&low->name),
              level_text(low));
    diag_note(p->diags, f, level_mark(high), "'%s' is of level %s", word_text(&high->name),
              level_text(high));
}

// ---- PART-006: every partition has a level ------------------------------------------------------

// What is none of the levels is found while reading.
void check_PART_006(struct pass *p)
{
    if (p->model->profile != PROFILE_STRICT)
        return;
    EACH(part, &p->model->partitions) {
        struct diag *f;

        if (part->criticality.given || part->criticality.at.line)
            continue;
        f = pass_report(p, level_mark(part), "partition '%s' has no criticality",
                        word_text(&part->name));
        diag_help(p->diags, f, "add 'criticality' with one of the levels A to E");
    }
}

// ---- CHAN-017: data flows to equal or lower levels ----------------------------------------------

void check_CHAN_017(struct pass *p)
{
    EACH(c, &p->model->channels) {
        const struct partition *from;

        if (c->from.count == 0 || !c->from.items[0].port || !pass_clean(p, c))
            continue;
        from = c->from.items[0].port->partition;
        EACH(e, &c->to) {
            const struct partition *to = e->port ? e->port->partition : NULL;
            struct diag *f;

            if (!to || !is_below(from, to))
                continue;
            f = pass_report(p, mark_or(e->partition_at, c->mark),
                            "channel '%s' brings data of level %s to partition '%s' of level %s",
                            word_text(&c->name), level_text(from), word_text(&to->name),
                            level_text(to));
            notes(p, f, from, to);
            diag_help(p->diags, f,
                      "raise the level of '%s'; or, where '%s' checks what it receives, write that "
                      "down as a waiver of CHAN-017",
                      word_text(&from->name), word_text(&to->name));
        }
    }
}

// ---- SHM-004: writers are at least as critical as readers ---------------------------------------

struct user {
    const struct partition *partition;
    const struct memory *region;
};

void check_SHM_004(struct pass *p)
{
    struct user *lowest = arena_alloc(p->arena, (p->model->shared.count + 1) * sizeof *lowest);

    EACH(part, &p->model->partitions) {
        EACH(r, &part->memory) {
            struct user *low;

            if (!r->block || r->rights_unstated || !(r->attributes & TBL_MEM_WRITE) ||
                !part->criticality.given)
                continue;
            low = &lowest[r->block - p->model->shared.items];
            if (!low->partition || is_below(part, low->partition))
                *low = (struct user){part, r};
        }
    }
    EACH(part, &p->model->partitions) {
        EACH(r, &part->memory) {
            const struct user *low = r->block ? &lowest[r->block - p->model->shared.items] : NULL;
            struct diag *f;

            if (!low || !low->partition || !is_below(low->partition, part) ||
                !pass_clean(p, r->block) || !pass_first(p, r->block, part))
                continue;
            f = pass_report(p, mark_or(r->shared.at, r->mark),
                            "partition '%s' of level %s uses shared block '%s', which '%s' of "
                            "level %s writes",
                            word_text(&part->name), level_text(part), word_text(&r->block->name),
                            word_text(&low->partition->name), level_text(low->partition));
            diag_note(p->diags, f, mark_or(low->region->rights_at, low->region->mark),
                      "'%s' may write it", word_text(&low->partition->name));
            diag_help(p->diags, f,
                      "take away the right to write, or raise the level of '%s'; where '%s' checks "
                      "what it reads, write that down as a waiver of SHM-004",
                      word_text(&low->partition->name), word_text(&part->name));
        }
    }
}

// ---- PART-012: nobody is at the mercy of a lower level ------------------------------------------

// What one partition can do to the time or memory of all others.
static const uint32_t power = RIGHT_SWITCH_SCHEDULE |
                              (RIGHT_MANAGE_PARTITIONS & ~(RIGHT_QUERY | RIGHT_SHUTDOWN)) |
                              RIGHT_RESET_MODULE | RIGHT_HALT_MODULE | RIGHT_PATCH_MEMORY;

static const struct partition *most_critical(const struct model *m)
{
    const struct partition *high = NULL;

    EACH(part, &m->partitions) {
        if (part->criticality.given && (!high || is_below(high, part)))
            high = part;
    }
    return high;
}

void check_PART_012(struct pass *p)
{
    const struct partition *high = most_critical(p->model);

    EACH(part, &p->model->partitions) {
        const struct right_use *right = NULL;
        struct diag *f;

        EACH(use, &part->rights) {
            if (!right && (use->right & power))
                right = use;
        }
        if (!right || !high || !is_below(part, high) || !pass_clean(p, part))
            continue;
        f = pass_report(p, mark_or(right->name.at, part->mark),
                        "partition '%s' of level %s has power over '%s' of level %s",
                        word_text(&part->name), level_text(part), word_text(&high->name),
                        level_text(high));
        diag_label(p->diags, f, "the right '%s' reaches all partitions", word_text(&right->name));
        notes(p, f, part, high);
        diag_help(p->diags, f,
                  "give the right to a partition of level %s, or write down why it is safe as a "
                  "waiver of PART-012",
                  level_text(high));
    }
}
