// SPDX-License-Identifier: Apache-2.0
/*
 * What only looks like a vendor's product, as components, against the catalogues of the source
 * tree, whose path is the only argument: never more than a trace, and for a pure mention nothing at
 * all. And, so that this is no matter of finding nothing, what is the real thing.
 */
#include "match/match_run.h"

#include <stdio.h>

#include "support/matching.h"

static const char *tree;
static struct matching w;

static int set_up(void **state)
{
    (void)state;
    matching_init_shipped(&w, tree);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    matching_clear(&w);
    return 0;
}

struct row {
    const char *why, *component;
    enum confidence confidence;
};

static void check(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        enum confidence most = CONFIDENCE_NONE;
        const char *found;

        matching_add(&w, rows[i].component);
        found = matching_findings(&w);
        for (size_t k = 0; k < w.count; k++)
            if (w.findings[k].confidence > most)
                most = w.findings[k].confidence;

        if (most != rows[i].confidence)
            fail_msg("%s:\n%s%s", rows[i].why, rows[i].component, found);
    }
}

#define NOTHING CONFIDENCE_NONE
#define TRACE CONFIDENCE_TRACE

static void names_of_people_and_their_work_are_no_product(void **state)
{
    const struct row rows[] = {
        {"a person whose name begins alike",
         "library installed\n  package-type=npm\n  package=ampvis2\n  name=ampvis2\n"
         "  purl=pkg:npm/ampvis2@2.8\n  author=KasperSkytte <ks@example.org>\n"
         "  url=git+https://github.com/KasperSkytte/ampvis2.git\n",
         NOTHING},
        {"a person of that name",
         "library installed\n  package-type=pypi\n  package=walker\n  purl=pkg:pypi/walker@1\n"
         "  author=Alan Kaspersky\n",
         NOTHING},
        {"a person's copyright", "application present\n  copyright=Copyright Alan Kaspersky\n",
         NOTHING},
        {"an exercise for a job interview",
         "library present\n  package-type=npm\n  package=kaspersky-test-task\n"
         "  name=kaspersky-test-task\n  purl=pkg:npm/kaspersky-test-task@1.0.0\n"
         "  description=Test task for Kaspersky\n",
         NOTHING},
        {"a person's account, not the vendor's",
         "library referenced\n  package-type=golang\n  package=github.com/kaspersky/gengine\n"
         "  purl=pkg:golang/github.com/kaspersky/gengine@v1.0.0\n",
         NOTHING},
        {"a user", "data present\n  user=pranavp21\n", NOTHING},
        {"a short name inside a longer one",
         "application installed\n  package-type=deb\n  package=keslert\n  name=keslert\n"
         "  purl=pkg:deb/debian/keslert@1\n",
         NOTHING},
        {"others of that kind",
         "application installed\n  package-type=deb\n  package=pokesleep-tool\n"
         "  description=makeslide, vkeslarek and lukeslp\n",
         NOTHING},
        {"kernel and desktop tools that begin alike",
         "application installed\n  package-type=deb\n  package=klibc-utils\n"
         "service installed\n  service=klogd\n"
         "application running\n  process=klipper\n"
         "device-driver installed\n  kernel-module=klp_test\n",
         NOTHING},
        {"a browser mock-up that says powered by",
         "application present\n  product=Shield Browser\n"
         "  description=Powered by Kaspersky Engine\n",
         NOTHING},
    };
    (void)state;

    check(rows, ARRAY_LEN(rows));
}

