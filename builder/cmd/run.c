// SPDX-License-Identifier: BSD-2-Clause
// hvbuild run IMAGE: boots an image in QEMU and shows what its partitions print.
#include "cmd.h"
#include "base/pending.h"
#include "image/image.h"
#include "machine.h"
#include "trace.h"
#include "typing.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    PEEK_MS = 10,        // how often the frame counter is looked at
    RAM_LEAST_MIB = 128, // QEMU's own default
    LINE_SIZE = 1024,    // a longer console line is shown in pieces
    VIRTIO_COUNT = 32,   // virtio-mmio devices of the board,
    VIRTIO_INTID = 48,   // and the interrupt of the first
};

static const struct option_row options[] = {
    {"frames", 'n', "N", "stop by itself after N major frames"},
    {"trace", 0, "FILE", "write what `module.trace` recorded to FILE, for `hvbuild trace`"},
    {"log", 0, "FILE", "write the health log to FILE, for `hvbuild log`"},
    {"disk", 0, "FILE", "a raw disk image, as the first virtio device that a partition owns"},
    {"cpu", 0, "CPU", "processor that QEMU shall be (default: cortex-a53)"},
    {"real-time", 0, NULL, "let the host's clock drive the module: windows start late then"},
    {"qemu", 0, "PATH", "the QEMU to start (default: qemu-system-aarch64)"},
    {"dry-run", 0, NULL, "print the command line, start nothing"},
    {0},
};

static volatile sig_atomic_t interrupted; // by this signal, or 0

static void on_signal(int number)
{
    interrupted = number;
}

// ---- The command line ---------------------------------------------------------------------------

typedef LIST(char *) arguments;

static void add(struct arena *a, arguments *list, const char *text)
{
    *list_add(a, list) = arena_text(a, text, strlen(text));
}

// MiB of RAM from the board's first byte to the last that the image uses.
static uint64_t ram_mib(const struct container *c)
{
    uint32_t count;
    const struct tbl_memory *m = tables_records(c->tables, TBL_MEMORY, &count);
    uint64_t start = c->segments.items[0].address & ~((1ull << 30) - 1), end = 0, mib;

    for (uint32_t i = 0; i < count; i++)
        if (!(m[i].attributes & TBL_MEM_DEVICE) && m[i].phys + m[i].size > end)
            end = m[i].phys + m[i].size;
    mib = (end - start + (1 << 20) - 1) >> 20;
    return mib > RAM_LEAST_MIB ? mib : RAM_LEAST_MIB;
}

// A disk image behind a virtio device of the board; `file` NULL: none.
struct disk {
    uint32_t number; // of the device
    const char *file;
};

static bool owned(const struct container *image, uint32_t virtio)
{
    uint32_t count;
    const struct tbl_interrupt *irq = tables_records(image->tables, TBL_INTERRUPT, &count);

    for (uint32_t i = 0; i < count; i++)
        if (!(irq[i].flags & TBL_IRQ_SOFT) && irq[i].intid == VIRTIO_INTID + virtio)
            return true;
    return false;
}

// --disk [virtioN=]FILE. False after saying why it is none.
static bool disk_option(struct cmd *c, const struct container *image, struct disk *disk)
{
    const char *text = cmd_option(c, "disk"), *file = text ? strchr(text, '=') : NULL;
    char again[sizeof "virtio" + 10];

    *disk = (struct disk){0, file ? file + 1 : text};
    if (!text)
        return true;
    if (file) {
        size_t length = (size_t)(file - text);

        sscanf(text, "virtio%2" SCNu32, &disk->number);
        snprintf(again, sizeof again, "virtio%" PRIu32, disk->number);
        if (strlen(again) != length || memcmp(again, text, length)) {
            cmd_usage(c, "--disk: '%.*s' is no device: name one as virtio31=FILE", (int)length,
                      text);
            return false;
        }
    } else {
        while (disk->number < VIRTIO_COUNT - 1 && !owned(image, disk->number))
            disk->number++;
    }
    if (disk->number >= VIRTIO_COUNT) {
        cmd_usage(c, "--disk: there is no %s: the last one is virtio%d", again, VIRTIO_COUNT - 1);
        return false;
    }
    if (!owned(image, disk->number)) {
        cmd_usage(c, "--disk: no partition owns %s; give it to one in `devices`",
                  file ? again : "a virtio device");
        return false;
    }
    return true;
}

