// SPDX-License-Identifier: BSD-2-Clause
// Every hypercall in the cases that tests/bench/calls lists: "case NUMBER | CASE | RESULT | COUNT",
// COUNT in instructions. One program in every partition of the module; the identifier says whose
// part it plays.

#include "bench.h"

enum { ID_ALL_RIGHTS = 1, ID_NO_RIGHT = 2, ID_MANAGED = 3, NO_ID = 9999, NO_HANDLE = 100000 };
enum { LARGEST = HV_MAX_MESSAGE };

static char buffer[LARGEST + 16] __attribute__((aligned(16)));
static uint64_t nothing; // what exact_nothing takes

static int64_t tell(const char *what, uint64_t function, int64_t result, uint64_t count)
{
    hv_printf("case %lx | %s | %ld | %lu\n", function & 0xffff, what, result, count);
    return result;
}

// One call, measured and told.
static int64_t measure(const char *what, struct hv_registers *r)
{
    uint64_t function = r->x[0], count = exact_hvc(r->x) - nothing;

    return tell(what, function, (int64_t)r->x[0], count);
}

#define MEASURE(what, ...) measure(what, &(struct hv_registers){{__VA_ARGS__}})

// A name of the greatest length: blanks are 'x', the number stands at the end.
static void measure_name(const char *what, uint64_t function, unsigned number)
{
    union {
        char bytes[HV_NAME_SIZE];
        uint64_t words[HV_NAME_SIZE / 8];
    } name = {{0}};

    for (unsigned i = HV_NAME_MAX; i-- > 0; number /= 10)
        name.bytes[i] = i >= HV_NAME_MAX - 4 ? (char)('0' + number % 10) : 'x';
    MEASURE(what, function, name.words[0], name.words[1], name.words[2], name.words[3]);
}

// ---- Calls that only look ----------------------------------------------------------------------

static void plain_calls(void)
{
    MEASURE("always", HV_VERSION);
    MEASURE("always", HV_GET_TIME);
    MEASURE("always", HV_PARTITION_STATUS);
    MEASURE("no such mode", HV_SET_PARTITION_MODE, 4);
    MEASURE("WARM_START in COLD_START", HV_SET_PARTITION_MODE, HV_MODE_WARM_START);
    MEASURE("NORMAL in COLD_START", HV_SET_PARTITION_MODE, HV_MODE_NORMAL);
    MEASURE("NORMAL in NORMAL", HV_SET_PARTITION_MODE, HV_MODE_NORMAL);
    MEASURE("always", HV_WINDOW_STATUS);
    MEASURE("always", HV_CONFIG_ID);
    MEASURE("one vcpu", HV_EXECUTION_TIME);
    MEASURE("two seconds", HV_WATCHDOG_SET, 2000000000);
    MEASURE("two seconds, and the watchdog is set", HV_BUDGET_SET, 2000000000);
    MEASURE("above the most", HV_BUDGET_SET, HV_TIMER_MAX + 1);
    MEASURE("off", HV_BUDGET_SET, 0);
    MEASURE("above the most", HV_WATCHDOG_SET, HV_TIMER_MAX + 1);
    MEASURE("off, and nothing is set any more", HV_WATCHDOG_SET, 0);
    MEASURE("always", HV_HANDLER_SET, 0, 0);
    MEASURE("not in a handler", HV_HANDLER_RETURN, 1);
    hv_idle_self(); // the console is empty then
    MEASURE("action ignore, with a line on the console", HV_RAISE_EVENT, HV_EVENT_APPLICATION_ERROR,
            ~0ul, ~0ul);
    MEASURE("an event that only the runtime finds", HV_RAISE_EVENT, HV_EVENT_WATCHDOG);
}

// ---- Ports -------------------------------------------------------------------------------------

static struct hv_port opened(const char *name)
{
    struct hv_port port = {0};

    if (hv_port_open(name, &port))
        hv_printf("no port %s\n", name);
    return port;
}

static void transfer_errors(uint64_t function, const struct hv_port *good,
                            const struct hv_port *other)
{
    uint64_t at = (uintptr_t)buffer, length = LARGEST;

    MEASURE("no such handle", function, NO_HANDLE, at, length);
    MEASURE("another kind of port", function, other->handle, at, length);
    MEASURE("length 0", function, good->handle, at, 0);
    MEASURE("no such address", function, good->handle, ~0ul - 100, length);
    MEASURE("over the end of a region", function, good->handle, (at & ~0xffffful) + 0xfffff,
            length);
}

