// SPDX-License-Identifier: BSD-2-Clause
// Inside model_yaml: what its files call of each other.
#ifndef HVBUILD_YAML_PARTS_H
#define HVBUILD_YAML_PARTS_H

#include "report/yaml_out.h"

// Places to write into: a map of some object, a list of items.
#define MAP(name, object) struct map_out name = {.out = w, .id = OBJECT_##object}
#define ITEMS(name)       struct list_out name = {.text = {.arena = w->arena}}

static inline bool mark_same(struct mark a, struct mark b)
{
    return a.source == b.source && a.line == b.line && a.column == b.column;
}

void put_partition(struct list_out *list, struct yaml_out *w, const struct partition *p);
void put_health_tables(struct yaml_out *w, struct map_out *system, const struct hm *hm);
void put_members(struct map_out *o, enum key_id key, const struct member *members, size_t count);

#endif
