// SPDX-License-Identifier: BSD-2-Clause
// Talks without pause: the end of a window finds the runtime busy with its words.

#include "hv.h"

int main(void)
{
    static const char words[] = "word word word word word word word word word word word word wo\n";

    for (;;)
        hv_console_write(words, sizeof words - 1);
}
