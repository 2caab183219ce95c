// SPDX-License-Identifier: BSD-2-Clause
// hvbuild inspect IMAGE: what is in a container, read from its bytes alone.
#include "cmd.h"
#include "abi.h"
#include "image/image.h"
#include "options.h"
#include "report/tables_json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct view { // the records of a validated container
    struct arena *arena;
    const struct container *container;
    const void *tables;
    const struct tbl_header *header;
    const struct tbl_module *module;
    const struct tbl_partition *partitions;
    const struct tbl_vcpu *vcpus;
    const struct tbl_memory *memory;
    const struct tbl_image *images;
    uint32_t partition_count, memory_count, image_count, cores;
};

static struct view view_of(struct arena *a, const struct container *c)
{
    struct view v = {.arena = a, .container = c, .tables = c->tables};

    v.header = v.tables;
    v.module = tables_records(v.tables, TBL_MODULE, NULL);
    v.partitions = tables_records(v.tables, TBL_PARTITION, &v.partition_count);
    v.vcpus = tables_records(v.tables, TBL_VCPU, NULL);
    v.memory = tables_records(v.tables, TBL_MEMORY, &v.memory_count);
    v.images = tables_records(v.tables, TBL_IMAGE, &v.image_count);
    tables_records(v.tables, TBL_CORE, &v.cores);
    return v;
}

static bool image_intact(const struct view *v, uint32_t image)
{
    uint8_t digest[32];

    return container_digest(v->container, &v->images[image], digest) &&
           !memcmp(digest, v->images[image].sha256, sizeof digest);
}

// ---- Text ---------------------------------------------------------------------------------------

static void print_head(const struct view *v)
{
    const struct tbl_header *h = v->header;
    uint8_t tables[32];
    uint32_t intact = 0, pages;

    for (uint32_t i = 0; i < v->image_count; i++)
        intact += image_intact(v, i);
    tables_records(v->tables, TBL_TRANSLATION, &pages);
    tables_digest(v->tables, tables);
    printf("%s: Bulkhead %s, tables %u.%u\n\n", v->container->path,
           v->container->flat ? "flat image" : "ELF image", h->major, h->minor);
    printf("module         %s\n", v->module->name);
    printf("configuration  %s\n", digest_text(v->arena, h->config_id));
    printf("file           %s  %s\n", digest_text(v->arena, v->container->sha256),
           size_text(v->arena, v->container->length));
    printf("tables         %s  %s at %s, %u translation pages\n", digest_text(v->arena, tables),
           size_text(v->arena, h->size), address_text(v->arena, h->address), pages);
    printf("timer          %" PRIu64 " Hz, 1 tick = %" PRIu64 "/%" PRIu64 " ns\n", h->timer_hz,
           v->module->ns_numerator, v->module->ns_denominator);
    if (v->module->trace_events)
        printf("trace          %s: %u records of each core at %s\n",
               trace_words(v->arena, v->module->trace_events), v->module->trace_records,
               address_text(v->arena, v->module->trace));
    printf("images         %u of %u segments match their digests\n", intact, v->image_count);
}

static void print_partitions(const struct view *v)
{
    printf("\nPartitions\n  %-30s %4s %4s %-5s  %s\n", "name", "id", "DAL", "cores", "entry");
    for (uint32_t i = 0; i < v->partition_count; i++) {
        const struct tbl_partition *p = &v->partitions[i];
        struct text cores = {.arena = v->arena};
        for (uint32_t k = 0; k < p->vcpu_count; k++)
            text_add(&cores, "%s%u", k ? "," : "", v->vcpus[p->first_vcpu + k].core);
        printf("  %-30s %4u %4c %-5s  %s%s%s\n", p->name, p->id,
               p->criticality > 4 ? '-' : (char)('A' + p->criticality), cores.bytes,
               address_text(v->arena, p->entry), p->flags & TBL_PARTITION_SYSTEM ? "  system" : "",
               p->flags & TBL_PARTITION_SWITCH_SCHEDULE ? ", may switch the schedule" : "");
        for (uint32_t k = p->first_image; k < p->first_image + p->image_count; k++)
            printf("    segment %s %10s %s%s\n", digest_text(v->arena, v->images[k].sha256),
                   size_text(v->arena, v->images[k].file_size),
                   image_intact(v, k) ? "matches" : "DOES NOT MATCH",
                   v->images[k].source == v->images[k].target ? ", in place" : "");
    }
}

