// SPDX-License-Identifier: BSD-2-Clause
// The one console: a ring per partition and one for the runtime, printed line by line.
#include "core.h"
#include "arch.h"

struct ring {
    char bytes[CONSOLE_RING];
    _Atomic uint32_t busy;  // claimed by the vcpu that appends; the next five are written under it
    uint32_t head;          // bytes appended
    uint32_t column;        // of the unfinished line, bytes that did not fit included
    bool cut;               // the rest of the unfinished line is dropped
    uint8_t escape;         // inside an escape sequence: 1 behind ESC, 2 behind ESC and "["
    bool begun;             // some of the unfinished line may be printed, by console_prompt
    _Atomic uint32_t lines; // bytes appended that may be printed: whole lines, but for `begun`
    _Atomic uint32_t lost;  // bytes dropped
    _Atomic uint32_t tail;  // bytes printed; written by the printer
    uint32_t told;          // of the lost; written by the printer
};

enum {
    RUNTIME = HV_MAX_PARTITIONS, // the ring of the runtime's own voice
    ANYBODY,                     // whoever has something to say
};
static struct ring rings[HV_MAX_PARTITIONS + 1];

static struct {
    _Atomic uint32_t busy;     // held by the core that prints
    struct ring *ring;         // whose line is begun; NULL between lines
    struct ring *open;         // whose line was printed as far as it may be; its end is missing
    uint32_t last;             // ring whose line began last; the search goes on behind it
    uint32_t silent;           // rings in a row that had nothing to say when it was their turn
    uint32_t column;           // bytes of the line that stand behind its prefix
    uint32_t staged;           // bytes of `stage` printed
    struct console_line stage; // what comes before the line itself
} printer;

static bool live;
static bool direct_inside; // before `live`: in the middle of a line

// Only vcpus of one partition meet here, each for one bounded copy; more than that is not worth
// waiting for.
static bool ring_claim(struct ring *r)
{
    for (unsigned i = 0; i < 1000; i++) {
        if (!atomic_exchange_explicit(&r->busy, 1, memory_order_acquire))
            return true;
        arch_relax();
    }
    return false;
}

static bool ring_room(const struct ring *r, uint32_t bytes)
{
    return r->head - atomic_load_explicit(&r->tail, memory_order_acquire) + bytes <= CONSOLE_RING;
}

// Ends the unfinished line, if there is one: ring_append always leaves room for this byte.
static void ring_end_line(struct ring *r)
{
    if (r->begun || r->head != atomic_load_explicit(&r->lines, memory_order_relaxed)) {
        r->bytes[r->head++ % CONSOLE_RING] = '\n';
        atomic_store_explicit(&r->lines, r->head, memory_order_release);
    }
    r->column = 0;
    r->escape = 0;
    r->cut = r->begun = false;
}

// Whether a byte belongs to an escape sequence, which is left out (ECMA-48 5.3, 5.4).
static bool escapes(struct ring *r, char c)
{
    bool inside = r->escape && (uint8_t)c >= ' ' && (uint8_t)c < 0x7f;

    if (c == '\033')
        r->escape = 1;
    else
        r->escape = !inside ? 0 : r->escape == 1 ? 2 * (c == '[') : 2 * (c < '@');
    return inside || c == '\033';
}

// A line that does not fit is cut: what is printed is always the beginning of what was written.
static void ring_append(struct ring *r, const char *bytes, uint32_t count)
{
    uint32_t lost = 0;

    if (!ring_claim(r)) {
        atomic_fetch_add(&r->lost, count);
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (bytes[i] == '\r' || escapes(r, bytes[i])) // would return to the prefix, or anywhere
            continue;
        if (bytes[i] == '\n' && r->column) {
            ring_end_line(r);
            continue;
        }
        if (r->column == CONSOLE_LINE)
            ring_end_line(r);
        if (r->cut || !ring_room(r, 2)) {
            r->cut = bytes[i] != '\n';
            r->column += r->cut;
            lost++;
            continue;
        }
        r->bytes[r->head++ % CONSOLE_RING] = bytes[i];
        if (bytes[i] != '\n')
            r->column++;
        else // an empty line
            atomic_store_explicit(&r->lines, r->head, memory_order_release);
    }
    if (lost)
        atomic_fetch_add(&r->lost, lost);
    atomic_store_explicit(&r->busy, 0, memory_order_release);
}

