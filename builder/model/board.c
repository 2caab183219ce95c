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
}

static const struct limits limits_of_runtime = {
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
    board->limits = limits_of_runtime;
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
            help_names(b, f, &names, name->text, "boards that hvbuild knows");
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