static int by_place(const void *a, const void *b)
{
    const struct tbl_memory *x = *(const struct tbl_memory *const *)a;
    const struct tbl_memory *y = *(const struct tbl_memory *const *)b;

    if (x->phys != y->phys)
        return x->phys < y->phys ? -1 : 1;
    return x < y ? -1 : x > y;
}

static const char *own_name(const struct view *v, const struct tbl_memory *m)
{
    const struct tbl_header *h = v->header;

    if (m->attributes & TBL_MEM_DEVICE)
        return "(hypervisor) device";
    if (m->phys == h->address)
        return "(hypervisor) tables";
    if (m->phys == h->state)
        return "(hypervisor) state";
    if (m->phys == h->payload && h->payload_size)
        return "(hypervisor) images";
    if (m->phys == v->module->log)
        return "(hypervisor) health log";
    return "(hypervisor) runtime";
}

static void print_memory(const struct view *v)
{
    const struct tbl_memory **sorted = arena_alloc(v->arena, v->memory_count * sizeof *sorted);

    for (uint32_t i = 0; i < v->memory_count; i++)
        sorted[i] = &v->memory[i];
    qsort(sorted, v->memory_count, sizeof *sorted, by_place);
    printf("\nMemory\n  %-14s %-14s %10s  %-14s %-12s %s\n", "from", "to", "size", "guest address",
           "rights", "owner");
    for (uint32_t i = 0; i < v->memory_count; i++) {
        const struct tbl_memory *m = sorted[i];
        bool own = m->partition == TBL_NONE;
        printf("  %-14s %-14s %10s  %-14s %-12s %s\n", address_text(v->arena, m->phys),
               address_text(v->arena, m->phys + m->size), size_text(v->arena, m->size),
               own ? "" : address_text(v->arena, m->address), rights_words(v->arena, m->attributes),
               own ? own_name(v, m) : v->partitions[m->partition].name);
    }
}

// What each partition has in a schedule.
static void print_duties(const struct view *v, uint32_t schedule)
{
    static const char *const actions[TBL_ACTIONS] = {
        [TBL_ACTION_COLD_START] = "cold start", [TBL_ACTION_WARM_START] = "warm start"};
    const struct tbl_duty *d = tables_records(v->tables, TBL_DUTY, NULL);

    d += (size_t)schedule * v->partition_count;
    for (uint32_t i = 0; i < v->partition_count; i++, d++) {
        if (d->period_ns)
            printf("  %-30s %12s every %s", v->partitions[i].name,
                   time_text(v->arena, d->duration_ns), time_text(v->arena, d->period_ns));
        else
            printf("  %-30s %12s", v->partitions[i].name, "-");
        printf("%s%s\n", actions[d->on_change] ? ", begins with a " : "",
               actions[d->on_change] ? actions[d->on_change] : "");
    }
}

