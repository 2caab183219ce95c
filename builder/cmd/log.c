// SPDX-License-Identifier: BSD-2-Clause
// hvbuild log DUMP [IMAGE]: the health log out of a dump of the machine's memory.
//
// A dump is whatever was in memory, so nothing in it is believed: the log's head and each record
// prove themselves by their checksums, and every number is held against its bounds.
#include "cmd.h"
#include "crc32c.h"
#include "image/image.h"
#include "model/events.h"
#include "options.h"
#include "report/json.h"
#include "report/tables_json.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct log {
    struct cmd *c;
    struct tbl_log head;
    LIST(struct tbl_log_record) records;
    uint32_t damaged;
    const void *tables; // of the image; NULL: numbers instead of names
};

// ---- Finding and reading it ---------------------------------------------------------------------

// The whole file, which may be as large as the machine's memory. NULL: errno says why.
static const uint8_t *map_file(const char *path, size_t *length)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    void *bytes = MAP_FAILED;
    struct stat s;

    if (fd < 0)
        return NULL;
    if (fstat(fd, &s) == 0) {
        *length = (size_t)s.st_size;
        errno = EINVAL; // of no bytes, or no file
        if (S_ISREG(s.st_mode) && s.st_size)
            bytes = mmap(NULL, *length, PROT_READ, MAP_PRIVATE, fd, 0);
    }
    int error = errno;
    close(fd);
    errno = error;
    return bytes == MAP_FAILED ? NULL : bytes;
}

static bool head_valid(const struct tbl_log *h)
{
    return h->magic == TBL_LOG_MAGIC && h->crc == crc32c(0, h, offsetof(struct tbl_log, crc)) &&
           h->partitions <= HV_MAX_PARTITIONS && h->records <= TBL_LOG_MOST;
}

static bool record_valid(const struct log *l, const struct tbl_log_record *r, uint32_t owner)
{
    uint32_t crc = crc32c(0, l->head.config_id, sizeof l->head.config_id);

    crc = crc32c(crc, r, offsetof(struct tbl_log_record, crc));
    return r->sequence && r->crc == crc &&
           r->partition == (owner < l->head.partitions ? owner : TBL_NONE);
}

static bool blank(const struct tbl_log_record *r)
{
    static const struct tbl_log_record none;

    return !memcmp(r, &none, sizeof none);
}

// A log whose head is at `bytes`. False: there is none, or not all of it.
static bool take(struct log *l, const uint8_t *bytes, size_t length)
{
    struct tbl_log_record r;

    if (length < sizeof l->head)
        return false;
    memcpy(&l->head, bytes, sizeof l->head);
    if (!head_valid(&l->head))
        return false;
    uint32_t places = (l->head.partitions + 1) * l->head.records;
    if ((length - sizeof l->head) / sizeof r < places)
        return false;
    for (uint32_t i = 0; i < places; i++) {
        memcpy(&r, bytes + sizeof l->head + i * sizeof r, sizeof r);
        if (record_valid(l, &r, i / l->head.records))
            *list_add(l->c->arena, &l->records) = r;
        else
            l->damaged += !blank(&r);
    }
    return true;
}

static int by_sequence(const void *left, const void *right)
{
    const struct tbl_log_record *a = left, *b = right;

    return a->sequence < b->sequence ? -1 : a->sequence > b->sequence;
}

// The runtime's stack may hold a copy of the head: the log is where the records are.
static bool find(struct log *l, const uint8_t *bytes, size_t length)
{
    const uint64_t magic = TBL_LOG_MAGIC;
    const uint8_t *at = bytes, *end = bytes + length;
    bool found = false;

    while ((at = memmem(at, (size_t)(end - at), &magic, sizeof magic))) {
        struct log other = {.c = l->c};

        if (take(&other, at, (size_t)(end - at)) &&
            (!found || other.records.count > l->records.count)) {
            *l = other;
            found = true;
        }
        at++;
    }
    if (l->records.count)
        qsort(l->records.items, l->records.count, sizeof *l->records.items, by_sequence);
    return found;
}

// ---- Words --------------------------------------------------------------------------------------

