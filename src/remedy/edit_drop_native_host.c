// SPDX-License-Identifier: Apache-2.0
/*
 * Takes one native-messaging host out of those that a policy of Chromium allows. What blocks it
 * (NativeMessagingBlocklist) stays. Source: https://chromeenterprise.google/policies/
 */
#include "remedy/json_text.h"

static int find(struct edit_run *run, struct err *err)
{
    struct json_text t;

    TRY(json_text_parse(run, &t, err));
    for (size_t i = 1; i < t.count; i++) {
        struct json_node *n = &t.nodes[i];

        if (json_is_in(&t, n, "NativeMessagingAllowlist") ||
            json_is_in(&t, n, "NativeMessagingWhitelist"))
            n->gone = sv_eq(json_string_of(run, n), run->key);
    }
    json_text_cut(run, &t);
    return 0;
}

const struct edit edit_drop_native_host = {
    .name = "drop-native-host",
    .summary = "one native-messaging host out of those that a policy allows",
    .key = "the name of the host",
    .find = find,
};
