// SPDX-License-Identifier: BSD-2-Clause
// The frame as an SVG document.
#include "report/picture.h"

#include "report/figures.h"
#include <string.h>

// All lengths in user units, one of which is a pixel when nothing scales the picture.
enum {
    LEFT = 76,    // where the frame begins
    SPAN = 900,   // the frame
    RIGHT = 24,   // behind it
    LANE = 40,    // one core
    BAR = 28,     // a window in its lane
    HEAD = 56,    // title and axis
    FOOT = 26,    // below the lanes
    ENTRY = 196,  // one name of the legend
    LINE = 22,    // a line of the legend
    PER_LINE = 5, // names in a line of the legend
    FINE = 1000,  // positions are thousandths
    NARROW = 600, // windows below this, in thousandths, are drawn together
    LETTER = 8,   // width of a letter, at least
    MARK = 6,     // windows from this width on show that a period starts
};

static const char *const hues[] = {"#6ea8dc", "#f2b26b", "#86c995", "#e88f8f",
                                   "#79c3cf", "#ead56f", "#bfa0dc", "#a8c4b8",
                                   "#d8b08c", "#b7cf77", "#eda7cf", "#9aa9e6"};

static void add_escaped(struct text *out, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '<':
            text_add(out, "&lt;");
            break;
        case '>':
            text_add(out, "&gt;");
            break;
        case '&':
            text_add(out, "&amp;");
            break;
        case '"':
            text_add(out, "&quot;");
            break;
        default: // XML has no characters below the blank
            text_add(out, "%c", *text < 0x20 || *text > 0x7e ? '?' : *text);
        }
    }
}

static const char *name_of(const struct partition *p)
{
    return p->name.text ? p->name.text : "?";
}

static const char *hue_of(const struct partition *p)
{
    return hues[p->index % (sizeof hues / sizeof hues[0])];
}

// Thousandths of a unit from the left edge of the frame.
static uint64_t place(uint64_t frame, uint64_t t)
{
    return (uint64_t)((unsigned __int128)(t < frame ? t : frame) * SPAN * FINE / frame);
}

static void add_place(struct text *out, const char *key, uint64_t thousandths)
{
    text_add(out, " %s=\"%llu", key, (unsigned long long)thousandths / FINE);
    if (thousandths % FINE)
        text_add(out, ".%03llu", (unsigned long long)thousandths % FINE);
    text_add(out, "\"");
}

static void style(struct text *out)
{
    text_add(out, "<style>\n"
                  "text { font: 13px system-ui, sans-serif; fill: #222 }\n"
                  ".title { font-size: 16px; font-weight: 600 }\n"
                  ".axis { font-size: 11px; fill: #555 }\n"
                  ".name { fill: #111 }\n"
                  ".ground { fill: #fff } .lane { fill: #f1f3f5 }\n"
                  ".tick { stroke: #9aa3ad; stroke-width: 1 }\n"
                  ".window { stroke: #fff; stroke-width: 0.8 }\n"
                  ".many { fill: #8b939c }\n"
                  ".start { fill: #222 }\n"
                  "@media (prefers-color-scheme: dark) {\n"
                  "  text { fill: #e6e6e6 } .axis { fill: #a8b0b8 } .name { fill: #111 }\n"
                  "  .ground { fill: #16181b } .lane { fill: #2a2e33 } .tick { stroke: #6b747d }\n"
                  "  .window { stroke: #16181b } .start { fill: #e6e6e6 }\n"
                  "}\n"
                  "</style>\n");
}

// ---- Windows ------------------------------------------------------------------------------------

static void window_title(struct arena *a, struct text *out, const struct slot *s)
{
    text_add(out, "<title>");
    add_escaped(out, name_of(s->window->partition));
    if (s->window->cpu.value)
        text_add(out, " (cpu %llu)", (unsigned long long)s->window->cpu.value);
    text_add(out, ": %s to %s, %s%s</title>", time_text(a, s->start), time_text(a, s->end),
             time_text(a, s->end - s->start), s->period_start ? ", period start" : "");
}

static void one_window(struct arena *a, struct text *out, uint64_t frame, const struct slot *s)
{
    uint64_t from = place(frame, s->start), to = place(frame, s->end);
    const char *name = name_of(s->window->partition);
    size_t room = (size_t)((to - from) / FINE), length = strlen(name);

    text_add(out, "<g>");
    window_title(a, out, s);
    text_add(out, "<rect class=\"window\" rx=\"3\" fill=\"%s\"", hue_of(s->window->partition));
    add_place(out, "x", from);
    add_place(out, "width", to - from);
    text_add(out, " height=\"%d\"/>", BAR);
    if (s->period_start && room >= MARK) {
        text_add(out, "<path class=\"start\" d=\"M%llu.%03llu -1l4 0l-4 6z\"/>",
                 (unsigned long long)from / FINE, (unsigned long long)from % FINE);
    }
    if (length * LETTER + 6 > room) {
        length = 1;
    }
    if (room >= LETTER + 6) {
        text_add(out, "<text class=\"name\" text-anchor=\"middle\" y=\"%d\"", BAR / 2 + 5);
        add_place(out, "x", (from + to) / 2);
        text_add(out, ">");
        if (length == 1)
            text_add(out, "%c", partition_letter(s->window->partition));
        else
            add_escaped(out, name);
        text_add(out, "</text>");
    }
    text_add(out, "</g>\n");
}

struct crowd {         // windows side by side that are too narrow to be seen
    uint64_t from, to; // ns
    size_t count;
};

