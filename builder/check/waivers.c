// SPDX-License-Identifier: BSD-2-Clause
// Waivers against findings: what they cover, and whether they are fit to cover anything.
#include "check/waivers.h"

#include <string.h>
#include <strings.h>

static bool is_empty(const struct word *w)
{
    return !w->text || !w->text[strspn(w->text, " \t\n")];
}

static bool quotes(const char *text, const char *name)
{
    size_t length = strlen(name);

    for (const char *p = text; p && (p = strchr(p, '\'')); p++)
        if (strncmp(p + 1, name, length) == 0 && p[1 + length] == '\'')
            return true;
    return false;
}

static bool names(const struct diag *f, const char *object)
{
    if (quotes(f->message, object) || quotes(f->primary.label, object))
        return true;
    EACH(note, &f->notes)
        if (quotes(note->label, object))
            return true;
    return false;
}

// Whether the waiver could accept anything at all.
static bool is_fit(const struct waiver *w, enum rule rule)
{
    return rule != RULES && !rule_fixed(rule) && !is_empty(&w->object) && !is_empty(&w->reason) &&
           !is_empty(&w->author);
}

static enum rule rule_of(const struct waiver *w)
{
    return w->rule.text ? rule_find(w->rule.text) : RULES;
}

static bool has_digest(const struct waiver *w, const struct diag *f)
{
    char digest[DIGEST_DIGITS + 1];

    diag_digest(f, digest);
    return w->digest.text && strcasecmp(w->digest.text, digest) == 0;
}

enum rule waiver_rule(const struct waiver *w)
{
    return is_fit(w, rule_of(w)) ? rule_of(w) : RULES;
}

const struct waiver *waiver_of(const struct model *m, const struct diag *f)
{
    EACH(w, &m->waivers)
        if (rule_of(w) == f->rule && is_fit(w, f->rule) && names(f, w->object.text) &&
            has_digest(w, f))
            return w;
    return NULL;
}

// ---- BLD-008 ------------------------------------------------------------------------------------

static void unknown_rule(struct diags *d, const struct waiver *w)
{
    const char *words[RULES];
    struct diag *f;

    for (const struct unchecked_rule *u = unchecked_rules; u->id; u++) {
        if (strcasecmp(u->id, w->rule.text) != 0)
            continue;
        f = diag_report(d, RULE_BLD_008, w->rule.at, "rule '%s' finds nothing that could be waived",
                        u->id);
        diag_label(d, f, "%s", u->reason);
        diag_help(d, f, "remove the waiver");
        return;
    }
    f = diag_report(d, RULE_BLD_008, w->rule.at, "there is no rule '%s' to waive", w->rule.text);
    for (enum rule r = 0; r < RULES; r++)
        words[r] = rules[r].id;
    const char *near = nearest_word(w->rule.text, words, RULES);
    if (near)
        diag_label(d, f, "did you mean '%s'?", near);
    diag_help(d, f, "a finding shows the id of its rule in brackets: write that one");
}

static void require(struct diags *d, const struct waiver *w, const struct word *word,
                    const char *what, const char *help)
{
    if (!is_empty(word))
        return;
    struct diag *f = diag_report(d, RULE_BLD_008, word->at.line ? word->at : w->mark,
                                 "the waiver of '%s' has no %s", w->rule.text, what);
    diag_help(d, f, "%s", help);
}

// What is wrong with it before any finding is looked at.
static void look_at(struct diags *d, const struct waiver *w)
{
    enum rule rule = rule_of(w);

    if (!w->rule.text)
        return; // reported while reading
    if (rule == RULES) {
        unknown_rule(d, w);
        return;
    }
    if (rule_fixed(rule)) {
        struct diag *f =
            diag_report(d, RULE_BLD_008, w->rule.at, "rule '%s' cannot be waived", rules[rule].id);
        diag_label(d, f, "%s",
                   rules[rule].isolation ? "isolation rests on it"
                                         : "a text that is not understood cannot be built from");
        diag_help(d, f, "mend what it finds, and remove the waiver");
        return;
    }
    require(d, w, &w->object, "object",
            "name the partition, port, window ... that the finding has in quotes");
    require(d, w, &w->reason, "reason",
            "say why the finding is acceptable: the next reader has only this to judge by");
    require(d, w, &w->author, "author", "say who accepts the finding");
}

// The findings that the waiver means, and whether one of them is the one that was accepted.
struct meant {
    LIST(const struct diag *) findings;
    bool accepted;
};

static struct meant meant_by(struct arena *a, const struct diags *d, const struct waiver *w,
                             enum rule rule)
{
    struct meant m = {0};
    size_t count;
    struct diag *const *found = diags_of_rule(d, rule, &count);

    for (size_t i = 0; i < count; i++) {
        if (!names(found[i], w->object.text))
            continue;
        *list_add(a, &m.findings) = found[i];
        m.accepted = m.accepted || has_digest(w, found[i]);
    }
    return m;
}

static void report_nothing(struct diags *d, const struct waiver *w, enum rule rule)
{
    struct diag *f =
        diag_report(d, RULE_BLD_008, w->mark, "the waiver of '%s' for '%s' covers nothing",
                    rules[rule].id, w->object.text);

    diag_label(d, f, "no finding of this rule names '%s'", w->object.text);
    diag_help(d, f, "remove the waiver");
}

static void report_digest(struct diags *d, const struct waiver *w, enum rule rule,
                          const struct meant *m)
{
    enum { SHOWN = 4 };
    bool missing = is_empty(&w->digest);
    char digest[DIGEST_DIGITS + 1];
    struct diag *f;

    if (missing)
        f = diag_report(d, RULE_BLD_008, w->mark, "the waiver of '%s' for '%s' has no digest",
                        rules[rule].id, w->object.text);
    else
        f = diag_report(d, RULE_BLD_008, w->digest.at,
                        "the waiver of '%s' for '%s' has expired: the finding is another one now",
                        rules[rule].id, w->object.text);
    for (size_t i = 0; i < m->findings.count && i < SHOWN; i++) {
        diag_digest(m->findings.items[i], digest);
        diag_note(d, f, m->findings.items[i]->primary.at, "digest '%s': %s", digest,
                  m->findings.items[i]->message);
    }
    diag_digest(m->findings.items[0], digest);
    diag_help(d, f, "judge the finding%s, and if it is acceptable write `digest: \"%s\"`",
              missing ? "" : " again", digest);
}

static void judge(struct arena *a, struct diags *d, const struct waiver *w, enum rule rule)
{
    bool entirely;
    struct meant m = meant_by(a, d, w, rule);

    if (m.accepted)
        return;
    if (m.findings.count)
        report_digest(d, w, rule, &m);
    else if (diags_held(d, rule, &entirely) == RULES && diags_severity(d, rule) != SEVERITY_OFF &&
             !diags_unseen(d, rule))
        report_nothing(d, w, rule);
}

void waivers_judge(struct arena *a, struct diags *d, const struct model *m, enum rule_stage stage)
{
    EACH(w, &m->waivers) {
        enum rule rule = rule_of(w);

        if (stage == STAGE_CHECK)
            look_at(d, w);
        if (is_fit(w, rule) && (rules[rule].stage == STAGE_IMAGE) == (stage == STAGE_IMAGE))
            judge(a, d, w, rule);
    }
}
