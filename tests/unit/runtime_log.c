// SPDX-License-Identifier: BSD-2-Clause
// The health log: what a record holds, who may read it, what a flood does to it, and what the next
// start of the module finds in it.
#include "runtime_machine.h"
#include "crc32c.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static uint8_t memory[HV_PAGE_SIZE]; // the log, while the machine has none

static struct tbl_log *ring(void)
{
    return (struct tbl_log *)(uintptr_t)made.module->log;
}

static struct tbl_log_record *places(uint32_t owner)
{
    return &ring()->places[owner * LOG_RECORDS];
}

static int setup(void **state)
{
    machine_setup(state);
    made.partitions[CONTROL].flags |= TBL_PARTITION_READ_LOG;
    for (uint32_t i = 0; i < 3 * HV_EVENT_COUNT; i++)
        if (made.health[i].action == TBL_ACTION_COLD_START)
            made.health[i].action = TBL_ACTION_IGNORE;
    seal_tables(made.bytes, made.size);
    return 0;
}

static int setup_and_boot(void **state)
{
    setup(state);
    if (!machine_boot())
        return 1;
    machine_window(&vcpus[VCPU_SENSOR]);
    fake_console();
    return 0;
}

// A reset of the module: RAM is there again as the log has it, the loader put the rest back.
static void reset(void **state)
{
    memcpy(memory, ring(), sizeof memory);
    setup(state);
    memcpy(ring(), memory, sizeof memory);
}

static const char *boot_again(void)
{
    static const char *said;

    fake_console();
    assert_true(machine_boot());
    machine_window(&vcpus[VCPU_SENSOR]);
    said = strstr(fake_console(), "[hv] health log: ");
    return said ? said : "";
}

static int64_t status(uint64_t x[6])
{
    int64_t error = CALL(&vcpus[VCPU_CONTROL_0], HV_LOG_STATUS);

    for (unsigned i = 1; i < 6; i++)
        x[i] = X(&vcpus[VCPU_CONTROL_0], i);
    return error;
}

static void expect_status(uint64_t sequence, uint64_t kept, uint64_t start, uint64_t dropped,
                          uint64_t damaged)
{
    uint64_t x[6];

    assert_int_equal(status(x), HV_OK);
    assert_int_equal(x[1], sequence);
    assert_int_equal(x[2], kept);
    assert_int_equal(x[3], start);
    assert_int_equal(x[4], dropped);
    assert_int_equal(x[5], damaged);
}

// ---- Records and who reads them ----------------------------------------------------------------

static void a_record_says_it_all(void **state)
{
    const struct tbl_log_record *r;

    (void)state;
    assert_int_equal(places(3)->event, HV_LOG_STARTED);
    assert_int_equal(places(3)->sequence, 1);
    assert_int_equal(places(3)->partition, TBL_NONE);
    assert_int_equal(places(3)->window, TBL_NONE);
    assert_int_equal(places(3)->schedule, TBL_NONE);
    assert_int_equal(places(3)->time, 0);
    fake.time = module_start + 100;
    health_raise(&vcpus[VCPU_SENSOR], HV_EVENT_MEMORY_VIOLATION, 0x48001234, 0x9600004f);
    r = machine_logged();
    assert_ptr_equal(r, places(SENSOR));
    assert_int_equal(r->sequence, 2);
    assert_int_equal(r->time, 1600);
    assert_int_equal(r->address, 0x48001234);
    assert_int_equal(r->syndrome, 0x9600004f);
    assert_int_equal(r->start, 1);
    assert_int_equal(r->partition, SENSOR);
    assert_int_equal(r->event, HV_EVENT_MEMORY_VIOLATION);
    assert_int_equal(r->level, TBL_LEVEL_PARTITION);
    assert_int_equal(r->action, TBL_ACTION_IGNORE);
    assert_int_equal(r->schedule, NORMAL);
    assert_int_equal(r->window, 0);
    assert_int_equal(r->dropped, 0);
    expect_status(2, 2, 1, 0, 0);
    // Another schedule, another core.
    assert_int_equal(CALL(&vcpus[VCPU_CONTROL_0], HV_SCHEDULE_SET, DEGRADED_ID), HV_OK);
    while (cores[1].window != &made.windows[7])
        machine_edge(1);
    health_raise(&vcpus[VCPU_DISPLAY], HV_EVENT_ILLEGAL_CALL, 1, 2);
    r = machine_logged();
    assert_ptr_equal(r, places(DISPLAY));
    assert_int_equal(r->schedule, DEGRADED);
    assert_int_equal(r->window, 7);
}

