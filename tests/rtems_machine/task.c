// SPDX-License-Identifier: BSD-2-Clause
// A program for several kinds of partition, as the task that RTEMS starts first.
#include "rtems_machine.h"

int main(void);

_Noreturn void Init(void)
{
    map();
    distributor_init();
    interface_init(0);
    ticks_begin();
    main();
    system_reset();
}

_Noreturn void main_of_second(void)
{
    system_reset(); // nobody starts it
}