static void add_disk(struct arena *a, arguments *list, const struct disk *disk)
{
    struct text file = {.arena = a};

    for (const char *s = disk->file; *s; s++) // a comma would end it for QEMU, two are one
        text_bytes(&file, *s == ',' ? ",," : s, *s == ',' ? 2 : 1);
    add(a, list, "-global");
    add(a, list, "virtio-mmio.force-legacy=false");
    add(a, list, "-drive");
    add(a, list, arena_printf(a, "if=none,id=disk,format=raw,file=%s", file.bytes));
    add(a, list, "-device");
    add(a, list,
        arena_printf(a, "virtio-blk-device,drive=disk,bus=virtio-mmio-bus.%" PRIu32, disk->number));
}

static char *const *qemu_arguments(struct cmd *c, const struct container *image,
                                   const struct disk *disk, const char *socket)
{
    struct arena *a = c->arena;
    const char *qemu = cmd_option(c, "qemu"), *cpu = cmd_option(c, "cpu");
    arguments list = {0};
    uint32_t cores;

    tables_records(image->tables, TBL_CORE, &cores);
    add(a, &list, qemu ? qemu : "qemu-system-aarch64");
    add(a, &list, "-M");
    add(a, &list, "virt,virtualization=on,gic-version=3");
    add(a, &list, "-cpu");
    add(a, &list, cpu ? cpu : "cortex-a53");
    add(a, &list, "-smp");
    add(a, &list, arena_printf(a, "%u", cores));
    add(a, &list, "-m");
    add(a, &list, arena_printf(a, "%lluM", (unsigned long long)ram_mib(image)));
    // An instruction takes a nanosecond and idle time none: every run is the same. (With sleep=on
    // the host's clock would decide when an idle core wakes.)
    if (!cmd_option(c, "real-time")) {
        add(a, &list, "-icount");
        add(a, &list, "shift=0,sleep=off");
    }
    add(a, &list, "-nodefaults");
    add(a, &list, "-display");
    add(a, &list, "none");
    add(a, &list, "-serial");
    add(a, &list, "stdio");
    if (socket) {
        add(a, &list, "-qmp");
        add(a, &list, arena_printf(a, "unix:%s,server=on,wait=off", socket));
        // A module that switches itself off leaves its memory to be read.
        if (cmd_option(c, "trace"))
            add(a, &list, "-no-shutdown");
    }
    if (disk->file)
        add_disk(a, &list, disk);
    add(a, &list, "-kernel");
    add(a, &list, image->path);
    list_add(a, &list);
    return list.items;
}

static void print_quoted(const char *text)
{
    bool plain = *text != 0;

    for (const char *s = text; *s; s++)
        plain = plain && (strchr("-_./=,:+@%", *s) || (*s >= '0' && *s <= '9') ||
                          (*s >= 'A' && *s <= 'Z') || (*s >= 'a' && *s <= 'z'));
    if (plain) {
        fputs(text, stdout);
        return;
    }
    putchar('\'');
    for (; *text; text++)
        fputs(*text == '\'' ? "'\\''" : (char[]){*text, 0}, stdout);
    putchar('\'');
}

// ---- The console --------------------------------------------------------------------------------

struct console {
    const struct tbl_partition *partitions;
    uint32_t count;
    bool colour;
    const char *prompts; // "[name] " of the partition that receives what is typed, whose lines are
                         // shown before they end; or NULL
    char line[LINE_SIZE];
    size_t length, shown;
};

