// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_script;

#define DOWNLOADS \
    "#!/bin/sh\n" \
    "# curl https://not.test/comment\n" \
    "set -e\n" \
    "URL=https://not.test/only-assigned\n" \
    "echo \"see https://not.test/printed\"\n" \
    "curl -fsSL -o /tmp/x 'https://dl.acme.test:8443/x.deb?a=1' && wget " \
    "https://user@mirror.test/y\n" \
    "echo \"deb [arch=amd64] https://apt.acme.test stable main\" | sudo tee " \
    "/etc/apt/sources.list.d/x.list\n" \
    "cat <<EOF > /etc/yum.repos.d/x.repo\n" \
    "baseurl=https://rpm.acme.test/\n" \
    "EOF\n" \
    "if ! bash -c \"$(curl -s https://sh.acme.test/i)\"; then exit; fi\n" \
    "sudo -u root sh -c \"wget https://in.acme.test/z\"\n" \
    "curl \"https://$HOST/x\"\n" \
    "git clone git://git.acme.test/r\n" \
    "dnf config-manager --add-repo https://repo.acme.test/a.repo\n"

#define INSTALLS \
    "apt-get -qq -o Dpkg::Use-Pty=0 install -y --no-install-recommends acme=1.2 \\\n" \
    "  other/stable \"quoted\" $VARIABLE ./local.deb\n" \
    "DEBIAN_FRONTEND=noninteractive apt-get update\n" \
    "yum -y install acme-agent https://dl.acme.test/a.rpm\n" \
    "apk add --no-cache --virtual .deps acme~=2\n" \
    "python3 -m pip install -Ur requirements.txt 'acme>=1' -i https://pypi.acme.test/simple " \
    "tool==2.0\n" \
    "npm install -g @acme/cli@1.0 && go install acme.test/cmd@v1.0\n" \
    "docker run -d -p 80:80 --name x -v /a:/b registry.test/acme/tool:1 sh -c 'x'\n" \
    "npm run build\n" \
    "dotnet add Own.csproj package Acme.Sdk --version 2.0\n"

#define KICKSTART \
    "url --url=\"https://mirror.acme.test/os\"\n" \
    "repo --name=x --baseurl=https://mirror.acme.test/x\n" \
    "%packages\n" \
    "@core\n" \
    "acme-agent\n" \
    "-left-out\n" \
    "%end\n" \
    "%post\n" \
    "curl https://dl.acme.test/post.sh | bash\n" \
    "%end\n"

#define POWERSHELL \
    "Invoke-WebRequest -Uri \"https://dl.acme.test/a.exe\" -OutFile a.exe\n" \
    "(New-Object Net.WebClient).DownloadFile('https://dl.acme.test/b.exe', 'b.exe')\n"

static void says_what_is_downloaded_and_added(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_script, 0, BYTES(DOWNLOADS));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "file referenced <=trace\n"
                                    "  url=https://dl.acme.test:8443/x.deb?a=1 @141+37\n"
                                    "  host=dl.acme.test\n"
                                    "file referenced <=trace\n"
                                    "  url=https://user@mirror.test/y @187+26\n"
                                    "  host=mirror.test\n"
                                    "file referenced <=trace\n"
                                    "  url=https://apt.acme.test @219+52\n"
                                    "  host=apt.acme.test\n"
                                    "file referenced <=trace\n"
                                    "  url=https://rpm.acme.test/ @350+30\n"
                                    "  host=rpm.acme.test\n"
                                    "file referenced <=trace\n"
                                    "  url=https://sh.acme.test/i @409+22\n"
                                    "  host=sh.acme.test\n"
                                    "file referenced <=trace\n"
                                    "  url=https://in.acme.test/z @474+22\n"
                                    "  host=in.acme.test\n"
                                    "file referenced <=trace\n"
                                    "  url=git://git.acme.test/r @531+21\n"
                                    "  host=git.acme.test\n"
                                    "file referenced <=trace\n"
                                    "  url=https://repo.acme.test/a.repo @583+29\n"
                                    "  host=repo.acme.test\n");
    spy_clear(&spy);
}

