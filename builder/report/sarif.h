// SPDX-License-Identifier: BSD-2-Clause
// The findings of a whole run as one SARIF 2.1.0 document (OASIS standard), for code scanning.
#ifndef HVBUILD_SARIF_H
#define HVBUILD_SARIF_H

#include "report/diag.h"

struct sarif; // the document as it grows

struct sarif *sarif_new(const char *version);
void sarif_free(struct sarif *s); // NULL does nothing
// All findings so far, also those of level info, as results; the texts are copied.
void sarif_add(struct sarif *s, struct arena *a, struct diags *d);
// A file that was read.
void sarif_artifact(struct sarif *s, struct arena *a, const char *path);
// Something that went wrong beside the findings: a file that could not be written.
void sarif_failure(struct sarif *s, struct arena *a, const char *message);
// Something that a reader of the results should know: what was not looked at.
void sarif_note(struct sarif *s, struct arena *a, const char *message);
void sarif_write(struct sarif *s, FILE *out, int exit_code);

#endif