static void draw_crowd(struct arena *a, struct text *out, uint64_t frame, struct crowd *c)
{
    if (c->count == 0)
        return;
    uint64_t from = place(frame, c->from), to = place(frame, c->to);

    text_add(out, "<g><title>%zu windows: %s to %s</title><rect class=\"many\"", c->count,
             time_text(a, c->from), time_text(a, c->to));
    add_place(out, "x", from);
    add_place(out, "width", to - from < NARROW ? NARROW : to - from);
    text_add(out, " height=\"%d\"/></g>\n", BAR);
    *c = (struct crowd){0};
}

static void lane(struct arena *a, struct text *out, const struct schedule *s,
                 const struct core_plan *core)
{
    uint64_t frame = s->major_frame.value;
    struct crowd crowd = {0};

    text_add(out, "<text x=\"-12\" y=\"%d\" text-anchor=\"end\">core %u</text>\n", BAR / 2 + 5,
             core->core);
    EACH(slot, &core->slots) {
        if (!slot->window->partition || slot->start >= frame || slot->end <= slot->start)
            continue;
        if (place(frame, slot->end) - place(frame, slot->start) >= NARROW) {
            draw_crowd(a, out, frame, &crowd);
            one_window(a, out, frame, slot);
            continue;
        }
        if (crowd.count && place(frame, slot->start) - place(frame, crowd.to) > NARROW)
            draw_crowd(a, out, frame, &crowd);
        if (crowd.count++ == 0)
            crowd.from = slot->start;
        crowd.to = slot->end > crowd.to ? slot->end : crowd.to;
    }
    draw_crowd(a, out, frame, &crowd);
}

// ---- The whole ----------------------------------------------------------------------------------

static void axis(struct arena *a, struct text *out, uint64_t frame, int depth)
{
    uint64_t step = axis_step(frame, 12);

    for (uint64_t t = 0; t <= frame && step; t += step) {
        text_add(out, "<line class=\"tick\" y1=\"-6\" y2=\"%d\"", depth);
        add_place(out, "x1", place(frame, t));
        add_place(out, "x2", place(frame, t));
        text_add(out, "/><text class=\"axis\" text-anchor=\"middle\" y=\"-10\"");
        add_place(out, "x", place(frame, t));
        text_add(out, ">%s</text>\n", t ? time_text(a, t) : "0");
        if (t > UINT64_MAX - step)
            break;
    }
}

static int height_of(const struct schedule *s)
{
    return HEAD + (int)s->cores.count * LANE + FOOT;
}

static void one_schedule(struct arena *a, struct text *out, const struct schedule *s, int top)
{
    uint64_t frame = s->major_frame.value;
    int y = 0;

    text_add(out, "<g transform=\"translate(%d %d)\">\n", LEFT, top + HEAD);
    text_add(out, "<text class=\"title\" x=\"%d\" y=\"-34\">", 12 - LEFT);
    add_escaped(out, s->name.text ? s->name.text : "?");
    text_add(out, ", frame %s</text>\n", time_text(a, frame));
    if (frame) {
        for (size_t i = 0; i < s->cores.count; i++)
            text_add(out, "<rect class=\"lane\" y=\"%d\" width=\"%d\" height=\"%d\"/>\n",
                     (int)i * LANE, SPAN, BAR);
        axis(a, out, frame, (int)s->cores.count * LANE - LANE + BAR);
        EACH(c, &s->cores) {
            text_add(out, "<g transform=\"translate(0 %d)\">\n", y);
            lane(a, out, s, c);
            text_add(out, "</g>\n");
            y += LANE;
        }
    }
    text_add(out, "</g>\n");
}

static bool runs(const struct partition *p, const struct schedule *s)
{
    EACH(c, &s->cores) {
        EACH(w, &c->windows) {
            if (w->partition == p)
                return true;
        }
    }
    return false;
}

static size_t legend(struct text *out, const struct model *m, const struct schedule *s, int top)
{
    size_t count = 0;

    EACH(p, &m->partitions) {
        bool shown = s ? runs(p, s) : true;
        int x = 12 + (int)(count % PER_LINE) * ENTRY, y = top + (int)(count / PER_LINE) * LINE;

        if (!shown)
            continue;
        count++;
        if (!out)
            continue;
        text_add(out,
                 "<g transform=\"translate(%d %d)\"><rect class=\"window\" rx=\"3\" fill=\"%s\" "
                 "width=\"18\" height=\"16\"/><text class=\"name\" text-anchor=\"middle\" x=\"9\" "
                 "y=\"13\">%c</text><text x=\"26\" y=\"13\">",
                 x, y, hue_of(p), partition_letter(p));
        add_escaped(out, name_of(p));
        text_add(out, "</text></g>\n");
    }
    return (count + PER_LINE - 1) / PER_LINE;
}

void picture_svg(struct arena *a, struct text *out, const struct model *m, const struct schedule *s)
{
    int width = LEFT + SPAN + RIGHT, height = 0;

    EACH(each, &m->schedules) {
        if (!s || each == s)
            height += height_of(each);
    }
    text_add(out,
             "<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" viewBox=\"0 0 %d %d\" "
             "width=\"%d\" height=\"%d\">\n<title>",
             width, height + (int)legend(NULL, m, s, 0) * LINE + 12, width,
             height + (int)legend(NULL, m, s, 0) * LINE + 12);
    add_escaped(out, m->name.text ? m->name.text : "module");
    text_add(out, ": schedules</title>\n");
    style(out);
    text_add(out, "<rect class=\"ground\" width=\"100%%\" height=\"100%%\"/>\n");
    height = 0;
    EACH(each, &m->schedules) {
        if (s && each != s)
            continue;
        one_schedule(a, out, each, height);
        height += height_of(each);
    }
    legend(out, m, s, height);
    text_add(out, "</svg>\n");
}
