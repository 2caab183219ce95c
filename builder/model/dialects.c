// SPDX-License-Identifier: BSD-2-Clause
// The languages that a description can come from. Their readers are in import/; a file that was
// converted from one of them names it, and is then judged as the original was.
#include "dialects.h"

#include <string.h>

static const struct dialect_info infos[] = {
    {"arinc653-p1-2", "ARINC 653 P1-2", PROFILE_ARINC653, UNSTATED_IMAGES | UNSTATED_REGIONS},
    {"arinc653-p1-3", "ARINC 653 P1-3", PROFILE_ARINC653,
     UNSTATED_IMAGES | UNSTATED_REGIONS | UNSTATED_CHANNELS | UNSTATED_RIGHTS},
    {"xm_cf", "XtratuM XM_CF", PROFILE_RELAXED,
     UNSTATED_PERIODS | UNSTATED_REFRESH | UNSTATED_IMAGES},
    {"prtos", "PRTOS", PROFILE_RELAXED, UNSTATED_PERIODS | UNSTATED_REFRESH | UNSTATED_IMAGES},
    {"xng", "XNG", PROFILE_RELAXED,
     UNSTATED_PERIODS | UNSTATED_REFRESH | UNSTATED_IMAGES | UNSTATED_RIGHTS},
    {"a653rs", "a653rs-linux", PROFILE_RELAXED,
     UNSTATED_REFRESH | UNSTATED_IMAGES | UNSTATED_REGIONS},
    {"jetos", "JetOS", PROFILE_ARINC653,
     UNSTATED_PERIODS | UNSTATED_IMAGES | UNSTATED_REGIONS | UNSTATED_RIGHTS},
    {"pok", "POK", PROFILE_RELAXED, UNSTATED_PERIODS | UNSTATED_IMAGES | UNSTATED_REGIONS},
};

const struct dialect_info *dialect_find(const char *name)
{
    for (size_t i = 0; i < sizeof infos / sizeof *infos; i++)
        if (strcmp(infos[i].name, name) == 0)
            return &infos[i];
    return NULL;
}
