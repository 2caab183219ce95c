// SPDX-License-Identifier: BSD-2-Clause
// XML to tree: libxml2's events become nodes, each with its place. What a reviewer reads is what is
// there: no document type, no entities of its own, nothing from outside the project.
#include "xml.h"
#include "report/diag.h"

#include <libxml/parser.h>
#include <libxml/xmlerror.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 64, INCLUDE_DEPTH = 8, FILES_MAX = 4096 };

static const char xinclude[] = "http://www.w3.org/2001/XInclude";
static const char xinclude_old[] = "http://www.w3.org/2003/XInclude";
static const char schema_instance[] = "http://www.w3.org/2001/XMLSchema-instance";

// What the documents of one description share.
struct project {
    struct arena *arena;
    struct diags *diags;
    struct xml_files *files;
    const char *chain[INCLUDE_DEPTH + 1]; // real paths of the files on the way here
    size_t depth;                         // of includes
    bool failed;
};

struct place { // in a text; walked forward only, so that finding all places costs one pass
    size_t offset;
    uint32_t line, column;
};

struct level { // an open element
    struct node *node, *last;
    size_t name, name_end; // where the tag's name stands, with its prefix
    bool include;          // xi:include: not part of the tree, what it leads to is
};

struct reader { // of one document
    struct project *project;
    struct source *source;
    xmlParserCtxt *parser;
    struct node *root;
    struct level levels[DEPTH_MAX];
    size_t depth, outer; // of elements here, and around the include that led here
    struct place tag;    // the last tag seen
    struct text text;    // between the last tag and the next
    struct mark text_at;
    bool stopped; // by us or by a fault: what libxml2 says further is a consequence
};

static struct node *read_document(struct project *p, struct source *s, size_t outer);

// ---- Places -------------------------------------------------------------------------------------

// How far libxml2 has read.
static size_t offset_now(const struct reader *r)
{
    long consumed = xmlByteConsumed(r->parser);
    size_t length = r->source->length;

    return consumed < 0 ? r->tag.offset : (size_t)consumed < length ? (size_t)consumed : length;
}

static struct place walk(struct place p, const char *text, size_t to)
{
    for (; p.offset < to; p.offset++) {
        if (text[p.offset] == '\n') {
            p.line++;
            p.column = 1;
        } else {
            p.column += ((uint8_t)text[p.offset] & 0xc0) != 0x80;
        }
    }
    return p;
}

// A stretch from `start`; what goes on past its line ends with that line's text.
static struct mark mark_of(const struct reader *r, struct place start, size_t end)
{
    const char *text = r->source->text;
    size_t stop = start.offset;

    while (stop < end && text[stop] != '\n')
        stop++;
    while (stop < end && stop > start.offset && strchr(" \t\r", text[stop - 1]))
        stop--;
    uint32_t column = walk(start, text, stop).column;
    return (struct mark){r->source, start.line, start.column,
                         column > start.column ? column : start.column + 1};
}

// The character before an offset, or the one at it when there is none before.
static struct mark mark_at(const struct reader *r, size_t offset)
{
    const char *text = r->source->text;
    struct place start = {0, 1, 1};

    if (offset >= r->tag.offset)
        start = r->tag;
    offset -= offset > 0;
    while (offset > start.offset && (text[offset] == '\n' || text[offset] == '\r'))
        offset--;
    while (offset > start.offset && ((uint8_t)text[offset] & 0xc0) == 0x80)
        offset--;
    start = walk(start, text, offset);
    return mark_of(r, start, start.offset + 1);
}

// Where the tag begins that libxml2 has just read: inside a tag no '<' is possible.
static size_t tag_start(const struct reader *r, size_t end)
{
    const char *found = end ? memrchr(r->source->text, '<', end) : NULL;

    return found ? (size_t)(found - r->source->text) : r->tag.offset;
}

static struct diag *refuse(struct reader *r, struct mark at, const char *message)
{
    r->project->failed = true;
    return diag_report(r->project->diags, RULE_SYN_001, at, "%s", message);
}

static void stop(struct reader *r)
{
    r->stopped = true;
    xmlStopParser(r->parser);
}

// ---- Start tags ---------------------------------------------------------------------------------

struct attribute { // as it stands in the text
    size_t name, name_end, value, value_end;
};

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