static void it_is_read_in_order_by_who_may(void **state)
{
    struct vcpu *control = &vcpus[VCPU_CONTROL_0], *sensor = &vcpus[VCPU_SENSOR];

    (void)state;
    health_raise(sensor, HV_EVENT_ILLEGAL_ACCESS, 0x1000, 7); // 2
    health_raise(control, HV_EVENT_ILLEGAL_CALL, 0x2000, 8);  // 3
    health_raise(sensor, HV_EVENT_ILLEGAL_CALL, 0x3000, 9);   // 4
    for (uint64_t n = 1; n <= 4; n++) {
        static const uint32_t who[] = {0, 0, SENSOR, CONTROL, SENSOR};

        assert_int_equal(CALL(control, HV_LOG_READ, n, HV_LOG_ALL), HV_OK);
        assert_int_equal(X(control, 1), n);
        assert_int_equal(X(control, 3), n == 1 ? HV_LOG_NONE : made.partitions[who[n]].id);
        assert_int_equal(X(control, 4), n == 1 ? HV_LOG_NONE : NORMAL_ID);
        assert_int_equal(X(control, 8), 1);
    }
    assert_int_equal(X(control, 2), HV_EVENT_ILLEGAL_CALL | TBL_LEVEL_PARTITION << 16);
    assert_int_equal(X(control, 6), 0x3000);
    assert_int_equal(X(control, 7), 9);
    assert_int_equal(CALL(control, HV_LOG_READ, 5, HV_LOG_ALL), HV_NOT_AVAILABLE);
    assert_int_equal(X(control, 1), 5);
    assert_int_equal(CALL(control, HV_LOG_READ, UINT64_MAX, HV_LOG_ALL), HV_NOT_AVAILABLE);
    assert_int_equal(CALL(control, HV_LOG_READ, 0, HV_LOG_ALL), HV_OK);
    assert_int_equal(X(control, 1), 1);
    // One's own.
    assert_int_equal(CALL(sensor, HV_LOG_READ, 0, HV_LOG_OWN), HV_OK);
    assert_int_equal(X(sensor, 1), 2);
    assert_int_equal(CALL(sensor, HV_LOG_READ, 3, HV_LOG_OWN), HV_OK);
    assert_int_equal(X(sensor, 1), 4);
    assert_int_equal(CALL(control, HV_LOG_READ, 0, HV_LOG_OWN), HV_OK);
    assert_int_equal(X(control, 1), 3);
    assert_int_equal(CALL(control, HV_LOG_READ, 4, HV_LOG_OWN), HV_NOT_AVAILABLE);
    assert_int_equal(CALL(&vcpus[VCPU_DISPLAY], HV_LOG_READ, 0, HV_LOG_OWN), HV_NOT_AVAILABLE);
    // What is refused.
    assert_int_equal(CALL(sensor, HV_LOG_READ, 0, HV_LOG_ALL), HV_NOT_PERMITTED);
    assert_int_equal(CALL(sensor, HV_LOG_READ, 0, 2), HV_INVALID_PARAM);
    assert_int_equal(CALL(control, HV_LOG_READ, 0, UINT64_MAX), HV_INVALID_PARAM);
    assert_int_equal(CALL(sensor, HV_LOG_STATUS), HV_NOT_PERMITTED);
    assert_int_equal(log_newest(), 4);
}

static void the_action_and_the_window_are_told(void **state)
{
    struct vcpu *control = &vcpus[VCPU_CONTROL_0];

    (void)state;
    machine_window(control);
    made.health[CONTROL * HV_EVENT_COUNT + HV_EVENT_ILLEGAL_CALL].action = TBL_ACTION_HALT;
    health_raise(control, HV_EVENT_ILLEGAL_CALL, 0, 0);
    CALL(control, HV_LOG_READ, 2, HV_LOG_ALL);
    assert_int_equal(X(control, 2), 1ull << 32 | TBL_ACTION_HALT << 24 | TBL_LEVEL_PARTITION << 16 |
                                        HV_EVENT_ILLEGAL_CALL);
}

// ---- Floods ------------------------------------------------------------------------------------

