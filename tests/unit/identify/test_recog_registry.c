// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

#include "identify/registry.h"
#include "support/made_hive.h"

extern const struct recogniser recog_registry;

static size_t gate_of(const char *path)
{
    struct captures captures;
    size_t i = 0;

    while (recog_registry.gates[i].path &&
           !gate_path_matches(recog_registry.gates[i].path, sv_str(path), &captures))
        i++;
    return i;
}

/* Without where each value stands. */
static void without_ranges(struct buf *text)
{
    size_t n = 0;

    for (size_t i = 0; i < text->n; i++) {
        if (text->p[i] == ' ' && i + 1 < text->n && text->p[i + 1] == '@')
            while (text->p[i] != '\n')
                i++;
        text->p[n++] = text->p[i];
    }
    text->n = n;
    text->p[n] = '\0';
}

static void says(const char *place, const char *hive, const struct made_hive *how,
                 const char *expected)
{
    auto_arena arena = {0};
    struct spy spy;

    arena_init(&arena, 64 << 20);
    spy_identify(&spy, &recog_registry, gate_of(place), made_hive(hive, how, &arena));
    assert_int_equal(spy.result, 0);
    without_ranges(&spy.text);
    assert_string_equal(spy.text.p, expected);
    spy_clear(&spy);
}

#define SOFTWARE_AT "/Windows/System32/config/SOFTWARE"
#define SYSTEM_AT "/Windows/System32/config/SYSTEM"
#define NOW "[Microsoft\\Windows\\CurrentVersion"

static void lists_what_can_be_uninstalled(void **state)
{
    (void)state;
    says(SOFTWARE_AT,
         NOW "\\Uninstall\\{27534751-4A40-48BD-B393-BC3BF28C876E}]\n"
             "DisplayName=Acme Guard\nPublisher=Acme\nDisplayVersion=12.4\n"
             "InstallLocation=C:\\Acme\nInstallDate=20240131\n"
             "UninstallString=MsiExec.exe /X{27534751-4A40-48BD-B393-BC3BF28C876E}\n"
             "[Wow6432Node\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\Old]\n"
             "UninstallString=\"C:\\Old\\u.exe\" /S\n",
         NULL,
         "application installed\n"
         "  name=Acme Guard\n"
         "  product-code={27534751-4A40-48BD-B393-BC3BF28C876E}\n"
         "  product=Acme Guard\n"
         "  publisher=Acme\n"
         "  version=12.4\n"
         "  location=C:\\Acme\n"
         "  installed-at=2024-01-31T00:00:00Z\n"
         "  registry-key=HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\"
         "{27534751-4A40-48BD-B393-BC3BF28C876E}\n"
         "  row=HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\"
         "{27534751-4A40-48BD-B393-BC3BF28C876E}\n"
         "application installed\n"
         "  name=Old\n"
         "  location=\"C:\\Old\\u.exe\" /S\n"
         "  registry-key=HKLM\\SOFTWARE\\Wow6432Node\\Microsoft\\Windows\\CurrentVersion\\"
         "Uninstall\\Old\n"
         "  row=HKLM\\SOFTWARE\\Wow6432Node\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\Old\n");
}