// Lines begin with "[name] ": one colour per partition, in their order; the runtime's own are bold.
static const char *line_colour(const struct console *s)
{
    static const char *const palette[] = {"\033[36m", "\033[32m", "\033[33m",
                                          "\033[35m", "\033[34m", "\033[31m"};
    const char *end = s->length && s->line[0] == '[' ? memchr(s->line, ']', s->length) : NULL;

    for (uint32_t i = 0; end && i < s->count; i++) {
        size_t length = strnlen(s->partitions[i].name, HV_NAME_SIZE);
        if (length == (size_t)(end - s->line - 1) &&
            !memcmp(s->partitions[i].name, s->line + 1, length))
            return palette[i % (sizeof palette / sizeof *palette)];
    }
    return end ? "\033[1m" : "";
}

// What was not shown yet, then `end`.
static void line_show(struct console *s, const char *end)
{
    const char *colour = s->colour ? line_colour(s) : "";

    fputs(s->shown ? "" : colour, stdout);
    fwrite(s->line + s->shown, 1, s->length - s->shown, stdout);
    fputs(*colour && *end ? "\033[0m" : "", stdout);
    fputs(end, stdout);
    fflush(stdout);
    s->shown = s->length;
}

static void line_print(struct console *s)
{
    line_show(s, "\n");
    s->length = s->shown = 0;
}

static void console_take(struct console *s, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] == '\n' || s->length == LINE_SIZE)
            line_print(s);
        if (bytes[i] != '\n' && bytes[i] != '\r')
            s->line[s->length++] = bytes[i];
    }
    if (s->prompts && s->length > s->shown && s->length >= strlen(s->prompts) &&
        !memcmp(s->line, s->prompts, strlen(s->prompts)))
        line_show(s, "");
}

// ---- The run ------------------------------------------------------------------------------------

// What is printed until QEMU ends or is switched off, a signal comes, or the frame is reached.
// False: QEMU did not answer.
static bool watch(struct cmd *c, struct machine *m, struct console *s, uint64_t counter,
                  struct typing *typing, uint64_t frames)
{
    char bytes[4096];
    uint64_t frame = 0;

    while (!interrupted) {
        struct pollfd p[4] = {{.fd = m->console, .events = POLLIN},
                              {.fd = m->control, .events = POLLIN}}; // -1: not looked at
        typing_wait(typing, &p[2]);
        int ready = poll(p, 4, frames ? PEEK_MS : -1);
        if (ready < 0 && errno != EINTR)
            return true;
        if (ready > 0)
            typing_move(typing, &p[2]);
        if (ready > 0 && p[0].revents) {
            ssize_t n = read(m->console, bytes, sizeof bytes);
            if (n <= 0)
                return true;
            console_take(s, bytes, (size_t)n);
        }
        if (frames && !machine_peek(c->arena, m, counter, &frame))
            return false;
        if (m->control >= 0 && machine_off(c->arena, m))
            return true;
        if (frames && frame >= frames && frame != UINT64_MAX) // which is: not begun yet
            return true;
    }
    return true;
}

// Adds memory as it stands now. NULL, or why not.
static const char *fetch(struct cmd *c, struct machine *m, uint64_t address, uint64_t size,
                         struct text *out)
{
    const char *raw = arena_printf(c->arena, "%s/memory", m->directory), *why = NULL;
    uint64_t length;

    if (!machine_save(c->arena, m, address, size, raw))
        return "QEMU ended before it was fetched, or did not answer";
    const uint8_t *bytes = file_read(c->arena, raw, size, &length, &why);
    unlink(raw);
    if (!bytes || length != size)
        return why ? why : "QEMU wrote too little";
    text_bytes(out, (const char *)bytes, size);
    return NULL;
}

