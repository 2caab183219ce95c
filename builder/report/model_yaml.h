// SPDX-License-Identifier: BSD-2-Clause
// A model as system.yaml: what `hvbuild convert` and `hvbuild expand` write.
#ifndef HVBUILD_MODEL_YAML_H
#define HVBUILD_MODEL_YAML_H

#include "model/model.h"

// The whole model in the language of keys.def, in the order of keys.def: every key that was
// written, or with `defaults` every key that has a value, windows unfolded and planned addresses
// too. Times, sizes and addresses are exact, names quoted where YAML needs it. Remarks stand as
// comments before the item that they belong to. Reading it again gives the same model, so checking
// it gives the same findings, also where the model is wrong: what did not resolve is written as it
// stood. `file` is where it will be (NULL: in this directory), so that paths in it lead to the same
// files.
void model_yaml(struct text *out, const struct model *m, const char *file, bool defaults);

// The windows of one schedule as its `cores:`, indented by `indent` blanks; for synthesized ones.
void windows_yaml(struct text *out, const struct schedule *s, int indent);

#endif
