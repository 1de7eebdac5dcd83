// SPDX-License-Identifier: Apache-2.0
/* A fresh folder for one test, with the files it needs; gone with all in it afterwards. */
#pragma once

#include "base/bytes.h"

struct temp_folder {
    char path[256];
};

void temp_folder_make(struct temp_folder *f);
void temp_folder_remove(struct temp_folder *f);

/* Write a file at a path below the folder; folders between are made. */
void temp_folder_write(const struct temp_folder *f, const char *name, struct sv text);