static const char *fetch_log(struct cmd *c, struct machine *m, const struct container *image,
                             const char *path)
{
    const struct tbl_module *module = tables_records(image->tables, TBL_MODULE, NULL);
    struct text out = {.arena = c->arena};
    uint32_t partitions;

    tables_records(image->tables, TBL_PARTITION, &partitions);
    const char *why = fetch(c, m, module->log, tbl_log_size(partitions, module->log_records), &out);
    return why ? why : file_write(c->arena, path, out.bytes, out.length);
}

// The rings, behind a header that says whose they are.
static const char *fetch_trace(struct cmd *c, struct machine *m, const struct container *image,
                               const char *path)
{
    const struct tbl_header *tables = (const void *)image->tables;
    const struct tbl_module *module = tables_records(tables, TBL_MODULE, NULL);
    struct trace_header h = {.magic = TRACE_MAGIC};
    struct text out = {.arena = c->arena};
    uint32_t cores;

    tables_records(tables, TBL_CORE, &cores);
    memcpy(h.config_id, tables->config_id, sizeof h.config_id);
    text_bytes(&out, (const char *)&h, sizeof h);
    const char *why = fetch(c, m, module->trace, cores * trace_ring_size(module), &out);
    return why ? why : file_write(c->arena, path, out.bytes, out.length);
}

// How lines begin of the partition that receives what is typed; NULL: none does.
static const char *listener(struct arena *a, const struct container *image)
{
    const struct tbl_partition *p = tables_records(image->tables, TBL_PARTITION, NULL);
    uint32_t count;
    const struct tbl_interrupt *irq = tables_records(image->tables, TBL_INTERRUPT, &count);

    for (uint32_t i = 0; i < count; i++)
        if (irq[i].flags & TBL_IRQ_INPUT)
            return arena_printf(a, "[%.*s] ", HV_NAME_SIZE, p[irq[i].partition].name);
    return NULL;
}

