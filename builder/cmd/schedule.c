// SPDX-License-Identifier: BSD-2-Clause
// hvbuild schedule: the timetable as a picture, with all that is computed from it, and why.
#include "options.h"

#include "check/pass.h"
#include "image/image.h"
#include "report/data_text.h"
#include "report/model_yaml.h"
#include "report/picture.h"
#include "report/schedule_json.h"
#include "report/schedule_text.h"
#include "report/yaml_out.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct view { // what is asked for
    struct cmd *cmd;
    const struct model *model;
    const struct schedule *only; // --schedule, or NULL
    struct analyses *analyses;
    struct text out;
};

// Every schedule that is asked for: SCHEDULES(s, v) { ... }.
#define SCHEDULES(s, v)                                                                            \
    EACH(s, &(v)->model->schedules)                                                                \
        if (!(v)->only || (v)->only == s)

static struct latencies *latencies_of(const struct view *v, const struct schedule *s)
{
    return latencies_new(v->cmd->arena, v->model, v->analyses, s);
}

static const char *name_of(const struct word *w)
{
    return w->text ? w->text : "?";
}

// ---- The page -----------------------------------------------------------------------------------

// As wide as the terminal, 80 columns into a file.
static int width_of_output(void)
{
    struct winsize size;

    if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40)
        return size.ws_col < 400 ? size.ws_col : 400;
    return 80;
}

static void write_page(struct view *v, int width)
{
    bool colour = cmd_colour(v->cmd, stdout), first = true;

    SCHEDULES(s, v)
    {
        text_add(&v->out, "%s", first ? "" : "\n\n");
        first = false;
        picture_text(v->cmd->arena, &v->out, v->model, s, width, colour);
        processes_text(v->cmd->arena, &v->out, v->model, v->analyses, s);
        data_text(v->cmd->arena, &v->out, v->model, latencies_of(v, s));
    }
    changes_text(v->cmd->arena, &v->out, v->model);
}

static void write_least(struct view *v)
{
    bool first = true;

    SCHEDULES(s, v)
    {
        text_add(&v->out, "%s", first ? "" : "\n");
        first = false;
        least_text(v->cmd->arena, &v->out, v->model, v->analyses, s);
    }
}

// Without the blank: "40ms".
static const char *time_word(struct arena *a, uint64_t ns)
{
    const char *text = time_text(a, ns);
    size_t number = strcspn(text, " ");

    return arena_printf(a, "%.*s%s", (int)number, text, text + number + (text[number] == ' '));
}

// Each schedule as it could stand in the description, without `synthesize`.
static void write_yaml(struct view *v)
{
    struct arena *a = v->cmd->arena;

    text_add(&v->out, "schedules:\n");
    SCHEDULES(s, v)
    {
        text_add(&v->out, "  - name: %s\n", yaml_scalar(a, name_of(&s->name)));
        text_add(&v->out, "    major_frame: %s\n", time_word(a, s->major_frame.value));
        windows_yaml(&v->out, s, 4);
    }
}

static void write_json(struct view *v)
{
    json_t *o = schedule_json(v->cmd->arena, v->model, v->analyses, v->only);
    char *bytes = json_dumps(o, JSON_INDENT(1));

    json_decref(o);
    if (bytes)
        text_add(&v->out, "%s\n", bytes);
    free(bytes);
}

static int write_svg(struct view *v, const char *path)
{
    struct text svg = {.arena = v->cmd->arena};

    picture_svg(v->cmd->arena, &svg, v->model, v->only);
    return cmd_write(v->cmd, path, &svg);
}

// ---- Why ----------------------------------------------------------------------------------------

static bool is(const struct word *w, const char *name)
{
    return w->text && strcmp(w->text, name) == 0;
}

static void why_process(struct view *v, const struct process *process)
{
    SCHEDULES(s, v)
    {
        const struct rta *r = analyses_rta(v->analyses, s, process->partition);

        if (v->model->schedules.count > 1)
            text_add(&v->out, "in schedule %s, ", name_of(&s->name));
        if (r)
            rta_explain(v->cmd->arena, &v->out, r, process);
        else
            text_add(&v->out, "%s.%s: not analysed: it has no wcet, or its partition no window\n",
                     name_of(&process->partition->name), name_of(&process->name));
    }
}

static bool why_partition(struct view *v, const char *name)
{
    EACH(p, &v->model->partitions) {
        size_t length = p->name.text ? strlen(p->name.text) : 0;

        if (is(&p->name, name)) {
            SCHEDULES(s, v)
            supply_explain(v->cmd->arena, &v->out, v->model, s, p);
            return true;
        }
        if (!length || strncmp(name, p->name.text, length) != 0 || name[length] != '.')
            continue;
        EACH(process, &p->processes) {
            if (is(&process->name, name + length + 1)) {
                why_process(v, process);
                return true;
            }
        }
    }
    return false;
}

static bool why_channel(struct view *v, const char *name)
{
    bool found = false;

    EACH(c, &v->model->channels) {
        if (!is(&c->name, name))
            continue;
        found = true;
        SCHEDULES(s, v)
        {
            const struct channel_latency *all = latencies_channel(latencies_of(v, s), c);

            if (v->model->schedules.count > 1)
                text_add(&v->out, "in schedule %s, ", name_of(&s->name));
            if (!all)
                text_add(&v->out, "%s: nobody writes to it\n", name);
            for (size_t i = 0; all && i < c->to.count; i++)
                channel_explain(v->cmd->arena, &v->out, &all[i]);
        }
    }
    return found;
}

