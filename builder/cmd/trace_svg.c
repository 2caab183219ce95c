// SPDX-License-Identifier: BSD-2-Clause
// A trace as an SVG document: the windows that were planned over those that were, in bands of time.
#include "report/picture.h"
#include "report/tables_json.h"
#include "trace_view.h"

#include <inttypes.h>
#include <string.h>

// All lengths in user units, as in report/picture_svg.c.
enum {
    LEFT = 76,
    SPAN = 900, // a band of time
    RIGHT = 24,
    HEAD = 78,        // title, legend
    PLAN = 7,         // height of a planned window
    REAL = 18,        // of a real one
    LANE = 40,        // of a core: both, and the marks of events
    TOP = 26,         // of a band, above its lanes: axis
    FRAMES = 5,       // a band is as long as the longest major frame so many times
    BANDS = 40,       // more are not drawn
    MARKS = 10,       // on the axis of a band
    ENTRY = 130,      // one name of the legend
    FINE = 1000,      // positions are thousandths
    NARROWEST = 500,  // so wide is a window at least
    ROOM = 8 * FINE,  // per letter of a name, and
    MARGIN = 4 * FINE // beside it
};

static const char *const hues[] = {"#6ea8dc", "#f2b26b", "#86c995", "#e88f8f",
                                   "#79c3cf", "#ead56f", "#bfa0dc", "#a8c4b8",
                                   "#d8b08c", "#b7cf77", "#eda7cf", "#9aa9e6"};

struct svg {
    const struct trace *t;
    struct text *out;
    uint64_t band, bands; // ticks of each; how many
};

static uint64_t height_of_band(const struct trace *t)
{
    return TOP + (uint64_t)t->cores * LANE;
}

static uint64_t place(const struct svg *s, uint64_t ticks) // thousandths, in a band
{
    return (uint64_t)((unsigned __int128)ticks * SPAN * FINE / s->band);
}

static void add_number(struct text *out, const char *key, uint64_t thousandths)
{
    text_add(out, " %s=\"%" PRIu64 ".%03u\"", key, thousandths / FINE,
             (unsigned)(thousandths % FINE));
}

static const char *time_of(const struct trace *t, uint64_t ticks)
{
    return time_text(t->c->arena, ticks_to_ns(t->module, ticks - t->start));
}

static const char *hue_of(const struct trace *t, uint32_t vcpu)
{
    return hues[t->vcpus[vcpu].partition % (sizeof hues / sizeof *hues)];
}

// A bar from one tick to another, on each band that it touches; `title` has exact times.
static void add_bar(const struct svg *s, uint32_t core, uint32_t vcpu, const char *class,
                    uint64_t from, uint64_t to, const char *title)
{
    const struct trace *t = s->t;
    const char *name = trace_vcpu_text(t, vcpu);
    bool real = class[0] == 'r';

    from -= t->start;
    to -= t->start;
    for (uint64_t band = from / s->band; band < s->bands && band * s->band < to; band++) {
        uint64_t begin = from > band * s->band ? from - band * s->band : 0;
        uint64_t end = to - band * s->band < s->band ? to - band * s->band : s->band;
        uint64_t x = place(s, begin), width = place(s, end) - x;
        uint64_t y = band * height_of_band(t) + TOP + (uint64_t)core * LANE + (real ? PLAN + 3 : 0);

        text_add(s->out, "<g><title>%s</title><rect class=\"%s\" fill=\"%s\"", title, class,
                 hue_of(t, vcpu));
        add_number(s->out, "x", x);
        add_number(s->out, "width", width > NARROWEST ? width : NARROWEST);
        text_add(s->out, " y=\"%" PRIu64 "\" height=\"%d\"/>", y, real ? REAL : PLAN);
        if (real && strlen(name) * ROOM + MARGIN < width) {
            text_add(s->out, "<text class=\"name\" text-anchor=\"middle\"");
            add_number(s->out, "x", x + width / 2);
            text_add(s->out, " y=\"%" PRIu64 "\">%s</text>", y + REAL - 5, name);
        }
        text_add(s->out, "</g>\n");
    }
}

static void add_windows(const struct svg *s)
{
    const struct trace *t = s->t;

    EACH(p, &t->plan) {
        const struct tbl_window *w = &t->windows[p->window];
        uint64_t end = p->start + (w->end - w->start);
        if (w->vcpu != TBL_NONE)
            add_bar(s, p->core, w->vcpu, "plan", p->start, end,
                    arena_printf(t->c->arena, "planned: %s, %s to %s", trace_vcpu_text(t, w->vcpu),
                                 time_of(t, p->start), time_of(t, end)));
    }
    EACH(e, &t->events) {
        if (e->r.event != TBL_TRACE_WINDOWS || t->windows[e->r.subject].vcpu == TBL_NONE)
            continue;
        uint32_t vcpu = t->windows[e->r.subject].vcpu;
        const char *title = arena_printf(t->c->arena, "%s, %s to %s%s%s", trace_vcpu_text(t, vcpu),
                                         time_of(t, e->r.time), time_of(t, e->end),
                                         e->rest < e->end ? ", rests from " : "",
                                         e->rest < e->end ? time_of(t, e->rest) : "");
        add_bar(s, e->core, vcpu, "rest", e->rest, e->end, title);
        add_bar(s, e->core, vcpu, "real", e->r.time, e->rest, title);
    }
}

