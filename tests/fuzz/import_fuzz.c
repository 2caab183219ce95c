// SPDX-License-Identifier: BSD-2-Clause
// Fuzz target: the readers of all descriptions, XML and YAML in any dialect, and the rules behind
// them. Any bytes become findings; nothing is read outside them and nothing hangs. Includes lead
// nowhere: the file has no directory.
//
// With libFuzzer (-Dfuzz=true) the engine drives; without, a main of its own replays files: what
// was once found stays found.
#include "check/check.h"
#include "import/import.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct arena *a = arena_new();
    struct diags *d = diags_new(a);
    struct source *s = source_from(a, "/no-such-directory/fuzz", (const char *)bytes, length);
    struct model *m = system_parse(a, d, s);

    if (m)
        check_model(a, d, m);
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    diags_write(d, out, MESSAGES_JSON, SEVERITY_INFO, false);
    fclose(out);
    free(text);
    arena_free(a);
    return 0;
}

#ifndef FUZZ_ENGINE
static bool replay(const char *path)
{
    enum { ROOM = 1 << 20 };
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = malloc(ROOM);
    size_t length = file && bytes ? fread(bytes, 1, ROOM, file) : 0;
    uint8_t *exact = realloc(bytes, length ? length : 1);
    bool good = file && exact;

    if (good)
        LLVMFuzzerTestOneInput(exact, length);
    free(exact);
    if (file)
        fclose(file);
    return good;
}

int main(int argc, char **argv)
{
    printf("TAP version 13\n1..%d\n", argc - 1);
    for (int i = 1; i < argc; i++) {
        const char *slash = strrchr(argv[i], '/');
        printf("%s %d - %s\n", replay(argv[i]) ? "ok" : "not ok", i, slash ? slash + 1 : argv[i]);
    }
    return 0;
}
#endif