// The next attribute of a start tag from *at; false at its end. libxml2 has read the tag already,
// so its form is right; whatever it is, nothing is read behind `end`.
static bool next_attribute(const char *text, size_t *at, size_t end, struct attribute *a)
{
    size_t i = *at;

    while (i < end && blank(text[i]))
        i++;
    a->name = i;
    while (i < end && !blank(text[i]) && !strchr("=/>", text[i]))
        i++;
    a->name_end = i;
    while (i < end && (blank(text[i]) || text[i] == '='))
        i++;
    if (a->name == a->name_end || i >= end || (text[i] != '"' && text[i] != '\''))
        return false;
    a->value = i + 1;
    const char *close = memchr(text + i + 1, text[i], end - i - 1);
    if (!close)
        return false;
    a->value_end = (size_t)(close - text);
    *at = a->value_end + 1;
    return true;
}

// Behind the name of the element in a start tag.
static size_t first_attribute(const char *text, size_t start, size_t end)
{
    size_t i = start + 1;

    while (i < end && !blank(text[i]) && !strchr("/>", text[i]))
        i++;
    return i;
}

static bool is_namespace(const char *text, const struct attribute *a)
{
    size_t length = a->name_end - a->name;

    return length >= 5 && memcmp(text + a->name, "xmlns", 5) == 0 &&
           (length == 5 || text[a->name + 5] == ':');
}

static void append(struct level *l, struct node *n)
{
    if (l->last)
        l->last->next = n;
    else
        l->node->first = n;
    l->last = n;
}

static char *copy(struct reader *r, const xmlChar *text)
{
    return arena_text(r->project->arena, (const char *)text, strlen((const char *)text));
}

// The attributes of the element just opened. libxml2 gives them in the order of the text, with
// five pointers each: local name, prefix, namespace, value and its end.
static void take_attributes(struct reader *r, struct level *l, size_t end, int count,
                            const xmlChar **given)
{
    const char *text = r->source->text;
    size_t at = first_attribute(text, r->tag.offset, end);
    struct place place = r->tag;
    struct attribute found;

    for (int i = 0; i < count && next_attribute(text, &at, end, &found);) {
        if (is_namespace(text, &found))
            continue;
        const xmlChar **a = given + (ptrdiff_t)5 * i++;
        bool reserved = a[1] && xmlStrEqual(a[1], BAD_CAST "xml");
        if ((a[2] && strcmp((const char *)a[2], schema_instance) == 0) ||
            (reserved && !xmlStrEqual(a[0], BAD_CAST "base")))
            continue;
        struct node *n = arena_alloc(r->project->arena, sizeof *n);
        place = walk(place, text, found.name);
        n->key = reserved ? "xml:base" : copy(r, a[0]);
        n->key_mark = mark_of(r, place, found.name_end);
        place = walk(place, text, found.value);
        n->mark = mark_of(r, place, found.value_end);
        n->text = arena_text(r->project->arena, (const char *)a[3], (size_t)(a[4] - a[3]));
        append(l, n);
    }
}

// Text since the last tag becomes a child, when it is more than blanks.
static void end_text(struct reader *r)
{
    struct text *t = &r->text;
    size_t start = 0, end = t->length;

    while (start < end && blank(t->bytes[start]))
        start++;
    while (end > start && blank(t->bytes[end - 1]))
        end--;
    if (end > start && r->depth) {
        struct node *n = arena_alloc(r->project->arena, sizeof *n);
        n->key = "";
        n->text = arena_text(r->project->arena, t->bytes + start, end - start);
        n->mark = n->key_mark = r->text_at;
        append(&r->levels[r->depth - 1], n);
    }
    t->length = 0;
    r->text_at = (struct mark){0};
}

