// SPDX-License-Identifier: BSD-2-Clause
// The supervisor: a system partition. It decides which schedule the module runs, and what becomes
// of a partition that failed.

#include "mission.h"

enum { ORBIT = 400, FAILURES_UNTIL_SAFE = 2 };

static struct hv_port flight_port, state_port, orders;
static struct state state;
static uint64_t camera;       // its identifier
static bool camera_down;      // and what is to be done about it was done
static uint64_t log_next = 1; // of the health log, not yet read

static void go_to(uint64_t phase)
{
    int64_t error = hv_schedule_set(phase);

    hv_printf("going to %s at the end of this frame%s%s\n", phase_name(phase), error ? ": " : "",
              error ? hv_error_text(error) : "");
}

static void restart_camera(uint64_t control)
{
    int64_t error = hv_partition_control(camera, control);

    camera_down = error != HV_OK;
    hv_printf("%s start of the camera%s%s\n", control == HV_CONTROL_WARM_START ? "warm" : "cold",
              error ? ": " : "", error ? hv_error_text(error) : "");
}

// The schedule that is asked for begins with the next frame: this is the frame.
static void notice_phase(void)
{
    struct hv_schedule schedule = hv_schedule_status();

    if (schedule.current != state.phase)
        hv_printf("%s since %lu ms\n", phase_name(schedule.current),
                  schedule.changed / MILLISECOND);
    state.phase = schedule.current;
}

static void watch_flight(void)
{
    struct flight flight;
    struct hv_sample sample;

    if (state.phase == LAUNCH && hv_sampling_read(&flight_port, &flight, &sample) == HV_OK &&
        sample.valid && flight.altitude >= ORBIT) {
        hv_printf("orbit reached\n");
        go_to(CRUISE);
    }
}

// What health monitoring has seen since the last look, of anybody: memory that a reset survives.
static void read_log(void)
{
    static const char *const actions[] = {"ignored", "halt", "cold start", "warm start"};
    struct hv_log_record r;

    for (; hv_log_read(log_next, HV_LOG_ALL, &r) == HV_OK; log_next = r.sequence + 1) {
        if (r.event == HV_LOG_STARTED)
            hv_printf("log %lu: the module starts, number %lu\n", r.sequence, r.start);
        else
            hv_printf("log %lu: %s of %s at 0x%lx after %lu ms in %s: %s\n", r.sequence,
                      hv_event_text(r.event), r.partition == camera ? "the camera" : "another",
                      r.address, r.time / MILLISECOND, phase_name(r.schedule),
                      r.action < sizeof actions / sizeof *actions ? actions[r.action] : "?");
    }
}

// Its health table in system.yaml halts the camera after a memory violation.
static void watch_camera(void)
{
    struct hv_partition p;

    if (camera_down || hv_partition_query(camera, &p) || p.state != HV_STATE_HALTED)
        return;
    camera_down = true;
    state.failures++;
    hv_printf("camera halted, failure %lu: %s\n", state.failures, hv_event_text(p.event));
    if (state.failures < FAILURES_UNTIL_SAFE)
        restart_camera(HV_CONTROL_WARM_START);
    else
        go_to(SAFE);
}

static void obey_ground(void)
{
    struct order order;
    struct hv_receipt receipt;

    while (hv_queuing_receive(&orders, &order, &receipt) == HV_OK) {
        if (camera_down)
            restart_camera(HV_CONTROL_COLD_START);
        state.failures = 0;
        go_to(order.phase);
    }
}

int main(void)
{
    struct windows windows = {0};

    if (hv_port_open("flight", &flight_port) || hv_port_open("state", &state_port) ||
        hv_port_open("orders", &orders) || hv_partition_find("camera", &camera))
        hv_raise_error(1);
    hv_printf("launch, until the rocket is %d km high\n", ORBIT);
    hv_set_partition_mode(HV_MODE_NORMAL);

    for (;; hv_idle_self()) {
        windows_note(&windows);
        notice_phase();
        watch_flight();
        read_log();
        watch_camera();
        obey_ground();
        hv_sampling_write(&state_port, &state, sizeof state);
    }
}