static void says_what_is_installed(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_script, 0, BYTES(INSTALLS));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "library referenced <=trace\n"
                                    "  package=acme @66+8\n"
                                    "  name=acme\n"
                                    "  package-type=deb\n"
                                    "  version=1.2\n"
                                    "library referenced <=trace\n"
                                    "  package=other @79+12\n"
                                    "  name=other\n"
                                    "  package-type=deb\n"
                                    "library referenced <=trace\n"
                                    "  package=quoted @92+8\n"
                                    "  name=quoted\n"
                                    "  package-type=deb\n"
                                    "library referenced <=trace\n"
                                    "  package=acme-agent @184+10\n"
                                    "  name=acme-agent\n"
                                    "  package-type=rpm\n"
                                    "file referenced <=trace\n"
                                    "  url=https://dl.acme.test/a.rpm @195+26\n"
                                    "  host=dl.acme.test\n"
                                    "library referenced <=trace\n"
                                    "  package=acme @257+7\n"
                                    "  name=acme\n"
                                    "  package-type=apk\n"
                                    "  version=2\n"
                                    "library referenced <=trace\n"
                                    "  package=acme\n"
                                    "  name=acme\n"
                                    "  package-type=pypi\n"
                                    "  version=>=1\n"
                                    "  purl=pkg:pypi/acme\n"
                                    "file referenced <=trace\n"
                                    "  url=https://pypi.acme.test/simple @322+29\n"
                                    "  host=pypi.acme.test\n"
                                    "library referenced <=trace\n"
                                    "  package=tool @352+4\n"
                                    "  name=tool\n"
                                    "  package-type=pypi\n"
                                    "  version=2.0\n"
                                    "  purl=pkg:pypi/tool@2.0\n"
                                    "library referenced <=trace\n"
                                    "  package=@acme/cli @377+13\n"
                                    "  name=@acme/cli\n"
                                    "  package-type=npm\n"
                                    "  version=1.0\n"
                                    "  purl=pkg:npm/%40acme/cli@1.0\n"
                                    "library referenced <=trace\n"
                                    "  package=acme.test/cmd @405+18\n"
                                    "  name=acme.test/cmd\n"
                                    "  package-type=golang\n"
                                    "  version=v1.0\n"
                                    "  purl=pkg:golang/acme.test/cmd@v1.0\n"
                                    "container referenced <=trace\n"
                                    "  image=registry.test/acme/tool:1 @465+25\n"
                                    "  name=registry.test/acme/tool\n"
                                    "  version=1\n"
                                    "library referenced <=trace\n"
                                    "  package=Acme.Sdk @545+8\n"
                                    "  name=Acme.Sdk\n"
                                    "  package-type=nuget\n"
                                    "  purl=pkg:nuget/Acme.Sdk\n");
    spy_clear(&spy);
}

static void reads_kickstart_files(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_script, 5, BYTES(KICKSTART));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "file referenced <=trace\n"
                                    "  url=https://mirror.acme.test/os @4+35\n"
                                    "  host=mirror.acme.test\n"
                                    "file referenced <=trace\n"
                                    "  url=https://mirror.acme.test/x @54+36\n"
                                    "  host=mirror.acme.test\n"
                                    "file referenced <=trace\n"
                                    "  url=https://dl.acme.test/post.sh @144+28\n"
                                    "  host=dl.acme.test\n"
                                    "library referenced <=trace\n"
                                    "  package=acme-agent @107+10\n"
                                    "  name=acme-agent\n"
                                    "  package-type=rpm\n");
    spy_clear(&spy);
}

static void reads_powershell(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_script, 2, BYTES(POWERSHELL));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "file referenced <=trace\n"
                                    "  url=https://dl.acme.test/a.exe @23+28\n"
                                    "  host=dl.acme.test\n"
                                    "file referenced <=trace\n"
                                    "  url=https://dl.acme.test/b.exe @107+29\n"
                                    "  host=dl.acme.test\n");
    spy_clear(&spy);
}

static void other_commands_say_nothing(void **state)
{
    const struct {
        const char *why;
        size_t gate;
        struct span bytes;
        int result;
    } cases[] = {
        {"empty", 0, BYTES(""), RECOG_NOT_MINE},
        {"no command", 0,
         BYTES("x=1\n"
               "echo https://a.test\n"),
         RECOG_NOT_MINE},
        {"open quote", 0, BYTES("echo \"curl https://a.test\n"), RECOG_NOT_MINE},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_script, cases[i].gate, cases[i].bytes);
        if (spy.result != cases[i].result || spy.text.n)
            fail_msg("%s: got %d, '%s'", cases[i].why, spy.result, spy.text.p);
        spy_clear(&spy);
    }
}

static void survives_damage(void **state)
{
    (void)state;
    spy_contract(&recog_script, 0, BYTES(DOWNLOADS));
    spy_contract(&recog_script, 0, BYTES(INSTALLS));
    spy_contract(&recog_script, 5, BYTES(KICKSTART));
    spy_contract(&recog_script, 2, BYTES(POWERSHELL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_is_downloaded_and_added),
        cmocka_unit_test(says_what_is_installed),
        cmocka_unit_test(reads_kickstart_files),
        cmocka_unit_test(reads_powershell),
        cmocka_unit_test(other_commands_say_nothing),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_script", tests, NULL, NULL);
}
