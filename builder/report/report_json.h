// SPDX-License-Identifier: BSD-2-Clause
// report.json: the evidence beside an image, written for every build, also for a failed one.
#ifndef HVBUILD_REPORT_JSON_H
#define HVBUILD_REPORT_JSON_H

#include "image/image.h"

struct report {
    const char *version;        // of hvbuild
    const char *system;         // the description's file as the user named it
    const struct model *model;  // NULL: the description could not be read
    const struct plan *plan;    // NULL or not complete: nothing was planned
    const char *const *outputs; // files written, NULL at the end; NULL: none
    const char *const *weights; // -W as given
    size_t weight_count;
    bool verified; // the back-check read the image and agreed
};

// Writes it in one step. NULL, or the reason why not. No time, no user, no absolute path: the same
// inputs give the same bytes.
const char *report_write(struct arena *a, struct diags *d, const struct report *r,
                         const char *path);

#endif