static void lists_and_tools_that_name_the_vendor_are_no_product(void **state)
{
    const struct row rows[] = {
        {"prose in a package's description",
         "application installed\n  package-type=deb\n  package=yara\n"
         "  description=Used by Kaspersky Lab, ESET and others\n"
         "  maintainer=Debian Security Tools <team+pkg-security@tracker.debian.org>\n",
         NOTHING},
        {"another vendor's scripts named after it",
         "file present\n  @place=/var/ossec/active-response/bin/kaspersky.sh\n"
         "  file-name=kaspersky.sh\n"
         "file present\n  @place=/var/ossec/active-response/bin/kaspersky\n  process=kaspersky\n",
         NOTHING},
        {"a reference in a rule", "data referenced\n  url=https://securelist.com/a-report/1234/\n",
         NOTHING},
        {"a script's image that is named after it",
         "container referenced\n  image=ghcr.io/example/kaspersky-exporter:1.0\n", NOTHING},
        {"clients of the vendor's services that others wrote",
         "library installed\n  package-type=pypi\n  package=opentip\n  purl=pkg:pypi/opentip@1\n",
         TRACE},
        {"test code of the vendor, imported",
         "file referenced\n"
         "  import=com.kaspersky.kaspresso.testcases.api\n",
         TRACE},
        {"the genuine certificate of a service, in a fuzzer's corpus",
         "cryptographic-asset present\n  @place=/src/fuzz/corpus/1\n"
         "  [1] certificate-cn=ksn.kaspersky-labs.com\n  [1] certificate-o=Kaspersky\n"
         "  [1] certificate-issuer-cn=Kaspersky Lab Public Services TLS CA\n"
         "  [1] certificate-issuer-o=Kaspersky Lab\n  [1] certificate-kind=leaf\n",
         TRACE},
        {"a log that an analyst copied",
         "file present\n  @place=/home/a/Kaspersky Event Log.evtx\n"
         "  file-name=Kaspersky Event Log.evtx\n",
         NOTHING},
        {"a connection to the vendor's site", "service running <=trace\n  host=www.kaspersky.com\n",
         TRACE},
        {"debar itself",
         "application installed\n  package-type=deb\n  package=debar\n  name=debar\n"
         "  description=Finds Kaspersky, Huawei and ByteDance products\n",
         NOTHING},
    };
    (void)state;

    check(rows, ARRAY_LEN(rows));
}

static void what_imitates_or_attacks_it_is_no_product(void **state)
{
    const struct row rows[] = {
        {"a certificate made by a malware kit",
         "cryptographic-asset present\n  [1] certificate-cn=Kaspersky Lab\n"
         "  [1] certificate-o=Kaspersky Lab\n  [1] certificate-issuer-cn=Kaspersky Root CA\n"
         "  [1] certificate-kind=leaf\n",
         TRACE},
        {"its root",
         "cryptographic-asset present\n  [1] certificate-cn=Kaspersky Root CA\n"
         "  [1] certificate-o=Kaspersky Lab\n  [1] certificate-issuer-cn=Kaspersky Root CA\n"
         "  [1] certificate-kind=self-signed-ca\n",
         TRACE},
        {"a program that the kit has signed",
         "application present\n  [1] signature=self-signed\n  [1] signer-cn=Kaspersky Lab\n"
         "  [1] signer-o=Kaspersky Lab\n  [1] signer-serial-number=1027739867473\n",
         TRACE},
        {"an empty file in a decoy folder",
         "file residue <=trace\n  @place=/mnt/c/ProgramData/Kaspersky Lab/x\n"
         "  path=/ProgramData/Kaspersky Lab/x\n",
         TRACE},
        {"malware that goes by the name",
         "application running\n  @place=/tmp/avp.exe\n"
         "  process=avp.exe\n",
         TRACE},
        {"Defender's driver",
         "device-driver installed\n  @place=/mnt/c/Windows/System32/drivers/wd/KslD.sys\n"
         "  driver=KslD\n  service=KslD\n  file-name=KslD.sys\n  company=Microsoft Corporation\n",
         NOTHING},
        {"Kingsoft's driver in a folder of that name",
         "device-driver present\n"
         "  @place=/Program Files/kingsoft antivirus/security/ksde/kisnetflt64.sys\n"
         "  driver=kisnetflt64\n  company=Kingsoft Corporation\n",
         NOTHING},
        {"Kingsoft's programs",
         "application running\n  process=kav.exe\n"
         "application running\n  process=kis.exe\n",
         NOTHING},
        {"an open-source tool of the agent's name",
         "application running\n"
         "  @place=/home/a/bin/soyuz.exe\n"
         "  process=soyuz.exe\n",
         NOTHING},
        {"a library that games load", "application running\n  process=proton.exe\n", NOTHING},
        {"generic service names",
         "service running\n  service=wdserver\n"
         "service running\n  service=launcher\n"
         "service running\n  service=ksc\n",
         NOTHING},
        {"packages of generic names from others",
         "application installed\n  package-type=deb\n  package=kess\n"
         "  maintainer=Somebody <a@example.org>\n"
         "application installed\n  package-type=rpm\n  package=epagent\n  supplier=Other Inc.\n",
         TRACE},
    };
    (void)state;

    check(rows, ARRAY_LEN(rows));
}

