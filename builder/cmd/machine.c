// SPDX-License-Identifier: BSD-2-Clause
// A QEMU process. Control is QMP, QEMU's own protocol: one JSON object a line.
#include "machine.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ANSWER_MS = 5000, CONNECT_STEP_MS = 20 };

const char *machine_socket(struct arena *a, struct machine *m)
{
    const char *base = getenv("TMPDIR");
    char *directory = arena_printf(a, "%s/hvbuild.XXXXXX", base && *base ? base : "/tmp");

    if (!mkdtemp(directory))
        return NULL;
    m->directory = directory;
    m->socket = arena_printf(a, "%s/qmp", directory);
    return m->socket;
}

bool machine_start(struct machine *m, char *const argv[], bool input)
{
    int out[2], failed[2], in[2] = {-1, -1}, error = 0;

    m->control = -1;
    if (pipe2(out, O_CLOEXEC) < 0 || pipe2(failed, O_CLOEXEC) < 0 ||
        (input && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, in) < 0))
        return false;
    m->pid = fork();
    if (m->pid == 0) {
        // Without a terminal as its input QEMU leaves the terminal's settings alone.
        dup2(input ? in[1] : open("/dev/null", O_RDONLY), STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        setpgid(0, 0); // Ctrl-C is for us to answer
        execvp(argv[0], argv);
        error = errno;
        if (write(failed[1], &error, sizeof error) < 0)
            _exit(126);
        _exit(127);
    }
    close(out[1]);
    close(failed[1]);
    if (input)
        close(in[1]);
    if (m->pid > 0 && read(failed[0], &error, sizeof error) == sizeof error) {
        waitpid(m->pid, NULL, 0);
        m->pid = -1;
        errno = error;
    }
    close(failed[0]);
    if (m->pid < 0) {
        error = errno;
        close(out[0]);
        if (input)
            close(in[0]);
        errno = error;
        return false;
    }
    m->console = out[0];
    m->input = in[0];
    return true;
}

// The next line of an answer, waited for so long; NULL when none comes.
static char *answer_line(struct arena *a, struct machine *m, int wait_ms)
{
    char bytes[4096];

    for (;;) {
        char *end = m->answers.bytes ? strchr(m->answers.bytes, '\n') : NULL;
        if (end) {
            char *line = arena_text(a, m->answers.bytes, (size_t)(end - m->answers.bytes));
            m->answers.length -= (size_t)(end + 1 - m->answers.bytes);
            memmove(m->answers.bytes, end + 1, m->answers.length + 1);
            return line;
        }
        struct pollfd p = {.fd = m->control, .events = POLLIN};
        if (poll(&p, 1, wait_ms) <= 0)
            return NULL;
        ssize_t n = read(m->control, bytes, sizeof bytes);
        if (n <= 0)
            return NULL;
        text_bytes(&m->answers, bytes, (size_t)n);
    }
}

// An event among the answers: the only one that matters is noted.
static void note_event(struct machine *m, const json_t *o)
{
    const char *event = json_string_value(json_object_get(o, "event"));

    m->off = m->off || (event && !strcmp(event, "SHUTDOWN"));
}

bool machine_off(struct arena *a, struct machine *m)
{
    for (char *line; (line = answer_line(a, m, 0));) {
        json_t *o = json_loads(line, 0, NULL);
        note_event(m, o);
        json_decref(o);
    }
    return m->off;
}

// Sends one command; its "return" value, or NULL.
static json_t *command(struct arena *a, struct machine *m, const char *text)
{
    size_t length = strlen(text);

    if (send(m->control, text, length, MSG_NOSIGNAL) != (ssize_t)length)
        return NULL;
    for (char *line; (line = answer_line(a, m, ANSWER_MS));) {
        json_t *o = json_loads(line, 0, NULL);
        note_event(m, o);
        json_t *result = json_object_get(o, "return");
        bool failed = !o || json_object_get(o, "error");
        json_incref(result);
        json_decref(o);
        if (result || failed)
            return result;
    }
    return NULL;
}

bool machine_control(struct arena *a, struct machine *m)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    json_t *result;

    if (strlen(m->socket) >= sizeof address.sun_path)
        return false;
    memcpy(address.sun_path, m->socket, strlen(m->socket));
    m->answers.arena = a;
    m->control = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    for (int waited = 0; m->control >= 0; waited += CONNECT_STEP_MS) {
        if (connect(m->control, (struct sockaddr *)&address, sizeof address) == 0)
            break;
        if (waited >= ANSWER_MS || (errno != ENOENT && errno != ECONNREFUSED))
            return false;
        nanosleep(&(struct timespec){.tv_nsec = CONNECT_STEP_MS * 1000000}, NULL);
    }
    result = command(a, m, "{\"execute\": \"qmp_capabilities\"}\n");
    json_decref(result);
    return result;
}

bool machine_peek(struct arena *a, struct machine *m, uint64_t address, uint64_t *value)
{
    char text[160];
    int matched;

    snprintf(text, sizeof text,
             "{\"execute\": \"human-monitor-command\", \"arguments\": "
             "{\"command-line\": \"xp /1gx 0x%" PRIx64 "\"}}\n",
             address);
    json_t *result = command(a, m, text);
    const char *line = json_string_value(result); // "0000000040205040: 0x000000000000000c\r\n"
    const char *colon = line ? strchr(line, ':') : NULL;
    matched = colon ? sscanf(colon + 1, "%" SCNx64, value) : 0;
    json_decref(result);
    return matched == 1;
}

bool machine_save(struct arena *a, struct machine *m, uint64_t address, uint64_t size,
                  const char *path)
{
    json_t *order = json_pack("{s:s, s:{s:I, s:I, s:s}}", "execute", "pmemsave", "arguments", "val",
                              (json_int_t)address, "size", (json_int_t)size, "filename", path);
    char *text = order ? json_dumps(order, JSON_COMPACT) : NULL;
    json_t *stopped = command(a, m, "{\"execute\": \"stop\"}\n");
    json_t *saved = text && stopped ? command(a, m, arena_printf(a, "%s\n", text)) : NULL;
    bool done = saved;

    json_decref(saved);
    json_decref(stopped);
    free(text);
    json_decref(order);
    return done;
}

int machine_end(struct machine *m)
{
    int status = 0;

    kill(m->pid, SIGKILL); // there is no state to save; SIGTERM makes it print a line
    while (waitpid(m->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    if (m->control >= 0)
        close(m->control);
    if (m->directory) {
        unlink(m->socket);
        rmdir(m->directory);
    }
    return status;
}
