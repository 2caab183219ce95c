// SPDX-License-Identifier: BSD-2-Clause
// The health events of abi.h as system.yaml knows them.
#ifndef HVBUILD_EVENTS_H
#define HVBUILD_EVENTS_H

#include "event_levels.h"
#include "model/keys.h"

struct event_info {
    const char *name;
    enum key_id key;    // in a partition's health; KEYS: it has none there
    enum key_id module; // in the module's health, likewise
};

extern const struct event_info event_infos[HV_EVENT_COUNT];

#endif