static const char *partition_name(const struct log *l, const struct tbl_log_record *r)
{
    const struct tbl_partition *p = l->tables ? tables_records(l->tables, TBL_PARTITION, NULL) : 0;

    if (r->partition == TBL_NONE)
        return "(module)";
    return p ? p[r->partition].name : arena_printf(l->c->arena, "partition %u", r->partition);
}

static const char *event_name(const struct log *l, const struct tbl_log_record *r)
{
    if (r->event == HV_LOG_STARTED)
        return "started";
    if (r->event > HV_EVENT_NONE && r->event < HV_EVENT_COUNT && event_infos[r->event].name)
        return event_infos[r->event].name;
    return arena_printf(l->c->arena, "event %u", r->event);
}

static const char *action_name(const struct log *l, const struct tbl_log_record *r)
{
    if (r->level == TBL_LEVEL_PROCESS)
        return "handler"; // and no action
    return r->action < TBL_ACTIONS ? action_names[r->action]
                                   : arena_printf(l->c->arena, "action %u", r->action);
}

static const char *level_name(const struct tbl_log_record *r)
{
    static const char *const names[] = {"module", "partition", "process"};

    return r->level < sizeof names / sizeof *names ? names[r->level] : "unknown";
}

// The frame that the window belongs to; NULL: no image, or there is none.
static const struct tbl_frame *frame_of(const struct log *l, const struct tbl_log_record *r,
                                        uint32_t *core)
{
    uint32_t schedules, cores;

    if (!l->tables)
        return NULL;
    tables_records(l->tables, TBL_SCHEDULE, &schedules);
    tables_records(l->tables, TBL_CORE, &cores);
    const struct tbl_frame *f = tables_records(l->tables, TBL_FRAME, NULL);
    for (*core = 0; r->schedule < schedules && *core < cores; (*core)++) {
        const struct tbl_frame *frame = &f[r->schedule * cores + *core];
        if (r->window - frame->first_window < frame->window_count)
            return frame;
    }
    return NULL;
}

// "normal 0.3": window 3 of core 0, from 0 on.
static const char *window_name(const struct log *l, const struct tbl_log_record *r)
{
    uint32_t core;
    const struct tbl_frame *f = frame_of(l, r, &core);

    if (r->window == TBL_NONE)
        return "-";
    if (!f)
        return arena_printf(l->c->arena, "schedule %u window %u", r->schedule, r->window);
    const struct tbl_schedule *s = tables_records(l->tables, TBL_SCHEDULE, NULL);
    return arena_printf(l->c->arena, "%s %u.%u", s[r->schedule].name, core,
                        r->window - f->first_window);
}

// ---- Output -------------------------------------------------------------------------------------

static void print_text(const struct log *l)
{
    printf("%8s %5s %16s  %-16s %-20s %-10s %-16s %16s %10s %8s\n", "record", "start", "ms",
           "partition", "event", "action", "window", "address", "syndrome", "dropped");
    EACH(r, &l->records) {
        printf("%8" PRIu64 " %5u %9" PRIu64 ".%06" PRIu64 "  %-16s", r->sequence, r->start,
               r->time / 1000000, r->time % 1000000, partition_name(l, r));
        if (r->event == HV_LOG_STARTED)
            printf(" started\n");
        else
            printf(" %-20s %-10s %-16s %#16" PRIx64 " %#10" PRIx64 " %8u\n", event_name(l, r),
                   action_name(l, r), window_name(l, r), r->address, r->syndrome, r->dropped);
    }
}

// A name, or the number where there is no image; null for none.
static json_t *named(const struct log *l, uint32_t index, const char *name)
{
    if (index == TBL_NONE)
        return json_null();
    return l->tables ? json_string(name) : json_integer(index);
}

static json_t *record_json(const struct log *l, const struct tbl_log_record *r)
{
    uint32_t core, schedules = 0;
    const struct tbl_schedule *s =
        l->tables ? tables_records(l->tables, TBL_SCHEDULE, &schedules) : NULL;
    const struct tbl_frame *f = frame_of(l, r, &core);
    json_t *o =
        json_pack("{s:I, s:i, s:I, s:o, s:s, s:s, s:s, s:o, s:o, s:o, s:I}", "record",
                  (json_int_t)r->sequence, "start", (int)r->start, "time_ns", (json_int_t)r->time,
                  "partition", named(l, r->partition, partition_name(l, r)), "event",
                  event_name(l, r), "level", level_name(r), "action", action_name(l, r), "schedule",
                  r->schedule < schedules   ? json_string(s[r->schedule].name)
                  : r->schedule == TBL_NONE ? json_null()
                                            : json_integer(r->schedule),
                  "address", hex_json(r->address), "syndrome", hex_json(r->syndrome), "dropped",
                  (json_int_t)r->dropped);

    if (f) {
        json_object_set_new(o, "core", json_integer(core));
        json_object_set_new(o, "window", json_integer(r->window - f->first_window));
    } else if (r->window != TBL_NONE) {
        json_object_set_new(o, "window_record", json_integer(r->window));
    }
    return o;
}