static void unpacks_the_codes_of_windows_installer(void **state)
{
    auto_arena arena = {0};
    (void)state;

    arena_init(&arena, 1 << 20);
    assert_true(sv_eq(guid_unpack(SV("1574357204A4DB843B39CBB32FC878E6"), &arena),
                      SV("{27534751-4A40-48BD-B393-BC3BF28C876E}")));
    assert_true(sv_eq(guid_pack(SV("{27534751-4A40-48BD-B393-BC3BF28C876E}"), &arena),
                      SV("1574357204A4DB843B39CBB32FC878E6")));
    assert_int_equal(guid_pack(SV("27534751-4A40-48BD-B393-BC3BF28C876E"), &arena).n, 0);
    assert_int_equal(guid_unpack(SV("1574357204A4DB843B39CBB32FC878E"), &arena).n, 0);
    assert_int_equal(guid_unpack(SV("X574357204A4DB843B39CBB32FC878E6"), &arena).n, 0);

    says(SOFTWARE_AT,
         NOW "\\Installer\\UserData\\S-1-5-18\\Products\\1574357204A4DB843B39CBB32FC878E6\\"
             "InstallProperties]\nDisplayName=Acme Guard\n" NOW
             "\\Installer\\UserData\\S-1-5-18\\Components\\0123]\n"
             "1574357204A4DB843B39CBB32FC878E6=C:\\Acme\\guard.exe\n" NOW
             "\\Installer\\UpgradeCodes\\321098765432109876543210FEDCBA98]\n"
             "1574357204A4DB843B39CBB32FC878E6=\n",
         NULL,
         "application installed\n"
         "  name=Acme Guard\n"
         "  product-code={27534751-4A40-48BD-B393-BC3BF28C876E}\n"
         "  product=Acme Guard\n"
         "  upgrade-code={67890123-2345-8901-6745-2301EFCDAB89}\n"
         "  location=C:\\Acme\\guard.exe\n"
         "  registry-key=HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Installer\\UserData\\"
         "S-1-5-18\\Products\\1574357204A4DB843B39CBB32FC878E6\n"
         "  row=HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Installer\\UserData\\S-1-5-18\\"
         "Products\\1574357204A4DB843B39CBB32FC878E6\n");
}

static void tells_drivers_from_services(void **state)
{
    (void)state;
    says(SYSTEM_AT,
         "[Select]\nCurrent:dword=2\n"
         "[ControlSet002\\Services\\acmeflt]\nType:dword=2\nStart:dword=0\n"
         "ImagePath=\\SystemRoot\\System32\\drivers\\acmeflt.sys\nDisplayName=@acme.inf,%n%;Acme\n"
         "[ControlSet002\\Services\\acmeflt\\Instances\\one]\nAltitude=320400\n"
         "[ControlSet002\\Services\\acmekbd]\nType:dword=1\nStart:dword=3\n"
         "[ControlSet002\\Services\\AcmeSvc]\nType:dword=16\nStart:dword=2\nImagePath=C:\\a.exe\n"
         "ObjectName=LocalSystem\n"
         "[ControlSet002\\Services\\left]\n"
         "[ControlSet002\\Control\\Class\\{4D36E96B-E325-11CE-BFC1-08002BE10318}]\nClass=Keyboard\n"
         "UpperFilters:multi=acmekbd|gone\n"
         "[ControlSet001\\Services\\AcmeSvc]\nType:dword=16\n"
         "[ControlSet001\\Services\\AcmeOld]\nType:dword=16\nImagePath=C:\\old.exe\n",
         NULL,
         "device-driver installed\n"
         "  driver=acmeflt\n"
         "  name=Acme\n"
         "  command=\\SystemRoot\\System32\\drivers\\acmeflt.sys\n"
         "  altitude=acmeflt:320400\n"
         "  status=at boot\n"
         "  row=HKLM\\SYSTEM\\CurrentControlSet\\Services\\acmeflt\n"
         "device-driver installed\n"
         "  driver=acmekbd\n"
         "  command=\\SystemRoot\\System32\\drivers\\acmekbd.sys\n"
         "  status=on demand\n"
         "  row=HKLM\\SYSTEM\\CurrentControlSet\\Services\\acmekbd\n"
         "service installed\n"
         "  service=AcmeSvc\n"
         "  command=C:\\a.exe\n"
         "  user=LocalSystem\n"
         "  status=automatic\n"
         "  row=HKLM\\SYSTEM\\CurrentControlSet\\Services\\AcmeSvc\n"
         "service residue\n"
         "  service=left\n"
         "  driver=left\n"
         "  row=HKLM\\SYSTEM\\CurrentControlSet\\Services\\left\n"
         "device-driver installed\n"
         "  class-filter=acmekbd\n"
         "  status=UpperFilters of Keyboard\n"
         "  command=\\SystemRoot\\System32\\drivers\\acmekbd.sys\n"
         "  row=HKLM\\SYSTEM\\CurrentControlSet\\Control\\Class\\"
         "{4D36E96B-E325-11CE-BFC1-08002BE10318}\\UpperFilters\n"
         "device-driver residue\n"
         "  class-filter=gone\n"
         "  status=UpperFilters of Keyboard\n"
         "  row=HKLM\\SYSTEM\\CurrentControlSet\\Control\\Class\\"
         "{4D36E96B-E325-11CE-BFC1-08002BE10318}\\UpperFilters\n"
         "service residue\n"
         "  service=AcmeOld\n"
         "  command=C:\\old.exe\n"
         "  row=HKLM\\SYSTEM\\ControlSet001\\Services\\AcmeOld\n");
}

