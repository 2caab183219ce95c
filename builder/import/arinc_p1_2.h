// SPDX-License-Identifier: BSD-2-Clause
// Inside the reader of ARINC 653 P1-2: what its parts share.
#ifndef HVBUILD_IMPORT_ARINC_P1_2_H
#define HVBUILD_IMPORT_ARINC_P1_2_H

#include "import/arinc.h"

struct p1_2 {
    struct importer *i;
    struct arinc_index index;
    struct names errors, states; // of health monitoring
    struct names channels;       // by identifier -> place in channel_marks
    LIST(struct mark) channel_marks;
    bool errors_defined; // by a System_HM_Table; else by the first mention
};

void p1_2_schedule(struct p1_2 *r, const struct node *n);    // Module_Schedule
void p1_2_connections(struct p1_2 *r, const struct node *n); // Connection_Table
void p1_2_health(struct p1_2 *r, const struct node *root);   // all tables of the module

#endif
