// SPDX-License-Identifier: BSD-2-Clause
// The part of verifying that reads device trees.
#ifndef HVBUILD_VERIFY_TREE_H
#define HVBUILD_VERIFY_TREE_H

#include "image/image.h"

// Memory, processors and command line against partition `q`, and all else against the tree that it
// is given, if any: appends one sentence per difference and returns whether there is none. Gives
// where the tree says that the initial RAM disk lies; an empty range when it names none.
bool tree_verify(struct arena *a, const uint8_t *bytes, uint64_t length, const struct partition *q,
                 struct text *findings, uint64_t *initrd_start, uint64_t *initrd_end);

#endif
