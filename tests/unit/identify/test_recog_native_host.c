// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_native_host;

enum {
    GATE_USER,
    GATE_SYSTEM,
    GATE_ANYWHERE,
};

#define CHROMIUM \
    "{ \"name\": \"com.acme.guard.host\", \"description\": \"Acme Guard\",\n" \
    "  \"path\": \"/opt/acme/host\", \"type\": \"stdio\",\n" \
    "  \"allowed_origins\": [\"chrome-extension://aaaabbbbccccddddeeeeffffgggghhhh/\", 3] }"
#define FIREFOX \
    "{\"name\":\"guard\",\"path\":\"host.exe\",\"type\":\"stdio\"," \
    "\"allowed_extensions\":[\"guard@acme.test\",\"{11111111-2222-3333-4444-555555555555}\"]}"

static void reads_which_program_serves_which_extension(void **state)
{
    struct spy chromium, firefox;
    (void)state;

    spy_identify(&chromium, &recog_native_host, GATE_SYSTEM, BYTES(CHROMIUM));
    spy_identify(&firefox, &recog_native_host, GATE_ANYWHERE, BYTES(FIREFOX));

    assert_int_equal(chromium.result, 0);
    assert_string_equal(chromium.text.p, "application installed\n"
                                         "  native-host=com.acme.guard.host @10+21\n"
                                         "  name=com.acme.guard.host\n"
                                         "  description=Acme Guard\n"
                                         "  command=/opt/acme/host\n"
                                         "  depends=aaaabbbbccccddddeeeeffffgggghhhh\n");
    assert_int_equal(firefox.result, 0);
    assert_string_equal(firefox.text.p, "application present\n"
                                        "  native-host=guard @8+7\n"
                                        "  name=guard\n"
                                        "  command=host.exe\n"
                                        "  depends=guard@acme.test\n"
                                        "  depends={11111111-2222-3333-4444-555555555555}\n");
    spy_clear(&chromium);
    spy_clear(&firefox);
}

static void passes_by_other_json(void **state)
{
    const struct {
        const char *why;
        struct span bytes;
        int result;
    } cases[] = {
        {"empty", BYTES(""), RECOG_NOT_MINE},
        {"some object", BYTES("{\"name\":\"x\",\"path\":\"y\",\"type\":\"stdio\"}"),
         RECOG_NOT_MINE},
        {"some damaged object", BYTES("{\"name\":"), RECOG_NOT_MINE},
        {"a server's settings", BYTES("{\"cors\":{\"allowed_origins\":[\"*\"]}}"), RECOG_NOT_MINE},
        {"breaks off", BYTES("{\"allowed_origins\":["), -ERR_FORMAT},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_native_host, GATE_ANYWHERE, cases[i].bytes);
        if (spy.result != cases[i].result || spy.text.n)
            fail_msg("%s: got %d, '%s'", cases[i].why, spy.result, spy.text.p);
        spy_clear(&spy);
    }
}

static void knows_the_folders_of_all_browsers(void **state)
{
    const struct {
        size_t gate;
        const char *path;
    } cases[] = {
        {GATE_USER, "/home/u/.config/chromium/NativeMessagingHosts/h.json"},
        {GATE_USER, "/Users/u/Library/Application Support/Mozilla/NativeMessagingHosts/h.json"},
        {GATE_USER, "/Library/Google/Chrome/NativeMessagingHosts/h.json"},
        {GATE_SYSTEM, "/etc/opt/chrome/native-messaging-hosts/h.json"},
        {GATE_SYSTEM, "/usr/lib/mozilla/native-messaging-hosts/h.json"},
        {GATE_SYSTEM, "/home/u/.mozilla/native-messaging-hosts/h.json"},
        {GATE_ANYWHERE, "/Program Files/Acme/host.json"},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct captures captures;
        size_t gate = 0;

        while (!gate_path_matches(recog_native_host.gates[gate].path, sv_str(cases[i].path),
                                  &captures))
            gate++;
        assert_int_equal(gate, cases[i].gate);
    }
}

static void survives_damage(void **state)
{
    (void)state;
    spy_contract(&recog_native_host, GATE_USER, BYTES(CHROMIUM));
    spy_contract(&recog_native_host, GATE_USER, BYTES(FIREFOX));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_which_program_serves_which_extension),
        cmocka_unit_test(passes_by_other_json),
        cmocka_unit_test(knows_the_folders_of_all_browsers),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_native_host", tests, NULL, NULL);
}
