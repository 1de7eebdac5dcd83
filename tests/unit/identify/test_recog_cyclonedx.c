// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_cyclonedx;

enum { JSON_GATE = 0, XML_GATE = 2 };

#define JSON_BILL \
    "{\"bomFormat\": \"CycloneDX\", \"specVersion\": \"1.6\", \"metadata\": {\n" \
    "\"tools\": {\"components\": [{\"type\": \"application\", \"name\": \"maker\"}]},\n" \
    "\"supplier\": {\"name\": \"Shop\"}, \"component\": {\"type\": \"application\", \"name\": " \
    "\"Box\"," \
    " \"bom-ref\": \"b\"}},\n" \
    "\"components\": [{\"type\": \"library\", \"name\": \"ui\", \"group\": \"@a\", \"version\": " \
    "\"1\",\n" \
    " \"purl\": \"pkg:npm/%40a/ui@1\", \"cpe\": \"cpe:2.3:a:a:ui:1\", \"author\": \"An\",\n" \
    " \"authors\": [{\"name\": \"Bo\"}], \"manufacturer\": {\"name\": \"Made\"},\n" \
    " \"hashes\": [{\"alg\": \"MD5\", \"content\": \"00\"}, {\"alg\": \"SHA-256\", \"content\": " \
    "\"ff\"}],\n" \
    " \"pedigree\": {\"ancestors\": [{\"type\": \"library\", \"name\": \"old\"}]},\n" \
    " \"externalReferences\": [{\"type\": \"distribution\", \"url\": \"https://a.test/x\"}],\n" \
    " \"components\": [{\"type\": \"container\", \"name\": \"in\", \"group\": \"org.a\"}]}],\n" \
    "\"services\": [{\"name\": \"web\", \"provider\": {\"name\": \"Host\"}, \"endpoints\": " \
    "[\"https://w.test/\"]}]}"

#define XML_BILL \
    "<?xml version=\"1.0\"?>\n<bom xmlns=\"http://cyclonedx.org/schema/bom/1.5\" version=\"1\">" \
    "<metadata><tools><components><component type=\"application\"><name>maker</name></component>" \
    "</components></tools><component type=\"application\" " \
    "bom-ref=\"b\"><name>Box</name></component>" \
    "<supplier><name>Shop</name></supplier></metadata>\n" \
    "<components><component type=\"library\" bom-ref=\"u\"><supplier><name>A &amp; " \
    "B</name></supplier>" \
    "<author>An</author><group>a</group><name>ui</name><version>1</version>" \
    "<hashes><hash alg=\"SHA-1\">00</hash><hash alg=\"SHA-256\">ff</hash></hashes>" \
    "<cpe>cpe:2.3:a:a:ui:1</cpe><purl>pkg:deb/debian/ui@1?arch=amd64</purl>" \
    "<pedigree><ancestors><component type=\"library\"><name>old</name>" \
    "<supplier><name>Old</name></supplier></component></ancestors></pedigree>" \
    "<externalReferences><reference type=\"website\"><url>https://a.test/</url></reference>" \
    "</externalReferences><components><component type=\"file\"><name>in</name></component>" \
    "</components></component></components>" \
    "<services><service><provider><name>Host</name></provider><name>web</name><endpoints>" \
    "<endpoint>https://w.test/</endpoint></endpoints></service></services></bom>"

static void reads_components_services_and_the_subject_of_json(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_cyclonedx, JSON_GATE, BYTES(JSON_BILL));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "application referenced <=probable\n"
                                    "  name=Box @207+5\n"
                                    "  product=Box @207+5\n"
                                    "  supplier=Shop\n"
                                    "  row=b\n"
                                    "library referenced <=probable\n"
                                    "  name=ui @275+4\n"
                                    "  version=1\n"
                                    "  purl=pkg:npm/%40a/ui@1\n"
                                    "  package=@a/ui\n"
                                    "  package-type=npm\n"
                                    "  manufacturer=Made\n"
                                    "  author=An\n"
                                    "  author=Bo\n"
                                    "  cpe=cpe:2.3:a:a:ui:1\n"
                                    "  sha256=ff\n"
                                    "  url=https://a.test/x\n"
                                    "container referenced <=probable\n"
                                    "  name=in @722+4\n"
                                    "  package=org.a:in\n"
                                    "service referenced <=probable\n"
                                    "  name=web @772+5\n"
                                    "  supplier=Host\n"
                                    "  url=https://w.test/\n");
    spy_clear(&spy);
}

