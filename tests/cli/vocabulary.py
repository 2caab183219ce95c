# SPDX-License-Identifier: BSD-2-Clause
"""The vocabulary: schema, manual and reader say the same, since all come from keys.def."""

import json

from hv import SOURCE, check, done, everything, folder, messages, ok, run

r = run("schema")
ok(r.code == 0 and r.out == (SOURCE / "schema" / "system.schema.json").read_text(),
   "schema/system.schema.json is what `hvbuild schema` prints")
schema = json.loads(r.out)
r = run("schema", "--format", "md")
ok(r.code == 0 and r.out == (SOURCE / "docs" / "reference-system.md").read_text(),
   "docs/reference-system.md is what `hvbuild schema --format md` prints")
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
        yield from keys(root, child, path + ("*",))


def places(value, path):
    """Where a path leads in a document: (container, key) pairs."""
    if len(path) == 1:
        if path[0] != "*" and path[0] in value:
            yield value, path[0]
        return
    if path[0] == "*":
        children = value if isinstance(value, list) else value.values()
    else:
        children = [value[path[0]]] if path[0] in value else []
    for child in children:
        yield from places(child, path[1:])


r = check(everything())
ok(r.code == 0, "a document with every key is good", r)
every = [p for p in keys(schema, schema) if p[-1] != "include"]
ok(len(every) > 60, f"the schema has {len(every)} keys")

# A key that nobody reads would let any value pass.
unread, unlisted = [], []
for path in every:
    document = everything()
    found = list(places(document, path))
    if not found:
        unlisted.append(path)
        continue
    for container, key in found:
        container[key] = [[{"wrong": "kind"}]]
    r = check(document, "--message-format", "json")
    errors = [m for m in messages(r.err) if m["level"] == "error"]
    if r.code != 1 or not any(f"'{path[-1]}'" in m["message"] or "must be" in m["message"]
                              for m in errors):
        unread.append((path, r.code, r.err[:300]))
ok(not unlisted, "the document above has every key of the schema", unlisted)
ok(not unread, "every key of the schema is read: a wrong kind is an error", unread)

# The same for board files.
board = {"hvbuild": 1, "name": "b", "id": 1, "runtime": "runtime-qemu-virt.elf",
         "timer_frequency": 62500000, "load_address": "0x4020_0000", "min_window": "20us",
         "switch_cost": "5us", "list_registers": 4, "cores": [0, 1],
         "memory": [{"name": "dram", "start": "0x4000_0000", "size": "1GiB"}],
         "devices": [{"name": "rtc", "start": "0x0901_0000", "size": "4KiB", "intid": 34, "edge": False,
                      "dma": False, "reserved": False}]}
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

# Required keys and words, as the schema says them.
lacking, words = [], []
for path in every + [()]:
    node = schema
    for step in path:
        node = resolve(schema, node)
        if step == "*":
            node = node["items"] if "items" in node else next(iter(node["patternProperties"].values()))
        else:
            node = node["properties"][step]
    if "enum" in node:
        document = everything()
        for container, key in places(document, path):
            container[key] = "nosuchword"
        r = check(document)
        if r.code != 1 or not all(w in r.err for w in node["enum"]):
            words.append((path, r.err[:300]))
    item = resolve(schema, node)
    item = resolve(schema, item["items"]) if "items" in item and isinstance(item["items"], dict) else item
    for name in item.get("required", []) + [n for a in item.get("anyOf", [])
                                            for n in a.get("required", []) if n != "include"]:
        document = everything()
        inner = path + (("*",) if node.get("type") == "array" else ()) + (name,)
        for container, key in list(places(document, inner)):
            del container[key]
        r = check(document)
        if r.code != 1 or f"lacks the key '{name}'" not in r.err:
            lacking.append((inner, r.code, r.err[:300]))
ok(not lacking, "a required key that is missing is an error", lacking)
ok(not words, "a word outside its set is an error that lists the set", words)

done()
