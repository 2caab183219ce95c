// SPDX-License-Identifier: BSD-2-Clause
// --depfile: what was written depends on what was read, as make and ninja read it.
#include "options.h"

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
        const struct partition *p = &m->partitions.items[i];
        if (p->image.text && access(p->image.text, F_OK) == 0)
            cmd_input(c, p->image.text);
        if (p->initrd.text && access(p->initrd.text, F_OK) == 0)
            cmd_input(c, p->initrd.text);
        if (p->device_tree.text && access(p->device_tree.text, F_OK) == 0)
            cmd_input(c, p->device_tree.text);
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

int cmd_write(struct cmd *c, const char *path, const struct text *out)
{
    if (!path) {
        fwrite(out->bytes, 1, out->length, stdout);
        return EXIT_CLEAN;
    }
    if (!cmd_may_write(c, path))
        return EXIT_IO;
    const char *why = file_write(c->arena, path, out->bytes, out->length);
    if (why)
        return cmd_failed(c, "%s", why);
    cmd_output(c, path);
    return EXIT_CLEAN;
}

// make: a space and a number sign take a backslash, a dollar is doubled.
static void add_name(struct text *out, const char *name)
{
    for (; *name; name++) {
        if (*name == ' ' || *name == '#')
            text_bytes(out, "\\", 1);
        if (*name == '$')
            text_bytes(out, "$", 1);
        text_bytes(out, name, 1);
    }
}

static void add_rule(struct text *out, const struct options *o)
{
    for (size_t i = 0; i < o->outputs.count; i++) {
        text_add(out, "%s", i ? " " : "");
        add_name(out, o->outputs.items[i]);
    }
    text_add(out, ":");
    for (size_t i = 0; i < o->inputs.count; i++) {
        text_add(out, " \\\n ");
        add_name(out, o->inputs.items[i]);
    }
    text_add(out, "\n");
    // A rule without a recipe for each: a file that is removed later then does not stop make.
    for (size_t i = 0; i < o->inputs.count; i++) {
        add_name(out, o->inputs.items[i]);
        text_add(out, ":\n");
    }
}

bool depfile_write(struct cmd *c)
{
    struct options *o = c->options;
    struct text rule = {.arena = o->lasting};

    if (!o->depfile)
        return true;
    if (!cmd_may_write(c, o->depfile))
        return false;
    add_rule(&rule, o);
    const char *why = file_write(o->lasting, o->depfile, rule.bytes, rule.length);
    if (why)
        cmd_failed(c, "%s", why);
    else
        cmd_output(c, o->depfile);
    return !why;
}
