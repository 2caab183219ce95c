// SPDX-License-Identifier: BSD-2-Clause
// XML to tree, and the files that one document takes in.
#ifndef HVBUILD_XML_H
#define HVBUILD_XML_H

#include "source.h"

struct xml_files {    // what a document may take in
    const char *root; // real path of the directory below which files are
    void (*opened)(void *context, struct source *s); // told of each file when it was read
    void *context;
    size_t bytes, count; // of all files together so far: 64 MiB like one, and 4096
};

// Parses one XML document (XML 1.0 in UTF-8, namespaces) into the same tree as YAML. An element is
// a map: its key and text are its local name, its tag is its namespace (or NULL); its children are
// first the attributes, scalars with their local names as keys, then what is inside it in the
// order of the document: elements, maps, of which keys may repeat, and text other than blanks,
// scalars with the key "". Marks of attributes are those of their values, the mark of an element
// is the beginning of its start tag, up to its name. Left out: namespace declarations, attributes
// of xsi: and xml: (but xml:base), comments, processing instructions. NULL after reporting SYN-001
// for text that is not well-formed, a document type declaration (so no entity can be declared,
// inside or outside), or nesting over 64; SYN-007 for an attribute given twice. xi:include is
// replaced by the element that it leads to; SYN-006 when that leaves the root, closes a circle or
// does not exist. Nothing is ever fetched from a network.
struct node *xml_parse(struct arena *a, struct diags *d, struct source *s, struct xml_files *files);
// The element of another document that a value names, as xi:include would; NULL after reporting
// what is wrong with it against the value.
struct node *xml_include(struct arena *a, struct diags *d, const struct node *href,
                         struct xml_files *files);

#endif
