// SPDX-License-Identifier: Apache-2.0
/*
 * Takes one certificate out of a text of PEM blocks, wherever it stands in it.
 *
 * The lines right above a block that belong to it (what tools write there of its subject) go with
 * it when that is clear: when they begin the text or follow a block or an empty line, name the
 * certificate's subject, and are no lines that something else reads. Everything else stays.
 * Format: RFC 7468.
 */
#include "remedy/edit.h"

#include <string.h>

#include "trust/certificate.h"

static const char dashes[] = "-----"; /* at both ends of a block */

/* Where the lines right above `block` begin that no empty line and no block parts from it. */
static const char *lines_above(const char *start, const char *block)
{
    const char *at = block;

    while (at > start) {
        const char *line = at - 1; // its end
        struct sv text;

        while (line > start && line[-1] != '\n')
            line--;
        text = (struct sv){line, (size_t)(at - line)};
        if (sv_trim(text).n == 0 || sv_find(text, sv_str(dashes)) != SIZE_MAX)
            break;
        at = line;
    }
    return at;
}

/* Without what stands behind it on its last line, perhaps the next one. */
static struct sv block_alone(struct sv block)
{
    const struct sv end = SV("-----END ");
    size_t at = sv_find(block, end), closed;

    bug_if(at == SIZE_MAX);
    closed = sv_find(sv_from(block, at + end.n), sv_str(dashes));
    if (closed != SIZE_MAX)
        block.n = at + end.n + closed + strlen(dashes);
    return block;
}

static bool names(struct sv lines, const struct certificate *c)
{
    struct sv name = c->cn.n ? c->cn : c->o;

    return name.n >= 3 && sv_find(lines, name) != SIZE_MAX;
}

static void cut_block(struct edit_run *run, const char *start, struct sv block,
                      const struct certificate *c)
{
    const char *end = run->text.p + run->text.n, *above = lines_above(start, block.p);
    struct sv tail, line;

    block = block_alone(block);
    tail = (struct sv){block.p + block.n, (size_t)(end - block.p) - block.n};
    line = sv_line(&tail);
    if (sv_trim(line).n == 0) // something else on the last line is not ours
        block.n = (size_t)(tail.n ? tail.p - block.p : end - block.p);
    if (above < block.p && names((struct sv){above, (size_t)(block.p - above)}, c))
        block = (struct sv){above, block.n + (size_t)(block.p - above)};
    edit_cut(run, block);
}

static int find(struct edit_run *run, struct err *err)
{
    struct sv text = run->text, block;
    const char *start = text.p;
    struct certificate c;
    struct span der;
    struct err wrong;
    int r;

    if (run->key.n != 64)
        return ERR(err, ERR_USAGE, "the key has to be a SHA-256 in hexadecimal");
    while ((r = certificate_next_pem(&text, run->arena, &der, &block, &wrong)) !=
           CERTIFICATE_NONE) {
        if (r == 0)
            r = certificate_parse(der, run->arena, &c, NULL, &wrong);
        if (r == -ERR_NOMEM || r == -ERR_LIMIT)
            return *err = wrong, r;
        // A block that is no certificate is not the one, and stays.
        if (r == 0 && sv_eq_nocase(c.sha256, run->key))
            cut_block(run, start, block, &c);
        start = text.p;
    }
    return 0;
}

const struct edit edit_drop_pem = {
    .name = "drop-pem",
    .summary = "one certificate out of a bundle in PEM form",
    .key = "the SHA-256 of its DER in hexadecimal",
    .find = find,
};
