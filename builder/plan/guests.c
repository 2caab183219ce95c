// SPDX-License-Identifier: BSD-2-Clause
// Guests: whether each partition's image fits into its memory.
#include "plan/device_tree.h"
#include "plan/given_tree.h"
#include "plan/plan.h"

#include <string.h>
#include <unistd.h>

uint64_t memory_size(const struct memory *m)
{
    return m->block ? m->block->size.value : m->size.value;
}

struct memory *memory_holding(const struct partition *q, uint64_t address, uint64_t size)
{
    EACH(m, &q->memory) {
        uint64_t room = memory_size(m);
        if (address >= m->at.value && address - m->at.value <= room &&
            size <= room - (address - m->at.value))
            return m;
    }
    return NULL;
}

static const char *rights_text(uint32_t attributes)
{
    static const char *const names[] = {"none", "r", "w", "rw", "x", "rx", "wx", "rwx"};

    return names[attributes & (TBL_MEM_READ | TBL_MEM_WRITE | TBL_MEM_EXECUTE)];
}

// MEM-009: the segment lies in one region. MEM-007: the region grants what the segment needs.
static void segment_check(struct arena *a, struct diags *d, const struct partition *q,
                          const struct segment *s)
{
    const char *place = arena_printf(a, "%s..%s", address_text(a, s->address),
                                     address_text(a, s->address + s->mem_size));
    struct memory *m = memory_holding(q, s->address, s->mem_size);

    if (m && m->block) {
        struct diag *f = diag_report(d, RULE_MEM_009, q->image.at,
                                     "segment %s (%s) of partition '%s' lies in a shared block",
                                     place, rights_text(s->attributes), q->name.text);
        diag_note(d, f, m->mark, "region '%s' is the block '%s'", m->name.text, m->shared.text);
        diag_help(d, f,
                  "link the image to a region of the partition's own: a restart would load it over "
                  "what others keep in the block");
        return;
    }
    if (!m || (m->attributes & TBL_MEM_DEVICE)) {
        struct diag *f = diag_report(d, RULE_MEM_009, q->image.at,
                                     "segment %s (%s) of partition '%s' lies outside its memory",
                                     place, rights_text(s->attributes), q->name.text);
        EACH(region, &q->memory) {
            uint64_t end = region->at.value + memory_size(region);
            if (s->address < end && region->at.value < s->address + s->mem_size)
                diag_note(d, f, region->mark, "region '%s' covers only %s..%s of it",
                          region->name.text ? region->name.text : "",
                          address_text(a, region->at.value), address_text(a, end));
        }
        diag_help(d, f,
                  "declare a region of at least %s there, or link the image to other "
                  "addresses",
                  size_text(a, round_up(s->mem_size, HV_PAGE_SIZE)));
        return;
    }
    uint32_t missing =
        s->attributes & ~m->attributes & (TBL_MEM_READ | TBL_MEM_WRITE | TBL_MEM_EXECUTE);
    if (missing) {
        struct diag *f = diag_report(d, RULE_MEM_007, q->image.at,
                                     "segment %s of partition '%s' needs rights %s, region '%s' "
                                     "grants %s",
                                     place, q->name.text, rights_text(s->attributes), m->name.text,
                                     rights_text(m->attributes));
        diag_note(d, f, m->rights_at.line ? m->rights_at : m->mark, "rights of the region");
        diag_help(d, f, "put the segment into a region with %s, or extend the region's rights",
                  rights_text(missing));
    }
}

static void entry_check(struct arena *a, struct diags *d, const struct partition *q,
                        const struct elf_image *e)
{
    EACH(s, &e->segments) {
        if (e->entry >= s->address && e->entry - s->address < s->mem_size &&
            (s->attributes & TBL_MEM_EXECUTE) && e->entry % 4 == 0)
            return;
    }
    struct diag *f = diag_report(d, RULE_PART_004, q->image.at,
                                 "entry point %s of partition '%s' is not in an executable segment",
                                 address_text(a, e->entry), q->name.text);
    diag_help(d, f, "name the first instruction with ENTRY() in the linker script or -e");
}

// PART-005: the image of a partition that names none.
static void image_lacking(struct diags *d, const struct model *m, const struct partition *q)
{
    struct diag *f = diag_report(d, RULE_PART_005, q->name.at.line ? q->name.at : q->mark,
                                 "partition '%s' has no image", q->name.text);

    diag_note(d, f, m->board_name.at, "the runtime of this board starts an image in each");
    diag_help(d, f, "add `image:` with the program, or take 'board: generic' to check only");
}

enum { MEMORY_FULL = 80, MEMORY_EMPTY = 10, MEMORY_SPARE = 1 << 20 }; // per cent; bytes

