// SPDX-License-Identifier: BSD-2-Clause
// Board files: finding the one a module names, and reading it.
#include "bind.h"
#include "data.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void bind_ram(struct binder *b, const struct node *n, struct board *board)
{
    struct board_memory *m = list_add(b->arena, &board->ram);
    struct object o;

    object_open(b, OBJECT_BOARD_MEMORY, n, &o);
    m->mark = n->mark;
    m->name = get_word(&o, KEY_BOARD_MEMORY_NAME);
    m->start = get_amount(&o, KEY_BOARD_MEMORY_START).value;
    m->size = get_amount(&o, KEY_BOARD_MEMORY_SIZE).value;
}

static void bind_device(struct binder *b, const struct node *n, struct board *board)
{
    struct board_device *d = list_add(b->arena, &board->devices);
    struct object o;

    object_open(b, OBJECT_BOARD_DEVICE, n, &o);
    d->mark = n->mark;
    d->name = get_word(&o, KEY_BOARD_DEVICE_NAME);
    d->start = get_amount(&o, KEY_BOARD_DEVICE_START).value;
    d->size = get_amount(&o, KEY_BOARD_DEVICE_SIZE).value;
    d->intid = (uint32_t)get_amount(&o, KEY_BOARD_DEVICE_INTID).value;
    d->edge = get_amount(&o, KEY_BOARD_DEVICE_EDGE).value;
    d->dma = get_amount(&o, KEY_BOARD_DEVICE_DMA).value;
    d->reserved = get_amount(&o, KEY_BOARD_DEVICE_RESERVED).value;
    d->compatible = get_word(&o, KEY_BOARD_DEVICE_COMPATIBLE);
}

const struct limits limits_of_runtime = {
    .partitions = HV_MAX_PARTITIONS,
    .sampling_ports = HV_MAX_PORTS / 2,
    .queuing_ports = HV_MAX_PORTS / 2,
    .channels = HV_MAX_CHANNELS,
    .vcpus = HV_MAX_VCPUS,
    .interrupts = HV_MAX_INTERRUPTS,
    .schedules = HV_MAX_SCHEDULES,
    .windows = HV_MAX_WINDOWS,
    .message = HV_MAX_MESSAGE,
    .depth = HV_MAX_DEPTH,
};

// A board without a runtime is for checking: what hvbuild can count.
const struct limits limits_of_checking = {
    .partitions = 4096,
    .sampling_ports = 65536,
    .queuing_ports = 65536,
    .channels = 65536,
    .vcpus = 65536,
    .interrupts = 1024,
    .schedules = 256,
    .windows = 1 << 22,
    .message = 1 << 20,
    .depth = 1 << 16,
};

static void lacking(struct binder *b, const struct object *o, enum key_id key)
{
    struct diag *f =
        diag_report(b->diags, RULE_MOD_007, object_value(o, KEY_BOARD_RUNTIME)->key_mark,
                    "a board with a runtime lacks the key '%s'", keys[key].key);

    diag_help(b->diags, f,
              "add it, for example `%s: %s`, or remove `runtime`: then the board is for checking "
              "only",
              keys[key].key, keys[key].example);
}

// MOD-007: what a board must say, and be, when an image is built for it.
static void check_runtime(struct binder *b, const struct object *o, const struct board *board)
{
    static const enum key_id needed[] = {KEY_BOARD_ID, KEY_BOARD_LOAD_ADDRESS,
                                         KEY_BOARD_LIST_REGISTERS, KEY_BOARD_MEMORY};

    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (!object_value(o, needed[i]))
            lacking(b, o, needed[i]);
    const struct node *cores = object_value(o, KEY_BOARD_CORES);
    if (board->cores.count > HV_MAX_CORES) {
        struct diag *f = diag_report(b->diags, RULE_MOD_007, cores->mark,
                                     "board '%s' has more cores than a runtime can use",
                                     board->name.text ? board->name.text : "");
        diag_label(b->diags, f, "%zu cores, the limit is %d", board->cores.count, HV_MAX_CORES);
        diag_help(b->diags, f, "name the cores that partitions are to run on; the others stay off");
    }
}

static struct board *bind_board(struct binder *b, const struct node *n)
{
    struct board *board = arena_alloc(b->arena, sizeof *board);
    struct object o;