static void reads_components_services_and_the_subject_of_xml(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_cyclonedx, XML_GATE, BYTES(XML_BILL));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "application referenced <=probable\n"
                                    "  name=Box @241+3\n"
                                    "  product=Box @241+3\n"
                                    "  supplier=Shop\n"
                                    "  row=b\n"
                                    "file referenced <=probable\n"
                                    "  name=in @900+2\n"
                                    "library referenced <=probable\n"
                                    "  name=ui @447+2\n"
                                    "  version=1\n"
                                    "  purl=pkg:deb/debian/ui@1?arch=amd64\n"
                                    "  package=ui\n"
                                    "  package-type=deb\n"
                                    "  supplier=A & B\n"
                                    "  author=An\n"
                                    "  sha256=ff\n"
                                    "  cpe=cpe:2.3:a:a:ui:1\n"
                                    "  homepage=https://a.test/\n"
                                    "  row=u\n"
                                    "service referenced <=probable\n"
                                    "  name=web @1022+3\n"
                                    "  supplier=Host\n"
                                    "  url=https://w.test/\n");
    spy_clear(&spy);
}

static void reads_back_what_debar_writes(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_cyclonedx, JSON_GATE,
                 BYTES("{\"bomFormat\": \"CycloneDX\", \"specVersion\": \"1.6\", \"components\": ["
                       "{\"type\": \"file\", \"name\": \"x\", \"evidence\": {\"occurrences\": ["
                       "{\"location\": \"/opt/x%21/y\"}]}, \"properties\": ["
                       "{\"name\": \"debar:state\", \"value\": \"installed\"},"
                       "{\"name\": \"debar:package\", \"value\": \"p\"},"
                       "{\"name\": \"debar:package-type\", \"value\": \"deb\"},"
                       "{\"name\": \"debar:1:signer-o\", \"value\": \"O\"},"
                       "{\"name\": \"debar:2:signer-o\", \"value\": \"P\"},"
                       "{\"name\": \"debar:magic:hex\", \"value\": \"4d5a\"},"
                       "{\"name\": \"debar:row\", \"value\": \"no identity\"},"
                       "{\"name\": \"debar:none\", \"value\": \"no field\"},"
                       "{\"name\": \"other:package\", \"value\": \"q\"}]}]}"));

    assert_string_equal(spy.text.p, "file referenced <=probable\n"
                                    "  name=x @89+3\n"
                                    "  path=/opt/x!/y\n"
                                    "  status=installed\n"
                                    "  package=p\n"
                                    "  package-type=deb\n"
                                    "  [1] signer-o=O\n"
                                    "  [2] signer-o=P\n"
                                    "  magic=MZ\n");
    spy_clear(&spy);
}

static void tells_other_and_damaged_files_apart(void **state)
{
    const struct {
        const char *why;
        size_t gate;
        struct span bytes;
        int result;
    } cases[] = {
        {"other JSON", JSON_GATE, BYTES("{\"components\": []}"), RECOG_NOT_MINE},
        {"an attestation", JSON_GATE,
         BYTES("{\"predicate\": {\"bomFormat\": \"CycloneDX\", \"specVersion\": \"1.4\"}}"), 0},
        {"a later version", JSON_GATE,
         BYTES("{\"bomFormat\": \"CycloneDX\", \"specVersion\": \"2.0\"}"), -ERR_UNSUPPORTED},
        {"JSON cut short", JSON_GATE, BYTES("{\"bomFormat\": \"CycloneDX\","), -ERR_FORMAT},
        {"a page about it", XML_GATE,
         BYTES("<html><p>http://cyclonedx.org/schema/bom/1.5</p></html>"), RECOG_NOT_MINE},
        {"XML cut short", XML_GATE,
         BYTES("<bom xmlns='http://cyclonedx.org/schema/bom/1.5'><components>"), -ERR_FORMAT},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_cyclonedx, cases[i].gate, cases[i].bytes);
        if (spy.result != cases[i].result)
            fail_msg("%s: %d", cases[i].why, spy.result);
        spy_clear(&spy);
    }
}

static void nests_without_end(void **state)
{
    auto_buf text = {0};
    struct spy spy;
    (void)state;

    buf_str(&text, "<bom xmlns='http://cyclonedx.org/schema/bom/1.5'>");
    for (int i = 0; i < 10000; i++)
        buf_str(&text, "<components><component><name>x</name>");
    spy_identify(&spy, &recog_cyclonedx, XML_GATE, (struct span){(const uint8_t *)text.p, text.n});
    assert_int_equal(spy.result, -ERR_FORMAT);
    spy_clear(&spy);
}

static void survives_damage(void **state)
{
    (void)state;
    spy_contract(&recog_cyclonedx, JSON_GATE, BYTES(JSON_BILL));
    spy_contract(&recog_cyclonedx, XML_GATE, BYTES(XML_BILL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_components_services_and_the_subject_of_json),
        cmocka_unit_test(reads_components_services_and_the_subject_of_xml),
        cmocka_unit_test(reads_back_what_debar_writes),
        cmocka_unit_test(tells_other_and_damaged_files_apart),
        cmocka_unit_test(nests_without_end),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_cyclonedx", tests, NULL, NULL);
}