static void a_flood_pushes_nobody_out(void **state)
{
    struct vcpu *sensor = &vcpus[VCPU_SENSOR];
    const struct tbl_log_record *r;
    uint32_t lines = 0;

    (void)state;
    health_raise(&vcpus[VCPU_DISPLAY], HV_EVENT_ILLEGAL_ACCESS, 0x77, 0); // 2
    for (uint32_t i = 0; i < 1000000; i++)
        CALL(sensor, HV_RAISE_EVENT, HV_EVENT_APPLICATION_ERROR, 0, i);
    assert_int_equal(log_newest(), 2 + LOG_RECORDS);
    expect_status(2 + LOG_RECORDS, 2 + LOG_RECORDS, 1, 1000000 - LOG_RECORDS, 0);
    assert_int_equal(places(DISPLAY)->address, 0x77);
    for (uint32_t i = 0; i < LOG_RECORDS; i++)
        assert_int_equal(places(SENSOR)[i].syndrome, i);
    for (const char *s = fake_console(); (s = strstr(s, "sensor: ")); s++)
        lines++;
    assert_int_equal(lines, LOG_PER_FRAME);
    // The next frame lets in a few, and the first of them says how many there were.
    for (uint32_t i = 0; i < 3; i++)
        machine_edge(0);
    fake_console();
    for (uint32_t i = 0; i < 5; i++)
        CALL(sensor, HV_RAISE_EVENT, HV_EVENT_APPLICATION_ERROR, 0, 5000000 + i);
    assert_int_equal(log_newest(), 2 + LOG_RECORDS + LOG_PER_FRAME);
    assert_int_equal(places(SENSOR)[0].syndrome, 5000000);
    assert_int_equal(places(SENSOR)[0].dropped, 1000000 - LOG_RECORDS);
    assert_int_equal(places(SENSOR)[1].dropped, 0);
    assert_non_null(strstr(fake_console(), "error 5000000 -> ignore (999998 not shown)\n"));
    // What is saved up is bounded.
    cores[0].frame_index += 1ull << 40;
    for (uint32_t i = 0; i < 100; i++)
        CALL(sensor, HV_RAISE_EVENT, HV_EVENT_APPLICATION_ERROR, 0, i);
    assert_int_equal(log_newest(), 2 + 2 * LOG_RECORDS + LOG_PER_FRAME);
    r = places(SENSOR);
    for (uint32_t i = 0; i < LOG_RECORDS; i++)
        assert_true(r[i].syndrome < LOG_RECORDS);
    // A core whose frame has not ended yet takes nothing back.
    cores[0].frame_index--;
    CALL(sensor, HV_RAISE_EVENT, HV_EVENT_APPLICATION_ERROR, 0, 1);
    assert_int_equal(log_newest(), 2 + 2 * LOG_RECORDS + LOG_PER_FRAME);
    assert_int_equal(CALL(&vcpus[VCPU_DISPLAY], HV_LOG_READ, 0, HV_LOG_OWN), HV_OK);
    assert_int_equal(X(&vcpus[VCPU_DISPLAY], 6), 0x77);
    assert_int_equal(CALL(sensor, HV_LOG_READ, 0, HV_LOG_OWN), HV_OK); // those before are gone
    assert_int_equal(X(sensor, 1), 3 + LOG_RECORDS + LOG_PER_FRAME);
}

// ---- Resets ------------------------------------------------------------------------------------

static void fill(void)
{
    health_raise(&vcpus[VCPU_SENSOR], HV_EVENT_ILLEGAL_ACCESS, 0x1000, 1); // 2
    health_raise(&vcpus[VCPU_DISPLAY], HV_EVENT_ILLEGAL_CALL, 0x2000, 2);  // 3
    health_raise(&vcpus[VCPU_SENSOR], HV_EVENT_ILLEGAL_CALL, 0x3000, 3);   // 4
}