static void names_event_logs_and_who_writes_to_them(void **state)
{
    (void)state;
    says(SYSTEM_AT,
         "[Select]\nCurrent:dword=1\n"
         "[ControlSet001\\Services\\EventLog\\Acme "
         "Log\\agent]\nEventMessageFile=C:\\a.dll;C:\\b.dll\n",
         NULL,
         "service residue\n"
         "  service=EventLog\n"
         "  driver=EventLog\n"
         "  row=HKLM\\SYSTEM\\CurrentControlSet\\Services\\EventLog\n"
         "data residue\n"
         "  event-log=Acme Log\n"
         "  registry-key=HKLM\\SYSTEM\\CurrentControlSet\\Services\\EventLog\\Acme Log\n"
         "  row=HKLM\\SYSTEM\\CurrentControlSet\\Services\\EventLog\\Acme Log\n"
         "data installed\n"
         "  name=agent\n"
         "  location=C:\\a.dll\n"
         "  location=C:\\b.dll\n"
         "  registry-key=HKLM\\SYSTEM\\CurrentControlSet\\Services\\EventLog\\Acme Log\\agent\n"
         "  row=HKLM\\SYSTEM\\CurrentControlSet\\Services\\EventLog\\Acme Log\\agent\n");
    says(SOFTWARE_AT,
         NOW "\\WINEVT\\Channels\\Acme/Operational]\n"
             "OwningPublisher={01234567-89AB-CDEF-0123-456789ABCDEF}\n" NOW
             "\\WINEVT\\Publishers\\{01234567-89ab-cdef-0123-456789abcdef}]\n"
             "MessageFileName=C:\\acme\\m.dll\n",
         NULL,
         "data installed\n"
         "  event-log=Acme/Operational\n"
         "  location=C:\\acme\\m.dll\n"
         "  row=HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\WINEVT\\Channels\\"
         "Acme/Operational\n");
}

static void knows_what_starts_with_a_session(void **state)
{
    (void)state;
    says("/Users/ann/NTUSER.DAT",
         "[Software\\Microsoft\\Windows\\CurrentVersion\\Run]\nAcme=\"C:\\Acme\\ui.exe\" -min\n"
         "[Software\\Acme\\Guard]\n",
         NULL,
         "application installed\n"
         "  name=Acme\n"
         "  command=\"C:\\Acme\\ui.exe\" -min\n"
         "  registry-key=HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run\\Acme\n"
         "  row=HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run\\Acme\n"
         "data residue\n"
         "  row=HKCU\\Software\\Acme\n"
         "  registry-key=HKCU\\Software\\Acme\n"
         "  registry-key=HKCU\\Software\\Acme\\Guard\n");
}