// A change of schedule is a line through the band, with its name; what happens to the module or to
// a partition is a mark below its core's windows.
static void add_mark(const struct svg *s, const struct event *e)
{
    const struct trace *t = s->t;
    uint64_t ticks = e->r.time - t->start, band = ticks / s->band;
    uint64_t x = place(s, ticks % s->band), top = band * height_of_band(t);
    uint64_t y = top + TOP + (uint64_t)e->core * LANE + PLAN + REAL + 4;
    bool schedule = e->r.event == TBL_TRACE_SCHEDULES;

    if (band >= s->bands || (schedule && e->core != 0)) // every core has recorded it
        return;
    text_add(s->out, "<g transform=\"translate(%" PRIu64 ".%03u %" PRIu64 ")\">", x / FINE,
             (unsigned)(x % FINE), schedule ? top : y);
    text_add(s->out, "<title>%s: %s</title>", time_of(t, e->r.time), trace_event_text(t, e));
    if (schedule)
        text_add(s->out,
                 "<path class=\"change\" d=\"M0 4v%" PRIu64 "\"/><text class=\"axis\" x=\"3\" "
                 "y=\"10\">%s</text></g>\n",
                 height_of_band(t) - 6, t->schedules[e->r.subject].name);
    else
        text_add(s->out, "<path class=\"%s\" d=\"M0 0l4 6h-8z\"/></g>\n",
                 e->r.event == TBL_TRACE_HEALTH ? "health" : "state");
}

static void add_marks(const struct svg *s)
{
    // In this order: what answers a health event stands at its place.
    static const uint32_t marks[] = {TBL_TRACE_SCHEDULES, TBL_TRACE_PARTITIONS, TBL_TRACE_HEALTH};

    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        EACH(e, &s->t->events) {
            if (e->r.event == marks[i])
                add_mark(s, e);
        }
    }
}

static void add_bands(const struct svg *s)
{
    const struct trace *t = s->t;
    uint64_t ns = ticks_to_ns(t->module, s->band), step = axis_step(ns, MARKS);

    for (uint64_t band = 0; band < s->bands; band++) {
        uint64_t top = band * height_of_band(t);
        for (uint64_t at = (band * ns + step - 1) / step * step; at < (band + 1) * ns; at += step) {
            uint64_t x = (uint64_t)((unsigned __int128)(at - band * ns) * SPAN * FINE / ns);
            text_add(s->out, "<text class=\"axis\" text-anchor=\"middle\"");
            add_number(s->out, "x", x);
            text_add(s->out, " y=\"%" PRIu64 "\">%s</text>\n", top + TOP - 4,
                     time_text(t->c->arena, at));
        }
        for (uint32_t core = 0; core < t->cores; core++)
            text_add(s->out,
                     "<text x=\"-%d\" y=\"%" PRIu64 "\">core %u</text><rect class=\"lane\" "
                     "width=\"%d\" height=\"%d\" y=\"%" PRIu64 "\"/>\n",
                     LEFT - 16, top + TOP + (uint64_t)core * LANE + 21, core, SPAN, PLAN + REAL + 3,
                     top + TOP + (uint64_t)core * LANE);
    }
}

static void add_head(const struct svg *s, uint64_t width, uint64_t height)
{
    const struct trace *t = s->t;

    text_add(s->out,
             "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %" PRIu64 " %" PRIu64
             "\" width=\"%" PRIu64 "\" height=\"%" PRIu64 "\">\n",
             width, height, width, height);
    text_add(s->out, "<style>\n"
                     "text { font: 12px system-ui, sans-serif; fill: #222 }\n"
                     ".title { font-size: 16px; font-weight: 600 }\n"
                     ".axis { font-size: 10px; fill: #555 } .name { font-size: 11px; fill: #111 }\n"
                     ".ground { fill: #fff } .lane { fill: #f1f3f5 }\n"
                     ".plan { opacity: 0.75 } .rest { opacity: 0.35 }\n"
                     ".change { stroke: #222; stroke-dasharray: 3 2; fill: none }\n"
                     ".health { fill: #c62828 } .state { fill: #555 }\n"
                     "</style>\n<rect class=\"ground\" width=\"100%%\" height=\"100%%\"/>\n");
    text_add(s->out,
             "<text class=\"title\" x=\"%d\" y=\"26\">%s: %s traced</text>\n<text class=\"axis\" "
             "x=\"%d\" y=\"44\">thin: planned; thick: as it was, pale once its partition rests or "
             "is stopped; red: health event; grey: a partition stops or goes on%s</text>\n",
             LEFT, t->module->name, time_of(t, t->newest), LEFT,
             s->bands == BANDS ? "; the beginning alone is drawn" : "");
    for (uint32_t i = 0; i < t->partition_count; i++)
        text_add(s->out,
                 "<rect x=\"%u\" y=\"54\" width=\"12\" height=\"12\" fill=\"%s\"/><text x=\"%u\" "
                 "y=\"64\">%s</text>\n",
                 LEFT + i * ENTRY, hue_of(t, t->partitions[i].first_vcpu), LEFT + i * ENTRY + 17,
                 t->partitions[i].name);
}

int trace_svg(const struct trace *t, const char *path)
{
    struct text out = {.arena = t->c->arena};
    struct svg s = {.t = t, .out = &out};
    uint64_t width, legend = LEFT + (uint64_t)t->partition_count * ENTRY;

    for (uint32_t i = 0; i < t->schedule_count; i++)
        if (s.band < t->schedules[i].frame * FRAMES)
            s.band = t->schedules[i].frame * FRAMES;
    s.bands = (t->newest - t->start) / s.band + 1;
    if (s.bands > BANDS)
        s.bands = BANDS;
    width = LEFT + SPAN + RIGHT;
    add_head(&s, legend > width ? legend : width, HEAD + s.bands * height_of_band(t));
    text_add(&out, "<g transform=\"translate(%d %d)\">\n", LEFT, HEAD);
    add_bands(&s);
    add_windows(&s);
    add_marks(&s);
    text_add(&out, "</g>\n</svg>\n");
    return cmd_write(t->c, path, &out);
}
