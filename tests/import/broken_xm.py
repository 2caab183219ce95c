# SPDX-License-Identifier: BSD-2-Clause
"""What can be wrong in descriptions of the XtratuM family and in the YAML dialects.

Per file: (text that stands in it once, what it becomes, findings). A finding is a rule and the text
that it points at; one that also has a second place says which text that line contains.
"""

XM_CF_2 = [
    # Text that is not in the language.
    ('majorFrame="40ms"', 'majorFrme="40ms"', [("SYN-001", "majorFrme")]),
    ('<Slot id="3" start="30ms"', '<Slt id="3" start="30ms"', [("SYN-001", "Slt")]),
    ('size="64MB"', 'size="64Mb!"', [("SYN-004", "64Mb!")]),
    ('size="64MB"', 'size="64"', [("SYN-004", "64")]),
    ('start="8ms" duration="4.5ms"', 'start="8ms" duration="4.5"', [("SYN-002", "4.5")]),
    ('start="8ms" duration="4.5ms"', 'start="-8ms" duration="4.5ms"', [("SYN-002", "-8ms")]),
    ('start="8ms" duration="4.5ms"', 'start="8ms" duration="0.0000001ms"',
     [("SYN-002", "0.0000001ms")]),
    ('start="0s"', 'start="0sec"', [("SYN-002", "0sec")]),
    ('type="rom" start="0x10000000"', 'type="rim" start="0x10000000"', [("SYN-001", "rim")]),
    ('flags="mapped shared write"', 'flags="mapped shard write"',
     [("SYN-001", "shard")]),
    ('flags="boot sv"', 'flags="boot vs"', [("SYN-001", "vs")]),
    ('name="recorder" processor="0"', 'name="recorder" procesor="0"', [("SYN-001", "procesor")]),
    (' log="yes"/>\n      <Event name="XM_HM_EV_SCHED', '/>\n      <Event name="XM_HM_EV_SCHED',
     [("SYN-001", '<Event')]),
    ("XM_HM_AC_COLD_RESET", "XM_HM_AC_COLD_REST", [("SYN-001", "XM_HM_AC_COLD_REST")]),
    ("XM_HM_EV_MEM_PROTECTION", "EV_MEM_PROTECTION", [("SYN-001", "EV_MEM_PROTECTION")]),
    ('line="4 7"', 'line="4 seven"', [("SYN-004", "seven")]),
    ('<Processor id="0" frequency', '<Processor id="256" frequency', [("SYN-004", "256")]),
    # Identifiers.
    ('<Slot id="1" start="8ms"', '<Slot id="0" start="8ms"', [("SYN-007", "0", '<Slot id="0" start="0ms"')]),
    ('<Plan id="1"', '<Plan id="0"', [("SYN-007", "0", '<Plan id="0" majorFrame="40ms">')]),
    ('<Partition id="1"', '<Partition id="0"',
     [("PART-001", "0", '<Partition id="0" name="sensor"'), ("SCHED-007", "1"),
      ("SCHED-007", "1"), ("CHAN-005", "1")]),
    # References.
    ('duration="500us" partitionId="2"', 'duration="500us" partitionId="3"',
     [("SCHED-007", "3", "<PartitionTable>")]),
    ('<Destination partitionId="1" portName="readings"/>',
     '<Destination partitionId="9" portName="readings"/>',
     [("CHAN-005", "9", "<PartitionTable>")]),
    ('<Destination partitionId="1" portName="readings"/>',
     '<Destination partitionId="1" portName="reading"/>',
     [("CHAN-005", "reading", 'name="filter"')]),
    ('partitionName="sensor"', 'partitionName="filter"', [("SYN-007", "filter", 'name="sensor"')]),
    # Time.
    ('start="30ms" duration="500us"', 'start="39.9ms" duration="500us"',
     [("SCHED-005", None, 'majorFrame="40ms"')]),
    ('start="20ms" duration="8ms"', 'start="12ms" duration="8ms"',
     [("SCHED-006", None, '<Slot id="1" start="8ms"')]),
    ('duration="4.5ms"', 'duration="0ms"', [("SCHED-004", "0ms")]),
    ('majorFrame="0.1s"', 'majorFrame="0s"', [("SCHED-001", "0s")]),
    ('name="recorder" processor="0"', 'name="recorder" processor="1"',
     [("MOD-003", "1"), ("MC-001", None)]),
    # Memory.
    ('start="0x2000000" size="1MB"', 'start="0x1080000" size="64KB"',
     [("MEM-002", "0x1080000", 'start="0x1000000"')]),
    ('start="0x2000000" size="1MB"', 'start="0x2000000" size="1000B"', [("MEM-001", "1000B")]),
    ('start="0x3000000" size="1MB" flags', 'start="0x4000000" size="1MB" flags',
     [("MEM-003", "0x4000000", 'start="0x0" size="64MB"')]),
    ('start="0x3000000" size="1MB" flags', 'start="0x200000" size="1MB" flags',
     [("MEM-004", "0x200000", 'start="0x100000" size="2MB"')]),
    # Ports and channels.
    ('<Port name="readings" type="sampling" direction="source"/>',
     '<Port name="readings" type="sampling" direction="out"/>', [("PORT-002", "out")]),
    ('<Port name="faults" type="queuing" direction="source"/>',
     '<Port name="faults" type="sampling" direction="source"/>', [("CHAN-007", None, None)]),
    ('<Port name="faults" type="queuing" direction="destination"/>',
     '<Port name="faults" type="queuing" direction="source"/>', [("CHAN-006", None, None)]),
    ('maxMessageLength="64B"', 'maxMessageLength="0B"', [("PORT-003", "0B")]),
    ('validPeriod="0.25s"', 'validPeriod="50ms"', [("LAT-001", "50ms")]),
    ('maxNoMessages="8"', 'maxNoMessages="0"', [("PORT-004", "0")]),
    ('      <Destination partitionId="2" portName="faults"/>\n', '', [("SYN-001", None)]),
]

