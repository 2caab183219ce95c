// SPDX-License-Identifier: BSD-2-Clause
// May change the schedule, and does: to and fro, twice in one frame, at odd moments of it.

#include "check.h"

enum { CHANGES = 20 };

int main(void)
{
    uint64_t climb, cruise, none = 0;
    struct hv_schedule s = hv_schedule_status();
    struct hv_time now;

    check_equal(s.changed, 0, "no change yet");
    check_equal(s.next, s.current, "and none under way");
    check_equal(hv_schedule_find("cruise", &cruise), HV_OK, "one schedule has this name");
    check_equal(cruise, s.current, "the initial one");
    check_equal(hv_schedule_find("climb", &climb), HV_OK, "the other has a name too");
    check_equal(hv_schedule_find("dive", &none), HV_INVALID_CONFIG, "there is no third");
    check_equal(none, UINT64_MAX, "what is not there gets an identifier that nothing has");
    check_equal(hv_schedule_set(cruise), HV_NO_ACTION, "where it is already");
    check_equal(hv_schedule_set(1234567), HV_INVALID_PARAM, "an identifier of none");
    check_equal(hv_schedule_status().next, cruise, "nothing came of it");
    hv_idle_self();
    for (unsigned n = 0; n < CHANGES; n++) {
        s = hv_schedule_status();
        uint64_t wanted = s.current == cruise ? climb : cruise;
        if (n % 4 == 3) { // and back, and asked for anew
            hv_schedule_set(wanted);
            hv_schedule_set(s.current);
        }
        for (unsigned i = 0; i < 3 + n % 3; i++)
            hv_idle_self();
        for (volatile unsigned i = 0; i < 1371 * n; i++) // up to some 200 us into the window
            ;
        now = hv_get_time();
        hv_printf("at %lu asks %lu in %lu error %ld\n", now.ns, wanted,
                  hv_schedule_status().current, hv_schedule_set(wanted));
        do
            hv_idle_self();
        while (hv_schedule_status().current != wanted);
        s = hv_schedule_status();
        hv_printf("changed %lu to %lu next %lu\n", s.changed, s.current, s.next);
    }
    checks_done();
}
