// SPDX-License-Identifier: BSD-2-Clause
// The validator's part about time: schedules, frames, windows.
#include "tables_parts.h"

static bool schedules_records(struct check *c)
{
    const struct tbl_schedule *s = section(c, TBL_SCHEDULE);
    const struct tbl_module *m = c->module;

    for (uint32_t i = 0; i < c->count[TBL_SCHEDULE]; i++, s++) {
        uint64_t ns;

        if (!tables_name_valid(s->name))
            return no(c, TABLES_NAME, TBL_SCHEDULE, i);
        if (s->reserved)
            return no(c, TABLES_RESERVED, TBL_SCHEDULE, i);
        for (uint32_t j = 1; j <= i; j++)
            if (tables_name_same(s->name, s[-(int64_t)j].name) || s->id == s[-(int64_t)j].id)
                return no(c, TABLES_DUPLICATE, TBL_SCHEDULE, i);
        // A whole number of ticks that is a whole number of nanoseconds too; a century at most.
        if (s->frame == 0 || s->frame % m->ns_denominator ||
            __builtin_mul_overflow(s->frame / m->ns_denominator, m->ns_numerator, &ns) ||
            ns != s->frame_ns || ns > 1ull << 61)
            return no(c, TABLES_TIMING, TBL_SCHEDULE, i);
    }
    return true;
}

static bool duties_records(struct check *c)
{
    const struct tbl_duty *d = section(c, TBL_DUTY);

    if (c->count[TBL_DUTY] != c->count[TBL_SCHEDULE] * c->count[TBL_PARTITION])
        return no(c, TABLES_COUNT, TBL_SECTIONS, TBL_DUTY);
    for (uint32_t i = 0; i < c->count[TBL_DUTY]; i++, d++) {
        if (d->duration_ns > d->period_ns)
            return no(c, TABLES_TIMING, TBL_DUTY, i);
        if (d->on_change != TBL_ACTION_IGNORE && d->on_change != TBL_ACTION_COLD_START &&
            d->on_change != TBL_ACTION_WARM_START)
            return no(c, TABLES_CHANGE, TBL_DUTY, i);
        if (d->reserved)
            return no(c, TABLES_RESERVED, TBL_DUTY, i);
    }
    return true;
}

static bool receivers_records(struct check *c)
{
    const struct tbl_receiver *r = section(c, TBL_RECEIVER);

    for (uint32_t i = 0; i < c->count[TBL_RECEIVER]; i++, r++) {
        if (r->vcpu >= c->count[TBL_VCPU])
            return no(c, TABLES_INDEX, TBL_RECEIVER, i);
        if (r->reserved)
            return no(c, TABLES_RESERVED, TBL_RECEIVER, i);
    }
    return true;
}

// Who may get the rest of window i: others than its owner, and of the same core.
static bool window_receivers(struct check *c, const struct tbl_window *w, uint32_t i, uint32_t core)
{
    const struct tbl_receiver *r = section(c, TBL_RECEIVER);
    const struct tbl_vcpu *vcpus = section(c, TBL_VCPU);

    if (!w->receiver_count)
        return w->first_receiver == 0 || no(c, TABLES_INDEX, TBL_WINDOW, i);
    if (!inside(w->first_receiver, w->receiver_count, 0, c->count[TBL_RECEIVER]))
        return no(c, TABLES_INDEX, TBL_WINDOW, i);
    r += w->first_receiver;
    for (uint32_t n = 0; n < w->receiver_count; n++, r++)
        if (w->vcpu == TBL_NONE || r->vcpu == w->vcpu || vcpus[r->vcpu].core != core)
            return no(c, TABLES_WINDOW_CORE, TBL_WINDOW, i);
    return true;
}

// Windows of one frame on one core follow each other from 0 to the end of the frame.
static bool windows_cover(struct check *c, const struct tbl_frame *f, uint32_t core, uint64_t frame)
{
    const struct tbl_window *windows = section(c, TBL_WINDOW);
    const struct tbl_vcpu *vcpus = section(c, TBL_VCPU);
    uint64_t end = 0;

    for (uint32_t i = f->first_window; i < f->first_window + f->window_count; i++) {
        const struct tbl_window *w = &windows[i];

        if (w->start != end || w->end <= w->start || w->end > frame)
            return no(c, TABLES_WINDOW, TBL_WINDOW, i);
        end = w->end;
        if (w->flags & ~(uint32_t)(TBL_WINDOW_PERIOD_START | TBL_WINDOW_FLUSH) ||
            (w->flags && w->vcpu == TBL_NONE) || (w->flags & TBL_WINDOW_FLUSH && !w->pad))
            return no(c, TABLES_FLAGS, TBL_WINDOW, i);
        if (w->pad && (w->vcpu == TBL_NONE || w->pad >= w->end - w->start))
            return no(c, TABLES_WINDOW, TBL_WINDOW, i);
        if (w->reserved)
            return no(c, TABLES_RESERVED, TBL_WINDOW, i);
        if (!window_receivers(c, w, i, core))
            return false;
        if (w->vcpu == TBL_NONE)
            continue;
        if (w->vcpu >= c->count[TBL_VCPU])
            return no(c, TABLES_INDEX, TBL_WINDOW, i);
        if (vcpus[w->vcpu].core != core)
            return no(c, TABLES_WINDOW_CORE, TBL_WINDOW, i);
    }
    return end == frame || no(c, TABLES_WINDOW, TBL_WINDOW, f->first_window + f->window_count - 1);
}

static bool frames_records(struct check *c)
{
    const struct tbl_schedule *schedules = section(c, TBL_SCHEDULE);
    const struct tbl_frame *frames = section(c, TBL_FRAME);
    uint32_t cores = c->count[TBL_CORE], next = 0;

    if (c->count[TBL_FRAME] != c->count[TBL_SCHEDULE] * cores)
        return no(c, TABLES_COUNT, TBL_SECTIONS, TBL_FRAME);
    for (uint32_t i = 0; i < c->count[TBL_FRAME]; i++) {
        if (frames[i].window_count == 0 ||
            !group(frames[i].first_window, frames[i].window_count, &next, c->count[TBL_WINDOW]))
            return no(c, TABLES_GROUP, TBL_FRAME, i);
        if (!windows_cover(c, &frames[i], i % cores, schedules[i / cores].frame))
            return false;
    }
    return next == c->count[TBL_WINDOW] || no(c, TABLES_GROUP, TBL_FRAME, c->count[TBL_FRAME]);
}

bool tables_time(struct check *c)
{
    return schedules_records(c) && duties_records(c) && receivers_records(c) && frames_records(c);
}
