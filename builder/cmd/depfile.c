// SPDX-License-Identifier: BSD-2-Clause
// --depfile: what was written depends on what was read, as make and ninja read it.
#include "options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void add_once(struct arena *a, void *list, const char *path)
{
    LIST(const char *) *l = list;

    for (size_t i = 0; i < l->count; i++)
        if (strcmp(l->items[i], path) == 0)
            return;
    *list_add(a, l) = arena_text(a, path, strlen(path));
}

void cmd_input(struct cmd *c, const char *path)
{
    add_once(c->options->lasting, &c->options->inputs, path);
}

void cmd_output(struct cmd *c, const char *path)
{
    add_once(c->options->lasting, &c->options->outputs, path);
}

void cmd_inputs_of(struct cmd *c, const struct model *m)
{
    for (size_t i = 0; i < m->sources.count; i++)
        if (strcmp(m->sources.items[i]->name, "<stdin>") != 0)
            cmd_input(c, m->sources.items[i]->name);
    for (size_t i = 0; i < m->partitions.count; i++) {
        const char *image = m->partitions.items[i].image.text;
        if (image && access(image, F_OK) == 0)
            cmd_input(c, image);
    }
}

static bool is_among(const struct stat *file, const char *const *paths, size_t count)
{
    struct stat other;

    for (size_t i = 0; i < count; i++)
        if (stat(paths[i], &other) == 0 && other.st_dev == file->st_dev &&
            other.st_ino == file->st_ino)
            return true;
    return false;
}

bool cmd_may_write(const struct cmd *c, const char *path)
{
    const struct options *o = c->options;
    struct stat file;

    // A link is not followed: /dev/stdout is one, and a new file would take its place.
    if (lstat(path, &file) != 0)
        return true;
    if (!S_ISREG(file.st_mode))
        cmd_failed(c, "cannot write '%s': it is not a regular file", path);
    else if (is_among(&file, o->inputs.items, o->inputs.count))
        cmd_failed(c, "cannot write '%s': it is one of the files that were read", path);
    else if (is_among(&file, o->outputs.items, o->outputs.count))
        cmd_failed(c, "cannot write '%s': it has just been written as another output", path);
    else
        return true;
    return false;
}

// make: a space and a number sign take a backslash, a dollar is doubled.
static void print_name(FILE *out, const char *name)
{
    for (; *name; name++) {
        if (*name == ' ' || *name == '#')
            fputc('\\', out);
        if (*name == '$')
            fputc('$', out);
        fputc(*name, out);
    }
}

static void print_rule(FILE *out, const struct options *o)
{
    for (size_t i = 0; i < o->outputs.count; i++) {
        if (i)
            fputc(' ', out);
        print_name(out, o->outputs.items[i]);
    }
    fputc(':', out);
    for (size_t i = 0; i < o->inputs.count; i++) {
        fputs(" \\\n ", out);
        print_name(out, o->inputs.items[i]);
    }
    fputc('\n', out);
    // A rule without a recipe for each: a file that is removed later then does not stop make.
    for (size_t i = 0; i < o->inputs.count; i++) {
        print_name(out, o->inputs.items[i]);
        fputs(":\n", out);
    }
}

bool depfile_write(const struct cmd *c)
{
    const struct options *o = c->options;
    const char *path = o->depfile, *temporary;

    if (!path)
        return true;
    if (!cmd_may_write(c, path))
        return false;
    temporary = arena_printf(o->lasting, "%s.tmp", path);
    FILE *out = fopen(temporary, "we");
    if (out)
        print_rule(out, o);
    if (!out || fclose(out) != 0 || rename(temporary, path) != 0) {
        cmd_failed(c, "cannot write '%s': %s", path, strerror(errno));
        unlink(temporary);
        return false;
    }
    return true;
}
