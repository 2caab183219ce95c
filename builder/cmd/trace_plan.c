// SPDX-License-Identifier: BSD-2-Clause
// A trace held against the plan: every window where and when its schedule has it.
#include "image/image.h"
#include "report/tables_json.h"
#include "trace_view.h"

enum {
    WALK_LIMIT = 1 << 20, // planned windows looked through for one record
    TOLD_LIMIT = 20,      // findings in words; all are counted
};

struct walk { // where the plan has a core
    uint32_t core, schedule, window;
    uint64_t frame_start;
};

static const struct tbl_frame *frame_of(const struct trace *t, const struct walk *w)
{
    return &t->frames[(uint64_t)w->schedule * t->cores + w->core];
}

static uint64_t planned(const struct trace *t, const struct walk *w)
{
    return w->frame_start + t->windows[w->window].start;
}

// The plan has got this far.
static void note(struct trace *t, const struct walk *w)
{
    *list_add(t->c->arena, &t->plan) = (struct planned){w->core, w->window, planned(t, w)};
}

static void tell(struct trace *t, const struct walk *w, uint64_t time, const char *what)
{
    if (t->told++ < TOLD_LIMIT)
        cmd_failed(t->c, "core %u: window %u of schedule '%s' %s at %.6f ms", w->core,
                   w->window - frame_of(t, w)->first_window, t->schedules[w->schedule].name, what,
                   (double)ticks_to_ns(t->module, time - t->start) / 1e6);
}

// To the next window. Behind the last one the frame begins anew: in `schedule`, when that is the
// one of `time`.
static void step(const struct trace *t, struct walk *w, uint32_t schedule, uint64_t time)
{
    const struct tbl_frame *f = frame_of(t, w);

    if (++w->window < f->first_window + f->window_count)
        return;
    w->frame_start += t->schedules[w->schedule].frame;
    if (time < w->frame_start + t->schedules[schedule].frame)
        w->schedule = schedule;
    w->window = frame_of(t, w)->first_window;
}

// The schedule that a window record of this core belongs to; false: to none.
static bool schedule_of(const struct trace *t, uint32_t core, uint32_t window, uint32_t *schedule)
{
    for (*schedule = 0; *schedule < t->schedule_count; ++*schedule) {
        const struct tbl_frame *f = &t->frames[(uint64_t)*schedule * t->cores + core];
        if (window - f->first_window < f->window_count)
            return true;
    }
    return false;
}

// The windows from `w` on that the record passes over have not started.
static void compare_window(struct trace *t, struct walk *w, const struct tbl_trace_record *r)
{
    uint32_t schedule, walked = 0;

    t->seen++;
    struct walk found = {.core = w->core, .window = r->subject};
    if (schedule_of(t, w->core, r->subject, &schedule)) {
        found.schedule = schedule;
        while (w->window != r->subject && planned(t, w) <= r->time && walked++ < WALK_LIMIT) {
            t->missing++;
            tell(t, w, planned(t, w), "did not start");
            note(t, w);
            step(t, w, schedule, r->time);
        }
    } else {
        found.schedule = w->schedule;
    }
    if (w->window != r->subject || planned(t, w) > r->time) {
        t->extra++;
        tell(t, &found, r->time, "started where the plan has none");
        return;
    }
    note(t, w);
    if (r->time - planned(t, w) > t->module->lateness_bound) {
        t->late++;
        tell(t, w, planned(t, w), "started late: it was due");
    }
}

void trace_compare(struct trace *t, uint32_t core)
{
    const struct tbl_trace *ring = trace_ring(t, core);
    struct walk w = {.core = core, .schedule = t->module->initial, .frame_start = t->start};
    bool begun = ring->written <= t->module->trace_records; // else the first windows are not there
    bool pending = begun;

    w.window = frame_of(t, &w)->first_window;
    EACH(e, &t->events) {
        uint32_t schedule;
        if (e->core != core || e->r.event != TBL_TRACE_WINDOWS)
            continue;
        bool own = schedule_of(t, core, e->r.subject, &schedule);
        if (!begun && own) { // nothing is known of what was before: taken as it says itself
            w.schedule = schedule;
            w.window = e->r.subject;
            w.frame_start = e->r.more;
            begun = pending = true;
        } else if (!pending) {
            step(t, &w, own ? schedule : w.schedule, e->r.time);
            pending = true;
        }
        uint64_t extra = t->extra;
        compare_window(t, &w, &e->r);
        pending = t->extra != extra; // what was due is still due
    }
    // What was due before the newest record of all cores; a change of schedule may lie behind the
    // end of a frame.
    if (!begun)
        return;
    const struct tbl_frame *f = frame_of(t, &w);
    for (uint32_t next = pending ? w.window : w.window + 1;
         next < f->first_window + f->window_count; next++) {
        w.window = next;
        if (t->newest < t->module->lateness_bound ||
            planned(t, &w) >= t->newest - t->module->lateness_bound)
            break;
        t->missing++;
        tell(t, &w, planned(t, &w), "did not start");
        note(t, &w);
    }
}
