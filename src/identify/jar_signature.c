// SPDX-License-Identifier: Apache-2.0
#include "identify/jar_signature.h"

#include <string.h>

#include "trust/base64.h"
#include "trust/digest.h"

enum {
    SIGNERS_MAX = 8,
    VITAL_MAX = 256,
    TEXT_MAX = 16 << 20,
    FILE_MAX = 1 << 20, /* of a signature */
};

struct check {
    const struct job *job;
    const struct zip_directory *directory;
    struct signatures *to;
    struct zip_entry manifest_entry;
    struct sv manifest; /* unfolded */
    struct span manifest_bytes;
    struct zip_entry signer[SIGNERS_MAX];
    size_t signers;
    struct zip_entry vital[VITAL_MAX];
    size_t vitals;
};

static bool in_meta(struct sv name, struct sv *ret_rest)
{
    const struct sv folder = SV("META-INF/");

    if (name.n <= folder.n || !sv_eq_nocase((struct sv){name.p, folder.n}, folder))
        return false;
    *ret_rest = sv_from(name, folder.n);
    return sv_find_last(*ret_rest, '/') == SIZE_MAX;
}

static bool ends_nocase(struct sv s, struct sv end)
{
    return s.n > end.n && sv_eq_nocase(sv_from(s, s.n - end.n), end);
}

static int list_members(struct check *c, bool (*vital)(struct sv name), struct err *err)
{
    struct reader rest = reader_over(c->directory->bytes);
    struct zip_entry e;
    struct sv file;
    int r;

    while ((r = zip_next(&rest, &e, err)) == 0) {
        if (vital(e.name) && c->vitals < VITAL_MAX)
            c->vital[c->vitals++] = e;
        if (!in_meta(e.name, &file))
            continue;
        if (sv_eq_nocase(file, SV("MANIFEST.MF")))
            c->manifest_entry = e;
        else if ((ends_nocase(file, SV(".RSA")) || ends_nocase(file, SV(".DSA")) ||
                  ends_nocase(file, SV(".EC"))) &&
                 c->signers < SIGNERS_MAX)
            c->signer[c->signers++] = e;
    }
    return r < 0 ? r : 0;
}

/* "META-INF/X.SF" beside "META-INF/X.RSA". */
static int find_list(const struct check *c, struct sv signer, struct zip_entry *ret,
                     struct err *err)
{
    struct sv stem = {signer.p, sv_find_last(signer, '.')};
    struct reader rest = reader_over(c->directory->bytes);

    while (zip_next(&rest, ret, err) == 0)
        if (ret->name.n == stem.n + 3 && sv_starts(ret->name, stem) &&
            sv_eq_nocase(sv_from(ret->name, stem.n), SV(".SF")))
            return 1;
    return 0;
}

/* Lines of more than 72 bytes go on behind a space on the next one. */
static struct sv unfold(struct span bytes, struct arena *arena)
{
    char *to = arena_take(arena, bytes.n + 1);
    struct sv rest = sv_of(bytes);
    size_t n = 0;

    while (to && rest.n) {
        struct sv line = sv_line(&rest);

        if (n && sv_starts(line, SV(" "))) {
            n--;
            line = sv_from(line, 1);
        }
        memcpy(to + n, line.p, line.n);
        n += line.n;
        to[n++] = '\n';
    }
    return (struct sv){to, to ? n : 0};
}

/* The next section of an unfolded text: what stands before an empty line. */
static struct sv next_section(struct sv *rest)
{
    size_t end = sv_find(*rest, SV("\n\n"));
    struct sv section = *rest;

    if (end == SIZE_MAX) {
        *rest = (struct sv){0};
        return section;
    }
    section.n = end + 1;
    *rest = sv_from(*rest, end + 2);
    return section;
}

static struct sv attribute(struct sv section, struct sv name)
{
    while (section.n) {
        struct sv line = sv_line(&section), key = sv_cut(&line, ':');

        if (sv_eq_nocase(key, name))
            return sv_trim(line);
    }
    return (struct sv){0};
}

static struct sv section_of(const struct check *c, struct sv name)
{
    struct sv rest = c->manifest;

    while (rest.n) {
        struct sv section = next_section(&rest);

        if (sv_eq(attribute(section, SV("Name")), name))
            return section;
    }
    return (struct sv){0};
}

/* The best digest that a section has under a name that ends so; false when there is none. */
static bool digest_named(struct sv section, const char *end, enum digest_kind *ret_kind,
                         struct sv *ret_value)
{
    static const struct {
        const char *name;
        enum digest_kind kind;
    } kinds[] = {{"SHA-512", DIGEST_SHA512},
                 {"SHA-384", DIGEST_SHA384},
                 {"SHA-256", DIGEST_SHA256},
                 {"SHA1", DIGEST_SHA1},
                 {"SHA-1", DIGEST_SHA1}};

    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        auto_buf name = BUF_INIT(64);