static void sampling_calls(void)
{
    struct hv_port out = opened("sampling-out"), in = opened("sampling-in");
    struct hv_port never = opened("never-in"), queue = opened("queuing-in");
    uint64_t at = (uintptr_t)buffer;

    MEASURE("nothing was written", HV_SAMPLING_READ, never.handle, at, LARGEST);
    MEASURE("nothing was written", HV_PORT_STATUS, never.handle);
    MEASURE("1 byte", HV_SAMPLING_WRITE, out.handle, at, 1);
    MEASURE("1 byte", HV_SAMPLING_READ, in.handle, at, LARGEST);
    MEASURE("8,192 bytes", HV_SAMPLING_WRITE, out.handle, at, LARGEST);
    MEASURE("8,192 bytes", HV_SAMPLING_READ, in.handle, at, LARGEST);
    MEASURE("8,192 bytes at an odd address", HV_SAMPLING_WRITE, out.handle, at + 1, LARGEST);
    MEASURE("8,192 bytes to an odd address", HV_SAMPLING_READ, in.handle, at + 1, LARGEST);
    MEASURE("8,191 bytes at an odd address", HV_SAMPLING_WRITE, out.handle, at + 1, LARGEST - 1);
    MEASURE("8,191 bytes to an odd address", HV_SAMPLING_READ, in.handle, at + 1, LARGEST);
    transfer_errors(HV_SAMPLING_WRITE, &out, &queue);
    transfer_errors(HV_SAMPLING_READ, &in, &queue);
    MEASURE("a sampling port", HV_PORT_STATUS, in.handle);
    MEASURE("no such handle", HV_PORT_STATUS, NO_HANDLE);
}

static void queuing_calls(void)
{
    struct hv_port out = opened("queuing-out"), in = opened("queuing-in");
    struct hv_port sampling = opened("sampling-in");
    uint64_t at = (uintptr_t)buffer;

    MEASURE("the queue is empty", HV_QUEUING_RECEIVE, in.handle, at, LARGEST);
    MEASURE("1 byte", HV_QUEUING_SEND, out.handle, at, 1);
    MEASURE("1 byte", HV_QUEUING_RECEIVE, in.handle, at, LARGEST);
    MEASURE("8,192 bytes", HV_QUEUING_SEND, out.handle, at, LARGEST);
    MEASURE("8,192 bytes at an odd address", HV_QUEUING_SEND, out.handle, at + 1, LARGEST);
    MEASURE("8,191 bytes at an odd address", HV_QUEUING_SEND, out.handle, at + 1, LARGEST - 1);
    MEASURE("the queue is full", HV_QUEUING_SEND, out.handle, at, LARGEST);
    MEASURE("a queuing port that overflowed", HV_PORT_STATUS, in.handle);
    MEASURE("8,192 bytes of a queue that overflowed", HV_QUEUING_RECEIVE, in.handle, at, LARGEST);
    MEASURE("8,192 bytes to an odd address", HV_QUEUING_RECEIVE, in.handle, at + 1, LARGEST);
    MEASURE("8,191 bytes to an odd address", HV_QUEUING_RECEIVE, in.handle, at + 1, LARGEST);
    transfer_errors(HV_QUEUING_SEND, &out, &sampling);
    transfer_errors(HV_QUEUING_RECEIVE, &in, &sampling);
}

// ---- Schedules and partitions ------------------------------------------------------------------

static void schedule_calls(void)
{
    uint64_t current = hv_schedule_status().current;

    measure_name("the last of 16", HV_SCHEDULE_FIND, HV_MAX_SCHEDULES);
    measure_name("none", HV_SCHEDULE_FIND, 9999);
    hv_idle_self(); // far from the end of the frame
    MEASURE("no change under way", HV_SCHEDULE_STATUS);
    MEASURE("no such schedule", HV_SCHEDULE_SET, NO_ID);
    MEASURE("the current one", HV_SCHEDULE_SET, current);
    MEASURE("the last of 16", HV_SCHEDULE_SET, HV_MAX_SCHEDULES);
    MEASURE("a change under way", HV_SCHEDULE_STATUS);
    MEASURE("the last but one, instead of the last", HV_SCHEDULE_SET, HV_MAX_SCHEDULES - 1);
    MEASURE("the current one: takes back", HV_SCHEDULE_SET, current);
}

static void wait_for(uint64_t state)
{
    struct hv_partition p = {0};

    do
        hv_idle_self();
    while (!hv_partition_query(ID_MANAGED, &p) && p.state != state);
}

static void control(const char *what, uint64_t control)
{
    MEASURE(what, HV_PARTITION_CONTROL, ID_MANAGED, control);
}

static void management_calls(void)
{
    measure_name("the last of 64", HV_PARTITION_FIND, HV_MAX_PARTITIONS);
    measure_name("none", HV_PARTITION_FIND, 9999);
    MEASURE("the last of 64", HV_PARTITION_QUERY, ID_MANAGED);
    MEASURE("no such partition", HV_PARTITION_QUERY, NO_ID);
    MEASURE("no such partition", HV_PARTITION_CONTROL, NO_ID, HV_CONTROL_HALT);
    control("no such control", HV_CONTROL_SHUTDOWN + 1);
    control("SHUTDOWN of what has no interrupt", HV_CONTROL_SHUTDOWN);
    wait_for(HV_STATE_RUNNING);
    control("RESUME of what runs", HV_CONTROL_RESUME);
    control("SUSPEND", HV_CONTROL_SUSPEND);
    control("SUSPEND of what is suspended", HV_CONTROL_SUSPEND);
    control("RESUME", HV_CONTROL_RESUME);
    control("WARM_START", HV_CONTROL_WARM_START);
    control("WARM_START during a warm start", HV_CONTROL_WARM_START);
    control("SUSPEND during a start", HV_CONTROL_SUSPEND);
    control("RESUME during a start", HV_CONTROL_RESUME);
    control("COLD_START during a warm start", HV_CONTROL_COLD_START);
    wait_for(HV_STATE_RUNNING);
    control("COLD_START", HV_CONTROL_COLD_START);
    control("COLD_START during a cold start", HV_CONTROL_COLD_START);
    control("HALT during a start", HV_CONTROL_HALT);
    wait_for(HV_STATE_HALTED);
    control("HALT of what is halted", HV_CONTROL_HALT);
    control("COLD_START of what is halted", HV_CONTROL_COLD_START);
    wait_for(HV_STATE_RUNNING);
    control("HALT", HV_CONTROL_HALT);
    MEASURE("neither off nor reset", HV_MODULE_END, 2);
}