static bool ring_ready(const struct ring *r)
{
    return atomic_load_explicit(&r->lines, memory_order_acquire) !=
               atomic_load_explicit(&r->tail, memory_order_relaxed) ||
           atomic_load_explicit(&r->lost, memory_order_relaxed) != r->told;
}

// ---- The printer -------------------------------------------------------------------------------

static void stage_prefix(uint32_t index)
{
    line_text(&printer.stage, "[");
    line_text(&printer.stage, index == RUNTIME ? "hv" : partitions[index].config->name);
    line_text(&printer.stage, "] ");
    printer.column = 0;
}

static bool line_begin(uint32_t index)
{
    struct ring *r = &rings[index];
    uint32_t lost = atomic_load_explicit(&r->lost, memory_order_relaxed);

    if (!ring_ready(r))
        return false;
    if (index != RUNTIME)
        printer.last = index;
    printer.silent = 0;
    printer.staged = printer.stage.length = 0;
    if (printer.open && (printer.open != r || lost != r->told)) {
        line_text(&printer.stage, "\n");
        printer.open = NULL;
    }
    if (lost != r->told) {
        stage_prefix(index);
        line_text(&printer.stage, "(");
        line_number(&printer.stage, lost - r->told, 10, 1);
        line_text(&printer.stage, " bytes lost)\n");
        r->told = lost;
    }
    if (atomic_load_explicit(&r->lines, memory_order_acquire) !=
        atomic_load_explicit(&r->tail, memory_order_relaxed)) {
        if (printer.open != r)
            stage_prefix(index);
        printer.ring = r;
    }
    return true;
}

// Begins the next line: of ring `own`, else of the runtime, else of anybody in turn. Each ring of
// the turn that has nothing to say costs as much as a byte; without budget the next call goes on
// there.
static bool line_find(uint32_t own, uint32_t *budget)
{
    uint32_t count = tables->directory[TBL_PARTITION].count;

    if ((own < RUNTIME && line_begin(own)) || line_begin(RUNTIME))
        return true;
    for (; own == ANYBODY && printer.silent < count; printer.silent++, --*budget) {
        uint32_t next = printer.last + 1 < count ? printer.last + 1 : 0;

        if (!*budget || line_begin(next))
            return true;
        printer.last = next;
    }
    printer.silent = 0;
    return false;
}

// Backspace goes back to the prefix and no further.
static char shown(char c)
{
    if (c == '\b' && printer.column) {
        printer.column--;
        return c;
    }
    printer.column++;
    return c == '\n' || c == '\t' || ((unsigned char)c >= ' ' && c != 0x7f) ? c : '?';
}

// What comes before the line; returns the budget left.
static uint32_t print_stage(uint32_t budget)
{
    for (; budget && printer.staged < printer.stage.length && board_console_ready(); budget--)
        board_console_put(printer.stage.text[printer.staged++]);
    return budget;
}

// The line that is begun: to its end, or as far as it may be printed.
static uint32_t print_line(uint32_t budget)
{
    struct ring *r = printer.ring;
    uint32_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);
    uint32_t end = atomic_load_explicit(&r->lines, memory_order_acquire);
    char c = 0;

    for (; budget && c != '\n' && tail != end && board_console_ready(); budget--) {
        c = shown(r->bytes[tail++ % CONSOLE_RING]);
        board_console_put(c);
    }
    atomic_store_explicit(&r->tail, tail, memory_order_release);
    if (c == '\n' || tail == end) {
        printer.ring = NULL;
        printer.open = c == '\n' ? NULL : r;
    }
    return budget;
}

// True while something is left, or another core prints.
static bool drain(uint32_t own, uint32_t budget)
{
    bool more = true;

    if (atomic_exchange_explicit(&printer.busy, 1, memory_order_acquire)) {
        arch_relax(); // whoever idles asks again
        return true;
    }
    if (own != ANYBODY) // it has something to say now, and its turn may be over
        printer.silent = 0;
    while (more && budget && board_console_ready()) {
        if (printer.staged < printer.stage.length)
            budget = print_stage(budget);
        else if (printer.ring)
            budget = print_line(budget);
        else
            more = line_find(own, &budget);
    }
    atomic_store_explicit(&printer.busy, 0, memory_order_release);
    return more;
}

