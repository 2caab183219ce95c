// SPDX-License-Identifier: BSD-2-Clause
// What the dialects of ARINC 653 have in common: their words, and references by identifier.
#ifndef HVBUILD_IMPORT_ARINC_H
#define HVBUILD_IMPORT_ARINC_H

#include "import/import.h"
#include "model/bind.h"

extern const struct choice_row arinc_directions[];

struct port_place {
    uint32_t partition, port; // indices
};

// Partitions and ports as they are found while reading.
struct arinc_index {
    struct importer *importer;
    struct names ids, names; // of partitions: identifier in decimal, or name -> index
    struct names ports;      // "index of the partition.name of the port" -> place in port_list
    LIST(struct port_place) port_list;
};

struct arinc_index arinc_index_new(struct importer *i);
void arinc_index_partition(struct arinc_index *x, const struct partition *p);
void arinc_index_port(struct arinc_index *x, const struct partition *p); // its last one
// The port, or NULL; valid until a partition or port is added.
struct port *arinc_port(const struct arinc_index *x, const char *partition, const char *name);
// The partition that an element names by PartitionIdentifier and PartitionName, or NULL after
// reporting as `rule`. *at is where it is named. Valid until a partition is added.
struct partition *arinc_partition_of(const struct arinc_index *x, const struct node *element,
                                     enum rule rule, struct mark *at);

// What an element calls the partition that it names: `p` as found, else "id N", which no partition
// is called; that resolving finds none gives the same finding, which is kept once.
struct word arinc_name(const struct arinc_index *x, const struct node *element,
                       const struct partition *p, struct mark at);

// Where some partitions have no identifier, all are numbered in their order.
void arinc_finish_identifiers(struct importer *i);

// A number as a name: errors, states and channels have no other in some dialects.
struct word arinc_identifier(struct importer *i, const struct node *element, const char *name);

// A region's rights from its access word and its kind. What can be read only may be executed:
// there is no word for that.
void arinc_rights(struct importer *i, const struct node *element, const char *access, bool code,
                  struct memory *m);
// When nothing in a partition's memory is executable, its writable memory is all that it has.
void arinc_finish_memory(struct partition *p);

// What a channel leaves out comes from its ports: kind, size and depth.
void arinc_finish_channel(const struct arinc_index *x, struct channel *c);
// The last channel leads out of the module: it is dropped, and its ports inside are without one on
// purpose.
void arinc_leave_open(const struct arinc_index *x, const struct channel *c);

// ---- Health monitoring --------------------------------------------------------------------------

// Level, code and action of a row by the words of these attributes (NULL: none).
void arinc_level(struct importer *i, const struct node *n, const char *name, struct hm_entry *e);
void arinc_code(struct importer *i, const struct node *n, const char *name, struct hm_entry *e);
void arinc_action(struct importer *i, const struct node *n, const char *name, struct hm_entry *e);
// Defines an error, or a state; the first of a name stays. A state's phase is known by its
// description, when that has the words of the standard.
void arinc_define_error(struct importer *i, struct names *seen, struct word name, struct amount id,
                        struct mark mark);
void arinc_define_state(struct importer *i, struct names *seen, struct word name,
                        struct word description, struct mark mark);

#endif