static void it_is_kept_over_a_reset(void **state)
{
    struct vcpu *control = &vcpus[VCPU_CONTROL_0];

    fill();
    reset(state);
    assert_string_equal(strtok((char *)boot_again(), "\n"),
                        "[hv] health log: 4 records of 1 start kept, 0 damaged");
    expect_status(5, 5, 2, 0, 0);
    health_raise(&vcpus[VCPU_SENSOR], HV_EVENT_ILLEGAL_ACCESS, 0x4000, 4); // 6
    assert_int_equal(places(SENSOR)[2].sequence, 6);
    assert_int_equal(places(SENSOR)[2].start, 2);
    for (uint64_t n = 1; n <= 6; n++) {
        assert_int_equal(CALL(control, HV_LOG_READ, n, HV_LOG_ALL), HV_OK);
        assert_int_equal(X(control, 1), n);
        assert_int_equal(X(control, 8), n < 5 ? 1 : 2);
        if (n == 1 || n == 5)
            assert_int_equal(X(control, 2) & 0xffff, HV_LOG_STARTED);
    }
    reset(state);
    boot_again();
    expect_status(7, 7, 3, 0, 0);
    // The oldest of the module's own records goes first, in the order in which they came.
    for (uint32_t i = 4; i < 20; i++) {
        reset(state);
        boot_again();
        expect_status(4 + i, 4 + (i < 9 ? i : LOG_RECORDS), i, 0, 0);
    }
    assert_int_equal(CALL(control, HV_LOG_READ, 7, HV_LOG_ALL), HV_OK);
    assert_int_equal(X(control, 8), 12);
}

static void a_half_written_record_is_told_from_a_whole_one(void **state)
{
    // The reset comes after each number of bytes of a record that takes the place of another.
    for (uint32_t written = 0; written <= sizeof(struct tbl_log_record); written += 4) {
        struct tbl_log_record next;
        bool whole = written == sizeof next;

        setup_and_boot(state);
        fill();
        next = places(SENSOR)[1];
        next.sequence = 5;
        next.time += 1000;
        next.syndrome = 99;
        next.crc = crc32c(0, made.header->config_id, 32);
        next.crc = crc32c(next.crc, &next, sizeof next - 4);
        memcpy(&places(SENSOR)[0], &next, written);
        reset(state);
        boot_again();
        if (written == 0)
            expect_status(5, 5, 2, 0, 0);
        else
            expect_status(whole ? 6 : 5, whole ? 5 : 4, 2, 0, whole ? 0 : 1);
    }
}

// One bit of any byte costs one record at most, and nothing else.
static void a_flipped_bit_loses_one_record(void **state)
{
    uint32_t lost = 0, flips = 0;

    fill();
    memcpy(memory, ring(), sizeof memory);
    for (uint32_t at = 0; at < sizeof(struct tbl_log) + 4 * LOG_RECORDS * 64; at++, flips++) {
        const struct tbl_log_record *r = NULL;
        uint64_t x[6];

        if (at >= sizeof(struct tbl_log))
            r = &((struct tbl_log *)(void *)memory)->places[(at - sizeof(struct tbl_log)) / 64];
        setup(state);
        memcpy(ring(), memory, sizeof memory);
        ((uint8_t *)ring())[at] ^= (uint8_t)(1u << at % 8);
        boot_again();
        assert_int_equal(status(x), HV_OK);
        assert_int_equal(x[2], r && r->sequence ? 4 : 5);
        assert_int_equal(x[5], r ? 1 : 0);
        assert_int_equal(x[3], 2);
        assert_int_equal(x[1], r && r->sequence == 4 ? 4 : 5);
        lost += r && r->sequence;
    }
    assert_int_equal(flips, 64 + 32 * 64);
    assert_int_equal(lost, 4 * 64);
}

static void while_it_runs_a_flipped_bit_is_told(void **state)
{
    struct vcpu *control = &vcpus[VCPU_CONTROL_0];

    (void)state;
    fill();
    for (uint32_t at = 0; at < sizeof(struct tbl_log_record); at++) {
        ((uint8_t *)places(SENSOR))[at] ^= (uint8_t)(1u << at % 8);
        assert_int_equal(CALL(control, HV_LOG_READ, 2, HV_LOG_ALL), HV_OK);
        assert_int_equal(X(control, 1), 2);
        assert_int_equal(X(control, 2), 0xffffffffull << 32 | HV_LOG_DAMAGED);
        assert_int_equal(X(control, 3), made.partitions[SENSOR].id);
        assert_int_equal(X(control, 6), 0);
        ((uint8_t *)places(SENSOR))[at] ^= (uint8_t)(1u << at % 8);
    }
    assert_int_equal(CALL(control, HV_LOG_READ, 2, HV_LOG_ALL), HV_OK);
    assert_int_equal(X(control, 6), 0x1000);
    places(3)->crc++;
    assert_int_equal(CALL(control, HV_LOG_READ, 1, HV_LOG_ALL), HV_OK);
    assert_int_equal(X(control, 3), HV_LOG_NONE);
}

