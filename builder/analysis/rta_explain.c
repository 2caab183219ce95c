// SPDX-License-Identifier: BSD-2-Clause
// The inequality behind a response, with its values, so that it can be checked by hand.
#include "analysis/load.h"

struct page { // what is written, and about what
    struct text *out;
    struct arena *arena;
    const struct load *load;
    const struct service *service;
    size_t i;
    const struct response *response;
};

static const char *time_of(const struct page *p, wide ns)
{
    return ns > UINT64_MAX ? "more than 2^64 ns" : time_text(p->arena, (uint64_t)ns);
}

static const char *name_of(const struct page *p, size_t j)
{
    const struct process *process = p->load->tasks[j].process;

    return arena_printf(
        p->arena, "%s.%s",
        process->partition && process->partition->name.text ? process->partition->name.text : "?",
        process->name.text ? process->name.text : "?");
}

static const char *verdict_text(const struct response *r)
{
    if (r->deadline == NEVER)
        return "it has no deadline";
    return r->verdict == PROVED ? "in time" : r->verdict == REFUTED ? "too late" : "not proved";
}

// The windows of [from, to), the first few of them.
static void write_windows(const struct page *p, uint64_t from, uint64_t to)
{
    const struct service *s = p->service;
    uint64_t base = from / s->frame * s->frame;
    unsigned shown = 0;
    size_t i = 0;

    while (i < s->count && base + s->stretches[i].end <= from)
        i++;
    for (;; i++) {
        if (i == s->count) {
            i = 0;
            base += s->frame;
        }
        uint64_t start = base + s->stretches[i].start, end = base + s->stretches[i].end;

        if (start >= to)
            break;
        if (shown++ == 6) {
            text_add(p->out, ", ...");
            break;
        }
        text_add(p->out, "%s%s to %s", shown > 1 ? ", " : "",
                 time_of(p, start > from ? start : from), time_of(p, end < to ? end : to));
    }
}

// ---- Any phase ----------------------------------------------------------------------------------

static void write_interference(const struct page *p, uint64_t t)
{
    for (size_t j = 0; j < p->load->count; j++) {
        const struct task *other = &p->load->tasks[j];

        if (!load_precedes(p->load, j, p->i))
            continue;
        text_add(p->out, " + %llu x %s (%s, ceil(", (unsigned long long)any_phase_jobs(other, t),
                 time_of(p, other->cost), name_of(p, j));
        if (other->jitter)
            text_add(p->out, "(%s + %s)", time_of(p, t), time_of(p, other->jitter));
        else
            text_add(p->out, "%s", time_of(p, t));
        text_add(p->out, " / %s))", time_of(p, other->period));
    }
}

static void write_any_phase(const struct page *p)
{
    const struct task *task = &p->load->tasks[p->i];
    struct supply supply = {.table = p->service};
    uint64_t job = p->response->job, t = any_phase_window(p->load, p->i, &supply, job);
    wide demand = any_phase_demand(p->load, p->i, job, t);
    uint64_t begins = service_worst_begin(p->service, (uint64_t)demand);

    text_add(p->out, "  any phase: R = %s", time_of(p, p->response->any_phase));
    if (job > 0 || task->jitter > 0) {
        text_add(p->out, " = t %s", time_of(p, t));
        if (task->jitter > 0)
            text_add(p->out, " + jitter %s", time_of(p, task->jitter));
        if (job > 0)
            text_add(p->out, " - %llu x period %s (job %llu of a busy period)",
                     (unsigned long long)job, time_of(p, task->period),
                     (unsigned long long)job + 1);
    }
    text_add(p->out, "\n    t = %s: supply in t at worst %s >= ", time_of(p, t),
             time_of(p, service_least(p->service, t)));
    if (job > 0)
        text_add(p->out, "%llu x ", (unsigned long long)job + 1);
    text_add(p->out, "C %s + B %s", time_of(p, task->cost), time_of(p, task->blocking));
    write_interference(p, t);
    text_add(p->out, " = %s\n    at worst from %s of the frame on, with windows ",
             time_of(p, demand), time_of(p, begins));
    write_windows(p, begins, begins + t);
    text_add(p->out, "\n");
}

static void write_no_bound(const struct page *p)
{
    struct share others = load_share(p->load, p->i, false);
    struct supply supply = {.table = p->service};
    int compared = share_compare(others, &supply);

    text_add(p->out, "  any phase: no bound was found\n");
    if (compared != SHARE_EQUAL && compared != SHARE_MORE)
        return;
    text_add(p->out, "    what is as urgent or more leaves no time: ");
    if (others.work == NEVER)
        text_add(p->out, "it asks for more than a whole processor");
    else
        text_add(p->out, "%s of work every %s", time_of(p, others.work), time_of(p, others.span));
    text_add(p->out, ", and there are %s every %s\n", time_of(p, supply_total(&supply)),
             time_of(p, supply_frame(&supply)));
}

// ---- Synchronised -------------------------------------------------------------------------------

