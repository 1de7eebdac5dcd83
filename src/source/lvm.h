// SPDX-License-Identifier: Apache-2.0
/* The logical volumes of LVM2 that are on one disk, as volumes with their names: "root". */
#pragma once

#include "source/entry_reader.h"

entry_opener lvm_open;
