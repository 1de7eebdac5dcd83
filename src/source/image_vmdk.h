// SPDX-License-Identifier: Apache-2.0
/* The two kinds of VMDK files: one with a disk or a part of it, and a text that names parts. */
#pragma once

#include "source/image.h"

image_opener vmdk_set_open, vmdk_part_open;
