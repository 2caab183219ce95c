// SPDX-License-Identifier: BSD-2-Clause
// Raises an event that is ignored, as often as its windows let it.

#include "hv.h"

int main(void)
{
    for (uint64_t n = 1;; n++)
        hv_raise_error(n);
}
