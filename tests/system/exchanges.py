# SPDX-License-Identifier: BSD-2-Clause
# What the systems share in which guests/exchange.c runs twice: ports and channels.
from bulkhead import channel, destination, source


def ports(*more):
    """The ports of one of the two."""
    return [source("sample_out"), destination("sample_in", refresh="100ms"),
            source("queue_out", "queuing"), destination("queue_in", "queuing"),
            source("full_out", "queuing"), destination("full_in", "queuing"),
            source("silent_out", "queuing"), destination("silent_in", "queuing"), *more]


def channels(one, other):
    """A channel in each direction between ports that end in _out and _in."""
    return [{**channel(f"{name}_{a}", "", "", "8KiB", depth), "from": f"{a}.{name}_out",
             "to": [f"{b}.{name}_in"]}
            for name, depth in (("sample", None), ("queue", 4), ("full", 2), ("silent", 2))
            for a, b in ((one, other), (other, one))]