static void log_calls(void)
{
    MEASURE("32 places of 64 partitions and the module", HV_LOG_STATUS);
    MEASURE("the first of all", HV_LOG_READ, 0, HV_LOG_ALL);
    MEASURE("the caller's first", HV_LOG_READ, 0, HV_LOG_OWN);
    MEASURE("none, all looked through", HV_LOG_READ, NO_ID, HV_LOG_ALL);
    MEASURE("neither own nor all", HV_LOG_READ, 0, HV_LOG_ALL + 1);
}

static void doorbell_calls(void)
{
    measure_name("the last of 32", HV_DOORBELL_OPEN, 31);
    measure_name("none", HV_DOORBELL_OPEN, 9999);
    MEASURE("one target", HV_DOORBELL_RING, 1);
    MEASURE("33 targets", HV_DOORBELL_RING, 0);
    MEASURE("no such handle", HV_DOORBELL_RING, NO_HANDLE);
}

static void calls_without_right(void)
{
    MEASURE("without the right", HV_LOG_STATUS);
    MEASURE("all, without the right", HV_LOG_READ, 0, HV_LOG_ALL);
    MEASURE("without the right", HV_SCHEDULE_SET, 1);
    MEASURE("another, without the right", HV_PARTITION_QUERY, ID_MANAGED);
    MEASURE("another, without the right", HV_PARTITION_CONTROL, ID_MANAGED, HV_CONTROL_HALT);
    MEASURE("without the right", HV_MODULE_END, 1);
}

// ---- Console -----------------------------------------------------------------------------------

// The worst of many calls without a pause: they fill the buffer and then overflow it.
static void console_call(const char *what, const char *pattern)
{
    struct hv_registers r;
    char *bytes = (char *)&r.x[2];
    uint64_t worst = 0;

    for (unsigned i = 0; i < 10; i++) // prints what is left
        hv_idle_self();
    for (unsigned call = 0; call < 64; call++) {
        r.x[0] = HV_CONSOLE_WRITE;
        r.x[1] = HV_CONSOLE_BYTES;
        for (unsigned i = 0, k = 0; i < HV_CONSOLE_BYTES; i++) {
            bytes[i] = pattern[k];
            k = pattern[k + 1] ? k + 1 : 0;
        }
        uint64_t count = exact_hvc(r.x) - nothing;

        worst = count > worst ? count : worst;
    }
    hv_console_write("\n", 1);
    for (unsigned i = 0; i < 10; i++)
        hv_idle_self();
    tell(what, HV_CONSOLE_WRITE, (int64_t)r.x[0], worst);
}

static void console_calls(void)
{
    for (unsigned i = 0; i < 10; i++)
        hv_idle_self();
    MEASURE("65 bytes", HV_CONSOLE_WRITE, HV_CONSOLE_BYTES + 1);
    MEASURE("no bytes", HV_CONSOLE_WRITE, 0);
    console_call("64 bytes, 64 times: one long line", "x");
    console_call("64 bytes, 64 times: empty lines", "\n");
    console_call("64 bytes, 64 times: lines of one byte", "x\n");
    console_call("64 bytes, 64 times: lines of 7 bytes", "1234567\n");
    console_call("64 bytes, 64 times: carriage returns", "\r");
}

int main(void)
{
    struct hv_registers r = {{0}};

    nothing = exact_nothing(r.x);
    switch (hv_partition_status().id) {
    case ID_ALL_RIGHTS:
        hv_idle_self();
        plain_calls();
        measure_name("the last of 1,024", HV_PORT_OPEN, HV_MAX_PORTS);
        measure_name("none", HV_PORT_OPEN, 9999);
        sampling_calls();
        queuing_calls();
        schedule_calls();
        management_calls();
        log_calls();
        doorbell_calls();
        console_calls();
        hv_printf("done\n");
        break;
    case ID_NO_RIGHT:
        calls_without_right();
        break;
    case ID_MANAGED:
        hv_set_partition_mode(HV_MODE_NORMAL);
        for (;;)
            hv_idle_self();
    default: // has a record in the log, among which others are looked for
        hv_raise_error(0);
    }
    return 0;
}