static void names_classes_and_what_extends_the_shell(void **state)
{
    (void)state;
    says("/Users/ann/AppData/Local/Microsoft/Windows/UsrClass.dat",
         "[CLSID\\{01234567-89AB-CDEF-0123-456789ABCDEF}]\n=Acme menu\n"
         "[CLSID\\{01234567-89AB-CDEF-0123-456789ABCDEF}\\InprocServer32]\n=C:\\Acme\\menu.dll\n"
         "[*\\shellex\\ContextMenuHandlers\\Acme]\n={01234567-89AB-CDEF-0123-456789ABCDEF}\n",
         NULL,
         "library installed\n"
         "  clsid={01234567-89AB-CDEF-0123-456789ABCDEF}\n"
         "  name=Acme menu\n"
         "  location=C:\\Acme\\menu.dll\n"
         "  row=HKCU\\Software\\Classes\\CLSID\\{01234567-89AB-CDEF-0123-456789ABCDEF}\n"
         "library installed\n"
         "  name=Acme\n"
         "  clsid={01234567-89AB-CDEF-0123-456789ABCDEF}\n"
         "  location=C:\\Acme\\menu.dll\n"
         "  registry-key=HKCU\\Software\\Classes\\*\\shellex\\ContextMenuHandlers\\Acme\n"
         "  row=HKCU\\Software\\Classes\\*\\shellex\\ContextMenuHandlers\\Acme\n");
}

static void says_what_browsers_are_told(void **state)
{
    (void)state;
    says(SOFTWARE_AT,
         "[Microsoft\\Windows\\CurrentVersion]\n"
         "[Microsoft\\Edge\\NativeMessagingHosts\\com.acme.host]\n=C:\\Acme\\host.json\n"
         "[Policies\\Microsoft\\Edge\\ExtensionInstallForcelist]\n"
         "1=abcdefghijklmnopabcdefghijklmnop;https://acme.example/update\n2=no id\n"
         "[Policies\\Microsoft\\Edge\\ExtensionSettings\\ponmlkjihgfedcbaponmlkjihgfedcba]\n"
         "installation_mode=blocked\n",
         NULL,
         "application installed\n"
         "  native-host=com.acme.host\n"
         "  location=C:\\Acme\\host.json\n"
         "  registry-key=HKLM\\SOFTWARE\\Microsoft\\Edge\\NativeMessagingHosts\\com.acme.host\n"
         "  row=HKLM\\SOFTWARE\\Microsoft\\Edge\\NativeMessagingHosts\\com.acme.host\n"
         "application referenced\n"
         "  extension-id=abcdefghijklmnopabcdefghijklmnop\n"
         "  url=https://acme.example/update\n"
         "  status=policy\n"
         "  row=HKLM\\SOFTWARE\\Policies\\Microsoft\\Edge\\ExtensionInstallForcelist\\1\n");
}

static void remembers_what_was_run_as_residue(void **state)
{
    (void)state;
    says("/Windows/AppCompat/Programs/Amcache.hve",
         "[Root\\InventoryApplicationFile\\acme.exe|1]\nName=acme.exe\nPublisher=Acme\n"
         "LowerCaseLongPath=c:\\acme\\acme.exe\n",
         NULL,
         "file residue <=probable\n"
         "  row=Root\\InventoryApplicationFile\\acme.exe|1\n"
         "  file-name=acme.exe\n"
         "  process=acme.exe\n"
         "  company=Acme\n"
         "  location=c:\\acme\\acme.exe\n");
}