static void what_the_kernel_and_others_ship_is_no_product(void **state)
{
    const struct row rows[] = {
        {"the upstream driver for somebody's laptops",
         "device-driver running\n  @place=/proc/modules\n  kernel-module=huawei_wmi\n"
         "  name=huawei_wmi\n",
         NOTHING},
        {"its file",
         "device-driver installed\n  @owner=deb:linux-image-amd64\n"
         "  @place=/lib/modules/6.1/kernel/drivers/platform/x86/huawei-wmi.ko\n"
         "  kernel-module=huawei-wmi\n  author=Ayman Bagabas <a@example.org>\n"
         "  description=Huawei WMI laptop extras driver\n",
         NOTHING},
        {"libraries that others wrote and an SDK ships",
         "library present\n  soname=libcrypto.so.1.1\n  symbol=EVP_PKEY_new\n"
         "library present\n  soname=libz.so.1\n  symbol=inflate\n"
         "library present\n  java-package=com.google.zxing\n  java-package=com.sun.jna\n"
         "application present\n  @place=/x/msvcr90.dll\n  company=Microsoft Corporation\n"
         "  soname=msvcr90.dll\n",
         NOTHING},
        {"vulnerability data about it",
         "data present\n  description=CVE in Huawei VRP and Dahua cameras\n", NOTHING},
        {"a package that others wrote for a vendor's device",
         "library installed\n  package-type=pypi\n  package=huawei-lte-api\n"
         "  purl=pkg:pypi/huawei-lte-api@1.6\n  author=Adam Salac <a@example.org>\n",
         NOTHING},
    };
    (void)state;

    check(rows, ARRAY_LEN(rows));
}

static void the_real_thing_is_found(void **state)
{
    const struct row rows[] = {
        {"a registered package",
         "application installed\n  @place=/var/lib/dpkg/status\n  @anchor=/\n"
         "  package-type=deb\n  package=kesl\n  version=12.1.0-1297\n",
         CONFIDENCE_CONFIRMED},
        {"a verified signature",
         "application present\n  [1] signature=verified\n  [1] signer-cn=AO Kaspersky Lab\n"
         "  [1] signer-o=AO Kaspersky Lab\n  [1] signer-serial-number=1027739867473\n",
         CONFIDENCE_CONFIRMED},
        {"the same with a byte changed",
         "application present\n  [1] signature=broken\n  [1] signer-cn=AO Kaspersky Lab\n"
         "  [1] signer-serial-number=1027739867473\n",
         CONFIDENCE_PROBABLE},
        {"a version resource alone",
         "application present\n  company=AO Kaspersky Lab\n"
         "  copyright=© 2021 AO Kaspersky Lab. All Rights Reserved.\n"
         "  product=Kaspersky Endpoint Security\n",
         CONFIDENCE_PROBABLE},
        {"the interception root in a bundle",
         "cryptographic-asset present\n  @place=/srv/app/ca-bundle.pem\n"
         "  [1] certificate-cn=Kaspersky Anti-Virus Personal Root Certificate\n"
         "  [1] certificate-o=AO Kaspersky Lab\n"
         "  [1] certificate-issuer-cn=Kaspersky Anti-Virus Personal Root Certificate\n"
         "  [1] certificate-kind=self-signed-ca\n",
         CONFIDENCE_CONFIRMED},
        {"the engine's databases",
         "file present\n  @place=/opt/other/base001.avc\n"
         "  magic=AVP Antiviral Database. (c)Kaspersky Lab 1997-\n",
         CONFIDENCE_CONFIRMED},
        {"an SDK in another's program",
         "application present\n  @owner=deb:camera-viewer\n  symbol=NET_DVR_Init\n"
         "  needed=libhcnetsdk.so\n",
         CONFIDENCE_PROBABLE},
        {"a package of the registry",
         "library installed\n  package-type=npm\n  package=@kaspersky/hexa-ui\n"
         "  name=@kaspersky/hexa-ui\n  purl=pkg:npm/%40kaspersky/hexa-ui@1.0.0\n",
         CONFIDENCE_CONFIRMED},
    };
    (void)state;

    check(rows, ARRAY_LEN(rows));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_people_and_their_work_are_no_product),
        cmocka_unit_test(lists_and_tools_that_name_the_vendor_are_no_product),
        cmocka_unit_test(what_imitates_or_attacks_it_is_no_product),
        cmocka_unit_test(what_the_kernel_and_others_ship_is_no_product),
        cmocka_unit_test(the_real_thing_is_found),
    };

    if (argc != 2) {
        (void)fputs("usage: test_decoys TREE\n", stderr);
        return 2;
    }
    tree = argv[1];
    return cmocka_run_group_tests_name("decoys", tests, set_up, tear_down);
}
