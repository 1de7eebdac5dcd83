// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_scheduled_task;

enum { GATE_XML = 0, GATE_JOB = 6 };

#define TASK \
    "<?xml version=\"1.0\" encoding=\"UTF-16\"?>\r\n" \
    "<Task version=\"1.2\" xmlns=\"http://schemas.microsoft.com/windows/2004/02/mit/task\">" \
    "<RegistrationInfo><Author>Acme</Author><URI>\\Acme\\Update</URI></RegistrationInfo>" \
    "<Principals><Principal><UserId>S-1-5-18</UserId></Principal></Principals>" \
    "<Settings><Enabled>false</Enabled></Settings>" \
    "<Actions><Exec><Command>C:\\Acme Lab\\u.exe</Command><Arguments>-x &amp; " \
    "y</Arguments></Exec>" \
    "<Exec><Command>\"%windir%\\b.exe\"</Command></Exec>" \
    "<ComHandler><ClassId>{A}</ClassId></ComHandler></Actions></Task>"

static void wide(const char *text, struct buf *to)
{
    for (; *text; text++) {
        buf_char(to, *text);
        buf_char(to, 0);
    }
}

static struct span bytes_of(const struct buf *b)
{
    return (struct span){(const uint8_t *)b->p, b->n};
}

static void says_what_a_task_runs(void **state)
{
    auto_buf as_16 = {0};
    struct spy spy;
    (void)state;

    buf_str(&as_16, "\xff\xfe");
    wide(TASK, &as_16);
    const struct span forms[] = {bytes_of(&as_16), span_from(bytes_of(&as_16), 2), BYTES(TASK)};

    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        spy_identify(&spy, &recog_scheduled_task, GATE_XML, forms[i]);
        assert_int_equal(spy.result, 0);
        assert_string_equal(spy.text.p, "application installed\n"
                                        "  author=Acme\n"
                                        "  row=\\Acme\\Update\n"
                                        "  user=S-1-5-18\n"
                                        "  command=\"C:\\Acme Lab\\u.exe\" -x & y\n"
                                        "  command=\"%windir%\\b.exe\"\n"
                                        "  clsid={A}\n"
                                        "  status=disabled\n");
        spy_clear(&spy);
    }
}

static void job(struct buf *to, const char *const *texts)
{
    for (unsigned i = 0; i < 70; i++)
        buf_char(to, 0);
    for (; *texts; texts++) {
        buf_char(to, (char)(strlen(*texts) + 1));
        buf_char(to, 0);
        wide(*texts, to);
        buf_str(to, "");
        buf_char(to, 0);
        buf_char(to, 0);
    }
}

static void reads_tasks_of_old(void **state)
{
    const char *const texts[] = {"C:\\Acme\\u.exe", "-x", "C:\\Acme", "Acme", "", NULL};
    auto_buf file = {0};
    struct spy spy;
    (void)state;

    job(&file, texts);
    spy_identify(&spy, &recog_scheduled_task, GATE_JOB, bytes_of(&file));
    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "application installed\n"
                                    "  command=\"C:\\Acme\\u.exe\" -x\n"
                                    "  author=Acme\n");
    spy_clear(&spy);

    spy_identify(&spy, &recog_scheduled_task, GATE_JOB, (struct span){(uint8_t *)file.p, 90});
    assert_int_equal(spy.result, -ERR_FORMAT);
    spy_clear(&spy);
}

static void leaves_other_xml_alone(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_scheduled_task, GATE_XML, BYTES("<Project><Exec/></Project>"));
    assert_int_equal(spy.result, RECOG_NOT_MINE);
    spy_clear(&spy);
    spy_identify(&spy, &recog_scheduled_task, GATE_XML, BYTES("no xml"));
    assert_int_equal(spy.result, RECOG_NOT_MINE);
    spy_clear(&spy);
}

static void its_name_is_in_its_place(void **state)
{
    const struct gate *g = recog_scheduled_task.gates;
    struct captures captures;
    (void)state;

    assert_true(gate_path_matches(g[0].path, SV("/Windows/System32/Tasks/Update"), &captures));
    assert_true(sv_eq(captures.at[0].value, SV("Update")));
    assert_true(gate_path_matches(g[2].path, SV("/w/Windows/System32/Tasks/Acme/x/Up"), &captures));
    assert_true(sv_eq(captures.at[0].value, SV("Up")));
    assert_int_equal(g[2].anchor_up, 6);
}

static void survives_damage(void **state)
{
    auto_buf as_16 = {0};
    (void)state;

    wide(TASK, &as_16);
    spy_contract(&recog_scheduled_task, GATE_XML, bytes_of(&as_16));
    spy_contract(&recog_scheduled_task, GATE_JOB, bytes_of(&as_16));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_a_task_runs),  cmocka_unit_test(reads_tasks_of_old),
        cmocka_unit_test(leaves_other_xml_alone), cmocka_unit_test(its_name_is_in_its_place),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_scheduled_task", tests, NULL, NULL);
}
