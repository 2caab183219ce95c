// SPDX-License-Identifier: BSD-2-Clause
// Where the files that belong to hvbuild lie: in its build directory, installed, or as told.
#ifndef HVBUILD_DATA_H
#define HVBUILD_DATA_H

#include "base/base.h"

enum data_kind {
    DATA_BOARDS,   // $BULKHEAD_BOARDS, ../boards or ../share/bulkhead/boards from the program
    DATA_RUNTIMES, // $BULKHEAD_RUNTIMES, ../runtime or ../lib/bulkhead
};

// The directories in the order of search, NULL at the end. The variable, when set, is the only one.
const char *const *data_places(struct arena *a, enum data_kind kind);
// The first that exists, or the path in the first place.
const char *data_find(struct arena *a, enum data_kind kind, const char *name);

#endif
