// SPDX-License-Identifier: Apache-2.0
#include "identify/nevra.h"

#include "base/compiler.h"

bool nevra_read(struct sv text, struct nevra *ret)
{
    static const char *const architectures[] = {
        "x86_64",    "noarch",  "aarch64", "i386",     "i486",    "i586",
        "i686",      "ppc64le", "ppc64",   "s390x",    "armv7hl", "riscv64",
        "x86_64_v2", "src",     "(none)",  "armv5tel", "ia64"};
    size_t dot = sv_find_last(text, '.'), dash;
    bool known = sv_starts(text, SV("gpg-pubkey-"));

    *ret = (struct nevra){.version = text};
    for (size_t i = 0; !known && dot != SIZE_MAX && i < ARRAY_LEN(architectures); i++) {
        if (!sv_eq(sv_from(text, dot + 1), sv_str(architectures[i])))
            continue;
        ret->architecture = sv_from(text, dot + 1);
        text.n = dot;
        known = true;
        break;
    }
    if (!known)
        return false;
    dash = sv_find_last(text, '-');
    if (dash == SIZE_MAX || dash == 0)
        return false;
    dash = sv_find_last((struct sv){text.p, dash}, '-');
    if (dash == SIZE_MAX || dash == 0 || dash + 2 > text.n)
        return false;
    ret->name = (struct sv){text.p, dash};
    ret->version = sv_from(text, dash + 1);
    return true;
}
