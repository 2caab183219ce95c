// SPDX-License-Identifier: BSD-2-Clause
// Makes one turn of a service whenever the debugger of robust/middle.py says so, and looks at what
// comes of it: messages whole, in order, each once; only answers that the service has. Two of these
// on two cores talk to each other, and both act on a third partition.

#include "check.h"

enum turn { // as robust/middle.py has them
    SAMPLE_WRITE,
    SAMPLE_READ,
    QUEUE_SEND,
    QUEUE_RECEIVE,
    STATUS,
    RAISE,
    LOG,
    SCHEDULE,
    RING,
    CONSOLE,
    WAIT,
    GIVE,
    TAKE,
    PAWN = 0x100,  // + HV_CONTROL_*
    RIVAL = 0x200, // + HV_CONTROL_*, and + 0x10: its state
};

// Behind the code of the others, which have the same addresses: the debugger's breakpoints are
// there.
int64_t rival_call(struct hv_registers *r);
uint64_t rival_turn(uint64_t wrong, int64_t result);
__asm__(".section .text.rival, \"ax\"\n"
        ".balign 0x10000\n"
        ".globl rival_turn\n"
        "rival_turn:\n" // x0: wrong so far, then which turn is next
        "    ret\n"
        ".globl rival_call\n"
        "rival_call:\n"
        "    str x0, [sp, #-16]!\n"
        "    mov x10, x0\n"
        "    ldp x0, x1, [x10]\n"
        "    ldp x2, x3, [x10, #16]\n"
        "    ldp x4, x5, [x10, #32]\n"
        "    ldp x6, x7, [x10, #48]\n"
        "    ldp x8, x9, [x10, #64]\n"
        ".globl rival_hvc\n"
        "rival_hvc:\n"
        "    hvc #0\n"
        "    ldr x10, [sp], #16\n"
        "    stp x0, x1, [x10]\n"
        "    stp x2, x3, [x10, #16]\n"
        "    stp x4, x5, [x10, #32]\n"
        "    stp x6, x7, [x10, #48]\n"
        "    stp x8, x9, [x10, #64]\n"
        "    ret\n"
        ".text\n");

enum { WORDS = 32 };

static struct hv_port sample_out, sample_in, queue_out, queue_in;
static struct hv_doorbell bell;
static uint64_t life, wrong, sampled, sent, other, pawn;
static struct {
    uint64_t life, number;
} sample_seen, queue_seen;
static uint64_t buffer[WORDS];

static int64_t call(uint64_t function, uint64_t a, uint64_t b, uint64_t c)
{
    struct hv_registers r = {{function, a, b, c}};

    return rival_call(&r);
}

static void fill(uint64_t number)
{
    for (unsigned n = 0; n < WORDS; n++)
        buffer[n] = (life << 32 | number) * (2 * n + 1);
}

// All of one message; its number into *number, its sender's life into *of.
static bool whole(uint64_t *number, uint64_t *of)
{
    for (unsigned n = 0; n < WORDS; n++)
        if (buffer[n] != buffer[0] * (2 * n + 1))
            return false;
    *number = buffer[0] & 0xffffffff;
    *of = buffer[0] >> 32;
    return true;
}

static int64_t sample_write(void)
{
    int64_t error;

    fill(++sampled);
    error = call(HV_SAMPLING_WRITE, sample_out.handle, (uintptr_t)buffer, sizeof buffer);
    wrong += error != HV_OK;
    return error;
}

static int64_t sample_read(void)
{
    int64_t error = call(HV_SAMPLING_READ, sample_in.handle, (uintptr_t)buffer, sizeof buffer);
    uint64_t number = 0, of = 0;

    wrong += error && error != HV_NOT_AVAILABLE;
    if (error)
        return error;
    if (!whole(&number, &of) || of < sample_seen.life ||
        (of == sample_seen.life && number < sample_seen.number)) {
        wrong++;
        return error;
    }
    sample_seen.life = of;
    sample_seen.number = number;
    return error;
}

static int64_t queue_send(void)
{
    int64_t error;

    fill(sent + 1);
    error = call(HV_QUEUING_SEND, queue_out.handle, (uintptr_t)buffer, sizeof buffer);
    wrong += error && error != HV_NOT_AVAILABLE;
    sent += !error;
    return error;
}

