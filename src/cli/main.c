// SPDX-License-Identifier: Apache-2.0
#include "identify/recogniser.h"

#include <stdio.h>

int main(void)
{
    for (size_t i = 0; recognisers[i]; i++)
        printf("%s: %s\n", recognisers[i]->name, recognisers[i]->summary);
    return 0;
}
