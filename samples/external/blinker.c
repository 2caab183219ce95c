// SPDX-License-Identifier: BSD-2-Clause
// The smallest partition that does something in every window.

#include <hv.h>

int main(void)
{
    for (unsigned n = 0;; n++) {
        hv_printf("%s\n", n % 2 ? "off" : "on");
        hv_idle_self();
    }
}
