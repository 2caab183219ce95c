// SPDX-License-Identifier: BSD-2-Clause
// Foreign descriptions into the same model. A dialect is one file with one `const struct dialect`,
// named in the table of import.c; nothing outside import/ knows any of them.
#ifndef HVBUILD_IMPORT_H
#define HVBUILD_IMPORT_H

#include "model/model.h"

struct importer;

struct dialect {
    const char *name;     // "xm_cf": what `module.dialect` of a converted file says
    const char *title;    // "XtratuM XM_CF"
    enum profile profile; // its default
    uint32_t unstated;    // enum unstated: what it has no words for
    // Whether this tree is of the dialect: looks at the root only.
    bool (*recognise)(const struct node *root);
    // The model, complete but for resolving and expanding, which import_finish does for all.
    struct model *(*read)(struct importer *i, const struct node *root);
};
extern const struct dialect *const dialects[]; // NULL at the end

// Reads a description of any kind: system.yaml by model_read, XML and the YAML dialects by theirs.
// NULL and findings as model_read.
struct model *system_read(struct arena *a, struct diags *d, const char *file);

// ---- For dialects -------------------------------------------------------------------------------

// One import. A dialect says what it reads: element by element it opens a vocabulary, and what the
// vocabulary does not have is SYN-001 with "did you mean".
struct importer {
    struct arena *arena;
    struct diags *diags;
    struct model *model;
    const struct dialect *dialect;
};

// A legal attribute or child of an element: ends with a row whose name is NULL.
struct word_row {
    const char *name;
    bool required;
    bool repeated; // a child element that may stand more than once
    bool ignored;  // legal, but nothing in system.yaml corresponds: a remark, when it is there
};
void import_vocabulary(struct importer *i, const struct node *element,
                       const struct word_row *attributes, const struct word_row *children);

// Attributes and children of an element (source.h: xml_parse). The first of the name, or NULL; the
// next of the same name after `after`.
const struct node *import_attribute(const struct node *element, const char *name);
const struct node *import_child(const struct node *element, const char *name,
                                const struct node *after);

// Typed values, with the mark of the value, reported like those of system.yaml when they do not
// parse; not given when the attribute is absent.
struct word import_word(struct importer *i, const struct node *element, const char *name);
struct amount import_number(struct importer *i, const struct node *element, const char *name);
struct amount import_bool(struct importer *i, const struct node *element, const char *name);
// Decimal seconds, exactly: 1.001 is 1001000000 ns. And whole nanoseconds.
struct amount import_seconds(struct importer *i, const struct node *element, const char *name);
struct amount import_nanoseconds(struct importer *i, const struct node *element, const char *name);
// XtratuM and PRTOS: "1.5ms", "500us", "2s"; "256KB" is 256 * 1024 there, "128B", hexadecimal.
struct amount import_unit_time(struct importer *i, const struct node *element, const char *name);
struct amount import_unit_size(struct importer *i, const struct node *element, const char *name);

// Something that has no equivalent in system.yaml; convert writes it as a comment.
void import_remark(struct importer *i, struct mark at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// A board of which only this is known; for checking, not for building. Cores are numbered from 0.
struct board *import_board(struct importer *i, const char *name, uint32_t cores);

#endif
