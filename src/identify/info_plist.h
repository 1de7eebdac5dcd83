// SPDX-License-Identifier: Apache-2.0
/*
 * The Info.plist of a bundle (an application, a framework, an extension), which stands in the
 * bundle or, for programs of a single file, inside the program.
 */
#pragma once

#include "identify/emit_once.h"
#include "identify/property_list.h"

/* The component type that CFBundlePackageType stands for. */
enum component_type info_plist_type(const struct property *info);

/* What it is called by the system. */
struct sv info_plist_id(const struct property *info);

/*
 * All else that it says, as fields of the open component. `bytes` is the list, which stands at `at`
 * in the file.
 */
void info_plist_emit(const struct property *info, struct span bytes, uint64_t at,
                     struct emit_once *once);
