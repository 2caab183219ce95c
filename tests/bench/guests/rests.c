// SPDX-License-Identifier: BSD-2-Clause
// Gives up every window at once.

#include "bench.h"

int main(void)
{
    for (;;)
        hv_idle_self();
}
