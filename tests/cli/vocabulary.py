# SPDX-License-Identifier: BSD-2-Clause
"""The vocabulary: schema, manual and reader say the same, since all come from keys.def."""

import json
import pathlib

from hv import SOURCE, check, done, everything, everything_generic, folder, good, messages, ok, run

r = run("schema")
ok(r.code == 0 and r.out == (SOURCE / "schema" / "system.schema.json").read_text(),
   "schema/system.schema.json is what `hvbuild schema` prints")
schema = json.loads(r.out)
r = run("schema", "--format", "md")
ok(r.code == 0 and r.out == (SOURCE / "docs" / "reference-system.md").read_text(),
   "docs/reference-system.md is what `hvbuild schema --format md` prints")
page = (SOURCE / "docs" / "health.md").read_text()
for kind in ("health", "module-health"):
    lacking = [key for key in schema["definitions"][kind]["properties"]
               if key not in ("schedule", "log") and f"`{key}`" not in page
               and f"health.{key}`" not in page]
    ok(not lacking, f"docs/health.md has every event of '{kind}'", lacking)
for what in ("system", "partition", "board"):
    r = run("schema", "--for", what)
    ok(r.code == 0 and json.loads(r.out)["type"] == "object", f"schema --for {what}")
board_schema = json.loads(run("schema", "--for", "board").out)


def resolve(root, node):
    """The part of draft-07 that hvbuild writes."""
    while "$ref" in node or "allOf" in node:
        node = node["allOf"][0] if "allOf" in node else root["definitions"][node["$ref"].split("/")[-1]]
    return node


def keys(root, node, path=()):
    """Every key of the schema as a path; lists and cores as '*'."""
    node = resolve(root, node)
    if node.get("type") == "array":
        yield from keys(root, node["items"], path + ("*",))
    for name, child in node.get("properties", {}).items():
        yield path + (name,)
        yield from keys(root, child, path + (name,))
    for child in node.get("patternProperties", {}).values():
        for form in child["anyOf"]:
            yield from keys(root, form, path + ("*",))


def places(value, path):
    """Where a path leads in a document: (container, key) pairs."""
    if len(path) == 1:
        if path[0] != "*" and isinstance(value, dict) and path[0] in value:
            yield value, path[0]
        return
    if path[0] == "*":
        children = (value if isinstance(value, list) else
                    value.values() if isinstance(value, dict) else [])
    else:
        children = [value[path[0]]] if isinstance(value, dict) and path[0] in value else []
    for child in children:
        yield from places(child, path[1:])


def document_with(path):
    """A good document in which the path leads somewhere, and where; None when there is none."""
    for document in everything(), everything_generic():
        found = list(places(document, path))
        if found:
            return document, found
    return None


for document in everything(), everything_generic():
    r = check(document)
    ok(r.code == 0, "a document with every key is good: " + document["module"]["name"], r)
every = sorted({p for p in keys(schema, schema) if p[-1] != "include"})
ok(len(every) > 200, f"the schema has {len(every)} keys")

# A key that nobody reads would let any value pass.
unread, unlisted = [], []
for path in every:
    with_it = document_with(path)
    if not with_it:
        unlisted.append(path)
        continue
    document, found = with_it
    for container, key in found:
        container[key] = [[{"wrong": "kind"}]]
    r = check(document, "--message-format", "json")
    errors = [m for m in messages(r.err) if m["level"] == "error"]
    if r.code != 1 or not any(f"'{path[-1]}'" in m["message"] or "must be" in m["message"]
                              for m in errors):
        unread.append((path, r.code, r.err[:300]))
ok(not unlisted, "the documents of hv.py have every key of the schema", unlisted)
ok(not unread, "every key of the schema is read: a wrong kind is an error", unread)

# The same for board files.
board = {"hvbuild": 1, "name": "b", "id": 1, "runtime": "runtime-qemu-virt.elf",
         "timer_frequency": 62500000, "load_address": "0x4020_0000", "min_window": "20us",
         "switch_cost": "5us", "list_registers": 4, "cores": [0, 1],
         "memory": [{"name": "dram", "start": "0x4000_0000", "size": "1GiB"}],
         "devices": [{"name": "rtc", "start": "0x0901_0000", "size": "4KiB", "intid": 34, "edge": False,
                      "dma": False, "reserved": False, "compatible": "arm,pl031"},
                     {"name": "uart", "start": "0x0900_0000", "size": "4KiB", "intid": 33, "reserved": True}]}
