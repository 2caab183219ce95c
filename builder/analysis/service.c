// SPDX-License-Identifier: BSD-2-Clause
// Service of one vcpu: windows merged into stretches, summed up once, and then asked.
#include "analysis/service.h"

typedef unsigned __int128 wide;

// ---- Stretches ----------------------------------------------------------------------------------

// Adds [start, end), which begins no earlier than any before it; overlaps count once.
static void add_stretch(struct service *s, uint64_t start, uint64_t end)
{
    struct stretch *last = s->count ? &s->stretches[s->count - 1] : NULL;

    if (last && start < last->end)
        start = last->end;
    if (start >= end)
        return;
    if (last && start == last->end)
        last->end = end;
    else
        s->stretches[s->count++] = (struct stretch){start, end};
}

// A turn that goes on where the one before it ended, on the same core, costs no switch; the first
// of the frame may go on from the last.
static bool goes_on(const struct vcpu_turns *v, size_t i, uint64_t frame)
{
    const struct turn *turn = &v->turns[i], *before = &v->turns[i ? i - 1 : v->count - 1];
    uint64_t end = before->slot->end;

    return turn->core == before->core &&
           (i ? end >= turn->slot->start : end == frame && turn->slot->start == 0);
}

// What the start of a turn takes of it: the switch, or a pad that covers it.
static uint64_t start_cost(const struct vcpu_turns *v, size_t i, uint64_t cost)
{
    uint64_t pad = v->turns[i].slot->window->pad.value;

    return pad > cost ? pad : cost;
}

// When the switch is over that the first turn of the frame goes on from, if it began before the end
// of the frame before; else 0.
static uint64_t first_ready(const struct vcpu_turns *v, uint64_t frame, uint64_t cost)
{
    size_t i = v->count;
    uint64_t ready;

    if (v->count == 0 || !goes_on(v, 0, frame))
        return 0;
    while (i-- > 1)
        if (!goes_on(v, i, frame))
            return add_u64(v->turns[i].slot->start, start_cost(v, i, cost), &ready) && ready > frame
                       ? ready - frame
                       : 0;
    return 0; // it never stops running
}

static void fill_stretches(struct service *s, const struct vcpu_turns *v, uint64_t cost)
{
    uint64_t ready = first_ready(v, s->frame, cost); // when the last switch is over

    for (size_t i = 0; i < v->count; i++) {
        uint64_t start = v->turns[i].slot->start, end = v->turns[i].slot->end;

        if (!goes_on(v, i, s->frame) && !add_u64(start, start_cost(v, i, cost), &ready))
            ready = NEVER;
        add_stretch(s, start > ready ? start : ready, end < s->frame ? end : s->frame);
    }
}

// ---- Repetition ---------------------------------------------------------------------------------

// Stretches as a ring: how far it is from the start of one to the start of the next, and how long
// each is. Where the last goes on in the first, the ring begins with the second.
struct ring {
    const struct service *s;
    size_t first, count;
};

static struct ring ring_of(const struct service *s)
{
    bool wraps =
        s->count > 1 && s->stretches[0].start == 0 && s->stretches[s->count - 1].end == s->frame;

    return (struct ring){s, wraps, s->count - wraps};
}

static uint64_t ring_distance(const struct ring *r, size_t i)
{
    const struct stretch *at = &r->s->stretches[r->first];

    return i + 1 < r->count ? at[i + 1].start - at[i].start
                            : r->s->frame - at[i].start + at[0].start;
}

static uint64_t ring_length(const struct ring *r, size_t i)
{
    const struct stretch *at = &r->s->stretches[r->first + i];
    uint64_t more = r->first && i + 1 == r->count ? r->s->stretches[0].end : 0;

    return at->end - at->start + more;
}

static bool ring_equal(const struct ring *r, size_t i, size_t j)
{
    return ring_distance(r, i) == ring_distance(r, j) && ring_length(r, i) == ring_length(r, j);
}

// How often the ring repeats itself: its length over its shortest period, which the longest border
// of the sequence gives (Knuth, Morris and Pratt 1977).
static size_t ring_repeats(struct arena *a, const struct ring *r)
{
    size_t *border = arena_alloc(a, (r->count + 1) * sizeof *border);
    size_t length = 0, period;

    for (size_t i = 1; i < r->count; i++) {
        while (length > 0 && !ring_equal(r, i, length))
            length = border[length - 1];
        if (ring_equal(r, i, length))
            length++;
        border[i] = length;
    }
    period = r->count - length;
    return r->count % period == 0 ? r->count / period : 1;
}

static void fold(struct arena *a, struct service *s)
{
    struct ring ring = ring_of(s);
    size_t repeats, kept = 0;

    if (ring.count < 2)
        return;
    repeats = ring_repeats(a, &ring);
    s->frame /= repeats;
    while (kept < s->count && s->stretches[kept].start < s->frame)
        kept++;
    s->count = kept;
    if (s->stretches[kept - 1].end > s->frame)
        s->stretches[kept - 1].end = s->frame;
}