static bool why_chain(struct view *v, const char *name)
{
    bool found = false;

    EACH(c, &v->model->chains) {
        if (!is(&c->name, name))
            continue;
        found = true;
        SCHEDULES(s, v)
        {
            const struct chain_latency *l = latencies_chain(latencies_of(v, s), c);

            if (v->model->schedules.count > 1)
                text_add(&v->out, "in schedule %s, ", name_of(&s->name));
            if (l)
                chain_explain(v->cmd->arena, &v->out, l);
            else
                text_add(&v->out, "%s: one of its steps does not run\n", name);
        }
    }
    return found;
}

// Everything that can be asked for.
static const char *nearest(struct view *v, const char *name)
{
    LIST(const char *) words = {0};

    EACH(c, &v->model->channels)
        *list_add(v->cmd->arena, &words) = name_of(&c->name);
    EACH(c, &v->model->chains)
        *list_add(v->cmd->arena, &words) = name_of(&c->name);

    EACH(p, &v->model->partitions) {
        if (p->name.text)
            *list_add(v->cmd->arena, &words) = p->name.text;
        EACH(process, &p->processes) {
            *list_add(v->cmd->arena, &words) =
                arena_printf(v->cmd->arena, "%s.%s", name_of(&p->name), name_of(&process->name));
        }
    }
    return nearest_word(name, words.items, words.count);
}

static int write_why(struct view *v, const char *name)
{
    bool found = why_partition(v, name);
    const char *near;

    found = why_channel(v, name) || found; // one name may stand for several things
    found = why_chain(v, name) || found;
    if (found)
        return EXIT_CLEAN;
    near = nearest(v, name);
    return near ? cmd_usage(v->cmd, "--why: there is no '%s'; did you mean '%s'?", name, near)
                : cmd_usage(v->cmd, "--why: there is no '%s'", name);
}

// ---- The command --------------------------------------------------------------------------------

static bool find_schedule(struct view *v, const char *name)
{
    const char **names =
        arena_alloc(v->cmd->arena, (v->model->schedules.count + 1) * sizeof *names);
    size_t count = 0;
    const char *near;

    EACH(s, &v->model->schedules) {
        if (is(&s->name, name))
            v->only = s;
        if (s->name.text)
            names[count++] = s->name.text;
    }
    if (v->only)
        return true;
    near = nearest_word(name, names, count);
    if (near)
        cmd_usage(v->cmd, "there is no schedule '%s'; did you mean '%s'?", name, near);
    else
        cmd_usage(v->cmd, "there is no schedule '%s'", name);
    return false;
}

static int write_out(struct view *v, uint64_t width)
{
    struct cmd *c = v->cmd;
    int result = EXIT_CLEAN;

    if (cmd_option(c, "svg"))
        result = write_svg(v, cmd_option(c, "svg"));
    if (result == EXIT_CLEAN && cmd_option(c, "why"))
        result = write_why(v, cmd_option(c, "why"));
    else if (cmd_option(c, "json"))
        write_json(v);
    else if (cmd_option(c, "yaml"))
        write_yaml(v);
    else if (cmd_option(c, "least-duration"))
        write_least(v);
    else if (!cmd_option(c, "svg"))
        write_page(v, width ? (int)width : width_of_output());
    if (result == EXIT_CLEAN && v->out.length)
        fwrite(v->out.bytes, 1, v->out.length, stdout);
    fflush(stdout);
    return result;
}

static int schedule(struct cmd *c)
{
    struct view v = {.cmd = c, .out.arena = c->arena};
    uint64_t width = 0;
    struct model *m;

    if (!cmd_number(c, "width", 40, 400, &width))
        return EXIT_USAGE;
    m = cmd_model(c, c->arguments[0]);
    v.model = m;
    if (!m)
        return EXIT_CLEAN; // the findings say why
    if (cmd_option(c, "schedule") && !find_schedule(&v, cmd_option(c, "schedule")))
        return EXIT_USAGE;
    v.analyses = analyses_new(c->arena, m, timetables_make(c->arena, m));
    if (diags_count(c->diags, SEVERITY_ERROR) && !c->quiet)
        fprintf(stderr, "%s has errors: what follows is what it says, right or wrong\n",
                c->arguments[0]);
    return write_out(&v, width);
}

const struct command command_schedule = {
    .name = "schedule",
    .arguments = "SYSTEM.yaml [--why NAME]",
    .summary = "draw the timetable, with all times computed from it",
    .help = "Draws the windows of every schedule, one row for each core, finding them first\n"
            "where the schedule says `synthesize: true`. Below stand what each partition\n"
            "gets, response times of processes, and how long changes of schedule take. With\n"
            "--json windows and figures are one JSON object, every time in nanoseconds.\n"
            "\n"
            "examples:\n"
            "  hvbuild schedule system.yaml\n"
            "  hvbuild schedule system.yaml --why nav.law\n"
            "  hvbuild schedule system.yaml --svg timetable.svg",
    .options =
        (const struct option_row[]){
            {"schedule", 0, "NAME", "only this one"},
            {"svg", 0, "FILE", "write the picture as SVG"},
            {"json", 0, NULL, "print windows and all figures as one JSON object"},
            {"yaml", 0, NULL, "print the windows as YAML, to be pasted"},
            {"why", 0, "NAME", "the terms behind PARTITION[.PROCESS], CHANNEL or CHAIN"},
            {"least-duration", 0, NULL, "the least durations that the processes can do with"},
            {"width", 0, "N", "columns of the picture (40 to 400)"},
            {0},
        },
    .min_arguments = 1,
    .max_arguments = 1,
    .run = schedule,
};
