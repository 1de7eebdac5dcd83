// SPDX-License-Identifier: Apache-2.0
/*
 * Disk images of macOS (UDIF, *.dmg). Blocks are unpacked as they are asked for; a few are kept.
 */
#pragma once

#include "source/image.h"

enum { DMG_TRAILER = 512 };

/* Whether these last bytes of a file are the trailer of a disk image. */
bool dmg_is_trailer(struct span tail);

image_opener dmg_open;
