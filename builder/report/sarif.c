// SPDX-License-Identifier: BSD-2-Clause
// SARIF 2.1.0. Section numbers in comments are those of the OASIS standard.
#include "report/sarif.h"
#include "check/profile.h"
#include "report/json.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define SCHEMA                                                                                     \
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

struct sarif {
    const char *version;
    json_t *results, *artifacts, *notifications;
};

struct sarif *sarif_new(const char *version)
{
    struct sarif *s = calloc(1, sizeof *s);

    if (s)
        *s = (struct sarif){version, json_array(), json_array(), json_array()};
    return s;
}

void sarif_free(struct sarif *s)
{
    if (!s)
        return;
    json_decref(s->results);
    json_decref(s->artifacts);
    json_decref(s->notifications);
    free(s);
}

// "note" is what SARIF calls a finding that is merely worth knowing (3.27.10).
static const char *level(enum severity s)
{
    return s == SEVERITY_ERROR ? "error" : s == SEVERITY_WARNING ? "warning" : "note";
}

static json_t *message(json_t *text)
{
    return json_pack("{s:o}", "text", text);
}

// A sentence of ours as SARIF wants it: with a full stop (3.11).
static json_t *sentence(struct arena *a, const char *text)
{
    size_t length = strlen(text);
    bool ends = length && strchr(".?!", text[length - 1]);

    return message(json_safe(a, arena_printf(a, "%s%s", text, ends ? "" : ".")));
}

// A title or a label, which starts small on a line of its own.
static json_t *as_sentence(struct arena *a, const char *text)
{
    char *copy = arena_text(a, text, strlen(text));

    *copy = (char)toupper((unsigned char)*copy);
    return sentence(a, copy);
}

// ---- Places -------------------------------------------------------------------------------------

// A file name as a URI reference (RFC 3986): what is not unreserved or a slash is escaped.
static const char *uri_of(struct arena *a, const char *path)
{
    struct text uri = {.arena = a};

    text_add(&uri, "%s", *path == '/' ? "file://" : "");
    for (const char *p = path; *p; p++) {
        if (isalnum((unsigned char)*p) || strchr("-._~/", *p))
            text_bytes(&uri, p, 1);
        else
            text_add(&uri, "%%%02X", (uint8_t)*p);
    }
    return uri.bytes;
}

static json_t *artifact_location(struct arena *a, const char *path)
{
    return json_pack("{s:s}", "uri", uri_of(a, path));
}

static json_t *physical_location(struct arena *a, struct mark at)
{
    json_t *place = json_pack("{s:o}", "artifactLocation", artifact_location(a, at.source->name));

    if (at.line)
        json_object_set_new(place, "region",
                            json_pack("{s:i, s:i, s:i}", "startLine", at.line, "startColumn",
                                      at.column, "endColumn", at.end_column));
    return place;
}

static json_t *location(struct arena *a, const struct span *s)
{
    json_t *o = json_object();

    if (s->at.source)
        json_object_set_new(o, "physicalLocation", physical_location(a, s->at));
    if (s->label)
        json_object_set_new(o, "message", as_sentence(a, s->label));
    return o;
}

// ---- Results ------------------------------------------------------------------------------------

// All of it in one text, since many viewers show nothing else: message: label. Help.
static json_t *result_message(struct arena *a, const struct diag *f)
{
    struct text t = {.arena = a};

    text_add(&t, "%s", f->message);
    if (f->primary.label)
        text_add(&t, ": %s", f->primary.label);
    text_add(&t, ".");
    if (f->help)
        text_add(&t, " Help: %s.", f->help);
    *t.bytes = (char)toupper((unsigned char)*t.bytes);
    return message(json_safe(a, t.bytes));
}

static json_t *suppression(struct arena *a, const struct waiver *w)
{
    struct span at = {.at = w->mark};

    return json_pack("{s:s, s:s, s:o, s:o, s:{s:o}}", "kind", "inSource", "status", "accepted",
                     "justification", json_safe(a, w->reason.text), "location", location(a, &at),
                     "properties", "author", json_safe(a, w->author.text));
}

static json_t *result(struct arena *a, const struct diag *f)
{
    char digest[DIGEST_DIGITS + 1];
    json_t *related = json_array();

    diag_digest(f, digest);
    json_t *o =
        json_pack("{s:s, s:i, s:s, s:o, s:[], s:{s:s}}", "ruleId", rules[f->rule].id, "ruleIndex",
                  (int)f->rule, "level", level(f->severity), "message", result_message(a, f),
                  "locations", "partialFingerprints", "hvbuild/v1", digest);
    if (f->primary.at.source)
        json_array_append_new(json_object_get(o, "locations"), location(a, &f->primary));
    EACH(note, &f->notes)
        json_array_append_new(related, location(a, note));
    if (json_array_size(related))
        json_object_set(o, "relatedLocations", related);
    json_decref(related);
    // 3.27.23: a tool that knows suppressions says of every result which it has, if only none.
    json_object_set_new(o, "suppressions",
                        f->waiver ? json_pack("[o]", suppression(a, f->waiver)) : json_array());
    return o;
}