// Releases of a task in [from, to), in the run that began at `phase`.
static uint64_t releases_in(const struct task *j, uint64_t phase, uint64_t from, uint64_t to)
{
    uint64_t first = phase + j->offset;
    uint64_t before = from > first ? (from - first + j->period - 1) / j->period : 0;

    return (to > first ? (to - first + j->period - 1) / j->period : 0) - before;
}

// Under fixed priorities everything as urgent that was released since the busy period began is done
// when the job is.
static void write_synchronised(const struct page *p)
{
    const struct response *r = p->response;
    const struct task *task = &p->load->tasks[p->i];
    uint64_t end = r->release + r->exact;

    text_add(
        p->out,
        "  synchronised: R = %s: released at %s, done at %s, when the partition starts at %s\n",
        time_of(p, r->exact), time_of(p, r->release), time_of(p, end), time_of(p, r->phase));
    text_add(p->out, "    from %s to %s the windows hold %s", time_of(p, r->busy), time_of(p, end),
             time_of(p, service_between(p->service, r->busy, end)));
    if (p->load->edf) {
        text_add(p->out, ", all of it used\n");
    } else {
        uint64_t own = releases_in(task, r->phase, r->busy, r->release + 1);

        text_add(p->out, " = %llu x C %s", (unsigned long long)own, time_of(p, task->cost));
        for (size_t j = 0; j < p->load->count; j++) {
            const struct task *other = &p->load->tasks[j];

            if (load_precedes(p->load, j, p->i))
                text_add(p->out, " + %llu x %s (%s)",
                         (unsigned long long)releases_in(other, r->phase, r->busy, end),
                         time_of(p, other->cost), name_of(p, j));
        }
        text_add(p->out, "\n");
    }
    text_add(p->out, "    windows ");
    write_windows(p, r->busy, end);
    text_add(p->out, "\n");
}

// ---- EDF ----------------------------------------------------------------------------------------

static void write_edf(const struct page *p)
{
    const struct task *task = &p->load->tasks[p->i];
    uint64_t overload = p->load->overload;
    uint64_t t = overload != NEVER ? overload : task->deadline;
    uint64_t blocking = edf_blocking(p->load, t);
    uint64_t supply = service_least(p->service, t);
    bool first = true;

    text_add(p->out, "  any phase: deadlines within t = %s ask for ", time_of(p, t));
    for (size_t j = 0; j < p->load->count; j++) {
        const struct task *other = &p->load->tasks[j];

        if (edf_jobs(other, t) == 0)
            continue;
        text_add(p->out, "%s%llu x %s (%s)", first ? "" : " + ",
                 (unsigned long long)edf_jobs(other, t), time_of(p, other->cost), name_of(p, j));
        first = false;
    }
    if (blocking > 0)
        text_add(p->out, " + B %s", time_of(p, blocking));
    text_add(p->out, " = %s %s supply in t at worst %s\n", time_of(p, edf_demand(p->load, t)),
             edf_demand(p->load, t) > supply ? ">" : "<=", time_of(p, supply));
}

// ---- The page -----------------------------------------------------------------------------------

static void write_head(const struct page *p)
{
    const struct response *r = p->response;
    const struct task *task = &p->load->tasks[p->i];

    text_add(p->out, "%s: ", name_of(p, p->i));
    if (r->verdict == NOT_PROVED) {
        text_add(p->out, "not proved: ");
        if (r->because && r->because != r->process)
            text_add(p->out, "of '%s': ", r->because->name.text ? r->because->name.text : "?");
        text_add(p->out, "%s\n", r->why_not);
        return;
    }
    if (response_bound(r) == NEVER)
        text_add(p->out, "response without bound");
    else
        text_add(p->out, "response at most %s", time_of(p, response_bound(r)));
    if (r->deadline != NEVER)
        text_add(p->out, ", deadline %s", time_of(p, r->deadline));
    text_add(p->out, ": %s\n", verdict_text(r));
    if (task->cost != task->process->wcet.value)
        text_add(p->out, "  C %s is its wcet %s times %llu %%\n", time_of(p, task->cost),
                 time_of(p, task->process->wcet.value),
                 (unsigned long long)task->process->partition->wcet_factor.value);
}

void rta_explain(struct arena *a, struct text *out, const struct rta *r, const struct process *p)
{
    size_t cpu = rta_cpu(r, p);
    struct page page = {.out = out,
                        .arena = a,
                        .load = &r->loads[cpu],
                        .service = &r->services[cpu],
                        .response = rta_response(r, p)};

    while (page.i < page.load->count && page.load->tasks[page.i].process != p)
        page.i++;
    if (page.i == page.load->count)
        return;
    write_head(&page);
    if (page.response->why_not)
        return;
    if (page.response->synchronised && page.response->exact != NEVER)
        write_synchronised(&page);
    if (page.load->edf) {
        if (page.response->deadline != NEVER)
            write_edf(&page);
    } else if (page.response->any_phase != NEVER) {
        write_any_phase(&page);
    } else {
        write_no_bound(&page);
    }
}