unread = []
with folder() as place:
    def check_board(b):
        with open(f"{place}/b.yaml", "w") as f:
            json.dump(b, f)
        system = everything()
        system["module"]["board"] = "./b.yaml"
        return check(system, "--message-format", "json", cwd=place)

    r = check_board(board)
    ok(r.code == 0, "a board with every key is good", r)
    for path in keys(board_schema, board_schema):
        b = json.loads(json.dumps(board))
        found = list(places(b, path))
        for container, key in found:
            container[key] = [[{"wrong": "kind"}]]
        r = check_board(b)
        if not found or r.code != 1 or "must be" not in r.err:
            unread.append((path, r.code, r.err[:300]))
    ok(not unread, "every key of a board file is read", unread)
    for name in "id", "load_address", "list_registers", "memory":
        b = json.loads(json.dumps(board))
        del b[name]
        r = check_board(b)
        ok(r.code == 1 and f"a board with a runtime lacks the key '{name}'" in r.err,
           f"a board with a runtime needs '{name}'", r)
    b = {key: board[key] for key in ("hvbuild", "name", "timer_frequency", "min_window",
                                     "switch_cost", "cores")}
    with open(f"{place}/b.yaml", "w") as f:
        json.dump(b, f)
    system = good()
    system["module"]["board"] = "./b.yaml"
    r = check(system, cwd=place)
    ok(r.code == 0, "a board without a runtime is good for checking", r)
    r = run("-", "-o", "x.elf", stdin=json.dumps(system), cwd=place)
    ok(r.code == 1 and "error[MOD-007]" in r.err and not pathlib.Path(place, "x.elf").exists(),
       "and not for building", r)

# Required keys and words, as the schema says them. A word of three sets is judged by a rule.
JUDGED = {("schedules", "*", "on_change"): "MSCHED-006",
          ("health_tables", "tables", "*", "entries", "*", "action"): "HM",
          ("health_tables", "tables", "*", "entries", "*", "code"): "HM"}


def nodes_at(node, path):
    """The schemas of what a path leads to."""
    node = resolve(schema, node)
    if not path:
        yield node
    elif path[0] in node.get("properties", {}):
        yield from nodes_at(node["properties"][path[0]], path[1:])
    elif path[0] == "*" and isinstance(node.get("items"), dict):
        yield from nodes_at(node["items"], path[1:])
    elif path[0] == "*":
        for child in node.get("patternProperties", {}).values():
            for form in child["anyOf"]:
                yield from nodes_at(form, path[1:])


def word_sets(path):
    """The words that may stand there: the value itself, an item or a value of a map."""
    node = next(nodes_at(schema, path))
    for inner in node, node.get("items"), node.get("additionalProperties"):
        if isinstance(inner, dict) and "enum" in inner:
            return inner["enum"], inner is not node and ("list" if "items" in node else "map")
    return None


lacking, words = [], []
for path in every:
    found = word_sets(path)
    if found and path not in JUDGED:
        document, there = document_with(path)
        for container, key in there:
            container[key] = (["nosuchword"] if found[1] == "list" else
                              {"one": "nosuchword"} if found[1] == "map" else "nosuchword")
        r = check(document)
        if r.code != 1 or not all(w in r.err for w in found[0]):
            words.append((path, r.err[:300]))


def maps_of(node, path):
    """Every map of the schema with where it stands."""
    node = resolve(schema, node)
    if "properties" in node:
        yield node, path
        for name, child in node["properties"].items():
            yield from maps_of(child, path + (name,))
    elif isinstance(node.get("items"), dict):
        yield from maps_of(node["items"], path + ("*",))
    for child in node.get("patternProperties", {}).values():
        for form in child["anyOf"]:
            yield from maps_of(form, path + ("*",))


for node, path in maps_of(schema, ()):
    for name in node.get("required", []) + [n for a in node.get("anyOf", [])
                                            for n in a.get("required", []) if n != "include"]:
        document, found = document_with(path + (name,))
        for container, key in found:
            del container[key]
        r = check(document)
        if r.code != 1 or f"lacks the key '{name}'" not in r.err:
            lacking.append((path, name, r.code, r.err[:300]))
ok(not lacking, "a required key that is missing is an error", lacking)
ok(not words, "a word outside its set is an error that lists the set", words)

# Keys that are required only without another.
for name, container, key in (
        ("major_frame", lambda d: d["schedules"][0], "major_frame"),
        ("cores", lambda d: d["schedules"][0], "cores"),
        ("at", lambda d: d["partitions"][0]["memory"][0], "at")):
    document = everything()
    del container(document)[key]
    r = check(document)
    ok(r.code == 1 and f"lacks the key '{name}'" in r.err, f"'{name}' is missed", r)

done()