// MEM-017: what a partition writes to, as far as it is known, against the memory it has for that.
static void margin_check(struct arena *a, struct diags *d, const struct partition *q,
                         const struct elf_image *e)
{
    uint64_t need, have = 0;
    const char *trouble = NULL;

    if ((!q->stack.given && !q->heap.given) || !add_u64(q->stack.value, q->heap.value, &need))
        return;
    EACH(s, &e->segments) {
        if ((s->attributes & TBL_MEM_WRITE) && !add_u64(need, s->mem_size, &need))
            return;
    }
    EACH(m, &q->memory) {
        if ((m->attributes & TBL_MEM_WRITE) && !(m->attributes & TBL_MEM_DEVICE) && !m->block &&
            !add_u64(have, m->size.value, &have))
            return;
    }
    if ((unsigned __int128)need * 100 > (unsigned __int128)have * MEMORY_FULL)
        trouble = "is nearly full";
    else if ((unsigned __int128)need * 100 < (unsigned __int128)have * MEMORY_EMPTY &&
             have - need >= MEMORY_SPARE)
        trouble = "is nearly empty";
    if (!trouble)
        return;
    struct diag *f = diag_report(d, RULE_MEM_017, q->stack.given ? q->stack.at : q->heap.at,
                                 "the writable memory of partition '%s' %s", q->name.text, trouble);
    diag_label(d, f, "image, stack and heap need %s of %s", size_text(a, need), size_text(a, have));
    if (need > have / 2)
        diag_help(d, f, "give it %s or more, or make stack or heap smaller",
                  size_text(a, round_up(need / MEMORY_FULL * 100 + 100, HV_PAGE_SIZE)));
    else
        diag_help(d, f, "%s would do with a margin",
                  size_text(a, round_up(need / MEMORY_FULL * 100 + 100, HV_PAGE_SIZE)));
}

// ---- Guests that are no ELF files ---------------------------------------------------------------

static void file_unusable(struct diags *d, const struct word *file, const char *why)
{
    struct diag *f = diag_report(d, RULE_PART_005, file->at, "image '%s' %s", file->text, why);

    diag_help(d, f,
              "correct the path, which is relative to the file that names it, or name "
              "another file");
}

static void segment_add(struct arena *a, struct elf_image *e, uint64_t address,
                        const uint8_t *bytes, uint64_t length)
{
    *list_add(a, &e->segments) = (struct segment){
        .address = address,
        .file_size = length,
        .mem_size = length,
        .attributes = TBL_MEM_READ | TBL_MEM_WRITE | TBL_MEM_EXECUTE,
        .bytes = bytes,
    };
}

// Where such a guest begins, and what is loaded beside it.
struct loading {
    const struct memory *ram;
    uint64_t end; // of what the guest itself takes at the start of its RAM
    const uint8_t *initrd;
    uint64_t initrd_at, initrd_length;
    const void *tree; // the one that the partition is given, or NULL
    uint64_t tree_at;
};

static void no_ram(struct diags *d, const struct partition *q)
{
    struct diag *f = diag_report(d, RULE_MEM_009, q->image.at,
                                 "partition '%s' has no RAM to load its image to", q->name.text);

    diag_help(d, f,
              "a guest that loads programs itself needs a region with all rights, for example "
              "{name: ram, at: 0x4000_0000, size: 128MiB, rights: rwx}");
}

static void little_ram(struct arena *a, struct diags *d, const struct partition *q,
                       const struct loading *l)
{
    uint64_t need = l->end - l->ram->at.value + l->initrd_length + DEVICE_TREE_LIMIT;
    struct diag *f = diag_report(d, RULE_MEM_009, q->image.at,
                                 "the RAM of partition '%s' is too small for what is loaded to it",
                                 q->name.text);

    diag_note(d, f, l->ram->mark, "region '%s' has %s", l->ram->name.text,
              size_text(a, memory_size(l->ram)));
    diag_help(d, f, "give it more than %s", size_text(a, round_up(need, 1 << 20)));
}

// From the end of the RAM down: the initial RAM disk, the device tree.
static bool load_above(struct arena *a, struct diags *d, const struct partition *q,
                       struct loading *l)
{
    uint64_t end = l->ram->at.value + memory_size(l->ram);
    const char *why;

    if (q->initrd.text &&
        !(l->initrd = file_read(a, q->initrd.text, ELF_SIZE_LIMIT, &l->initrd_length, &why))) {
        file_unusable(d, &q->initrd, why);
        return false;
    }
    if (end < l->end || end - l->end < l->initrd_length + 2 * DEVICE_TREE_LIMIT + HV_PAGE_SIZE) {
        little_ram(a, d, q, l);
        return false;
    }
    l->initrd_at = (end - l->initrd_length) & ~(uint64_t)(HV_PAGE_SIZE - 1);
    l->tree_at = (l->initrd_at - DEVICE_TREE_LIMIT) & ~(uint64_t)(DEVICE_TREE_LIMIT - 1);
    return true;
}