static void notify(struct sarif *s, const char *how, json_t *text, const char *rule)
{
    json_t *o = json_pack("{s:s, s:o}", "level", how, "message", text);

    if (rule)
        json_object_set_new(o, "associatedRule", json_pack("{s:s}", "id", rule));
    json_array_append_new(s->notifications, o);
}

void sarif_add(struct sarif *s, struct arena *a, struct diags *d)
{
    size_t count;
    const struct diag *const *sorted = diags_sorted(d, &count);

    for (size_t i = 0; i < count; i++)
        json_array_append_new(s->results, result(a, sorted[i]));
    for (enum rule r = 0; r < RULES; r++)
        if (diags_unseen(d, r))
            notify(s, level(diags_severity(d, r)),
                   message(json_sprintf("%zu more findings of %s are not shown.",
                                        diags_unseen(d, r), rules[r].id)),
                   rules[r].id);
}

void sarif_artifact(struct sarif *s, struct arena *a, const char *path)
{
    json_array_append_new(s->artifacts, json_pack("{s:o}", "location", artifact_location(a, path)));
}

void sarif_failure(struct sarif *s, struct arena *a, const char *text)
{
    notify(s, "error", sentence(a, text), NULL);
}

void sarif_note(struct sarif *s, struct arena *a, const char *text)
{
    notify(s, "note", sentence(a, text), NULL);
}

// ---- The tool -----------------------------------------------------------------------------------

// "windows lie inside the frame" as an identifier (3.49.7): WindowsLieInsideTheFrame.
static json_t *rule_name(const char *title)
{
    char name[160];
    size_t length = 0;
    bool start = true;

    for (; *title && length + 1 < sizeof name; title++) {
        if (isalnum((unsigned char)*title))
            name[length++] = (char)(start ? toupper((unsigned char)*title) : *title);
        start = !isalnum((unsigned char)*title) && *title != '\'';
    }
    return json_stringn(name, length);
}

static void add_example(struct text *t, const char *title, const char *example, bool markdown)
{
    if (example)
        text_add(t, markdown ? "\n\n%s:\n\n```yaml\n%s\n```" : "\n\n%s:\n%s", title, example);
}

static json_t *rule_help(struct arena *a, const struct rule_info *r, bool markdown)
{
    struct text t = {.arena = a};

    text_add(&t, "%s\n\n%s", r->statement, r->why);
    add_example(&t, "Right", r->good, markdown);
    add_example(&t, "Wrong", r->bad, markdown);
    text_add(&t, "\n\nSource: %s.", r->source);
    return json_safe(a, t.bytes);
}

static json_t *rule_tags(const struct rule_info *r)
{
    json_t *tags = json_pack("[o]", json_stringn(r->id, strcspn(r->id, "-")));

    if (r->isolation)
        json_array_append_new(tags, json_string("isolation"));
    return tags;
}

static json_t *rule_descriptor(struct arena *a, enum rule rule)
{
    const struct rule_info *r = &rules[rule];

    return json_pack("{s:s, s:o, s:o, s:o, s:{s:o, s:o}, s:{s:s}, s:{s:o, s:s, s:s, s:s}}", "id",
                     r->id, "name", rule_name(r->title), "shortDescription",
                     as_sentence(a, r->title), "fullDescription", sentence(a, r->statement), "help",
                     "text", rule_help(a, r, false), "markdown", rule_help(a, r, true),
                     "defaultConfiguration", "level", level(r->severity), "properties", "tags",
                     rule_tags(r), "source", r->source, "relaxed",
                     level(profile_severity(PROFILE_RELAXED, rule)), "strict",
                     level(profile_severity(PROFILE_STRICT, rule)));
}

static json_t *driver(struct arena *a, const char *version)
{
    json_t *list = json_array();

    for (enum rule r = 0; r < RULES; r++)
        json_array_append_new(list, rule_descriptor(a, r));
    return json_pack("{s:s, s:s, s:s, s:o}", "name", "hvbuild", "version", version,
                     "semanticVersion", version, "rules", list);
}

void sarif_write(struct sarif *s, FILE *out, int exit_code)
{
    struct arena *a = arena_new();
    json_t *invocation =
        json_pack("{s:b, s:i, s:O}", "executionSuccessful", exit_code < 2, "exitCode", exit_code,
                  "toolExecutionNotifications", s->notifications);
    json_t *run = json_pack("{s:{s:o}, s:[o], s:O, s:s, s:O}", "tool", "driver",
                            driver(a, s->version), "invocations", invocation, "artifacts",
                            s->artifacts, "columnKind", "unicodeCodePoints", "results", s->results);
    json_t *document =
        json_pack("{s:s, s:s, s:[o]}", "$schema", SCHEMA, "version", "2.1.0", "runs", run);

    json_dumpf(document, out, JSON_INDENT(1));
    fputc('\n', out);
    json_decref(document);
    arena_free(a);
}
