// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

#include "base/buf.h"
#include "identify/efi_signatures.h"
#include "support/make_cert.h"

extern const struct recogniser recog_efi_signatures;

static void put_le(struct buf *b, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        buf_char(b, (char)(value >> (8 * i) & 0xff));
}

static void put_list(struct buf *b, const char *kind, struct span entry, unsigned count)
{
    buf_bytes(b, kind, 16);
    put_le(b, 28 + count * (16 + entry.n), 4);
    put_le(b, 0, 4);
    put_le(b, 16 + entry.n, 4);
    for (unsigned i = 0; i < count; i++) {
        buf_str(b, "the owner's GUID");
        buf_bytes(b, entry.p, entry.n);
    }
}

static struct span span_of(const struct buf *b)
{
    return (struct span){(const uint8_t *)b->p, b->n};
}

static size_t gate_for(const char *path)
{
    struct captures captures;

    for (size_t i = 0; recog_efi_signatures.gates[i].path; i++)
        if (gate_path_matches(recog_efi_signatures.gates[i].path, sv_str(path), &captures))
            return i;
    fail_msg("%s has no gate", path);
    return 0;
}

static void put_certificate(struct buf *b, const char *cn)
{
    struct made_cert made = made_cert(cn, "Acme Ltd", NULL, true, NULL);

    made_cert_der(&made, b);
    made_cert_clear(&made);
}

/* Which certificates are told, in which store: "One firmware, Two firmware, ". */
static void expect(const char *path, const struct buf *bytes, int result, const char *told)
{
    auto_buf seen = {0};
    struct spy spy;

    spy_identify(&spy, &recog_efi_signatures, gate_for(path), span_of(bytes));
    for (struct sv rest = buf_view(&spy.text); rest.n;) {
        struct sv line = sv_line(&rest), key = sv_cut(&line, '=');

        if (sv_ends(key, SV("certificate-cn"))) {
            buf_sv(&seen, sv_cut(&line, ' '));
            buf_char(&seen, ' ');
        }
        if (sv_ends(key, SV("certificate-store"))) {
            buf_sv(&seen, line);
            buf_str(&seen, ", ");
        }
    }
    if (spy.result != result || strcmp(seen.p ? seen.p : "", told) != 0)
        fail_msg("%s: %d, '%s'\n%s", path, spy.result, seen.p ? seen.p : "", spy.text.p);
    spy_clear(&spy);
}

static void put_lists(struct buf *b)
{
    auto_buf one = {0}, two = {0};

    put_certificate(&one, "One");
    put_certificate(&two, "Two");
    put_list(b, EFI_LIST_CERTIFICATES, span_of(&one), 1);
    put_list(b, EFI_LIST_SHA256, BYTES("a digest of thirty-two bytes, no"), 3);
    put_list(b, EFI_LIST_CERTIFICATES, span_of(&two), 1);
}

static void names_what_a_machine_boots_with(void **state)
{
    auto_buf variable = {0};
    (void)state;

    put_le(&variable, 0x27, 4);
    put_lists(&variable);
    expect("/sys/firmware/efi/efivars/db-d719b2cb-3d3a-4596-a3bc-dad00e67656f", &variable, 0,
           "One firmware, Two firmware, ");
    expect("/sys/firmware/efi/efivars/MokListRT-605dab50-e046-4300-abb6-3dd810dd8b23", &variable, 0,
           "One firmware, Two firmware, ");
}

static void names_what_files_would_set(void **state)
{
    auto_buf list = {0}, update = {0};
    (void)state;

    put_lists(&list);
    expect("/root/keys/vendor.esl", &list, 0, "One loose, Two loose, ");
    buf_str(&update, "sixteen bytes: t");
    put_le(&update, 24, 4);
    put_le(&update, 0x0ef10200, 4);
    buf_str(&update, "GUID of PKCS #7 ");
    put_lists(&update);
    expect("/root/keys/vendor.auth", &update, 0, "One loose, Two loose, ");
}

static void what_is_forbidden_is_not_trusted(void **state)
{
    auto_buf list = {0};
    (void)state;

    put_lists(&list);
    expect("/root/keys/DBXUpdate.esl", &list, RECOG_NOT_MINE, "");
}

static void damage_does_not_hide_what_came_before(void **state)
{
    auto_buf list = {0}, empty = {0};
    (void)state;

    put_lists(&list);
    list.n -= 10;
    expect("/a.esl", &list, -ERR_FORMAT, "One loose, ");
    list.p[28 + 16] ^= 1; // of the first certificate
    list.n += 10;
    expect("/a.esl", &list, -ERR_FORMAT, "Two loose, ");
    put_le(&empty, 7, 4);
    expect("/sys/firmware/efi/efivars/db-1", &empty, RECOG_NOT_MINE, "");
}

static void other_files_are_not_its_own(void **state)
{
    auto_buf text = {0};
    (void)state;

    buf_str(&text, "user: name\npassword: none, this is another file with that name\n");
    expect("/etc/a.esl", &text, RECOG_NOT_MINE, "");
    for (unsigned i = 0; i < 16; i++)
        buf_char(&text, 0);
    text.p[16] = 8;
    text.p[17] = text.p[18] = text.p[19] = 0;
    expect("/etc/a.auth", &text, RECOG_NOT_MINE, "");
}

static void survives_damage(void **state)
{
    auto_buf list = {0};
    (void)state;

    put_lists(&list);
    spy_contract(&recog_efi_signatures, gate_for("/a.esl"), span_of(&list));
    spy_contract(&recog_efi_signatures, gate_for("/a.auth"), span_of(&list));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_what_a_machine_boots_with),
        cmocka_unit_test(names_what_files_would_set),
        cmocka_unit_test(what_is_forbidden_is_not_trusted),
        cmocka_unit_test(damage_does_not_hide_what_came_before),
        cmocka_unit_test(other_files_are_not_its_own),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_efi_signatures", tests, NULL, NULL);
}
