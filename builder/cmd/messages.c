// SPDX-License-Identifier: BSD-2-Clause
// What a run says: findings in the form asked for, failures in the same form, and where they go.
// Machine output owns its stream: as JSON or SARIF nothing else is written there.
#include "options.h"
#include "version.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RESERVE = 8 << 20 }; // a SARIF document with all rules takes 3 MiB to write

static FILE *stream_of(const struct options *o)
{
    return o->messages ? o->messages : stderr;
}

static struct sarif *sarif_of(struct options *o)
{
    if (!o->sarif)
        o->sarif = sarif_new(HVBUILD_VERSION);
    return o->sarif;
}

// One failure that is no finding.
static void say(const struct cmd *c, const char *format, va_list arguments)
{
    struct options *o = c->options;
    char *message = NULL;

    if (vasprintf(&message, format, arguments) < 0)
        return;
    if (o->format == MESSAGES_SARIF)
        sarif_failure(sarif_of(o), o->lasting, message);
    else if (o->format == MESSAGES_JSON)
        failure_write_json(o->lasting, message, stream_of(o));
    else
        fprintf(stderr, "hvbuild%s%s: %s\n", c->command ? " " : "",
                c->command ? c->command->name : "", message);
    free(message);
}

int cmd_usage(const struct cmd *c, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    say(c, format, arguments);
    va_end(arguments);
    if (c->options->format == MESSAGES_TEXT)
        fprintf(stderr, "'hvbuild %s%s--help' shows how to use it\n",
                c->command ? c->command->name : "", c->command ? " " : "");
    return EXIT_USAGE;
}

int cmd_failed(const struct cmd *c, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    say(c, format, arguments);
    va_end(arguments);
    return EXIT_IO;
}

void cmd_note(const struct cmd *c, const char *format, ...)
{
    struct options *o = c->options;
    char *message = NULL;
    va_list arguments;

    va_start(arguments, format);
    int length = vasprintf(&message, format, arguments);
    va_end(arguments);
    if (length < 0)
        return;
    if (o->format == MESSAGES_SARIF)
        sarif_note(sarif_of(o), o->lasting, message);
    else if (o->format == MESSAGES_TEXT && !c->quiet)
        fprintf(stderr, "%s\n", message);
    free(message);
}

bool cmd_colour(const struct cmd *c, FILE *stream)
{
    const char *when = c->options->colour, *no_colour = getenv("NO_COLOR");

    if (when && strcmp(when, "auto") != 0)
        return strcmp(when, "always") == 0;
    return isatty(fileno(stream)) && !(no_colour && *no_colour);
}

bool cmd_report(struct cmd *c)
{
    struct options *o = c->options;
    bool errors = diags_count(c->diags, SEVERITY_ERROR) > 0;

    // What is merely worth knowing: always for machines, on request for people.
    enum severity least =
        o->format != MESSAGES_TEXT || o->verbose ? SEVERITY_INFO : SEVERITY_WARNING;
    if (o->format == MESSAGES_SARIF)
        sarif_add(sarif_of(o), c->arena, c->diags);
    else
        diags_write(c->diags, stream_of(o), o->format, least,
                    !o->messages && cmd_colour(c, stderr));
    fflush(stream_of(o));
    for (int s = 0; s < SEVERITY_OFF; s++)
        o->count[s] += diags_count(c->diags, (enum severity)s);
    o->waived += diags_count_waived(c->diags);
    o->unreadable = o->unreadable || diags_unreadable(c->diags);
    arena_free(c->arena);
    c->arena = arena_new();
    c->diags = diags_new(c->arena);
    options_weigh(c); // succeeded before
    return errors;
}

static void print_count(FILE *out, size_t count, const char *what, bool *any)
{
    if (count)
        fprintf(out, "%s%zu %s%s", *any ? ", " : "", count, what, count == 1 ? "" : "s");
    *any = *any || count;
}

void messages_summary(const struct options *o)
{
    bool any = false;

    print_count(stderr, o->count[SEVERITY_ERROR], "error", &any);
    print_count(stderr, o->count[SEVERITY_WARNING], "warning", &any);
    print_count(stderr, o->waived, "waived finding", &any);
    if (any)
        fputc('\n', stderr);
}

static struct cmd *running;
static void *reserve; // for the last words

// Also the last words before exit 3 have the form that was asked for.
static void exhausted(const char *why)
{
    free(reserve);
    reserve = NULL;
    arena_free(running->arena); // nothing of it is used again
    cmd_failed(running, "out of memory: %s", why);
    messages_close(running, EXIT_IO);
}

bool messages_open(struct cmd *c)
{
    struct options *o = c->options;
    const char *why = NULL;
    struct stat status;

    running = c;
    reserve = malloc(RESERVE);
    arena_exhausted = exhausted;
    if (!o->message_file)
        return true;
    // A device, a pipe or a link (/dev/stdout) is added to, not replaced.
    if (lstat(o->message_file, &status) != 0 || S_ISREG(status.st_mode)) {
        why = pending_open(o->lasting, &o->pending, o->message_file);
        o->messages = why ? NULL : fdopen(dup(o->pending.fd), "we");
    } else {
        o->messages = fopen(o->message_file, "ae");
    }
    if (!why && !o->messages)
        why = arena_printf(o->lasting, "cannot write '%s': %s", o->message_file, strerror(errno));
    if (why)
        cmd_failed(c, "%s", why);
    return !why;
}

// The message file gets its name. NULL, "" when a reason was given, or the reason.
static const char *keep_messages(struct cmd *c)
{
    struct options *o = c->options;
    FILE *out = o->messages;
    const char *why = NULL;

    o->messages = NULL;
    bool good = !ferror(out);
    good = fclose(out) == 0 && good;
    if (!good)
        return arena_printf(o->lasting, "cannot write '%s': %s", o->message_file, strerror(errno));
    if (!o->pending.temporary)
        return NULL;
    if (!cmd_may_write(c, o->message_file))
        return "";
    why = pending_sync(o->lasting, &o->pending);
    return why ? why : pending_name(o->lasting, &o->pending);
}

int messages_close(struct cmd *c, int code)
{
    struct options *o = c->options;

    if (o->sarif) {
        EACH(path, &o->inputs)
            sarif_artifact(o->sarif, o->lasting, *path);
        sarif_write(o->sarif, stream_of(o), code);
    }
    const char *why = o->messages ? keep_messages(c) : NULL;
    if (why) {
        if (*why)
            cmd_failed(c, "%s", why);
        code = EXIT_IO;
        if (o->sarif) // the one in the file is lost
            sarif_write(o->sarif, stderr, code);
    }
    free(reserve);
    reserve = NULL;
    pending_drop(&o->pending);
    sarif_free(o->sarif);
    return code;
}
