// SPDX-License-Identifier: BSD-2-Clause
// Text of any origin as JSON, which is Unicode.
#include "report/json.h"
#include "source/source.h"

json_t *json_safe(struct arena *a, const char *text)
{
    struct text clean = {.arena = a};

    if (!text)
        return json_null();
    for (size_t length; *text; text += length) {
        if (utf8_next(text, &length) == 0xfffd && length == 1)
            text_add(&clean, "\xef\xbf\xbd");
        else
            text_bytes(&clean, text, length);
    }
    return json_string(clean.bytes ? clean.bytes : "");
}
