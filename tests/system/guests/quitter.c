// SPDX-License-Identifier: BSD-2-Clause
// Halts itself at once.

#include "hv.h"

int main(void)
{
    hv_printf("quits\n");
    hv_set_partition_mode(HV_MODE_IDLE);
    return 1;
}
