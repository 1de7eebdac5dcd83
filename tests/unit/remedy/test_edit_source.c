// SPDX-License-Identifier: Apache-2.0
/* The edits of package sources and of manifests that are proposed as patches. */
#include "support/edit_spy.h"

static void drops_sources_of_apt(void **state)
{
    (void)state;
    EDITS("drop-source", "repo.acme.example",
          {"lines",
           "# apt\ndeb http://mirror.example.org/debian bookworm main\n"
           "deb [arch=amd64 signed-by=/x.gpg] https://u:p@Repo.acme.example:8/deb stable main\n"
           "#deb https://repo.acme.example/deb stable main\n"
           "deb-src https://repo.acme.example/deb stable main\n",
           "# apt\ndeb http://mirror.example.org/debian bookworm main\n"
           "#deb https://repo.acme.example/deb stable main\n"},
          {"a host that only ends so", "deb https://xrepo.acme.example/ a b\n", NULL},
          {"a host in a path", "deb https://mirror.example/repo.acme.example/ a b\n", NULL},
          {"a paragraph",
           "Types: deb\nURIs: http://mirror.example.org/debian\nSuites: bookworm\n\n"
           "# Acme\nTypes: deb\nURIs: https://repo.acme.example/deb\nSuites: stable\n\n"
           "Types: deb-src\nURIs: http://mirror.example.org/debian\n",
           "Types: deb\nURIs: http://mirror.example.org/debian\nSuites: bookworm\n\n"
           "Types: deb-src\nURIs: http://mirror.example.org/debian\n"},
          {"one address of a paragraph",
           "Types: deb\nURIs: https://repo.acme.example/deb http://x.example/\nSuites: a\n\n"
           "Types: deb\nURIs:\n https://repo.acme.example/deb\n http://x.example/\n",
           "Types: deb\nURIs: http://x.example/\nSuites: a\n\n"
           "Types: deb\nURIs:\n http://x.example/\n"});
}

static void drops_repositories_of_dnf(void **state)
{
    (void)state;
    EDITS("drop-source", "repo.acme.example",
          {"a section",
           "[base]\nname=Base\nbaseurl=http://x.example/\n\n[acme]\nname=Acme\n"
           "baseurl=https://repo.acme.example/rpm\nenabled=1\n\n# more\n[other]\n"
           "baseurl=http://y.example/\n",
           "[base]\nname=Base\nbaseurl=http://x.example/\n\n# more\n[other]\n"
           "baseurl=http://y.example/\n"},
          {"an address of several",
           "[a]\nbaseurl=https://repo.acme.example/rpm\n   http://x.example/\nenabled=1\n"
           "[b]\nbaseurl=http://x.example/ https://repo.acme.example/rpm\n"
           "[c]\nbaseurl=http://x.example/\nmirrorlist=https://repo.acme.example/list\n"
           "[d]\nbaseurl=https://repo.acme.example/a,http://x.example/b,c\n",
           "[a]\nbaseurl=\n   http://x.example/\nenabled=1\n"
           "[b]\nbaseurl=http://x.example/\n"
           "[c]\nbaseurl=http://x.example/\n"
           "[d]\nbaseurl=http://x.example/b,c\n"},
          {"the key's host is no source",
           "[a]\nbaseurl=http://x/\ngpgkey=https://repo.acme.example/k\n", NULL});
}

static void drops_sources_of_others(void **state)
{
    (void)state;
    EDITS("drop-source", "repo.acme.example",
          {"apk", "https://dl.example/main\n@acme https://repo.acme.example/apk\n",
           "https://dl.example/main\n"},
          {"pacman",
           "[options]\nHoldPkg = pacman\n[core]\nInclude = /etc/pacman.d/mirrorlist\nServer = "
           "https://repo.acme.example/\n[acme]\nServer = https://repo.acme.example/$repo\n",
           "[options]\nHoldPkg = pacman\n[core]\nInclude = /etc/pacman.d/mirrorlist\n"},
          {"a list of mirrors",
           "Server = https://a.example/\nServer = https://repo.acme.example/\n",
           "Server = https://a.example/\n"});
    assert_edit_fails("drop-source", "https://x/", "deb x", ERR_USAGE);
}

static void drops_requirements(void **state)
{
    (void)state;
    EDITS("drop-requirement", "acme-scan",
          {"however it is written",
           "a==1\nAcme_Scan[x] >= 2 ; python_version > '3'  # why\nacme.scan @ https://x/\n"
           "-e git+https://x/y.git#egg=acme-scan\nacme-scan==1 \\\n    --hash=sha256:00\nb\n",
           "a==1\nb\n"},
          {"others", "acme-scanner\n-r acme-scan\n# acme-scan\nacme\n", NULL});
}

static void drops_modules_of_go(void **state)
{
    (void)state;
    EDITS("drop-go-module", "example.org/acme",
          {"required and replaced",
           "module x\n\nrequire example.org/acme v1.0.0\nrequire (\n\texample.org/b v1\n"
           "\texample.org/acme v1.0.0 // indirect\n)\nreplace example.org/acme => ../acme\n",
           "module x\n\nrequire (\n\texample.org/b v1\n)\n"},
          {"excluded", "module example.org/acme\nexclude example.org/acme v1\n", NULL});
}

static void drops_artefacts_of_maven(void **state)
{
    (void)state;
    EDITS("drop-maven", "org.acme:scan",
          {"a dependency",
           "<project>\n  <groupId>org.acme</groupId>\n  <artifactId>scan</artifactId>\n"
           "  <dependencies>\n    <dependency>\n      <groupId>org.acme</groupId>\n"
           "      <artifactId>scan</artifactId>\n      <version>1</version>\n    </dependency>\n"
           "    <dependency><groupId>x</groupId><artifactId>y</artifactId><exclusions><exclusion>"
           "<groupId>org.acme</groupId><artifactId>scan</artifactId></exclusion></exclusions>"
           "</dependency>\n  </dependencies>\n</project>\n",
           "<project>\n  <groupId>org.acme</groupId>\n  <artifactId>scan</artifactId>\n"
           "  <dependencies>\n"
           "    <dependency><groupId>x</groupId><artifactId>y</artifactId><exclusions><exclusion>"
           "<groupId>org.acme</groupId><artifactId>scan</artifactId></exclusion></exclusions>"
           "</dependency>\n  </dependencies>\n</project>\n"},
          {"a plug-in with dependencies of its own, and one of those",
           "<plugins><plugin><groupId>org.acme</groupId><dependencies><dependency><groupId>z"
           "</groupId></dependency></dependencies><artifactId>scan</artifactId></plugin>"
           "<plugin><groupId>p</groupId><dependencies><dependency><groupId>org.acme</groupId>"
           "<artifactId>scan</artifactId></dependency></dependencies></plugin></plugins>",
           "<plugins><plugin><groupId>p</groupId><dependencies></dependencies></plugin></plugins>"},
          {"a comment",
           "<!-- <dependency><groupId>org.acme</groupId><artifactId>scan</artifactId>"
           "</dependency> -->",
           NULL});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drops_sources_of_apt),    cmocka_unit_test(drops_repositories_of_dnf),
        cmocka_unit_test(drops_sources_of_others), cmocka_unit_test(drops_requirements),
        cmocka_unit_test(drops_modules_of_go),     cmocka_unit_test(drops_artefacts_of_maven),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
