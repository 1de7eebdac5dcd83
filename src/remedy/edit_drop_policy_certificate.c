// SPDX-License-Identifier: Apache-2.0
/*
 * Takes one certificate out of those that a policy of Chromium makes trusted:
 *
 *     "CACertificates": [ "<DER in base64>" ]
 *     "CACertificatesWithConstraints": [ { "certificate": "<DER in base64>", … } ]
 *
 * and CADistrustedCertificates stay, since they keep it out.
 * Source: https://chromeenterprise.google/policies/
 */
#include "remedy/json_text.h"

#include "trust/base64.h"
#include "trust/certificate.h"

static bool is_it(struct edit_run *run, struct sv base64)
{
    struct certificate c;
    struct span der;
    struct err err;

    return base64.n && base64_decode(base64, run->arena, &der, &err) == 0 &&
           certificate_parse(der, run->arena, &c, NULL, &err) == 0 &&
           sv_eq_nocase(c.sha256, run->key);
}

static int find(struct edit_run *run, struct err *err)
{
    struct json_text t;

    if (run->key.n != 64)
        return ERR(err, ERR_USAGE, "the key has to be a SHA-256 in hexadecimal");
    TRY(json_text_parse(run, &t, err));
    for (size_t i = 1; i < t.count; i++) {
        struct json_node *n = &t.nodes[i];

        if (json_is_in(&t, n, "CACertificates"))
            n->gone = is_it(run, json_string_of(run, n));
        else if (json_is_in(&t, n, "CACertificatesWithConstraints"))
            n->gone = is_it(run, json_member_of(run, &t, n, "certificate"));
    }
    json_text_cut(run, &t);
    return 0;
}

const struct edit edit_drop_policy_certificate = {
    .name = "drop-policy-certificate",
    .summary = "one certificate out of those that a browser's policy makes trusted",
    .key = "the SHA-256 of its DER in hexadecimal",
    .find = find,
};