static void on_start(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
                     int namespaces, const xmlChar **namespace, int count, int defaulted,
                     const xmlChar **attributes)
{
    struct reader *r = context;
    const char *text = r->source->text;
    size_t end = offset_now(r);

    (void)prefix, (void)namespaces, (void)namespace, (void)defaulted;
    if (r->stopped)
        return;
    end_text(r);
    r->tag = walk(r->tag, text, tag_start(r, end));
    size_t name_end = first_attribute(text, r->tag.offset, end);
    struct place name_place = walk(r->tag, text, r->tag.offset + 1);
    if (r->outer + r->depth == DEPTH_MAX) {
        diag_help(r->project->diags,
                  refuse(r, mark_of(r, r->tag, name_end), "elements are nested more than 64 deep"),
                  "close the elements before: no description needs so many levels");
        stop(r);
        return;
    }
    struct node *n = arena_alloc(r->project->arena, sizeof *n);
    n->kind = NODE_MAP;
    n->key = n->text = copy(r, name);
    n->key_mark = mark_of(r, name_place, name_end);
    n->mark = mark_of(r, r->tag, name_end);
    n->tag = uri ? copy(r, uri) : NULL;
    bool include = n->tag && strcmp(n->key, "include") == 0 &&
                   (strcmp(n->tag, xinclude) == 0 || strcmp(n->tag, xinclude_old) == 0);
    if (r->depth && r->levels[r->depth - 1].include)
        diag_help(r->project->diags,
                  refuse(r, n->mark, "an include has nothing inside it in this language"),
                  "name a file that exists: what a description says must not depend on which files "
                  "are there");
    else if (r->depth && !include)
        append(&r->levels[r->depth - 1], n);
    else if (!include)
        r->root = n;
    struct level *l = &r->levels[r->depth++];
    *l = (struct level){
        .node = n, .name = name_place.offset, .name_end = name_end, .include = include};
    take_attributes(r, l, end, count, attributes);
}

// ---- xi:include ---------------------------------------------------------------------------------

static struct diag *bad_include(struct project *p, const struct node *href, const char *why)
{
    struct diag *f =
        diag_report(p->diags, RULE_SYN_006, href->mark, "cannot include '%s'", href->text);

    p->failed = true;
    diag_label(p->diags, f, "%s", why);
    return f;
}

static bool inside(const char *path, const char *root)
{
    size_t length = strlen(root);

    return strcmp(root, "/") == 0 || (strncmp(path, root, length) == 0 && path[length] == '/');
}

// The file that a value names, opened, or NULL after reporting.
static struct source *open_include(struct project *p, const struct node *href)
{
    const char *from = href->mark.source->name, *slash = strrchr(from, '/');
    const char *path = href->text, *why;

    while (strncmp(path, "./", 2) == 0)
        path += 2;
    if (*path != '/' && slash)
        path = arena_printf(p->arena, "%.*s%s", (int)(slash - from + 1), from, path);
    char *found = realpath(path, NULL);
    if (!found) {
        diag_help(p->diags, bad_include(p, href, "there is no such file"),
                  "paths are relative to the file that names them: looked for '%s'", path);
        return NULL;
    }
    const char *real = arena_text(p->arena, found, strlen(found));
    free(found);
    if (!inside(real, p->files->root)) {
        diag_help(p->diags, bad_include(p, href, "it lies outside the directory of the main file"),
                  "copy the file into the project, so that all its inputs stand in one place");
        return NULL;
    }
    for (size_t i = 0; i <= p->depth; i++) {
        if (!p->chain[i] || strcmp(p->chain[i], real) != 0)
            continue;
        diag_help(p->diags,
                  bad_include(p, href, "this file includes itself, directly or by others"),
                  "remove one of the includes of the circle");
        return NULL;
    }
    if (p->depth == INCLUDE_DEPTH) {
        diag_help(p->diags, bad_include(p, href, "includes are nested more than 8 deep"),
                  "include the files from fewer levels");
        return NULL;
    }
    struct source *s = source_read(p->arena, path, &why);
    if (!s) {
        diag_help(p->diags, bad_include(p, href, why), "make '%s' a file that can be read", path);
        return NULL;
    }
    bool many = p->files->count == FILES_MAX;
    if (many || p->files->bytes > SOURCE_LIMIT - s->length) {
        diag_help(p->diags,
                  bad_include(p, href,
                              many ? "all includes lead to more than 4096 files"
                                   : "all files together are larger than 64 MiB"),
                  "include each file once");
        return NULL;
    }
    p->files->count++;
    p->files->bytes += s->length;
    p->chain[p->depth + 1] = real;
    p->files->opened(p->files->context, s);
    return s;
}

static struct node *read_include(struct project *p, const struct node *href, size_t outer)
{
    struct source *s = open_include(p, href);

