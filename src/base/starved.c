// SPDX-License-Identifier: Apache-2.0
#include "base/starved.h"

static _Thread_local bool starved;

void starved_note(void)
{
    starved = true;
}

bool starved_take(void)
{
    bool was = starved;

    starved = false;
    return was;
}
