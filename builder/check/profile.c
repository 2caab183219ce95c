// SPDX-License-Identifier: BSD-2-Clause
// Profiles as tables.
#include "check/profile.h"

#include <string.h>

struct difference {
    enum severity severity;
    const char *reason; // NULL: there is none
    const char *part;
};

static const struct difference differences[PROFILES][RULES] = {
#define PROFILE(profile, family, number, weight, text)                                             \
    [PROFILE_##profile][RULE_##family##_##number] = {.severity = SEVERITY_##weight, .reason = text},
#define PARTLY(profile, family, number, text)                                                      \
    [PROFILE_##profile][RULE_##family##_##number] = {.part = text},
#include "profiles.def"
};

static const char *const words[PROFILES] = {
    [PROFILE_ARINC653] = "arinc653",
    [PROFILE_RELAXED] = "relaxed",
    [PROFILE_STRICT] = "strict",
};

const char *profile_word(enum profile p)
{
    return words[p];
}

bool profile_find(const char *word, enum profile *p)
{
    for (int i = 0; i < PROFILES; i++) {
        *p = (enum profile)i;
        if (strcmp(words[i], word) == 0)
            return true;
    }
    return false;
}

enum severity profile_severity(enum profile p, enum rule r)
{
    if (differences[p][r].reason)
        return differences[p][r].severity;
    if (p == PROFILE_STRICT && rules[r].severity == SEVERITY_WARNING)
        return SEVERITY_ERROR;
    return rules[r].severity;
}

const char *profile_reason(enum profile p, enum rule r)
{
    return differences[p][r].reason;
}

const char *profile_part(enum profile p, enum rule r)
{
    return differences[p][r].part;
}

void profile_apply(struct diags *d, enum profile p)
{
    enum severity weights[RULES];

    for (enum rule r = 0; r < RULES; r++)
        weights[r] = profile_severity(p, r);
    diags_weigh(d, weights);
}
