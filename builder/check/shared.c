// SPDX-License-Identifier: BSD-2-Clause
// Rules about shared memory blocks: their shape, who writes, and that all see the same kind of
// memory.
#include "check/pass.h"

#include "check/duplicates.h"

static const char *name(const struct shared_block *b)
{
    return word_text(&b->name);
}

static struct mark name_mark(const struct shared_block *b)
{
    return mark_or(b->name.at, b->mark);
}

// The mark of what a partition says about its use of a block.
static struct mark use_mark(const struct memory *r)
{
    return mark_or(r->rights_at, mark_or(r->shared.at, r->mark));
}

// ---- SHM-001: names -----------------------------------------------------------------------------

// A reference to no block at all is found while reading.
void check_SHM_001(struct pass *p)
{
    struct duplicates names = {.arena = p->arena};

    EACH(b, &p->model->shared)
        duplicates_add(&names, &b->name, b);
    for (const struct duplicate *d = duplicates_find(&names); d; d = d->next) {
        struct diag *f =
            pass_report(p, d->again->at, "two shared blocks are named '%s'", d->again->text);

        diag_note(p->diags, f, d->first->at, "the first is here, and 'shared: %s' means it",
                  d->again->text);
        diag_help(p->diags, f, "rename one");
        pass_blame(p, d->first_object);
        pass_blame(p, d->again_object);
    }
}

// ---- SHM-003: a block is whole pages of data ----------------------------------------------------

static bool pages(struct pass *p, const struct shared_block *b, struct amount a, const char *what)
{
    struct diag *f;

    if (!a.given || a.value % HV_PAGE_SIZE == 0)
        return true;
    f = pass_report(p, a.at, "the %s of shared block '%s' is not a multiple of 4 KiB", what,
                    name(b));
    diag_label(p->diags, f, "memory is given out in pages of 4 KiB");
    diag_help(p->diags, f, "round it to %s",
              what[0] == 's' ? size_text(p->arena, round_up(a.value, HV_PAGE_SIZE))
                             : address_text(p->arena, a.value / HV_PAGE_SIZE * HV_PAGE_SIZE));
    return false;
}

static void shape(struct pass *p, const struct shared_block *b)
{
    bool good = true;
    struct diag *f;

    if (b->size.given && b->size.value == 0) {
        f = pass_report(p, b->size.at, "shared block '%s' has no size", name(b));
        diag_help(p->diags, f, "give it at least one page, 4 KiB, or remove it");
        good = false;
    }
    good = pages(p, b, b->size, "size") && good;
    good = pages(p, b, b->phys, "physical address") && good;
    if (!good)
        pass_blame(p, b);
}

static void not_executable(struct pass *p, const struct partition *part, const struct memory *r)
{
    struct diag *f;

    if (!r->block || r->rights_unstated || !(r->attributes & TBL_MEM_EXECUTE))
        return;
    f = pass_report(p, use_mark(r), "partition '%s' may execute shared block '%s'",
                    word_text(&part->name), name(r->block));
    diag_label(p->diags, f, "what another partition writes here would run as code");
    diag_help(p->diags, f, "use 'rights: r' or 'rights: rw'");
    pass_blame(p, r);
}

void check_SHM_003(struct pass *p)
{
    EACH(b, &p->model->shared)
        shape(p, b);
    EACH(part, &p->model->partitions) {
        EACH(r, &part->memory)
            not_executable(p, part, r);
    }
}

// ---- Uses of each block -------------------------------------------------------------------------

struct use {
    const struct partition *partition;
    const struct memory *region;
};

struct uses { // of one block, in the order of the text
    LIST(struct use) list;
};

static struct uses *uses_by_block(struct pass *p)
{
    struct uses *uses = arena_alloc(p->arena, (p->model->shared.count + 1) * sizeof *uses);

    EACH(part, &p->model->partitions) {
        EACH(r, &part->memory) {
            if (r->block)
                *list_add(p->arena, &uses[r->block - p->model->shared.items].list) =
                    (struct use){part, r};
        }
    }
    return uses;
}