static void print_json(const struct log *l)
{
    json_t *list = json_array(), *o;

    EACH(r, &l->records)
        json_array_append_new(list, record_json(l, r));
    o = json_pack("{s:o, s:i, s:i, s:i, s:o}", "config_id", digest_json(l->head.config_id),
                  "partitions", (int)l->head.partitions, "records_of_each", (int)l->head.records,
                  "damaged", (int)l->damaged, "records", list);
    json_dumpf(o, stdout, JSON_INDENT(1));
    putchar('\n');
    json_decref(o);
}

// ---- The command --------------------------------------------------------------------------------

// NULL after saying why: *code is the exit code.
static const void *tables_of(struct cmd *c, const char *path, int *code)
{
    bool unreadable;
    const char *why;
    struct container *container = container_read(c->arena, path, &unreadable, &why);

    cmd_input(c, path);
    if (container)
        return container->tables;
    cmd_failed(c, "'%s' %s", path, why);
    *code = unreadable ? EXIT_IO : EXIT_DESCRIPTION;
    return NULL;
}

static int show(struct log *l, const char *path, const uint8_t *bytes, size_t length)
{
    const struct tbl_header *h = l->tables;
    const void *tables = l->tables;

    if (!find(l, bytes, length)) {
        cmd_failed(l->c, "'%s' holds no health log, or none that is whole", path);
        return EXIT_DESCRIPTION;
    }
    l->tables = tables;
    if (h && memcmp(h->config_id, l->head.config_id, sizeof h->config_id)) {
        cmd_failed(l->c, "the log in '%s' is of another configuration than '%s'", path,
                   l->c->arguments[1]);
        return EXIT_DESCRIPTION;
    }
    if (l->c->options->format == MESSAGES_JSON || cmd_option(l->c, "json"))
        print_json(l);
    else
        print_text(l);
    cmd_note(l->c, "%zu records, %u damaged", l->records.count, l->damaged);
    return EXIT_CLEAN;
}

static int show_log(struct cmd *c)
{
    struct log l = {.c = c};
    const char *path = c->arguments[0];
    int code = EXIT_CLEAN;
    size_t length;

    if (c->count > 1 && !(l.tables = tables_of(c, c->arguments[1], &code)))
        return code;
    const uint8_t *bytes = map_file(path, &length);
    cmd_input(c, path);
    if (!bytes)
        return cmd_failed(c, "cannot read '%s': %s", path,
                          errno == EINVAL ? "not a file with something in it" : strerror(errno));
    code = show(&l, path, bytes, length);
    munmap((void *)(uintptr_t)bytes, length);
    return code;
}

const struct command command_log = {
    .name = "log",
    .arguments = "DUMP [IMAGE]",
    .summary = "print the health log from a dump of the machine's memory",
    .help =
        "DUMP is what `hvbuild run --log` wrote, or any dump of memory with the log in it, as\n"
        "QEMU's `pmemsave` or a debugger makes it; of the whole RAM, too. The log is found by\n"
        "its head, and each record is shown whose checksum holds. With the IMAGE that ran,\n"
        "partitions, schedules and windows have their names (`normal 0.3`: window 3 of core 0).\n"
        "Exit code 1 when there is no log, or another configuration's.\n"
        "\n"
        "example:\n"
        "  hvbuild run system.elf --frames 50 --log run.log\n"
        "  hvbuild log run.log system.elf",
    .options =
        (const struct option_row[]){
            {"json", 0, NULL, "print it as one JSON object (as --message-format json does)"},
            {0},
        },
    .min_arguments = 1,
    .max_arguments = 2,
    .run = show_log,
};
