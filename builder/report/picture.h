// SPDX-License-Identifier: BSD-2-Clause
// The frame drawn: one row of windows per core, in a terminal and as SVG.
#ifndef HVBUILD_PICTURE_H
#define HVBUILD_PICTURE_H

#include "model/model.h"

// At most `width` columns (40 to 400). Every partition has a letter and, with `colour`, a colour of
// its own. A column shows who has most of it; a window too narrow for that still has the column in
// which it begins. Below the rows stand the legend with each partition's figures, and the idle time
// of each core.
void picture_text(struct arena *a, struct text *out, const struct model *m,
                  const struct schedule *s, int width, bool colour);

// A self-contained SVG 1.1 document of one schedule, or of all one below another (`s` NULL). It can
// be read on light and dark ground and in print; each window has a <title> with its exact times.
// Windows too narrow to be seen are drawn together, and the title says how many.
void picture_svg(struct arena *a, struct text *out, const struct model *m,
                 const struct schedule *s);

// Marks of a time axis: the least of 1, 2, 5, 10, 20 ... ns with at most `most` of them in `frame`.
uint64_t axis_step(uint64_t frame, unsigned most);

// The letter of a partition: A to Z, a to z, 0 to 9, then '#'.
char partition_letter(const struct partition *p);

#endif