/* Whose registry it is, and below which root, comes from the place alone. */
static void takes_the_root_and_the_user_from_the_place(void **state)
{
    const struct {
        const char *path;
        enum component_state state;
        unsigned up;
        const char *user;
    } cases[] = {
        {"/mnt/Windows/System32/config/SOFTWARE", STATE_INSTALLED, 4, NULL},
        {"/windows/system32/CONFIG/system", STATE_INSTALLED, 4, NULL},
        {"/Users/ann/NTUSER.DAT", STATE_INSTALLED, 3, "ann"},
        {"/Users/ann/AppData/Local/Microsoft/Windows/UsrClass.dat", STATE_INSTALLED, 7, "ann"},
        {"/Documents and Settings/ann/ntuser.dat", STATE_INSTALLED, 3, "ann"},
        {"/Windows/System32/config/systemprofile/NTUSER.DAT", STATE_INSTALLED, 5, NULL},
        {"/Windows.old/Windows/System32/config/SOFTWARE", STATE_RESIDUE, 1, NULL},
        {"/Windows/System32/config/RegBack/SOFTWARE", STATE_RESIDUE, 1, NULL},
        {"/srv/case-7/SOFTWARE.hiv", STATE_RESIDUE, 1, NULL},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct gate *g = &recog_registry.gates[gate_of(cases[i].path)];
        struct captures captures = {0};

        if (g->path)
            (void)gate_path_matches(g->path, sv_str(cases[i].path), &captures);
        if (g->state != cases[i].state || g->anchor_up != cases[i].up ||
            captures.count != (cases[i].user ? 1u : 0u) ||
            (cases[i].user && !sv_eq(captures.at[0].value, sv_str(cases[i].user))))
            fail_msg("%s", cases[i].path);
    }
}

static void a_copy_of_a_hive_installs_nothing(void **state)
{
    (void)state;
    says("/srv/case-7/SOFTWARE.hiv", NOW "\\Run]\nAcme=C:\\a.exe\n", NULL,
         "application residue <=probable\n"
         "  name=Acme\n"
         "  command=C:\\a.exe\n"
         "  registry-key=HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run\\Acme\n"
         "  row=HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run\\Acme\n");
}

static void leaves_hives_that_name_no_software_alone(void **state)
{
    auto_arena arena = {0};
    struct spy spy;
    (void)state;

    arena_init(&arena, 1 << 20);
    spy_identify(&spy, &recog_registry, 0, made_hive("[SAM\\Domains]\n", NULL, &arena));
    assert_int_equal(spy.result, RECOG_NOT_MINE);
    spy_clear(&spy);
}

static void a_dirty_hive_says_so_and_is_read(void **state)
{
    auto_arena arena = {0};
    struct spy spy;
    (void)state;

    arena_init(&arena, 1 << 20);
    spy_identify(
        &spy, &recog_registry, gate_of(SOFTWARE_AT),
        made_hive(NOW "\\Run]\nAcme=C:\\a.exe\n", &(struct made_hive){.dirty = true}, &arena));
    assert_int_equal(spy.result, -ERR_UNSUPPORTED);
    assert_non_null(strstr(spy.text.p, "name=Acme"));
    spy_clear(&spy);
}

static void survives_damage(void **state)
{
    const char *const samples[] = {
        NOW "\\Uninstall\\A]\nDisplayName=A\n[Acme\\x]\n[Microsoft\\SystemCertificates\\ROOT\\"
            "Certificates\\00]\nBlob:hex=20000000010000000400000001020304\n",
        "[Select]\nCurrent:dword=1\n[ControlSet001\\Services\\a\\Instances\\b]\nAltitude=1\n",
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
        auto_arena arena = {0};

        arena_init(&arena, 1 << 20);
        spy_contract(&recog_registry, 0,
                     made_hive(samples[i], &(struct made_hive){.lists = MADE_RI}, &arena));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_what_can_be_uninstalled),
        cmocka_unit_test(unpacks_the_codes_of_windows_installer),
        cmocka_unit_test(tells_drivers_from_services),
        cmocka_unit_test(names_event_logs_and_who_writes_to_them),
        cmocka_unit_test(knows_what_starts_with_a_session),
        cmocka_unit_test(names_classes_and_what_extends_the_shell),
        cmocka_unit_test(says_what_browsers_are_told),
        cmocka_unit_test(remembers_what_was_run_as_residue),
        cmocka_unit_test(takes_the_root_and_the_user_from_the_place),
        cmocka_unit_test(a_copy_of_a_hive_installs_nothing),
        cmocka_unit_test(leaves_hives_that_name_no_software_alone),
        cmocka_unit_test(a_dirty_hive_says_so_and_is_read),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_registry", tests, NULL, NULL);
}
