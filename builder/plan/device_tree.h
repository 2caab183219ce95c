// SPDX-License-Identifier: BSD-2-Clause
// The device tree of a guest: what its partition really has, in the words of the Devicetree
// Specification and of the Linux bindings. Written by libfdt.
#ifndef HVBUILD_DEVICE_TREE_H
#define HVBUILD_DEVICE_TREE_H

#include "image/image.h"

struct device_tree {
    const uint8_t *bytes;
    uint64_t length; // at most DEVICE_TREE_LIMIT; a guest may add to it in what is left
};

// From partition `q`: processors, RAM (its regions with all rights), shared blocks, PSCI by HVC,
// the timers, the interrupt controller, its devices, its console; what it is told, and where its
// initial RAM disk lies, which is empty when it has none.
struct device_tree device_tree_make(struct arena *a, const struct partition *q,
                                    uint64_t initrd_start, uint64_t initrd_end);
// The same of a tree that it is given (tree_read): its words are kept, but for what the partition
// is told and where its initial RAM disk lies. Empty when there is no room for that.
struct device_tree device_tree_fill(struct arena *a, const struct partition *q, const void *given,
                                    uint64_t initrd_start, uint64_t initrd_end);
// The region that a guest which loads its own programs runs in: the first with all rights, or NULL.
const struct memory *guest_ram(const struct partition *q);

#endif
