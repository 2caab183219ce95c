// SPDX-License-Identifier: BSD-2-Clause
// report.json: what went in, what was found, what was decided, what came out.
#include "report/report_json.h"
#include "base/pending.h"
#include "check/profile.h"
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

// ---- Rules --------------------------------------------------------------------------------------

// What the findings of a rule come to; NULL when there are none.
static const char *found(const struct diags *d, enum rule rule)
{
    bool other = diags_unseen(d, rule) && diags_severity(d, rule) != SEVERITY_ERROR, waived = false;
    size_t count;
    struct diag *const *kept = diags_of_rule(d, rule, &count);

    if (diags_unseen(d, rule) && !other)
        return "fail";
    for (size_t i = 0; i < count; i++) {
        if (!kept[i]->waiver && kept[i]->severity == SEVERITY_ERROR)
            return "fail";
        waived = waived || kept[i]->waiver;
        other = other || !kept[i]->waiver;
    }
    return other ? "reported" : waived ? "waived" : NULL;
}

// Why a rule without findings did not look at everything; NULL when it did.
static const char *unseen(const struct report *r, const struct diags *d, enum rule rule,
                          const char **reason)
{
    if (diags_severity(d, rule) == SEVERITY_OFF) {
        *reason = "turned off by -W";
        return "off";
    }
    if (!r->model) {
        *reason = "the description could not be read";
        return "not run";
    }
    if (rules[rule].stage != STAGE_IMAGE || (r->plan && r->plan->complete))
        return NULL;
    bool never = checking_only(r->model);
    *reason = never
                  ? "the board has no runtime: nothing is built for it"
                  : "nothing was planned: there are errors, or an image or the runtime is missing";
    return never ? "not applicable" : "not run";
}

static json_t *rule_json(const struct report *r, const struct diags *d, enum rule rule)
{
    bool entirely;
    enum rule need = diags_held(d, rule, &entirely);
    const char *result = found(d, rule), *reason = NULL;

    if (!result)
        result = unseen(r, d, rule, &reason);
    if (!result)
        result = need == RULES ? "pass" : entirely ? "not run" : "not run everywhere";
    json_t *o = json_pack("{s:s}", "result", result);
    if (reason)
        json_object_set_new(o, "reason", json_string(reason));
    else if (need != RULES)
        json_object_set_new(o, "held_by", json_string(rules[need].id));
    return o;
}

static json_t *rules_json(const struct diags *d, const struct report *r)
{
    json_t *object = json_object();

    for (enum rule rule = 0; rule < RULES; rule++)
        json_object_set_new(object, rules[rule].id, rule_json(r, d, rule));
    for (const struct unchecked_rule *u = unchecked_rules; u->id; u++)
        json_object_set_new(
            object, u->id,
            json_pack("{s:s, s:s}", "result", "not applicable", "reason", u->reason));
    return object;
}

// What was judged by: the rules' texts and weights as one digest.
static json_t *rule_set_json(struct arena *a)
{
    struct text t = {.arena = a};
    uint8_t digest[32];

    for (enum rule r = 0; r < RULES; r++) {
        text_add(&t, "%s %d %s", rules[r].id, rules[r].isolation, rules[r].statement);
        for (int p = 0; p < PROFILES; p++)
            text_add(&t, " %d", profile_severity((enum profile)p, r));
        text_add(&t, "\n");
    }
    sha256_of(t.bytes, t.length, digest);
    return json_pack("{s:i, s:o}", "rules", RULES, "sha256", digest_json(digest));
}

static json_t *options_json(const struct report *r)
{
    json_t *weights = json_array();

    for (size_t i = 0; i < r->weight_count; i++)
        json_array_append_new(weights, json_string(r->weights[i]));
    return json_pack("{s:s?, s:o}", "profile", r->model ? profile_word(r->model->profile) : NULL,
                     "weights", weights);
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
    size_t errors = diags_count(d, SEVERITY_ERROR);
    json_t *o = json_object();

    json_object_set_new(o, "tool",
                        json_pack("{s:s, s:s}", "name", "hvbuild", "version", r->version));
    json_object_set_new(o, "verdict",
                        json_string(errors     ? "fail"
                                    : complete ? "pass"
                                               : "incomplete"));
    json_object_set_new(o, "errors", json_integer((json_int_t)errors));
    json_object_set_new(o, "warnings", json_integer((json_int_t)diags_count(d, SEVERITY_WARNING)));
    json_object_set_new(o, "waived", json_integer((json_int_t)diags_count_waived(d)));
    json_object_set_new(o, "rule_set", rule_set_json(a));
    json_object_set_new(o, "options", options_json(r));
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