    if (!object_open(b, OBJECT_BOARD, n, &o))
        return NULL;
    get_amount(&o, KEY_BOARD_HVBUILD);
    board->mark = n->mark;
    board->name = get_word(&o, KEY_BOARD_NAME);
    board->id = (uint32_t)get_amount(&o, KEY_BOARD_ID).value;
    board->runtime = get_word(&o, KEY_BOARD_RUNTIME);
    board->timer_hz = get_amount(&o, KEY_BOARD_TIMER_FREQUENCY).value;
    board->load_address = get_amount(&o, KEY_BOARD_LOAD_ADDRESS).value;
    board->min_window = get_amount(&o, KEY_BOARD_MIN_WINDOW).value;
    board->switch_cost = get_amount(&o, KEY_BOARD_SWITCH_COST).value;
    board->list_registers = get_amount(&o, KEY_BOARD_LIST_REGISTERS).value;
    for (const struct node *i = get_list(&o, KEY_BOARD_CORES, false); i; i = i->next)
        *list_add(b->arena, &board->cores) = item_number(b, i, KEY_BOARD_CORES).value;
    for (const struct node *i = get_list(&o, KEY_BOARD_MEMORY, false); i; i = i->next)
        bind_ram(b, i, board);
    for (const struct node *i = get_list(&o, KEY_BOARD_DEVICES, false); i; i = i->next)
        bind_device(b, i, board);
    if (board->runtime.text)
        check_runtime(b, &o, board);
    board->limits = board->runtime.text ? limits_of_runtime : limits_of_checking;
    if (!object_value(&o, KEY_BOARD_LIST_REGISTERS))
        board->list_registers = board->limits.interrupts;
    return board;
}

// Names of the boards that hvbuild ships, for "did you mean".
static void shipped_boards(struct binder *b, struct names *names)
{
    const char *const *places = data_places(b->arena, DATA_BOARDS);

    for (size_t i = 0; places[i]; i++) {
        struct dirent **entries;
        int count = scandir(places[i], &entries, NULL, alphasort);

        for (int j = 0; j < count; j++) {
            const char *dot = strrchr(entries[j]->d_name, '.');
            if (dot && strcmp(dot, ".yaml") == 0)
                names_add(
                    names,
                    arena_text(b->arena, entries[j]->d_name, (size_t)(dot - entries[j]->d_name)),
                    names->words.count);
            free(entries[j]);
        }
        if (count >= 0)
            free(entries);
    }
}

struct board *board_read(struct binder *b, const struct word *name)
{
    size_t length = strlen(name->text);
    bool path =
        strchr(name->text, '/') || (length > 5 && strcmp(name->text + length - 5, ".yaml") == 0);
    const char *file =
        path ? path_beside(b->arena, name->at.source, name->text)
             : data_find(b->arena, DATA_BOARDS, arena_printf(b->arena, "%s.yaml", name->text));

    if (!path && access(file, F_OK) != 0) {
        // SYN-006: what the document takes in resolves.
        struct names names = {.arena = b->arena};
        struct diag *f =
            diag_report(b->diags, RULE_SYN_006, name->at, "there is no board '%s'", name->text);
        shipped_boards(b, &names);
        if (names.words.count)
            help_names(b->diags, f, &names, name->text, "boards that hvbuild knows");
        else
            diag_help(b->diags, f, "no board files in '%s': set BULKHEAD_BOARDS to where they are",
                      data_places(b->arena, DATA_BOARDS)[0]);
        return NULL;
    }
    const struct node *tree = bind_file(b, file, name->at, "board file");
    size_t errors = diags_count(b->diags, SEVERITY_ERROR);
    struct board *board = tree ? bind_board(b, tree) : NULL;
    // A board with a fault would only breed findings about the system.
    return diags_count(b->diags, SEVERITY_ERROR) == errors ? board : NULL;
}

void board_describe(struct binder *b, const struct node *platform)
{
    struct board *board = b->model->board;
    struct object o;

    if (!object_open(b, OBJECT_PLATFORM, platform, &o) || !board)
        return;
    board->cores.count = 0;
    for (uint64_t i = 0, count = get_amount(&o, KEY_PLATFORM_CORES).value; i < count; i++)
        *list_add(b->arena, &board->cores) = i;
    board->timer_hz = get_amount(&o, KEY_PLATFORM_TIMER_FREQUENCY).value;
    board->min_window = get_amount(&o, KEY_PLATFORM_MIN_WINDOW).value;
    board->switch_cost = get_amount(&o, KEY_PLATFORM_SWITCH_COST).value;
    for (const struct node *i = get_list(&o, KEY_PLATFORM_MEMORY, false); i; i = i->next)
        bind_ram(b, i, board);
    for (const struct node *i = get_list(&o, KEY_PLATFORM_DEVICES, false); i; i = i->next)
        bind_device(b, i, board);
}