    if (!s)
        return NULL;
    p->depth++;
    struct node *n = read_document(p, s, outer);
    p->chain[p->depth--] = NULL;
    return n;
}

// What an include stands for, or NULL after reporting.
static struct node *follow(struct reader *r, const struct node *include)
{
    struct project *p = r->project;
    const struct node *href = NULL;

    for (const struct node *n = include->first; n; n = n->next) {
        bool xml = strcmp(n->key, "parse") == 0 && strcmp(n->text, "xml") == 0;
        if (strcmp(n->key, "href") == 0)
            href = n;
        else if (n->kind == NODE_SCALAR && !xml)
            diag_help(p->diags, refuse(r, n->mark, "an include takes a whole XML file"),
                      "write it like <xi:include href=\"part.xml\"/>");
    }
    if (!href || !*href->text) {
        diag_help(p->diags, refuse(r, include->mark, "an include names no file"),
                  "write it like <xi:include href=\"part.xml\"/>");
        return NULL;
    }
    return read_include(p, href, r->outer + r->depth);
}

static void on_end(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    struct reader *r = context;

    (void)name, (void)prefix, (void)uri;
    if (r->stopped || !r->depth)
        return;
    end_text(r);
    struct level *l = &r->levels[--r->depth];
    if (!l->include)
        return;
    struct node *n = follow(r, l->node);
    if (n && r->depth)
        append(&r->levels[r->depth - 1], n);
    else if (n)
        r->root = n;
}

// ---- Text, and what is refused ------------------------------------------------------------------

// Where a piece of text given by libxml2 stands in ours; false when it is not there as given,
// because of a reference or a line end in it.
static bool find_piece(const struct reader *r, const char *piece, size_t length, size_t *start)
{
    const xmlParserInput *input = r->parser->input;
    const char *text = r->source->text;
    size_t now = offset_now(r);

    if ((const char *)input->base <= piece && piece < (const char *)input->end)
        *start = now + (size_t)(piece - (const char *)input->cur); // inside libxml2's buffer
    else if (now >= length + 3 && memcmp(text + now - 3, "]]>", 3) == 0)
        *start = now - 3 - length;
    else if (now >= length)
        *start = now - length;
    else
        return false;
    return *start >= r->tag.offset && *start <= r->source->length - length &&
           memcmp(text + *start, piece, length) == 0;
}

static void on_text(void *context, const xmlChar *bytes, int length)
{
    struct reader *r = context;
    const char *piece = (const char *)bytes;
    size_t size = (size_t)length, skip = 0, start;

    if (r->stopped)
        return;
    text_bytes(&r->text, piece, size);
    while (skip < size && blank(piece[skip]))
        skip++;
    if (skip == size || r->text_at.line)
        return;
    if (find_piece(r, piece, size, &start)) {
        while (blank(piece[size - 1]))
            size--;
        r->text_at = mark_of(r, walk(r->tag, r->source->text, start + skip), start + size);
    } else {
        r->text_at = mark_at(r, offset_now(r));
    }
}

static void on_doctype(void *context, const xmlChar *name, const xmlChar *public,
                       const xmlChar *system)
{
    static const char word[] = "<!DOCTYPE";
    struct reader *r = context;
    size_t at = offset_now(r);

    (void)name, (void)public, (void)system;
    if (r->stopped)
        return;
    while (at && strncmp(r->source->text + at, word, sizeof word - 1) != 0)
        at--;
    struct mark mark = mark_of(r, walk(r->tag, r->source->text, at), at + sizeof word - 1);
    diag_help(r->project->diags,
              refuse(r, mark, "document type declarations are not part of this language"),
              "remove it: what hvbuild reads is fixed, and entities are not expanded");
    stop(r);
}

// ---- What libxml2 finds -------------------------------------------------------------------------

