// SPDX-License-Identifier: BSD-2-Clause
// From a file name to a model: the document, its board, its includes, its references.
#include "bind.h"

#include <stdlib.h>
#include <string.h>

const char *path_beside(struct arena *a, const struct source *from, const char *path)
{
    const char *slash = from ? strrchr(from->name, '/') : NULL;

    if (*path == '/' || !slash)
        return arena_text(a, path, strlen(path));
    return arena_printf(a, "%.*s%s", (int)(slash - from->name + 1), from->name, path);
}

static void add_source(struct binder *b, struct source *s)
{
    s->order = (uint32_t)b->model->sources.count;
    *list_add(b->arena, &b->model->sources) = s;
}

struct node *bind_file(struct binder *b, const char *path, struct mark at, const char *what)
{
    const char *why;
    struct source *s = source_read(b->arena, path, &why);

    if (!s) {
        // SYN-006: what the document takes in resolves.
        struct diag *f =
            diag_report(b->diags, RULE_SYN_006, at, "cannot read the %s '%s'", what, path);
        diag_label(b->diags, f, "%s", why);
        return NULL;
    }
    add_source(b, s);
    struct node *root = yaml_parse(b->arena, b->diags, s);
    return root && yaml_untagged(b->diags, root) ? root : NULL;
}

static const char *real_directory(struct arena *a, const char *file)
{
    const char *slash = strrchr(file, '/');
    char *real = realpath(slash ? arena_text(a, file, (size_t)(slash - file) + 1) : ".", NULL);
    const char *copy = real ? arena_text(a, real, strlen(real)) : "/nowhere";

    free(real);
    return copy;
}

static struct mark key_mark(const struct object *o, enum key_id key)
{
    const struct node *n = object_value(o, key);

    return n ? n->key_mark : (struct mark){0};
}

struct model *model_bind(struct arena *a, struct diags *d, struct source *s,
                         const struct node *root)
{
    struct model *m = arena_alloc(a, sizeof *m);
    struct binder b = {.arena = a, .diags = d, .model = m, .root = real_directory(a, s->name)};
    struct object o;

    m->source = s;
    m->dialect = "system.yaml";
    add_source(&b, s);
    if (!yaml_untagged(d, root) || !object_open(&b, OBJECT_SYSTEM, root, &o))
        return NULL;
    get_amount(&o, KEY_SYSTEM_HVBUILD);
    m->module_at = key_mark(&o, KEY_SYSTEM_MODULE);
    m->partitions_at = key_mark(&o, KEY_SYSTEM_PARTITIONS);
    m->channels_at = key_mark(&o, KEY_SYSTEM_CHANNELS);
    m->schedules_at = key_mark(&o, KEY_SYSTEM_SCHEDULES);
    bind_module(&b, &o);
    bind_partitions(&b, &o);
    bind_channels(&b, &o);
    bind_doorbells(&b, &o);
    bind_schedules(&b, &o);
    bind_relations(&b, &o);
    bind_health_tables(&b, &o);
    report_defaults(&b);
    // Without `partitions:` that one finding says it all.
    m->partitions_lost = m->partitions_lost || !m->partitions_at.line;
    model_finish(a, d, m);
    return m;
}

struct model *model_parse(struct arena *a, struct diags *d, struct source *s)
{
    const struct node *root = yaml_parse(a, d, s);

    return root ? model_bind(a, d, s, root) : NULL;
}