static void what_is_foreign_is_discarded(void **state)
{
    fill();
    reset(state);
    made.header->config_id[31] ^= 1;
    seal_tables(made.bytes, made.size);
    assert_string_equal(strtok((char *)boot_again(), "\n"),
                        "[hv] health log: another configuration's or damaged, discarded");
    expect_status(1, 1, 1, 0, 0);
    // A computer that was just switched on: nobody wrote that, and nothing is said about it.
    setup(state);
    srand(1);
    for (uint32_t i = 0; i < HV_PAGE_SIZE; i++)
        ((uint8_t *)ring())[i] = (uint8_t)rand();
    assert_string_equal(boot_again(), "");
    expect_status(1, 1, 1, 0, 0);
    reset(state);
    assert_string_equal(strtok((char *)boot_again(), "\n"),
                        "[hv] health log: 1 record of 1 start kept, 0 damaged");
    // A whole record in another's place, or of a schedule that there is not, is none.
    fill();
    places(CONTROL)[0] = places(SENSOR)[0];
    places(SENSOR)[0].schedule = 2;
    places(SENSOR)[0].crc = crc32c(0, made.header->config_id, 32);
    places(SENSOR)[0].crc = crc32c(places(SENSOR)[0].crc, places(SENSOR), 60);
    reset(state);
    boot_again();
    expect_status(6, 5, 3, 0, 2);
}

// ---- Two cores at once -------------------------------------------------------------------------

enum { ROUNDS = 200000 };
static _Atomic bool writing;
static _Atomic uint32_t written;

// One core that raises events for control, each frame as many as it may.
static void *write_many(void *argument)
{
    struct core *core = argument;

    for (uint32_t i = 0; i < ROUNDS; i++) {
        struct tbl_log_record r = {.partition = CONTROL, .event = HV_EVENT_ILLEGAL_CALL};

        core->frame_index += LOG_RECORDS;
        r.address = (uint64_t)core->index << 32 | i;
        r.syndrome = ~r.address;
        log_record(core, &r);
        if (r.sequence)
            written++;
    }
    return NULL;
}

// Another partition's vcpu, which reads meanwhile: what it gets is whole and in order.
static void *read_many(void *argument)
{
    struct vcpu *v = argument;
    uint64_t *x = v->arch.x, n = 0, faults = 0;

    while (writing) {
        x[0] = HV_LOG_READ;
        x[1] = n;
        x[2] = HV_LOG_ALL;
        hypercall(v);
        if (x[0] != HV_OK)
            continue;
        faults += x[1] < n || (x[2] & 0xffff) == HV_LOG_DAMAGED;
        faults += x[3] == made.partitions[CONTROL].id && x[6] != ~x[7];
        n = x[1] + 1;
    }
    return (void *)(uintptr_t)faults;
}

static void two_cores_write_and_one_reads(void **state)
{
    uint64_t seen[LOG_RECORDS], before = log_newest();
    pthread_t writers[2], reader;
    void *faults = NULL;

    (void)state;
    made.partitions[DISPLAY].flags |= TBL_PARTITION_READ_LOG;
    writing = true;
    written = 0;
    assert_int_equal(pthread_create(&reader, NULL, read_many, &vcpus[VCPU_DISPLAY]), 0);
    for (uint32_t i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&writers[i], NULL, write_many, &cores[i]), 0);
    for (uint32_t i = 0; i < 2; i++)
        pthread_join(writers[i], NULL);
    writing = false;
    pthread_join(reader, &faults);
    assert_null(faults);
    assert_true(written > ROUNDS);
    assert_int_equal(log_newest(), before + written);
    for (uint32_t i = 0; i < LOG_RECORDS; i++) {
        seen[i] = places(CONTROL)[i].sequence;
        for (uint32_t k = 0; k < i; k++)
            assert_int_not_equal(seen[i], seen[k]);
    }
    reset(state);
    boot_again();
    expect_status(before + written + 1, 2 + LOG_RECORDS, 2, 0, 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, setup_and_boot)
    const struct CMUnitTest tests[] = {
        TEST(a_record_says_it_all),
        TEST(it_is_read_in_order_by_who_may),
        TEST(the_action_and_the_window_are_told),
        TEST(a_flood_pushes_nobody_out),
        TEST(it_is_kept_over_a_reset),
        TEST(a_half_written_record_is_told_from_a_whole_one),
        TEST(a_flipped_bit_loses_one_record),
        TEST(while_it_runs_a_flipped_bit_is_told),
        TEST(what_is_foreign_is_discarded),
        TEST(two_cores_write_and_one_reads),
    };

    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