// SYN-007: an attribute twice in one start tag, both sites.
static bool report_twice(struct reader *r, size_t end)
{
    const char *text = r->source->text;
    size_t start = tag_start(r, end), at = first_attribute(text, start, end), again;
    struct place place = walk(r->tag, text, start);
    struct attribute first, other;

    while (next_attribute(text, &at, end, &first)) {
        size_t length = first.name_end - first.name;
        for (again = at; next_attribute(text, &again, end, &other);) {
            if (other.name_end - other.name != length ||
                memcmp(text + other.name, text + first.name, length) != 0)
                continue;
            struct diag *f =
                diag_report(r->project->diags, RULE_SYN_007,
                            mark_of(r, walk(place, text, other.name), other.name_end),
                            "attribute '%.*s' is given twice", (int)length, text + first.name);
            diag_note(r->project->diags, f,
                      mark_of(r, walk(place, text, first.name), first.name_end),
                      "first given here");
            diag_help(r->project->diags, f, "keep one of the two");
            r->project->failed = true;
            return true;
        }
    }
    return false;
}

// What is wrong most often, in our words, and what to do about it.
static const struct fault {
    int code;
    const char *label, *help;
} faults[] = {
    {XML_ERR_DOCUMENT_EMPTY, "no element begins here", "a description begins with an element"},
    {XML_ERR_DOCUMENT_END, "something follows the outermost element",
     "a file has one element that holds all others"},
    {XML_ERR_NAME_REQUIRED, "a name is missing",
     "give it one; if the character itself is meant, '&' is written &amp; and '<' is written &lt;"},
    {XML_ERR_ENTITYREF_SEMICOL_MISSING, "a ';' is missing",
     "if the character '&' is meant, write &amp;"},
    {XML_ERR_UNDECLARED_ENTITY, "this reference has no meaning",
     "write the character itself; only &amp; &lt; &gt; &quot; &apos; and numbers are known"},
    {XML_WAR_UNDECLARED_ENTITY, "this reference has no meaning",
     "write the character itself; only &amp; &lt; &gt; &quot; &apos; and numbers are known"},
    {XML_ERR_INVALID_CHAR, "XML does not have this character", "remove it"},
    {XML_ERR_LT_IN_ATTRIBUTE, "a '<' inside a value",
     "end the value before with its quote, or write &lt;"},
    {XML_ERR_ATTRIBUTE_NOT_STARTED, "a value without quotes", "write it like name=\"value\""},
    {XML_ERR_ATTRIBUTE_NOT_FINISHED, "the value does not end", "add its closing quote"},
    {XML_ERR_ATTRIBUTE_WITHOUT_VALUE, "an attribute without a value",
     "write it like name=\"value\""},
    {XML_ERR_SPACE_REQUIRED, "a blank is missing", "put a blank between attributes"},
    {XML_ERR_GT_REQUIRED, "a '>' is missing", "end the tag by '>' or '/>'"},
    {XML_ERR_COMMENT_NOT_FINISHED, "the comment does not end", "end it by -->"},
    {XML_ERR_HYPHEN_IN_COMMENT, "'--' inside a comment", "end the comment by -->"},
    {XML_ERR_PI_NOT_FINISHED, "the processing instruction does not end", "end it by ?>"},
    {XML_ERR_CDATA_NOT_FINISHED, "the CDATA section does not end", "end it by ]]>"},
    {XML_ERR_MISPLACED_CDATA_END, "']]>' without a CDATA section", "write ]]&gt;"},
    {XML_ERR_RESERVED_XML_NAME, "the XML declaration stands at the beginning of a file only",
     "remove it, or what stands before it"},
    {XML_ERR_LTSLASH_REQUIRED, "the element does not end", "close it by its end tag"},
    {XML_NS_ERR_UNDEFINED_NAMESPACE, "its prefix is not declared",
     "declare it by xmlns:PREFIX=\"...\" in the outermost element"},
};

static void report_syntax(struct reader *r, struct mark at, int code, const char *message)
{
    struct diags *d = r->project->diags;
    struct diag *f = refuse(r, at, "the text is not XML");

    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        if (faults[i].code != code)
            continue;
        diag_label(d, f, "%s", faults[i].label);
        diag_help(d, f, "%s", faults[i].help);
        return;
    }
    diag_label(d, f, "%.*s", (int)strcspn(message, "\n"), message);
    diag_help(d, f, "mend the text here; every element, value and comment ends as it begins");
}