XM_CF_3 = [
    ('mappedAt="0x50000000"', 'mappedat="0x50000000"', [("SYN-001", "mappedat")]),
    ('<Partition id="1">', '<Partition id="1" name="guidance">',
     [("PART-002", "guidance", 'name="guidance"')]),
    ('lines="40 41"', 'lines="40 40"', [("IRQ-001", "40", None)]),
    # A frame of its own.
    ('<Plan id="0" name="cruise" majorFrame="50ms">\n            <Slot id="0" start="0ms" '
     'duration="20ms" partitionId="0" vCpuId="1"/>',
     '<Plan id="0" name="cruise" majorFrame="25ms">\n            <Slot id="0" start="0ms" '
     'duration="20ms" partitionId="0" vCpuId="1"/>', [("MC-006", "25ms", None)]),
    ('partitionId="0" vCpuId="1"', 'partitionId="0" vCpuId="2"', [("MC-001", "2", None)]),
    ('period="50ms" duration="10ms"', 'period="20ms" duration="10ms"',
     [("SCHED-002", "20ms", 'majorFrame="50ms"')]),
    ('period="50ms" duration="10ms"', 'period="50ms" duration="11ms"', [("SCHED-008", None, None)]),
]

PRTOS = [
    ("<PhysicalMemoryArea size", "<PhysicalMemoryAera size", [("SYN-001", "PhysicalMemoryAera")]),
    ("<Processor id=\"2\">", "<Processor id=\"1\">", [("SYN-007", "1", "<Processor id=\"1\">")]),
    ('<Partition id="0" name="display"', '<Partition id="2" name="display"', [("PART-003", "2"),
     ("SCHED-007", "0"), ("SCHED-007", "0"), ("CHAN-005", "0"), ("SYN-001", "0")]),
    ('destinationId="0"', 'destinationId="0 7"', [("SYN-001", "7", "<PartitionTable>")]),
    ("PRTOS_HM_EV_FATAL", "XM_HM_EV_FATAL", [("SYN-001", "XM_HM_EV_FATAL_ERROR")]),
    ('sourceId="1"', 'sourceId="4"', [("SYN-001", "4", "<PartitionTable>")]),
    ('noVCpus="2"', 'noVCpus="two"', [("SYN-004", "two")]),
]

A653RS = [
    ("major_frame: 100ms", "major_frame: 100", [("SYN-002", "100")]),
    ("msg_size: 1KB", "msg_size: 1 kilo", [("SYN-004", "1 kilo")]),
    ("msg_size: 1KB", "msg_size: 0B", [("PORT-003", "0B")]),
    ("msg_size: 1KB", "msg_size: 8193B", [("PORT-003", "8193B")]),
    ("msg_num: 4", "msg_nun: 4", [("SYN-001", "msg_nun")]),
    ("- !Queuing", "- !Queueing", [("SYN-001", "!Queueing")]),
    ("  - !Sampling\n    msg_size", "  - msg_size", [("SYN-001", None)]),
    ("{partition: valve, port: Level}", "{partition: valf, port: Level}",
     [("CHAN-005", "valf")]),
    ("id: 7", "id: 1", [("PART-001", "1", "id: 1")]),
    ("period: 50ms", "period: 30ms", [("SCHED-002", "30ms", "major_frame: 100ms")]),
    ("offset: 5ms", "offset: 4ms", [("SCHED-006", None, "  - id: 0")]),
    ("offset: 85ms", "offset: 95ms", [("SCHED-005", None, "major_frame: 100ms"), ]),
    ("    image: target/release/valve\n", "", [("SYN-001", None)]),
    ("partitions:\n", "partitions: 3\nparts:\n", [("SYN-001", "3"), ("SYN-001", "parts")]),
]

POK = [
    ("partition: second", "partition: secund", [("SCHED-007", "secund")]),
    ("duration: 50ms", "duration: 50 parsec", [("SYN-002", "50 parsec")]),
    ("duration: 50ms", "durations: 50ms", [("SYN-001", "durations")]),
    ("    slots:", "    major_frame: 499999999\n    slots:", [("SCHED-005", None, "major_frame")]),
    ("size: 64k", "size: sixty", [("SYN-004", "sixty")]),
    ("processor_affinity: [1]", "processor_affinity: [one]", [("SYN-004", "one")]),
    ("processor_affinity: [1]", "processor_affinity: 1", [("SYN-001", "1")]),
    ("nb_processors_number: 2", "nb_processors_number: 0", [("SYN-004", "0")]),
    ("nb_processors_number: 2", "nb_processors_number: 1", [("MOD-003", "1"), ("MOD-003", None)]),
    ("name: second", "name: first", [("PART-002", "first", "name: first"), ("SCHED-007", "second")]),
]

BROKEN = {
    "xm_cf-2.xml": XM_CF_2,
    "xm_cf-3.xml": XM_CF_3,
    "prtos.xml": PRTOS,
    "a653rs.yaml": A653RS,
    "pok.yaml": POK,
}