struct service service_of(struct arena *a, const struct model *m, const struct timetable *t,
                          const struct partition *p, size_t cpu)
{
    uint64_t cost = m->switch_in_gap.given && m->switch_in_gap.value ? 0 : switch_cost_of(m);
    uint64_t frame = t->schedule->major_frame.given ? t->schedule->major_frame.value : 0;
    const struct vcpu_turns *v = timetable_turns(t, p, cpu);
    struct service s = {.frame = frame ? frame : 1};

    s.stretches = arena_alloc(a, (v->count + 1) * sizeof *s.stretches);
    fill_stretches(&s, v, cost);
    fold(a, &s);
    s.before = arena_alloc(a, (s.count + 1) * sizeof *s.before);
    for (size_t i = 0; i < s.count; i++)
        s.before[i + 1] = s.before[i] + (s.stretches[i].end - s.stretches[i].start);
    return s;
}

// ---- Questions ----------------------------------------------------------------------------------

// The last i in [from, count) with before[i] < amount; amount > 0. `from` must have that property.
static size_t stretch_with(const struct service *s, size_t from, uint64_t amount)
{
    size_t low = from, high = s->count;

    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (s->before[middle] < amount)
            low = middle;
        else
            high = middle;
    }
    return low;
}

// Service in [0, t) of one frame, t <= frame.
static uint64_t within(const struct service *s, uint64_t t)
{
    size_t low = 0, high = s->count;

    while (low < high) { // the number of stretches that begin before t
        size_t middle = low + (high - low) / 2;

        if (s->stretches[middle].start < t)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return 0;
    return t < s->stretches[low - 1].end ? s->before[low - 1] + (t - s->stretches[low - 1].start)
                                         : s->before[low];
}

uint64_t service_until(const struct service *s, uint64_t t)
{
    return t / s->frame * s->before[s->count] + within(s, t % s->frame);
}

uint64_t service_between(const struct service *s, uint64_t from, uint64_t to)
{
    return to > from ? service_until(s, to) - service_until(s, from) : 0;
}

// The instant at which the service since 0 reaches `amount` > 0.
static wide reached(const struct service *s, wide amount)
{
    uint64_t total = s->before[s->count];
    wide frames = (amount - 1) / total;
    uint64_t rest = (uint64_t)(amount - frames * total);
    size_t i = stretch_with(s, 0, rest);

    return frames * s->frame + s->stretches[i].start + (rest - s->before[i]);
}

static uint64_t in_range(wide t)
{
    return t > (wide)1 << 63 ? NEVER : (uint64_t)t;
}

uint64_t service_finish(const struct service *s, uint64_t from, uint64_t amount)
{
    if (amount == 0)
        return from;
    if (s->count == 0)
        return NEVER;
    return in_range(reached(s, (wide)service_until(s, from) + amount));
}

uint64_t service_least(const struct service *s, uint64_t t)
{
    uint64_t least = NEVER, total = s->before[s->count];
    size_t next = 0; // stretches that begin before the end of the interval, in its last frame
    wide frame = 0;

    for (size_t i = 0; i < s->count; i++) {
        wide end = (wide)s->stretches[i].end + t;
        uint64_t rest = (uint64_t)(end % s->frame), got;

        if (end / s->frame != frame) {
            frame = end / s->frame;
            next = 0;
        }
        while (next < s->count && s->stretches[next].start < rest)
            next++;
        got = next == 0 ? 0
              : rest < s->stretches[next - 1].end
                  ? s->before[next - 1] + rest - s->stretches[next - 1].start
                  : s->before[next];
        got = (uint64_t)(frame * total + got - s->before[i + 1]);
        if (got < least)
            least = got;
    }
    return s->count ? least : 0;
}

// The longest interval from the end of a stretch on that has just `amount` > 0 of service, and
// where it begins. The end of the interval only moves forward as its beginning does.
static wide longest(const struct service *s, uint64_t amount, uint64_t *begins)
{
    uint64_t total = s->before[s->count];
    wide frames = ((wide)s->before[1] + amount - 1) / total, most = 0;
    uint64_t rest = (uint64_t)(s->before[1] + (wide)amount - frames * total);
    size_t in = stretch_with(s, 0, rest);

    for (size_t i = 0; i < s->count; i++) {
        wide length;

        while (in + 1 < s->count && s->before[in + 1] < rest)
            in++;
        length = frames * s->frame + s->stretches[in].start + (rest - s->before[in]) -
                 s->stretches[i].end;
        if (length > most) {
            most = length;
            *begins = s->stretches[i].end % s->frame;
        }
        if (i + 1 == s->count)
            break;
        rest += s->stretches[i + 1].end - s->stretches[i + 1].start;
        if (rest > total) {
            rest -= total;
            frames++;
            in = 0;
        }
    }
    return most;
}

uint64_t service_least_time(const struct service *s, uint64_t amount)
{
    uint64_t begins;

    if (amount == 0)
        return 0;
    return s->count ? in_range(longest(s, amount, &begins)) : NEVER;
}

uint64_t service_worst_begin(const struct service *s, uint64_t amount)
{
    uint64_t begins = 0;

    if (amount > 0 && s->count > 0)
        longest(s, amount, &begins);
    return begins;
}

uint64_t service_blackout(const struct service *s, uint64_t *begins)
{
    uint64_t most = s->count ? 0 : s->frame, at = 0;

    for (size_t i = 0; i < s->count; i++) {
        uint64_t end = s->stretches[i].end;
        uint64_t next =
            i + 1 < s->count ? s->stretches[i + 1].start : s->frame + s->stretches[0].start;

        if (next - end > most) {
            most = next - end;
            at = end % s->frame;
        }
    }
    if (begins)
        *begins = at;
    return most;
}