static void report_fault(struct reader *r, int code, const char *message)
{
    struct diags *d = r->project->diags;
    size_t end = offset_now(r), start = tag_start(r, end);
    struct mark tag = mark_of(r, walk(r->tag, r->source->text, start), end);
    bool mismatch = code == XML_ERR_TAG_NAME_MISMATCH;

    if (!r->depth || (!mismatch && code != XML_ERR_TAG_NOT_FINISHED)) {
        bool prefix = code == XML_NS_ERR_UNDEFINED_NAMESPACE;
        size_t at = end + (code == XML_ERR_DOCUMENT_END && end < r->source->length);
        report_syntax(r, prefix ? tag : mark_at(r, at), code, message);
        return;
    }
    const struct level *l = &r->levels[r->depth - 1];
    const char *name =
        arena_text(r->project->arena, r->source->text + l->name, l->name_end - l->name);
    struct diag *f = refuse(
        r, mismatch ? tag : mark_at(r, end),
        arena_printf(r->project->arena,
                     mismatch ? "element '%s' ends with another tag" : "element '%s' does not end",
                     name));
    diag_note(d, f, l->node->key_mark, "it begins here");
    diag_help(d, f, "close it by </%s>", name);
}

#if LIBXML_VERSION >= 21200
static void on_error(void *context, const xmlError *e)
#else
static void on_error(void *context, xmlError *e)
#endif
{
    struct reader *r = context;

    if (e->level < XML_ERR_ERROR || r->stopped)
        return;
    if (e->code != XML_ERR_ATTRIBUTE_REDEFINED || !report_twice(r, offset_now(r)))
        report_fault(r, e->code, e->message ? e->message : "it cannot be read");
    stop(r);
}

// ---- Documents ----------------------------------------------------------------------------------

static struct node *read_document(struct project *p, struct source *s, size_t outer)
{
    struct reader r = {.project = p, .source = s, .outer = outer, .tag = {0, 1, 1}};
    struct mark at;
    const char *why;

    r.text.arena = p->arena;
    if (!source_check(s, &at, &why)) {
        diag_help(p->diags, refuse(&r, at, arena_printf(p->arena, "the file contains %s", why)),
                  "save it as UTF-8 text");
        return NULL;
    }
    r.parser = xmlNewParserCtxt();
    if (!r.parser) {
        refuse(&r, (struct mark){s, 0, 0, 0}, "the text needs more memory than there is");
        return NULL;
    }
    // Nothing of libxml2's own tree, entities or loading of files is left.
    *r.parser->sax = (xmlSAXHandler){
        .initialized = XML_SAX2_MAGIC,
        .internalSubset = on_doctype,
        .startElementNs = on_start,
        .endElementNs = on_end,
        .characters = on_text,
        .ignorableWhitespace = on_text,
        .cdataBlock = on_text,
        .serror = on_error,
    };
    r.parser->userData = &r;
    // NOENT makes &amp; in a value '&'; other entities cannot be declared. The encoding is known:
    // naming it would make libxml2 convert the text, and lose its offsets.
    xmlCtxtReadMemory(r.parser, s->text, (int)s->length, NULL, NULL,
                      XML_PARSE_NOENT | XML_PARSE_NONET | XML_PARSE_IGNORE_ENC);
    if (!r.root && !p->failed)
        diag_help(p->diags, refuse(&r, (struct mark){s, 1, 1, 2}, "the file has no element"),
                  "docs/dialects.md names what hvbuild reads");
    xmlFreeDoc(r.parser->myDoc);
    xmlFreeParserCtxt(r.parser);
    return r.root;
}

static struct project project_new(struct arena *a, struct diags *d, const struct source *s,
                                  struct xml_files *files)
{
    struct project p = {.arena = a, .diags = d, .files = files};
    char *real = realpath(s->name, NULL);

    if (real)
        p.chain[0] = arena_text(a, real, strlen(real));
    free(real);
    return p;
}

struct node *xml_parse(struct arena *a, struct diags *d, struct source *s, struct xml_files *files)
{
    struct project p = project_new(a, d, s, files);

    files->bytes += s->length;
    struct node *root = read_document(&p, s, 0);
    return p.failed ? NULL : root;
}

struct node *xml_include(struct arena *a, struct diags *d, const struct node *href,
                         struct xml_files *files)
{
    struct project p = project_new(a, d, href->mark.source, files);
    struct node *root = read_include(&p, href, 0);

    return p.failed ? NULL : root;
}