bool console_drain(uint32_t budget)
{
    return drain(ANYBODY, budget);
}

void console_last_words(void)
{
    for (uint32_t i = 0; i < 1u << 20 && drain(ANYBODY, CONSOLE_IDLE_BUDGET); i++)
        arch_relax();
}

void console_write(struct partition *p, const char *bytes, uint32_t count)
{
    uint32_t own = (uint32_t)(p - partitions);

    ring_append(&rings[own], bytes, count);
    drain(own, CONSOLE_CALL_BUDGET);
}

void console_prompt(struct partition *p)
{
    uint32_t own = (uint32_t)(p - partitions);
    struct ring *r = &rings[own];

    if (!r->column || !ring_claim(r))
        return;
    if (r->head != atomic_load_explicit(&r->lines, memory_order_relaxed)) {
        r->begun = true;
        atomic_store_explicit(&r->lines, r->head, memory_order_release);
    }
    atomic_store_explicit(&r->busy, 0, memory_order_release);
    drain(own, CONSOLE_CALL_BUDGET);
}

void console_end_line(struct partition *p)
{
    struct ring *r = &rings[p - partitions];

    if (!ring_claim(r))
        return;
    ring_end_line(r);
    atomic_store_explicit(&r->busy, 0, memory_order_release);
}

// ---- The runtime's own voice -------------------------------------------------------------------

// Waits for room, but not for a console that is dead.
static void direct_put(char c)
{
    for (uint32_t i = 0; i < 1u << 20 && !board_console_ready(); i++)
        arch_relax();
    board_console_put(c);
}

static void direct_say(const char *text)
{
    for (; *text; text++) {
        if (!direct_inside)
            for (const char *prefix = "[hv] "; *prefix; prefix++)
                direct_put(*prefix);
        direct_inside = *text != '\n';
        direct_put(*text);
    }
}

void console_say(const char *text)
{
    if (!live) {
        direct_say(text);
        return;
    }
    ring_append(&rings[RUNTIME], text, (uint32_t)__builtin_strlen(text));
    drain(RUNTIME, CONSOLE_CALL_BUDGET);
}

void console_say_number(uint64_t value, unsigned base)
{
    struct console_line l = {0};

    line_number(&l, value, base, 1);
    line_say(&l);
}

void console_begin(void)
{
    for (uint32_t i = 0; i < sizeof rings / sizeof *rings; i++)
        rings[i].head = rings[i].lines = rings[i].tail = rings[i].lost = rings[i].told =
            rings[i].column = rings[i].cut = 0;
    printer.ring = NULL;
    printer.silent = printer.staged = printer.stage.length = 0;
    live = direct_inside = false;
}

void console_live(void)
{
    live = true;
}

// ---- Lines under construction ------------------------------------------------------------------

static void line_char(struct console_line *l, char c)
{
    if (l->length < sizeof l->text - 1)
        l->text[l->length++] = c;
}

void line_text(struct console_line *l, const char *text)
{
    while (*text)
        line_char(l, *text++);
}

void line_number(struct console_line *l, uint64_t value, unsigned base, unsigned digits)
{
    char text[20]; // digits of 2^64 - 1
    unsigned n = 0;

    do {
        text[n++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value || n < digits);
    while (n)
        line_char(l, text[--n]);
}

void line_address(struct console_line *l, uint64_t address)
{
    unsigned groups = 1;

    while (groups < 3 && address >> (16 * (groups + 1)))
        groups++;
    line_text(l, "0x");
    line_number(l, address >> (16 * groups), 16, 4);
    while (groups--) {
        line_text(l, "_");
        line_number(l, address >> (16 * groups) & 0xffff, 16, 4);
    }
}

void line_milliseconds(struct console_line *l, uint64_t ns)
{
    line_number(l, ns / 1000000, 10, 1);
    line_text(l, ".");
    line_number(l, ns % 1000000, 10, 6);
    line_text(l, " ms");
}

void line_say(struct console_line *l)
{
    l->text[l->length] = 0;
    console_say(l->text);
    l->length = 0;
}
