// SPDX-License-Identifier: BSD-2-Clause
// A program without rights that does to /dev/bulkhead what it can, several times at once: random
// registers, buffers that are none, lengths that are none. Whatever it asks for, it must get what
// abi.h promises, and no more.
#include "check.h"
#include <grp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

enum {
    PROCESSES = 6,
    CALLS = 20000,
    WRITES = 20000,
    PAGE = 4096,
    READABLE = 3 * PAGE,
    NONE = 4 * PAGE,
    MARK = 0xa5
};

static uint8_t *area; // pages to write, from READABLE on one to read only, then two that are none
static uint64_t state, sent, received;

static uint64_t draw(uint64_t below) // xorshift64
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % below;
}

static uint64_t any_function(void)
{
    static const uint64_t fixed[] = {
        0x84000000, 0x84000008, 0x84000009, 0xc4000001, 0xc4000003,
        0x80000000, 0x8600ff01, 0,          UINT64_MAX, 1ull << 32 | HV_QUEUING_SEND,
    };

    if (draw(8) == 0)
        return fixed[draw(sizeof fixed / sizeof *fixed)];
    return draw(2) ? HV_CALL(draw(0x60)) : HV_PORT_OPEN + draw(6);
}

static uint64_t any_address(void)
{
    const uint64_t at = (uintptr_t)area;
    const uint64_t some[] = {
        at,
        at + draw(READABLE),
        at + READABLE - 1,
        at + READABLE,
        at + NONE - 1,
        at + NONE,
        0,
        0x40000000,
        0xffff800008000000,
        UINT64_MAX,
        UINT64_MAX >> 8,
        (uintptr_t)any_address,
    };

    return some[draw(sizeof some / sizeof *some)];
}

static uint64_t any_length(void)
{
    static const uint64_t some[] = {
        0,
        1,
        16,
        PAGE - 1,
        PAGE,
        PAGE + 1,
        HV_MAX_MESSAGE,
        HV_MAX_MESSAGE + 1,
        1ull << 32,
        (1ull << 32) + 16,
        INT64_MAX,
        UINT64_MAX,
        UINT64_MAX - 15,
    };

    return some[draw(sizeof some / sizeof *some)];
}

static bool for_administrators(uint64_t function)
{
    switch (function) {
    case HV_CONSOLE_WRITE:
    case HV_SET_PARTITION_MODE:
    case HV_RAISE_EVENT:
    case HV_SCHEDULE_SET:
    case HV_PARTITION_CONTROL:
    case HV_MODULE_END:
    case HV_LOG_STATUS:
    case HV_LOG_READ:
        return true;
    default:
        return false;
    }
}

// One call of anything. What it returned that it must not is a bit of the result.
static unsigned attempt(void)
{
    struct hv_registers r = {{any_function(), draw(12), any_address(), any_length()}}, was;
    uint64_t function = r.x[0];
    bool sends = function == HV_SAMPLING_WRITE || function == HV_QUEUING_SEND;
    int64_t error;

    for (unsigned i = 4; i < 10; i++)
        r.x[i] = draw(2) ? draw(9) : any_address();
    was = r;
    error = hv_call(&r);
    sent += sends && !error;
    received += (function == HV_SAMPLING_READ || function == HV_QUEUING_RECEIVE) && !error;
    return (error < HV_NO_ACTION || error > 0) |
           (error && memcmp(&r.x[1], &was.x[1], sizeof r - 8) != 0) << 1 |
           (sends && memcmp(&r.x[1], &was.x[1], sizeof r - 8) != 0) << 2 |
           (for_administrators(function) && error != HV_NOT_PERMITTED) << 3 |
           (function >> 8 != HV_CALL(0) >> 8 && error != HV_NOT_SUPPORTED) << 4;
}

static int attack(unsigned index)
{
    static struct hv_port port;
    unsigned found = 0;
    int device;

    state = 0x9e3779b97f4a7c15 * (index + 1);
    hv_descriptor = -1; // each process opens it
    for (unsigned n = 0; n < CALLS; n++)
        found |= attempt();
    found |= (unsigned)(sent == 0 || received == 0) << 11;
    // The page that may not be written, and what is no call at all.
    for (unsigned i = 0; i < PAGE; i++)
        found |= (unsigned)(area[READABLE + i] != MARK) << 5;
    device = hv_device();
    found |= (unsigned)(ioctl(device, HV_DEVICE_CALL, NULL) == 0 || errno != EFAULT) << 6;
    found |= (unsigned)(ioctl(device, HV_DEVICE_CALL, area + READABLE) == 0 || errno != EFAULT)
             << 6;
    found |= (unsigned)(ioctl(device, HV_DEVICE_CALL, area + NONE - 8) == 0 || errno != EFAULT)
             << 6;
    for (unsigned n = 0; n < 256; n++)
        found |= (unsigned)(ioctl(device, (unsigned long)draw(UINT32_MAX), area) == 0) << 7;
    found |= (unsigned)(write(device, area, 16) >= 0 || read(device, area, 16) >= 0) << 8;
    found |= (unsigned)(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, device, 0) != MAP_FAILED) << 9;
    // All of them in one port: it is never busy for a program.
    hv_port_open("free_out", &port);
    for (unsigned n = 0; n < WRITES; n++)
        found |= (unsigned)(hv_sampling_write(&port, area, PAGE) != HV_OK) << 10;
    if (found)
        printf("FAIL process %u: findings 0x%x\n", index, found);
    return found != 0;
}

int main(void)
{
    struct hv_port port;
    int status, failed = 0;

    check_equal(hv_port_open("free_out", &port), HV_OK, "a port of its own");
    area = mmap(NULL, 6 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(area, MARK, NONE);
    check(mprotect(area + READABLE, PAGE, PROT_READ) == 0 &&
              mprotect(area + NONE, 2 * PAGE, PROT_NONE) == 0,
          "pages with and without rights");
    check(setgroups(0, NULL) == 0 && setgid(1000) == 0 && setuid(1000) == 0,
          "a user without rights");
    fflush(stdout);
    for (unsigned i = 0; i < PROCESSES; i++) {
        if (fork() == 0)
            exit(attack(i));
    }
    for (unsigned i = 0; i < PROCESSES; i++)
        failed += wait(&status) < 0 || status != 0;
    check_equal(failed, 0, "every call of every process did what it may");
    check_equal(hv_sampling_write(&port, area, PAGE), HV_OK, "and the port is as before");
    checks_done();
}