// ---- SHM-002: one writer ------------------------------------------------------------------------

void check_SHM_002(struct pass *p)
{
    struct uses *uses = uses_by_block(p);

    EACH(b, &p->model->shared) {
        const struct use *first = NULL;

        if (is_true(b->writers))
            continue;
        EACH(use, &uses[b - p->model->shared.items].list) {
            struct diag *f;

            if (use->region->rights_unstated || !(use->region->attributes & TBL_MEM_WRITE))
                continue;
            if (!first) {
                first = use;
                continue;
            }
            if (first->partition == use->partition)
                continue; // two views of one writer
            f = pass_report(p, use_mark(use->region), "shared block '%s' has two writers", name(b));
            diag_label(p->diags, f, "'%s' may write", word_text(&use->partition->name));
            diag_note(p->diags, f, use_mark(first->region), "'%s' may write",
                      word_text(&first->partition->name));
            diag_help(p->diags, f,
                      "make one of them a reader ('rights: r'), or declare 'multi_writer: true' on "
                      "the block if both follow a protocol that keeps them apart");
            break;
        }
    }
}

// ---- MEM-010: all mappings of a page agree ------------------------------------------------------

static bool uncached(const struct memory *r)
{
    return (r->attributes | r->block->attributes) & TBL_MEM_UNCACHED;
}

static void not_a_device(struct pass *p, const struct uses *u)
{
    EACH(use, &u->list) {
        struct diag *f;

        if (!(use->region->attributes & TBL_MEM_DEVICE))
            continue;
        f = pass_report(p, mark_or(use->region->shared.at, use->region->mark),
                        "partition '%s' maps shared block '%s' as a device",
                        word_text(&use->partition->name), name(use->region->block));
        diag_help(p->diags, f, "remove 'type: device': a block is memory");
        pass_blame(p, use->region->block);
    }
}

void check_MEM_010(struct pass *p)
{
    struct uses *uses = uses_by_block(p);

    EACH(b, &p->model->shared) {
        const struct uses *u = &uses[b - p->model->shared.items];

        not_a_device(p, u);
        for (size_t i = 1; i < u->list.count; i++) {
            const struct use *first = &u->list.items[0], *use = &u->list.items[i];
            struct diag *f;

            if (uncached(first->region) == uncached(use->region))
                continue;
            f = pass_report(p, mark_or(use->region->shared.at, use->region->mark),
                            "shared block '%s' is cached in one partition and not in another",
                            name(b));
            diag_label(p->diags, f, "%s in '%s'", uncached(use->region) ? "uncached" : "cached",
                       word_text(&use->partition->name));
            diag_note(p->diags, f, mark_or(first->region->shared.at, first->region->mark),
                      "%s in '%s'", uncached(first->region) ? "uncached" : "cached",
                      word_text(&first->partition->name));
            diag_help(p->diags, f,
                      "write 'cached: false' on the block under 'shared_memory': it then "
                      "holds for everyone");
            break;
        }
    }
}

// ---- SHM-005: a block that is not shared --------------------------------------------------------

void check_SHM_005(struct pass *p)
{
    struct uses *uses = uses_by_block(p);

    EACH(b, &p->model->shared) {
        const struct uses *u = &uses[b - p->model->shared.items];
        struct diag *f;

        if (u->list.count > 1 || !pass_clean(p, b))
            continue;
        f = pass_report(p, name_mark(b),
                        u->list.count ? "shared block '%s' is used by one partition only"
                                      : "shared block '%s' is not used",
                        name(b));
        if (u->list.count)
            diag_note(p->diags, f, use_mark(u->list.items[0].region), "by '%s'",
                      word_text(&u->list.items[0].partition->name));
        diag_help(p->diags, f,
                  u->list.count ? "make it a plain region of that partition"
                                : "remove it, or name it in a partition's memory");
    }
}