        buf_printf(&name, "%s-%s", kinds[i].name, end);
        *ret_value = attribute(section, buf_view(&name));
        *ret_kind = kinds[i].kind;
        if (ret_value->n)
            return true;
    }
    return false;
}

static int same_digest(struct digest *d, enum digest_kind kind, struct sv text, struct arena *arena,
                       bool *ret, struct err *err)
{
    uint8_t sum[DIGEST_MAX];
    struct span said;
    int r = base64_decode(text, arena, &said, err);

    *ret = false;
    if (r == -ERR_FORMAT)
        return 0;
    TRY(r);
    TRY(digest_finish(d, sum, err));
    *ret = said.n == digest_size(kind) && memcmp(said.p, sum, said.n) == 0;
    return 0;
}

static void add_piece(void *to, struct span piece)
{
    digest_update(to, piece);
}

static int check_vital(const struct check *c, const struct zip_entry *e, bool *ret, struct err *err)
{
    enum digest_kind kind;
    auto_digest d = {0};
    struct sv text;

    *ret = false;
    if (!digest_named(section_of(c, e->name), "Digest", &kind, &text))
        return 0;
    digest_init(&d, kind);
    TRY(zip_stream(c->job, c->directory, e, add_piece, &d, err));
    return same_digest(&d, kind, text, c->job->arena, ret, err);
}

static void judge_broken(struct signature *s, const char *why)
{
    s->state = SIGNATURE_BROKEN;
    s->why = sv_str(why);
}

/* The list that was signed vouches for the manifest, and that for the members. */
static int check_chain(const struct check *c, struct sv list, struct signature *s, struct err *err)
{
    struct sv rest = list, head = next_section(&rest), text;
    enum digest_kind kind;
    auto_digest d = {0};
    bool same;

    if (attribute(head, SV("X-Android-APK-Signed")).n) {
        judge_broken(s, "the newer signature that it speaks of is not there any more");
        return 0;
    }
    if (!digest_named(head, "Digest-Manifest", &kind, &text)) {
        judge_broken(s, "it holds no digest of the manifest");
        return 0;
    }
    digest_init(&d, kind);
    digest_update(&d, c->manifest_bytes);
    TRY(same_digest(&d, kind, text, c->job->arena, &same, err));
    if (!same)
        judge_broken(s, "the digest of the manifest is another one");
    for (size_t i = 0; same && i < c->vitals; i++) {
        TRY(check_vital(c, &c->vital[i], &same, err));
        if (!same)
            judge_broken(s, "the digest of a member is another one");
    }
    return 0;
}

static int check_signer(struct check *c, const struct zip_entry *signer, struct err *err)
{
    const struct job *job = c->job;
    uint64_t at = c->directory->front + signer->header;
    size_t before = c->to->count;
    struct zip_entry list;
    struct span bytes, text;

    if (!find_list(c, signer->name, &list, err) || c->manifest_entry.name.n == 0)
        return signature_add_broken("the list that it signs is not there", at, 0, job->arena, c->to,
                                    err);
    TRY(zip_read(job, c->directory, signer, FILE_MAX, &bytes, err));
    TRY(zip_read(job, c->directory, &list, TEXT_MAX, &text, err));
    TRY(signature_check_detached(bytes, text, at, job->roots, job->arena, c->to, err));
    if (c->to->count == before || c->to->at[before].state == SIGNATURE_BROKEN)
        return 0;
    c->to->at[before].length = signer->packed;
    if (c->manifest.n == 0) {
        TRY(zip_read(job, c->directory, &c->manifest_entry, TEXT_MAX, &c->manifest_bytes, err));
        c->manifest = unfold(c->manifest_bytes, job->arena);
    }
    return check_chain(c, unfold(text, job->arena), &c->to->at[before], err);
}

int jar_signature_check(const struct job *job, const struct zip_directory *directory,
                        bool (*vital)(struct sv name), struct signatures *to, struct err *err)
{
    struct check *c = arena_take(job->arena, sizeof(*c));

    if (!c)
        return arena_error(job->arena, err);
    c->job = job;
    c->directory = directory;
    c->to = to;
    TRY(list_members(c, vital, err));
    for (size_t i = 0; i < c->signers; i++)
        TRY(check_signer(c, &c->signer[i], err));
    return arena_failed(job->arena) ? arena_error(job->arena, err) : 0;
}
