// SPDX-License-Identifier: BSD-2-Clause
// Foreign descriptions into the same model. A dialect is one file with one `const struct dialect`,
// named in the table of import.c; nothing outside import/ knows any of them.
#ifndef HVBUILD_IMPORT_H
#define HVBUILD_IMPORT_H

#include "model/model.h"
#include "source/xml.h"

struct importer;

struct dialect {
    const char *name; // as model/dialects.h has it: there are its title, profile and gaps
    const char *root; // XML: its outermost element; YAML: NULL
    // Whether this tree is of the dialect: looks at the root and what stands directly in it only.
    bool (*recognise)(const struct node *root);
    // Fills i->model, complete but for resolving and expanding, which system_read does for all.
    void (*read)(struct importer *i, const struct node *root);
};
extern const struct dialect *const dialects[]; // NULL at the end

// Reads a description of any kind: system.yaml by model_bind, XML and the YAML dialects by theirs.
// NULL and findings as model_parse.
struct model *system_read(struct arena *a, struct diags *d, const char *file);
// The same from a source that was read already.
struct model *system_parse(struct arena *a, struct diags *d, struct source *s);

// ---- For dialects -------------------------------------------------------------------------------

// One import. A dialect says what it reads: element by element it opens a vocabulary, and what the
// vocabulary does not have is SYN-001 with "did you mean". In the YAML dialects an element is a
// map, its scalars are attributes, its maps and lists are children.
struct importer {
    struct arena *arena;
    struct diags *diags;
    struct model *model;
    const struct dialect *dialect;
    struct xml_files *files; // that the description may take in; XML only
};

// A legal attribute or child of an element: ends with a row whose name is NULL. The child "" is
// text inside the element; without that row text is SYN-009.
struct word_row {
    const char *name;
    bool required;
    bool repeated; // a child element that may stand more than once
    bool ignored;  // legal, but nothing in system.yaml corresponds: a remark, when it is there
};
// False when the node is no map, which is reported; then it has nothing inside. Either may be NULL.
bool import_vocabulary(struct importer *i, const struct node *element,
                       const struct word_row *attributes, const struct word_row *children);

// The element of another document that a value names, or NULL after reporting; it must be called
// `name`.
const struct node *import_document(struct importer *i, const struct node *href, const char *name);

// Attributes and children of an element. The attribute of the name, or NULL; the first child of
// the name after `after` (NULL: from the beginning), or NULL.
const struct node *import_attribute(const struct node *element, const char *name);
const struct node *import_child(const struct node *element, const char *name,
                                const struct node *after);
// for (const struct node *n = NULL; (n = import_child(element, "Partition", n));)
#define EACH_CHILD(n, element, name)                                                               \
    for (const struct node *n = NULL; ((n) = import_child((element), (name), (n)));)
// The first item of a list; NULL when there is no node, or after reporting that it is no list.
const struct node *import_items(struct importer *i, const struct node *list);
// The text inside an element, or NULL.
const struct node *import_text(const struct node *element);
// What findings call a node: "element 'Partition'", "'channel'".
const char *import_title(struct importer *i, const struct node *n);

// Typed values, with the mark of the value, reported like those of system.yaml when they do not
// parse; not given when the attribute is absent. Blanks around a number do not count.
struct word import_word(struct importer *i, const struct node *element, const char *name);
struct amount import_number(struct importer *i, const struct node *element, const char *name);
struct amount import_bool(struct importer *i, const struct node *element, const char *name);
// Decimal seconds, exactly: 1.001 is 1001000000 ns, 2.5E-3 is 2500000 ns. And whole nanoseconds.
struct amount import_seconds(struct importer *i, const struct node *element, const char *name);
struct amount import_nanoseconds(struct importer *i, const struct node *element, const char *name);
// XtratuM and PRTOS: "1.5ms", "500us", "2s"; "256KB" is 256 * 1024 there, "128B", hexadecimal.
struct amount import_unit_time(struct importer *i, const struct node *element, const char *name);
struct amount import_unit_size(struct importer *i, const struct node *element, const char *name);
// JetOS: "15ms", nanoseconds without a unit; "300K" is 300 * 1024, bytes without a unit.
struct amount import_short_time(struct importer *i, const struct node *element, const char *name);
struct amount import_short_size(struct importer *i, const struct node *element, const char *name);
// Other units: rows that end with a NULL name; "" is a number without one. Letter case is one.
struct unit_row {
    const char *name;
    uint64_t factor; // nanoseconds or bytes
};
struct amount import_units(struct importer *i, const struct node *element, const char *name,
                           const struct unit_row *units, bool time);
// The value of one of the words of a list that ends with a NULL word; `absent` when the attribute
// is absent or its word is none of them, which is then reported as `rule`. *at, unless NULL, is
// where it stands.
struct choice_row {
    const char *word;
    uint32_t value;
};
uint32_t import_choice(struct importer *i, const struct node *element, const char *name,
                       const struct choice_row *words, enum rule rule, uint32_t absent,
                       struct mark *at);

// Words between separators in a text: "FPU_CONTROL; SET_TOD;" or "0, 1". Fills *word and its place
// and returns where to go on, NULL at the end; begins with n->text.
const char *import_next_word(struct importer *i, const struct node *n, const char *at,
                             const char *separators, struct word *word);

// Something that has no equivalent in system.yaml; convert writes it as a comment.
void import_remark(struct importer *i, struct mark at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// A partition, port or channel with the defaults that the binders of system.yaml give.
struct partition *import_partition(struct importer *i, const struct node *element);
struct port *import_port(struct importer *i, struct partition *p, const struct node *element);
struct channel *import_channel(struct importer *i, const struct node *element);
struct schedule *import_schedule(struct importer *i, const struct node *element);
// The plan of a core, made when it is not there yet. Pointers into the cores end here.
struct core_plan *import_core(struct importer *i, struct schedule *s, uint32_t core,
                              struct mark mark);
// A window. A dialect that marks period starts says of each window whether it is one; where it has
// no word for them, the first window in each period is, as in system.yaml.
struct window *import_window(struct importer *i, struct core_plan *c, const struct node *element);
// An end of a channel from two attributes.
struct endpoint import_endpoint(struct importer *i, struct word partition, struct word port);

// The board 'generic' with so many cores, numbered from 0: for checking, not for building.
struct board *import_board(struct importer *i, uint32_t cores);

#endif
