// SPDX-License-Identifier: BSD-2-Clause
// Where the files that belong to hvbuild lie.
#include "data.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
    const char *variable, *built, *installed;
} kinds[] = {
    [DATA_BOARDS] = {"BULKHEAD_BOARDS", "../boards", "../share/bulkhead/boards"},
    [DATA_RUNTIMES] = {"BULKHEAD_RUNTIMES", "../runtime", "../lib/bulkhead"},
};

static const char *program_directory(struct arena *a)
{
    char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path);

    while (length > 0 && path[length - 1] != '/')
        length--;
    return length > 1 ? arena_text(a, path, (size_t)length - 1) : ".";
}

const char *const *data_places(struct arena *a, enum data_kind kind)
{
    const char **places = arena_alloc(a, 3 * sizeof *places);
    const char *told = getenv(kinds[kind].variable), *program = program_directory(a);

    if (told && *told) {
        places[0] = told;
        return places;
    }
    places[0] = arena_printf(a, "%s/%s", program, kinds[kind].built);
    places[1] = arena_printf(a, "%s/%s", program, kinds[kind].installed);
    return places;
}

const char *data_find(struct arena *a, enum data_kind kind, const char *name)
{
    const char *const *places = data_places(a, kind);

    for (size_t i = 0; places[i]; i++) {
        const char *path = arena_printf(a, "%s/%s", places[i], name);
        if (access(path, F_OK) == 0)
            return path;
    }
    return arena_printf(a, "%s/%s", places[0], name);
}
