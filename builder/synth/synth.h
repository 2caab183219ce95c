// SPDX-License-Identifier: BSD-2-Clause
// Windows for a schedule that only says what is owed: `synthesize: true`.
//
// From the demands (period, duration), and where given the offset, the bound on start jitter, the
// cores of each partition, exclusion sets, the switch cost and its style, the board's shortest
// window and tick, it finds windows on all cores that satisfy the same rules as windows written by
// hand. It makes window changes few, then start jitter small; the same input gives the same
// windows. When there are none it says which demands, as few as possible, cannot stand together
// (SCHED-026).
#ifndef HVBUILD_SYNTH_H
#define HVBUILD_SYNTH_H

#include "model/model.h"

// Fills the cores of every schedule that asks for it, expanded like windows of the text; their
// marks are those of the `synthesize` key. Reports SCHED-026 and leaves the schedule without
// windows when there are none. To be called after reading and before the rules.
void synthesize(struct arena *a, struct diags *d, struct model *m);

#endif