static void print_windows(const struct view *v)
{
    uint32_t schedules;
    const struct tbl_schedule *s = tables_records(v->tables, TBL_SCHEDULE, &schedules);
    const struct tbl_frame *f = tables_records(v->tables, TBL_FRAME, NULL);
    const struct tbl_window *w = tables_records(v->tables, TBL_WINDOW, NULL);
    const struct tbl_receiver *receivers = tables_records(v->tables, TBL_RECEIVER, NULL);

    for (uint32_t i = 0; i < schedules; i++) {
        printf("\nSchedule '%s', identifier %u%s, major frame %s (%" PRIu64 " ticks)\n", s[i].name,
               s[i].id, i == v->module->initial ? ", initial" : "",
               time_text(v->arena, s[i].frame_ns), s[i].frame);
        print_duties(v, i);
        for (uint32_t core = 0; core < v->cores; core++) {
            const struct tbl_frame *frame = &f[i * v->cores + core];
            struct fraction used = frame_utilisation(v->tables, i * v->cores + core, TBL_NONE);
            printf("  core %u, used %" PRIu64 "/%" PRIu64 "\n    %14s %14s %12s %12s  %s\n", core,
                   used.numerator, used.denominator, "from", "to", "from tick", "to tick",
                   "partition");
            for (uint32_t k = frame->first_window; k < frame->first_window + frame->window_count;
                 k++) {
                const struct tbl_vcpu *vcpu = w[k].vcpu == TBL_NONE ? NULL : &v->vcpus[w[k].vcpu];
                const struct tbl_partition *p = vcpu ? &v->partitions[vcpu->partition] : NULL;
                printf("    %14s %14s %12" PRIu64 " %12" PRIu64 "  %s",
                       time_text(v->arena, ticks_to_ns(v->module, w[k].start)),
                       time_text(v->arena, ticks_to_ns(v->module, w[k].end)), w[k].start, w[k].end,
                       p ? p->name : "-");
                if (p && p->vcpu_count > 1)
                    printf(" vcpu %u", vcpu->index);
                printf("%s%s", w[k].flags & TBL_WINDOW_PERIOD_START ? ", period starts" : "",
                       w[k].flags & TBL_WINDOW_FLUSH ? ", flushes" : "");
                if (w[k].pad)
                    printf(", pad of %u ticks", w[k].pad);
                for (uint32_t n = 0; n < w[k].receiver_count; n++)
                    printf(
                        "%s %s", n ? "," : "; the rest to",
                        v->partitions[v->vcpus[receivers[w[k].first_receiver + n].vcpu].partition]
                            .name);
                printf("\n");
            }
        }
    }
}

static void print_channels(const struct view *v)
{
    uint32_t channels, ports;
    const struct tbl_channel *c = tables_records(v->tables, TBL_CHANNEL, &channels);
    const struct tbl_port *p = tables_records(v->tables, TBL_PORT, &ports);

    if (channels)
        printf("\nChannels\n");
    for (uint32_t i = 0; i < channels; i++, c++) {
        const struct tbl_port *from = &p[c->source];
        printf("  %s.%s", v->partitions[from->partition].name, from->name);
        for (uint32_t k = 0, n = 0; k < ports; k++)
            if (p[k].channel == i && p[k].direction == TBL_DESTINATION) {
                printf("%s %s.%s", n++ ? "," : " ->", v->partitions[p[k].partition].name,
                       p[k].name);
                if (p[k].refresh_ns)
                    printf(" (refresh %s)", time_text(v->arena, p[k].refresh_ns));
            }
        printf(": %s, messages up to %s", c->type == TBL_SAMPLING ? "sampling" : "queuing",
               size_text(v->arena, c->max_message));
        if (c->type == TBL_QUEUING)
            printf(", depth %u", c->depth);
        printf(", pool of %s at %s\n", size_text(v->arena, c->pool_size),
               address_text(v->arena, c->pool));
    }
}

static void print_doorbells(const struct view *v)
{
    uint32_t count;
    const struct tbl_doorbell *d = tables_records(v->tables, TBL_DOORBELL, &count);
    const struct tbl_interrupt *irq = tables_records(v->tables, TBL_INTERRUPT, NULL);
    const struct tbl_ring *r = tables_records(v->tables, TBL_RING, NULL);

    if (count)
        printf("\nDoorbells\n");
    for (uint32_t i = 0; i < count; i++, d++) {
        printf("  '%s' of %s", d->name, v->partitions[d->partition].name);
        for (uint32_t k = 0; k < d->ring_count; k++) {
            const struct tbl_ring *ring = &r[d->first_ring + k];
            const struct tbl_interrupt *at = &irq[ring->interrupt];
            printf("%s %s vcpu %u interrupt %u", k ? "," : " ->", v->partitions[at->partition].name,
                   at->vcpu, at->intid);
            if (ring->gap)
                printf(" (every %s)", time_text(v->arena, ticks_to_ns(v->module, ring->gap)));
        }
        printf("\n");
    }
}

// ---- JSON ---------------------------------------------------------------------------------------

