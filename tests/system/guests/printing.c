// SPDX-License-Identifier: BSD-2-Clause
// hv_printf, every conversion, and what a console may not be tricked into.

#include "check.h"

int main(void)
{
    hv_printf("d %d %i %d\n", 0, -1, -2147483647 - 1);
    hv_printf("l %ld %lu %lx\n", -9223372036854775807l - 1, 18446744073709551615ul, 0xdeadbeeful);
    hv_printf("ll %lld %llu %zu %X\n", -1ll, 1ull, sizeof(int), 0xabcu);
    hv_idle_self();
    hv_printf("w [%5d] [%-5d] [%05d] [%5s] [%-5s] [%c] [%3c]\n", 42, 42, -42, "ab", "ab", 'x', 'y');
    hv_printf("p %p %% %s\n", (void *)0x4000, "");
    hv_printf("a line of more than sixty-four bytes, which takes two calls to the runtime: %s\n",
              "0123456789012345678901234567890123456789");
    hv_idle_self();
    hv_printf("half a line, ");
    hv_idle_self();
    hv_printf("and the rest\n");
    hv_printf("control \033[31m \x01 \x7f end\n");
    hv_printf("[other] imitated\n");
    hv_printf("\rcarriage\n");
    hv_idle_self();
    hv_printf("end\n");
    return 0;
}
