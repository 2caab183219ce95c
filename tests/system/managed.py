# SPDX-License-Identifier: BSD-2-Clause
# A system whose system partition is guests/rtems_system.c: what tests of it share.
from bulkhead import guest_path, system, window


def manager(rights):
    """The guest that treats its machine as RTEMS does, as system partition."""
    return {"name": "rtems", "guest": "rtems", "image": guest_path("rtems_system"), "criticality": "A",
            "system": True, "rights": rights, "health": {"guest_reset": "halt"},
            "memory": [{"name": "ram", "at": "0x40000000", "size": "128MiB", "rights": "rwx"}]}


def managed(boss, other):
    """A system of the two partitions with the schedules that rtems_system.c asks for."""
    description = system([boss, other], 20000, [[window(boss["name"], 0, 10000),
                                                 window(other["name"], 10000, 9000)]])
    ground = {"name": "ground", "major_frame": "20ms",
              "on_change": {boss["name"]: "ignore", other["name"]: "ignore"},
              "cores": {"0": [window(boss["name"], 0, 9000), window(other["name"], 9000, 11000)]}}
    description["schedules"].append(ground)
    description["schedules"][0]["on_change"] = ground["on_change"]
    for p in (boss, other):
        p["duration"] = "9ms"
    return description
