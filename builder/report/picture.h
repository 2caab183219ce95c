// SPDX-License-Identifier: BSD-2-Clause
// The frame drawn: one row of windows per core, in a terminal and as SVG.
#ifndef HVBUILD_PICTURE_H
#define HVBUILD_PICTURE_H

#include "model/model.h"

// At most `width` columns (at least 40). Every partition has a letter and, with `colour`, a colour
// of its own; below stand the legend, utilisation, and per partition supply, first window, blackout
// and start jitter. A window narrower than a column is still seen.
void picture_text(struct arena *a, struct text *out, const struct model *m,
                  const struct schedule *s, int width, bool colour);

// A self-contained SVG 1.1 document, readable in light and dark surroundings and in print; each
// window has a <title> with its exact times.
void picture_svg(struct arena *a, struct text *out, const struct model *m,
                 const struct schedule *s);

#endif
