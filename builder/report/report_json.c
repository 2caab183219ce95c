// SPDX-License-Identifier: BSD-2-Clause
// report.json: what went in, what was found, what was decided, what came out.
#include "report/report_json.h"
#include "base/pending.h"
#include "check/check.h"
#include "report/tables_json.h"

#include <stdlib.h>
#include <string.h>

// A path as it looks from the directory of the description, so that the report does not depend on
// where the project lies.
static const char *local_path(const struct report *r, const char *path)
{
    const char *slash = strrchr(r->system, '/');
    size_t directory = slash ? (size_t)(slash - r->system) + 1 : 0;

    if (directory && !strncmp(path, r->system, directory))
        return path + directory;
    if (path[0] == '/')
        return strrchr(path, '/') + 1;
    return path;
}

// A file name is bytes, JSON is text.
static json_t *path_json(const char *path)
{
    json_t *o = json_string(path);

    return o ? o : json_string("(a name that is not text)");
}

static json_t *file_json(const struct report *r, const char *role, const char *path,
                         const uint8_t digest[32], uint64_t size)
{
    return json_pack("{s:s, s:o, s:I, s:o}", "role", role, "file", path_json(local_path(r, path)),
                     "size", (json_int_t)size, "sha256", digest_json(digest));
}

static json_t *inputs_json(const struct report *r)
{
    json_t *list = json_array();
    uint8_t digest[32];

    for (size_t i = 0; r->model && i < r->model->sources.count; i++) {
        const struct source *s = r->model->sources.items[i];
        sha256_of(s->text, s->length, digest);
        json_array_append_new(list, file_json(r, "description", s->name, digest, s->length));
    }
    if (r->plan && r->plan->runtime)
        json_array_append_new(list, file_json(r, "runtime", r->plan->runtime->path,
                                              r->plan->runtime->sha256, r->plan->runtime->length));
    for (size_t i = 0; r->plan && i < r->model->partitions.count; i++) {
        const struct elf_image *e = r->plan->partitions[i].image;
        if (e)
            json_array_append_new(list, file_json(r, "image", e->path, e->sha256, e->length));
    }
    return list;
}

static json_t *outputs_json(struct arena *a, const struct report *r)
{
    json_t *list = json_array();

    for (const char *const *path = r->outputs; path && *path; path++) {
        uint8_t digest[32];
        uint64_t length;
        const char *why;
        const uint8_t *bytes = file_read(a, *path, UINT64_MAX, &length, &why);
        if (!bytes)
            continue;
        sha256_of(bytes, length, digest);
        json_array_append_new(list, file_json(r, "image", *path, digest, length));
    }
    return list;
}

// What a rule's run ended with. A rule whose prerequisite failed did not see everything.
static const char *verdict(struct diags *d, enum rule rule, bool planned)
{
    const struct rule_info *info = &rules[rule];

    if (diags_count_rule(d, rule))
        return info->severity == SEVERITY_ERROR ? "fail" : "reported";
    if (info->stage == STAGE_IMAGE && !planned)
        return "not run";
    for (const char *needs = info->needs; *needs;) {
        size_t length = strcspn(needs, " ");
        char id[16] = "";
        if (length < sizeof id)
            memcpy(id, needs, length);
        enum rule other = rule_find(id);
        if (other != RULES && rules[other].severity == SEVERITY_ERROR && diags_count_rule(d, other))
            return "not run everywhere";
        needs += length + strspn(needs + length, " ");
    }
    return "pass";
}

static json_t *rules_json(struct diags *d, const struct report *r)
{
    json_t *object = json_object();
    bool planned = r->plan && r->plan->complete;

    for (int i = 0; i < RULES; i++) {
        const char *result = r->model                            ? verdict(d, (enum rule)i, planned)
                             : diags_count_rule(d, (enum rule)i) ? "fail"
                                                                 : "not run";
        json_object_set_new(object, rules[i].id, json_string(result));
    }
    return object;
}

// Findings with their places as seen from the description; the rendered text has other paths in it.
static json_t *findings_json(struct arena *a, struct diags *d, const struct report *r)
{
    size_t count, index;
    const struct diag *const *sorted = diags_sorted(d, &count);
    json_t *list = json_array(), *span;

    for (size_t i = 0; i < count; i++) {
        json_t *finding = (json_t *)diag_json(a, sorted[i]);
        json_object_del(finding, "rendered");
        json_array_foreach(json_object_get(finding, "spans"), index, span)
        {
            const char *file = json_string_value(json_object_get(span, "file"));
            if (file)
                json_object_set_new(span, "file", path_json(local_path(r, file)));
        }
        json_array_append_new(list, finding);
    }
    return list;
}

const char *report_write(struct arena *a, struct diags *d, const struct report *r, const char *path)
{
    bool complete = r->plan && r->plan->complete;
    json_t *o = json_object();

    json_object_set_new(o, "tool",
                        json_pack("{s:s, s:s}", "name", "hvbuild", "version", r->version));
    json_object_set_new(o, "verdict",
                        json_string(diags_count(d, SEVERITY_ERROR) ? "fail"
                                    : complete                     ? "pass"
                                                                   : "incomplete"));
    json_object_set_new(o, "errors", json_integer((json_int_t)diags_count(d, SEVERITY_ERROR)));
    json_object_set_new(o, "warnings", json_integer((json_int_t)diags_count(d, SEVERITY_WARNING)));
    json_object_set_new(o, "verified", json_boolean(r->verified));
    json_object_set_new(o, "inputs", inputs_json(r));
    json_object_set_new(o, "outputs", outputs_json(a, r));
    json_object_set_new(o, "rules", rules_json(d, r));
    json_object_set_new(o, "findings", findings_json(a, d, r));
    json_object_set_new(o, "system", complete ? tables_json(a, r->plan->tables) : json_null());

    char *bytes = json_dumps(o, JSON_INDENT(1));
    const char *why = bytes ? NULL : "report.json: out of memory";
    json_decref(o);
    if (!bytes)
        return why;
    why = file_write(a, path, arena_printf(a, "%s\n", bytes), strlen(bytes) + 1);
    free(bytes);
    return why;
}
