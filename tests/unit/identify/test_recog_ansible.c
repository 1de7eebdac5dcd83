// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_ansible;

#define TASKS \
    "- name: get\n" \
    "  ansible.builtin.get_url:\n" \
    "    url: https://dl.acme.test/a\n" \
    "    dest: /tmp/a\n" \
    "- apt: {name: [acme-agent, other=1.2], state: present}\n" \
    "- yum: name=third state=latest\n" \
    "- block:\n" \
    "    - name: templated\n" \
    "      package: {name: \"{{ item }}\"}\n" \
    "    - ansible.builtin.shell: |\n" \
    "        wget https://dl.acme.test/b\n" \
    "    - command: {argv: [pip, install, acme]}\n" \
    "- community.docker.docker_container: {name: x, image: \"registry.test/acme/tool:1\"}\n" \
    "- apt_repository: {repo: \"deb https://apt.acme.test stable main\"}\n" \
    "- apt: {name: gone, state: absent}\n" \
    "- yum: name=gone state=removed\n" \
    "- win_package: {product_id: '{1}', state: absent}\n" \
    "- ansible.windows.win_package: {product_id: '{2}', path: 'C:\\\\a.msi'}\n" \
    "- debug: {msg: \"https://not.test\"}\n"

static void reads_what_tasks_fetch_and_install(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_ansible, 0, BYTES(TASKS));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "file referenced <=trace\n"
                                    "  url=https://dl.acme.test/a @48+22\n"
                                    "  host=dl.acme.test\n"
                                    "library referenced <=trace\n"
                                    "  package=acme-agent @103+10\n"
                                    "  name=acme-agent\n"
                                    "  package-type=deb\n"
                                    "library referenced <=trace\n"
                                    "  package=other @115+9\n"
                                    "  name=other\n"
                                    "  package-type=deb\n"
                                    "  version=1.2\n"
                                    "library referenced <=trace\n"
                                    "  package=third @150+23\n"
                                    "  name=third\n"
                                    "  package-type=rpm\n"
                                    "file referenced <=trace\n"
                                    "  url=https://dl.acme.test/b\n"
                                    "  host=dl.acme.test\n"
                                    "library referenced <=trace\n"
                                    "  package=acme @345+4\n"
                                    "  name=acme\n"
                                    "  package-type=pypi\n"
                                    "  purl=pkg:pypi/acme\n"
                                    "container referenced <=trace\n"
                                    "  image=registry.test/acme/tool:1 @406+27\n"
                                    "  name=registry.test/acme/tool\n"
                                    "  version=1\n"
                                    "file referenced <=trace\n"
                                    "  url=https://apt.acme.test @460+39\n"
                                    "  host=apt.acme.test\n"
                                    "application referenced <=trace\n"
                                    "  product-code={2} @661+5\n");
    spy_clear(&spy);
}

static void other_yaml_has_no_tasks(void **state)
{
    const struct {
        const char *why;
        size_t gate;
        struct span bytes;
        int result;
    } cases[] = {
        {"empty", 0, BYTES(""), RECOG_NOT_MINE},
        {"other", 0, BYTES("a: 1\n"), RECOG_NOT_MINE},
        {"a template", 0, BYTES("- a: [\n"), RECOG_NOT_MINE},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_ansible, cases[i].gate, cases[i].bytes);
        if (spy.result != cases[i].result || spy.text.n)
            fail_msg("%s: got %d, '%s'", cases[i].why, spy.result, spy.text.p);
        spy_clear(&spy);
    }
}

static void survives_damage(void **state)
{
    (void)state;
    spy_contract(&recog_ansible, 0, BYTES(TASKS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_tasks_fetch_and_install),
        cmocka_unit_test(other_yaml_has_no_tasks),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_ansible", tests, NULL, NULL);
}