// Each once, in order; a new life of the sender begins with 1, one's own with any.
static int64_t queue_receive(void)
{
    int64_t error = call(HV_QUEUING_RECEIVE, queue_in.handle, (uintptr_t)buffer, sizeof buffer);
    uint64_t number = 0, of = 0;

    wrong += error && error != HV_NOT_AVAILABLE;
    if (error)
        return error;
    if (!whole(&number, &of) ||
        (queue_seen.number && !(of == queue_seen.life && number == queue_seen.number + 1) &&
         !(of > queue_seen.life && number == 1)))
        wrong++;
    queue_seen.life = of;
    queue_seen.number = number;
    return error;
}

static int64_t read_log(void)
{
    static uint64_t next;
    struct hv_registers r = {{HV_LOG_READ, next, HV_LOG_ALL}};
    int64_t error = rival_call(&r);

    wrong += error && error != HV_NOT_AVAILABLE;
    if (!error) {
        wrong += r.x[1] < next || ((r.x[2] & 0xffff) == HV_EVENT_APPLICATION_ERROR && r.x[7] != 77);
        next = r.x[1] + 1;
    }
    return error;
}

static int64_t switch_schedule(void)
{
    static uint64_t id;
    int64_t error = call(HV_SCHEDULE_SET, id ^= 1, 0, 0);

    wrong += error && error != HV_NOT_AVAILABLE && error != HV_NO_ACTION;
    return error;
}

static int64_t control(uint64_t id, uint64_t what)
{
    int64_t error = call(HV_PARTITION_CONTROL, id, what, 0);

    wrong +=
        error && error != HV_NO_ACTION && error != HV_INVALID_MODE && error != HV_NOT_AVAILABLE;
    return error;
}

static int64_t wait(void)
{
    for (uint64_t end = hv_ticks() + 6250; hv_ticks() < end;)
        ;
    return 0;
}

// Everything once more, which must be as good as ever.
static int64_t give(void)
{
    int64_t error = queue_send();

    wrong += error != HV_OK;
    return error | sample_write();
}

static int64_t take(void)
{
    int64_t error;
    uint64_t taken = 0;

    while ((error = queue_receive()) == HV_OK)
        taken++;
    wrong += taken == 0;
    error = sample_read();
    wrong += error != HV_OK;
    return error;
}

static int64_t state_of(uint64_t id)
{
    struct hv_partition p = {0};

    wrong += hv_partition_query(id, &p) != HV_OK;
    return (int64_t)p.state;
}

static int64_t play(uint64_t turn)
{
    switch (turn) {
    case SAMPLE_WRITE:
        return sample_write();
    case SAMPLE_READ:
        return sample_read();
    case QUEUE_SEND:
        return queue_send();
    case QUEUE_RECEIVE:
        return queue_receive();
    case STATUS:
        return call(HV_PORT_STATUS, queue_in.handle, 0, 0);
    case RAISE:
        return call(HV_RAISE_EVENT, HV_EVENT_APPLICATION_ERROR, 0, 77);
    case LOG:
        return read_log();
    case SCHEDULE:
        return switch_schedule();
    case RING:
        return call(HV_DOORBELL_RING, bell.handle, 0, 0);
    case CONSOLE:
        return call(HV_CONSOLE_WRITE, 2, 0x0a78, 0); // "x\n"
    case WAIT:
        return wait();
    case GIVE:
        return give();
    case TAKE:
        return take();
    case RIVAL + 0x10:
        return state_of(other);
    default:
        return control(turn & RIVAL ? other : pawn, turn & 0xf);
    }
}

int main(void)
{
    bool left = hv_partition_status().id == 0;
    int64_t result = 0;

    life = hv_partition_status().starts;
    hv_port_open(left ? "left" : "right", &sample_out);
    hv_port_open(left ? "right" : "left", &sample_in);
    hv_port_open(left ? "left_queue" : "right_queue", &queue_out);
    hv_port_open(left ? "right_queue" : "left_queue", &queue_in);
    hv_doorbell_open(left ? "bell_left" : "bell_right", &bell);
    other = left;
    pawn = 2;
    hv_set_partition_mode(HV_MODE_NORMAL);
    for (;;)
        result = play(rival_turn(wrong, result));
}
