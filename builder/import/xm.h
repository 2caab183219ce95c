// SPDX-License-Identifier: BSD-2-Clause
// What the files of the XtratuM family share: one vocabulary with small differences between
// XtratuM 2, XtratuM 3 and PRTOS.
#ifndef HVBUILD_XM_H
#define HVBUILD_XM_H

#include "import/import.h"
#include "model/names.h"

struct xm {
    struct importer *importer;
    const char *prefix;       // of the names of events and actions: "XM_HM_"
    bool areas_say_write;     // XtratuM 2: what an area does not call `write` is read only
    struct names partitions;  // identifier as text -> index
    struct names ports;       // "partition index:port" -> index
    struct names blocks;      // "start:size" of a shared area -> index
    LIST(size_t) writers;     // by index: how many of its areas may be written
    struct names errors;      // of the health monitor
    const struct node *table; // PartitionTable, or NULL
};

// Partitions with their memory, ports and interrupts.
void xm_partitions(struct xm *x, const struct node *table);
// The name of the partition whose identifier an attribute has. When there is none, that is reported
// as `rule`, and the name is one that no partition has.
struct word xm_partition(struct xm *x, const struct node *element, const char *attribute,
                         enum rule rule, struct partition **found);
// The same for the next identifier in a list of them, from *at on; false at its end.
bool xm_next_partition(struct xm *x, const struct node *list, const char **at, struct word *name);
// The words of an attribute, each from `rows`, as the sum of their values; with XM_UNKNOWN when one
// is none of them, which is reported.
#define XM_UNKNOWN (1u << 31)
uint32_t xm_flags(struct xm *x, const struct node *element, const char *attribute,
                  const struct choice_row *rows);
// Events of the hypervisor (no partition) or of a partition. `events` is HealthMonitor.
void xm_health(struct xm *x, const struct node *events, const struct partition *p);
// Ends reading health: partitions without events have a table too, in which nothing is said.
void xm_health_rest(struct xm *x);
// SYN-007: of the elements `name` inside `parent`, two have the same `id`.
void xm_unique_ids(struct xm *x, const struct node *parent, const char *name);

#endif