static void print_json(const struct view *v)
{
    json_t *intact = json_array(), *o;
    uint8_t tables[32];

    for (uint32_t i = 0; i < v->image_count; i++)
        json_array_append_new(intact, json_boolean(image_intact(v, i)));
    tables_digest(v->tables, tables);
    o = json_pack("{s:s, s:I, s:o, s:o, s:o, s:o, s:o}", "form",
                  v->container->flat ? "flat" : "elf", "size", (json_int_t)v->container->length,
                  "sha256", digest_json(v->container->sha256), "entry",
                  hex_json(v->container->entry), "tables_sha256", digest_json(tables),
                  "images_match", intact, "system", tables_json(v->arena, v->tables));
    json_dumpf(o, stdout, JSON_INDENT(1));
    putchar('\n');
    json_decref(o);
}

// The device tree of a partition, as its guest finds it.
static int write_tree(struct cmd *c, const struct view *v, const char *name)
{
    const char *path = cmd_option(c, "output");
    const struct tbl_partition *p = NULL;
    struct text out = {.arena = c->arena};

    if (!path && isatty(STDOUT_FILENO))
        return cmd_usage(c, "a device tree is no text: name a file for it with -o");
    for (uint32_t i = 0; i < v->partition_count; i++)
        if (!strcmp(v->partitions[i].name, name))
            p = &v->partitions[i];
    if (!p)
        return cmd_failed(c, "'%s' has no partition '%s'", v->container->path, name);
    for (uint32_t i = p->first_image; i < p->first_image + p->image_count; i++) {
        const struct tbl_image *image = &v->images[i];
        const struct tbl_memory *m = &v->memory[image->memory];
        if (p->argument && m->address + (image->target - m->phys) == p->argument)
            text_bytes(&out,
                       (const char *)container_at(v->container, image->source, image->file_size),
                       image->file_size);
    }
    if (!out.length)
        return cmd_failed(c, "partition '%s' has no device tree: guests linux and uboot get one",
                          name);
    return cmd_write(c, path, &out);
}

static int inspect(struct cmd *c)
{
    const char *why, *path = c->arguments[0];
    bool unreadable;
    struct container *container = container_read(c->arena, path, &unreadable, &why);

    cmd_input(c, path);
    if (!container) {
        cmd_failed(c, "'%s' %s", path, why);
        return unreadable ? EXIT_IO : EXIT_DESCRIPTION;
    }
    struct view v = view_of(c->arena, container);
    if (cmd_option(c, "device-tree"))
        return write_tree(c, &v, cmd_option(c, "device-tree"));
    if (cmd_option(c, "output"))
        return cmd_usage(c, "-o is for what --device-tree writes");
    if (c->options->format == MESSAGES_JSON || cmd_option(c, "json")) {
        print_json(&v);
    } else {
        print_head(&v);
        print_partitions(&v);
        print_memory(&v);
        print_windows(&v);
        print_channels(&v);
        print_doorbells(&v);
    }
    for (uint32_t i = 0; i < v.image_count; i++)
        if (!image_intact(&v, i)) {
            cmd_failed(c, "'%s' has a damaged guest image (segment %u)", path, i);
            return EXIT_DESCRIPTION;
        }
    return EXIT_CLEAN;
}

const struct command command_inspect = {
    .name = "inspect",
    .arguments = "IMAGE [--device-tree PARTITION -o FILE]",
    .summary = "show what an image holds: memory, windows, channels, digests",
    .help = "Reads an image (ELF or .bin), validates its tables with the runtime's own validator,\n"
            "computes every digest again and prints what is in it. Exit code 1 when the image is\n"
            "damaged. With --device-tree it writes only the device tree that the guest of a\n"
            "partition finds, compiled: what `device_tree` of system.yaml takes.\n"
            "\n"
            "examples:\n"
            "  hvbuild inspect system.elf\n"
            "  hvbuild inspect system.elf --device-tree linux -o linux.dtb",
    .options =
        (const struct option_row[]){
            {"json", 0, NULL, "print it all as one JSON object (as --message-format json does)"},
            {"device-tree", 0, "PARTITION", "write the device tree of PARTITION"},
            {"output", 'o', "FILE", "write that to FILE, not to the output stream"},
            {0},
        },
    .min_arguments = 1,
    .max_arguments = 1,
    .run = inspect,
};