static int run_machine(struct cmd *c, const struct container *image, const struct disk *disk,
                       uint64_t frames, uint64_t counter)
{
    struct machine m = {.pid = -1};
    struct console s = {.colour = cmd_colour(c, stdout), .prompts = listener(c->arena, image)};
    struct typing typing;
    struct sigaction action = {.sa_handler = on_signal};
    const char *trace = cmd_option(c, "trace"), *log = cmd_option(c, "log");
    bool control = frames || trace || log;
    const char *socket = control ? machine_socket(c->arena, &m) : NULL;
    bool answered = true;
    char rest[4096];

    if (control && !socket)
        return cmd_failed(c, "cannot make a directory for QEMU's socket: %s", strerror(errno));
    s.partitions = tables_records(image->tables, TBL_PARTITION, &s.count);
    // Ctrl-C is the usual end: QEMU is ended and waited for.
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    sigaction(SIGPIPE, &action, NULL); // whoever read our output has seen enough
    char *const *argv = qemu_arguments(c, image, disk, socket);
    if (!machine_start(&m, argv, s.prompts != NULL)) {
        int error = errno;
        if (m.directory)
            rmdir(m.directory);
        return cmd_failed(
            c,
            "cannot start '%s': %s\n"
            "help: install QEMU for Arm (Debian: apt-get install qemu-system-arm), or "
            "name it with --qemu PATH",
            argv[0], strerror(error));
    }
    if (socket)
        answered = machine_control(c->arena, &m);
    typing_begin(&typing, m.input);
    if (answered)
        answered = watch(c, &m, &s, counter, &typing, frames);
    typing_end(&typing);
    const char *untraced = trace && answered ? fetch_trace(c, &m, image, trace) : NULL;
    const char *unlogged = log && answered ? fetch_log(c, &m, image, log) : NULL;
    int status = machine_end(&m);
    for (ssize_t n; (n = read(m.console, rest, sizeof rest)) > 0;)
        console_take(&s, rest, (size_t)n);
    close(m.console);
    if (s.length)
        line_print(&s);
    if (interrupted == SIGPIPE) { // nobody listens: end as any other program does
        signal(SIGPIPE, SIG_DFL);
        raise(SIGPIPE);
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
        return cmd_failed(c, "QEMU ended with status %d", WEXITSTATUS(status));
    if (!WIFEXITED(status) && !interrupted && !answered)
        return cmd_failed(c, "QEMU does not answer");
    if (untraced)
        return cmd_failed(c, "no trace in '%s': %s", trace, untraced);
    if (unlogged)
        return cmd_failed(c, "no log in '%s': %s", log, unlogged);
    return EXIT_CLEAN;
}

static int run(struct cmd *c)
{
    uint64_t frames = 0, counter = 0;
    const char *why, *path = c->arguments[0];
    struct disk disk;
    bool unreadable;

    if (!cmd_number(c, "frames", 1, UINT64_MAX, &frames))
        return EXIT_USAGE;
    struct container *image = container_read(c->arena, path, &unreadable, &why);
    cmd_input(c, path);
    if (!image) {
        cmd_failed(c, "'%s' %s", path, why);
        return unreadable ? EXIT_IO : EXIT_DESCRIPTION;
    }
    if (((const struct tbl_header *)image->tables)->board != TBL_BOARD_QEMU_VIRT)
        return cmd_usage(c, "'%s' is not made for the board qemu-virt", path);
    if (!disk_option(c, image, &disk))
        return EXIT_USAGE;
    if (cmd_option(c, "dry-run")) {
        for (char *const *argv = qemu_arguments(c, image, &disk, NULL); *argv; argv++) {
            print_quoted(*argv);
            putchar(argv[1] ? ' ' : '\n');
        }
        return EXIT_CLEAN;
    }
    if (frames && !container_frame_counter(image, &counter))
        return cmd_usage(c, "--frames needs an image with the runtime's symbols: name the .elf");
    const struct tbl_module *module = tables_records(image->tables, TBL_MODULE, NULL);
    const char *trace = cmd_option(c, "trace");
    if (trace && !module->trace_events)
        return cmd_usage(c, "'%s' records nothing: its description has no `module.trace`", path);
    if (disk.file && access(disk.file, R_OK | W_OK) < 0)
        return cmd_failed(c, "'%s' cannot be read and written: %s", disk.file, strerror(errno));
    const char *log = cmd_option(c, "log");
    if ((trace && !cmd_may_write(c, trace)) || (log && !cmd_may_write(c, log)))
        return EXIT_IO;
    return run_machine(c, image, &disk, frames, counter);
}

const struct command command_run = {
    .name = "run",
    .arguments = "IMAGE [--frames N]",
    .summary = "boot an image in QEMU, one colour per partition",
    .help =
        "Starts qemu-system-aarch64 with the machine, cores and memory that the image needs,\n"
        "and shows its console. Ctrl-C ends it. Virtual time counts instructions and runs as\n"
        "fast as the host can, so that every run is the same and a late window is a finding;\n"
        "with --real-time the host's clock drives the module, and what else runs on the host\n"
        "makes windows late.\n"
        "\n"
        "With --frames it ends by itself as soon as the runtime's frame counter, read from\n"
        "outside like by a debugger, has reached N; the module itself is not changed, and may be\n"
        "a little further by then.\n"
        "\n"
        "With --trace the rings of `module.trace` are fetched at that moment, at Ctrl-C, or when\n"
        "the module switches the machine off; with --log the health log, for `hvbuild log`.\n"
        "\n"
        "What is typed goes to the partition that `module.console_input` names, if one is named,\n"
        "each key at once; what a pipe or a file brings goes there too.\n"
        "\n"
        "--disk puts a disk image behind a virtio device, --disk virtio5=FILE behind that one.\n"
        "What its owner writes is written to the file.\n"
        "\n"
        "examples:\n"
        "  hvbuild run system.elf --frames 50\n"
        "  hvbuild run system.elf --real-time --cpu cortex-a72",
    .options = options,
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run,
};
