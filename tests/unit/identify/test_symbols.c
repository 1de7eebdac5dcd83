// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>

#include "identify/symbols.h"
#include "support/spy.h"

static void list(const char *const *names, unsigned flags, char *to, size_t room)
{
    struct symbols symbols;
    struct reader message;
    auto_arena arena = {0};
    struct component c;
    struct emit emit;
    size_t n = 0;

    to[0] = '\0';
    arena_init(&arena, 64 << 20);
    emit_init(&emit, STATE_PRESENT, CONFIDENCE_NONE);
    emit_component(&emit, TYPE_LIBRARY);
    assert_int_equal(symbols_init(&symbols, flags, &arena, NULL), 0);
    for (size_t i = 0; names[i]; i++)
        symbols_add(&symbols, sv_str(names[i]), 100 * i);
    assert_int_equal(symbols_emit(&symbols, &emit, NULL), 0);
    assert_int_equal(emit_finish(&emit, NULL), 0);
    message = reader_over((struct span){(const uint8_t *)emit.bytes.p, emit.bytes.n});
    assert_int_equal(message_next(&message, &arena, &c, NULL), 0);
    for (size_t i = 0; i < c.field_count; i++)
        n += (size_t)snprintf(to + n, room - n, "%.*s ", (int)c.fields[i].value.n,
                              c.fields[i].value.p);
    emit_clear(&emit);
}

static void keeps_names_for_their_form(void **state)
{
    const struct {
        const char *why;
        const char *names[8];
        unsigned flags;
        const char *kept;
    } cases[] = {
        {"C families",
         {"NET_Init", "Java_org_x_Y_call", "HPR_Aio_Open"},
         0,
         "HPR_Aio_Open Java_org_x_Y_call NET_Init "},
        {"not C families",
         {"g_free", "CreateFileW", "_init", "X_short", "A_b", "NET_DVR.Init", "GLIBC_2.2.5"},
         0,
         ""},
        {"twice is once", {"NET_Init", "NET_Init"}, 0, "NET_Init "},
        {"C++: one name of a scope and one from deeper inside",
         {"_ZN3Net4InitEv", "_ZN3Net4StopEv", "_ZNK3Net4Core4InitEv", "_ZN3Net4Core4StopEv",
          "_ZTVN3Web4CoreE"},
         0,
         "_ZN3Net4InitEv _ZNK3Net4Core4InitEv _ZTVN3Web4CoreE "},
        {"not a scope",
         {"_Z4Initv", "_ZNSt6vectorIiE", "_ZN99NetE", "_ZN0E", "_ZN", "_ZN3N:t4InitEv"},
         0,
         ""},
        {"Microsoft's C++",
         {"?Init@Net@@QEAAXXZ", "?Stop@Net@@QEAAXXZ", "??0Core@Inner@Net@@QEAA@XZ",
          "?Init@Inner@Net@@QEAAXXZ", "?x@std@@YAXXZ", "?global@@YAXXZ"},
         0,
         "??0Core@Inner@Net@@QEAA@XZ ?Init@Net@@QEAAXXZ "},
        {"Objective-C",
         {"_OBJC_CLASS_$_NetClient", "_OBJC_METACLASS_$_NetClient"},
         SYMBOLS_UNDERSCORE,
         "OBJC_CLASS_$_NetClient "},
        {"Swift",
         {"_$s6NetKit6ClientC4initACycfC", "_$s6NetKit6ServerC"},
         SYMBOLS_UNDERSCORE,
         "$s6NetKit6ClientC4initACycfC "},
        {"an underscore more",
         {"_NET_Init", "__ZN3Net4InitEv"},
         SYMBOLS_UNDERSCORE,
         "NET_Init _ZN3Net4InitEv "},
        {"the underscore belongs to the name", {"_NET_Init"}, 0, ""},
        {"stdcall",
         {"_NET_Init@12", "NET_Stop@4", "__imp__NET_Go@0", "__imp_NET_Wait"},
         0,
         "NET_Go NET_Init NET_Stop NET_Wait "},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char kept[1024];

        list(cases[i].names, cases[i].flags, kept, sizeof(kept));
        if (strcmp(kept, cases[i].kept) != 0)
            fail_msg("%s: %s", cases[i].why, kept);
    }
}

static void a_large_family_does_not_displace_a_small_one(void **state)
{
    enum { LARGE = 40000 };
    static const char *names[LARGE + 2];
    static char texts[LARGE][24], kept[SYMBOLS_EMIT_MAX * 32];
    (void)state;

    for (size_t i = 0; i < LARGE; i++) {
        (void)snprintf(texts[i], sizeof(texts[i]), "AAA_BBB_%zu", i);
        names[i] = texts[i];
    }
    names[LARGE] = "ZZZ_Small";
    list(names, 0, kept, sizeof(kept));

    assert_non_null(strstr(kept, " ZZZ_Small "));
    assert_non_null(strstr(kept, "AAA_BBB_0 "));
    size_t count = 0;
    for (const char *p = kept; *p; p++)
        count += *p == ' ';
    assert_int_equal(count, SYMBOLS_EMIT_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_names_for_their_form),
        cmocka_unit_test(a_large_family_does_not_displace_a_small_one),
    };
    return cmocka_run_group_tests_name("symbols", tests, NULL, NULL);
}