// What is loaded lies where the given tree has memory. False after reporting.
static bool given_tree_fits(struct arena *a, struct diags *d, const struct partition *q,
                            const struct elf_image *e, const struct loading *l,
                            struct device_tree t)
{
    if (!t.length) {
        struct diag *f = diag_report(d, RULE_PART_005, q->device_tree.at,
                                     "device tree '%s' has no room for what the partition is told",
                                     q->device_tree.text);
        diag_help(d, f, "with `cmdline` and `initrd` it has at most %s: delete nodes of it",
                  size_text(a, DEVICE_TREE_LIMIT));
        return false;
    }
    given_tree_loads(a, d, q, l->tree, "the program", e->entry, l->end - e->entry);
    given_tree_loads(a, d, q, l->tree, "the tree itself", l->tree_at, t.length);
    given_tree_loads(a, d, q, l->tree, "the initial RAM disk", l->initrd_at, l->initrd_length);
    return true;
}

static struct elf_image *finish(struct arena *a, struct diags *d, struct elf_image *e,
                                const struct partition *q, const struct loading *l)
{
    uint64_t initrd_end = l->initrd_at + l->initrd_length;
    struct device_tree t = l->tree ? device_tree_fill(a, q, l->tree, l->initrd_at, initrd_end)
                                   : device_tree_make(a, q, l->initrd_at, initrd_end);

    if (l->tree && !given_tree_fits(a, d, q, e, l, t))
        return NULL;
    segment_add(a, e, l->tree_at, t.bytes, t.length);
    if (l->initrd)
        segment_add(a, e, l->initrd_at, l->initrd, l->initrd_length);
    return e;
}

// Linux: the kernel at the start of the RAM, the rest at its end.
static struct elf_image *linux_read(struct arena *a, struct diags *d, const struct partition *q,
                                    struct planned_partition *pp)
{
    struct elf_image *e = arena_alloc(a, sizeof *e);
    struct loading l = {.ram = guest_ram(q), .tree = pp->tree};
    struct kernel k;
    const char *why;

    if (!kernel_read(a, q->image.text, &k, &why)) {
        file_unusable(d, &q->image, why);
        return NULL;
    }
    if (!l.ram) {
        no_ram(d, q);
        return NULL;
    }
    e->path = q->image.text;
    e->entry = round_up(l.ram->at.value, KERNEL_ALIGNMENT) + k.text_offset;
    l.end = e->entry + k.size;
    if (!load_above(a, d, q, &l))
        return NULL;
    segment_add(a, e, e->entry, k.bytes, k.length);
    pp->argument = l.tree_at;
    return finish(a, d, e, q, &l);
}

// U-Boot for QEMU finds the device tree at the start of its RAM and moves itself to the end.
enum { UBOOT_OFFSET = 4 << 20, UBOOT_ROOM = 16 << 20 };

static struct elf_image *uboot_read(struct arena *a, struct diags *d, const struct partition *q,
                                    struct planned_partition *pp)
{
    struct elf_image *e = arena_alloc(a, sizeof *e);
    struct loading l = {.ram = guest_ram(q), .tree = pp->tree};
    const uint8_t *bytes;
    const char *why;
    uint64_t length;

    if (!(bytes = file_read(a, q->image.text, ELF_SIZE_LIMIT, &length, &why))) {
        file_unusable(d, &q->image, why);
        return NULL;
    }
    if (!l.ram) {
        no_ram(d, q);
        return NULL;
    }
    e->path = q->image.text;
    e->entry = l.ram->at.value + UBOOT_OFFSET;
    l.end = e->entry + length + UBOOT_ROOM;
    if (!load_above(a, d, q, &l))
        return NULL;
    pp->argument = l.tree_at = l.ram->at.value;
    segment_add(a, e, e->entry, bytes, length);
    return finish(a, d, e, q, &l);
}

static struct elf_image *guest_read(struct arena *a, struct diags *d, const struct partition *q,
                                    struct planned_partition *pp)
{
    switch (q->guest) {
    case GUEST_LINUX:
        return linux_read(a, d, q, pp);
    case GUEST_UBOOT:
        return uboot_read(a, d, q, pp);
    default:
        return elf_read(a, d, q->image.text, q->image.at);
    }
}

static bool is_missing(const struct word *file)
{
    return file->text && access(file->text, F_OK) != 0;
}

void guests_read(struct arena *a, struct diags *d, struct plan *p, bool required)
{
    p->images_complete = true;
    EACH(q, &p->model->partitions) {
        struct planned_partition *pp = &p->partitions[q->index];
        if (!q->image.text && (required || !(p->model->unstated & UNSTATED_IMAGES)))
            image_lacking(d, p->model, q);
        // The tree is looked at on its own: what it says does not depend on the other files.
        if (q->device_tree.text && (required || !is_missing(&q->device_tree)))
            pp->tree = given_tree_read(a, d, p->model, q);
        if (!q->image.text || (q->device_tree.text && !pp->tree) ||
            (!required && (is_missing(&q->image) || is_missing(&q->initrd)))) {
            p->images_complete = false;
            continue;
        }
        struct elf_image *e = pp->image = guest_read(a, d, q, pp);
        if (!e) {
            p->images_complete = false;
            continue;
        }
        EACH(s, &e->segments) {
            segment_check(a, d, q, s);
        }
        entry_check(a, d, q, e);
        margin_check(a, d, q, e);
    }
}
