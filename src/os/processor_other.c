// SPDX-License-Identifier: Apache-2.0
#include "os/processor.h"

#include <string.h>
#include <sys/auxv.h>

void processor_identity(uint32_t ret[PROCESSOR_WORDS])
{
    const uint64_t features[] = {getauxval(AT_HWCAP), getauxval(AT_HWCAP2)};

    memset(ret, 0, PROCESSOR_WORDS * sizeof(*ret));
    memcpy(ret, features, sizeof(features));
}
