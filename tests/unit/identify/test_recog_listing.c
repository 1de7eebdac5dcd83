// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_listing;

enum { NAMED = 0, MET = 1 };

/* As BYTES, where a constant is wanted. */
#define BYTES_(text) \
    { \
        (const uint8_t *)(text), sizeof(text) - 1 \
    }

#define DPKG \
    "Gew\xc3\xbcnscht=Unbekannt/Installieren\n| Status=Nicht\n" \
    "||/ Name         Version  Architektur  Beschreibung\n+++-====-====-====-====\n" \
    "ii  acme:amd64   1.2-3    amd64        A thing of Other\n" \
    "rc  gone         1.0      all          What was\n" \
    "un  never        <none>   <none>       (keine)\n"

#define RPM_INFO \
    "Name        : acme\nVersion     : 1.0\nRelease     : 2\nArchitecture: x86_64\n" \
    "Vendor      : Acme Ltd\nDescription :\nName of Other : none\n\n" \
    "Name        : bare\nVersion     : 3\nRelease     : 1\nArchitecture: noarch\n"

#define DRIVERS \
    "\r\nModulname    Anzeigename            Treibertyp    Linkdatum\r\n" \
    "============ ====================== ============= ======================\r\n" \
    "acmeflt      Acme Filter            File System   01.02.2023 10:00:00\r\n"

#define TASKS \
    "\r\nAbbildname                     PID Dienste\r\n" \
    "========================= ======== ============================================\r\n" \
    "System Idle Process              0 Nicht zutr.\r\n" \
    "acme.exe                       100 AcmeSvc, Other,\r\n" \
    "                                   Third\r\n"

#define SYSTEM \
    "\r\nHostname:                      PC\r\nBetriebssystemname:            Microsoft Windows " \
    "10 Pro\r\n" \
    "Betriebssystemversion:         10.0.19045\r\nBetriebssystemhersteller:      Microsoft " \
    "Corporation\r\n" \
    "a:                             1\r\nb:                             1\r\nc:                  " \
    "           1\r\n" \
    "d:                             1\r\ne:                             1\r\nf:                  " \
    "           1\r\n" \
    "g:                             1\r\nSystemhersteller:              Acme\r\n" \
    "Systemmodell:                  Box 1\r\nSystemtyp:                     x64\r\n" \
    "Hotfix(es):                    2 Hotfix(e) installiert.\r\n" \
    "                               [01]: KB5000000\r\n" \
    "Netzwerkkarte(n):              1 Netzwerkadapter installiert.\r\n" \
    "                               [01]: Acme Network Adapter\r\n" \
    "                                     Verbindungsname: Ethernet\r\n" \
    "                                     [01]: 192.0.2.1\r\n"

#define WINGET \
    "\r   - \r   \\ \rName            ID                                                     " \
    "Version Quelle\r\n" \
    "--------------------------------------------------------------------------------------------" \
    "-\r\n" \
    "\xe6\xb5\x8b\xe8\xaf\x95 Acme       Acme.Acme                                              " \
    "1.0     winget\r\n" \
    "Other           ARP\\Machine\\X64\\{27534751-A4A0-48BD-B393-BC3BF28C876E} 2\r\n"

#define WMIC "Name          Vendor    Version  \r\r\nAcme Thing    Acme      1.0.0    \r\r\n\r\r\n"

#define POWERSHELL_TABLE \
    "\r\nDisplayName DisplayVersion Publisher\r\n----------- -------------- ---------\r\n" \
    "Acme        1.0            Acme Ltd\r\n"

#define POWERSHELL_LIST \
    "\r\n\r\nDisplayName    : Acme\r\nDisplayVersion : 1.0\r\nPublisher      : Acme Ltd\r\n\r\n" \
    "DisplayName    : Second\r\nDisplayVersion : 2\r\nPublisher      : \r\n"

#define OSQUERY \
    "[{\"name\":\"Acme\",\"version\":\"1.0\",\"publisher\":\"Acme " \
    "Ltd\",\"identifying_number\":\"{1}\"," \
    "\"install_location\":\"C:\\\\Program Files\\\\Acme\\\\\"},\n" \
    "{\"name\":\"acme\",\"version\":\"1\",\"arch\":\"amd64\",\"maintainer\":\"A " \
    "<a@a.test>\",\"revision\":\"1\"},\n" \
    "{\"name\":\"acme\",\"version\":\"1\",\"release\":\"2\",\"arch\":\"x86_64\",\"package_" \
    "group\":\"x\"},\n" \
    "{\"name\":\"AcmeSvc\",\"display_name\":\"Acme " \
    "Service\",\"service_type\":\"OWN_PROCESS\",\"path\":" \
    "\"C:\\\\acme.exe\"},\n" \
    "{\"name\":\"x\",\"identifier\":\"abcdef\",\"browser_type\":\"chrome\",\"version\":\"1\"},\n" \
    "{\"bundle_identifier\":\"test.acme\",\"name\":\"Acme.app\",\"path\":\"/Applications/" \
    "Acme.app\"},\n" \
    "{\"city\":\"x\"}]"

#define PROFILE \
    "Applications:\n\n    Acme Box:\n\n      Version: 1.0\n      Obtained from: Identified " \
    "Developer\n" \
    "      Signed by: Developer ID Application: Acme (ABCDE12345), Developer ID, Apple Root CA\n" \
    "      Location: /Applications/Acme Box.app\n\n    Second:\n\n      Version: 2\n"

#define PROFILE_LIST \
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?><plist version=\"1.0\"><array><dict>" \
    "<key>_SPCommandLineArguments</key><array/><key>_dataType</key><string>SPApplicationsDataType" \
    "</string><key>_items</key><array><dict><key>_name</key><string>Acme</string><key>version</" \
    "key>" \
    "<string>1</string><key>signed_by</key><array><string>Developer ID Application: Acme " \
    "(ABCDE12345)</string></array></dict></array></dict></array></plist>"

#define PROFILE_JSON \
    "{\"SPApplicationsDataType\": [{\"_name\": \"Acme\", \"version\": \"1\", \"path\": " \
    "\"/Applications/Acme.app\", \"signed_by\": [\"Developer ID Application: Acme " \
    "(ABCDE12345)\"]}]}"

#define REGISTRY \
    "Windows Registry Editor Version 5.00\r\n\r\n" \
    "[HKEY_LOCAL_MACHINE\\SOFTWARE\\WOW6432Node\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\{" \
    "1}]\r\n" \
    "\"DisplayName\"=\"Acme \\\"Box\\\"\"\r\n\"DisplayVersion\"=\"1.0\"\r\n\"Publisher\"=\"Acme " \
    "Ltd\"\r\n" \
    "\"InstallLocation\"=\"C:\\\\Program " \
    "Files\\\\Acme\\\\\"\r\n\"EstimatedSize\"=dword:00000010\r\n\r\n" \
    "[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\acmeflt]\r\n\"Type\"=dword:" \
    "00000002\r\n" \
    "\"ImagePath\"=hex(2):43,00,3a,00,5c,00,61,00,\\\r\n  2e,00,73,00,79,00,73,00,00,00\r\n\r\n" \
    "[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\acmeflt\\Instances\\a]\r\n" \
    "\"Altitude\"=\"385000\"\r\n\r\n" \
    "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run]\r\n" \
    "\"Acme\"=\"\\\"C:\\\\Program Files\\\\Acme\\\\a.exe\\\" /tray\"\r\n\r\n"

#define VENDORS \
    "REGEDIT4\r\n" \
    "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Acme]\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Acme\\Box]\r\n\"x\"=-" \
    "\r\n" \
    "[-HKEY_LOCAL_MACHINE\\SOFTWARE\\Other]\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Other]" \
    "\r\n" \
    "[HKEY_CURRENT_USER\\Software\\Acme]\r\n" \
    "[HKEY_CLASSES_ROOT\\CLSID\\{2}]\r\n"

#define WIDE_REGISTRY \
    "\xff\xfe" \
    "R\0E\0G\0E\0D\0I\0T\0" \
    "4\0\r\0\n\0" \
    "[\0H\0K\0E\0Y\0_\0C\0U\0R\0R\0E\0N\0T\0_" \
    "\0U\0S\0E\0R\0\\\0S\0o\0f\0t\0w\0a\0r\0e\0\\\0A\0c\0m\0e\0]\0\r\0\n\0"

static void reads_each_format(void **state)
{
    const struct {
        const char *why;
        struct span bytes;
        const char *answer;
    } cases[] = {
        {"dpkg -l", BYTES_(DPKG),
         "library referenced <=probable\n"
         "  name=acme @129+4\n"
         "  version=1.2-3\n"
         "  package=acme\n"
         "  package-type=deb\n"
         "  architecture=amd64\n"
         "  row=line 5\n"
         "library residue <=probable\n"
         "  name=gone @185+4\n"
         "  version=1.0\n"
         "  package=gone\n"
         "  package-type=deb\n"
         "  architecture=all\n"
         "  row=line 6\n"},
        {"dpkg -l without its header", BYTES_("ii  acme  1  amd64  x\nrc  gone  1  all  x\n"),
         "library referenced <=probable\n"
         "  name=acme @4+4\n"
         "  version=1\n"
         "  package=acme\n"
         "  package-type=deb\n"
         "  architecture=amd64\n"
         "  row=line 1\n"
         "library residue <=probable\n"
         "  name=gone @26+4\n"
         "  version=1\n"
         "  package=gone\n"
         "  package-type=deb\n"
         "  architecture=all\n"
         "  row=line 2\n"},
        {"dpkg-query -W", BYTES_("acme:amd64\t1.2\nother\t3\n"),
         "library referenced <=probable\n"
         "  name=acme @0+4\n"
         "  version=1.2\n"
         "  package=acme\n"
         "  package-type=deb\n"
         "  row=line 1\n"
         "library referenced <=probable\n"
         "  name=other @15+5\n"
         "  version=3\n"
         "  package=other\n"
         "  package-type=deb\n"
         "  row=line 2\n"},
        {"dpkg --get-selections", BYTES_("acme\t\t\tinstall\ngone\t\tdeinstall\n"),
         "library referenced <=probable\n"
         "  name=acme @0+4\n"
         "  package=acme\n"
         "  package-type=deb\n"
         "  row=line 1\n"
         "library residue <=probable\n"
         "  name=gone @15+4\n"
         "  package=gone\n"
         "  package-type=deb\n"
         "  row=line 2\n"},
        {"apt list",
         BYTES_("Auflistung...\nacme/stable,now 1.2 amd64 [installiert]\nold/now 1 all "
                "[residual-config]\nnew/stable 2 amd64 [upgradable from: 1]\n"),
         "library referenced <=probable\n"
         "  name=acme @14+4\n"
         "  version=1.2\n"
         "  package=acme\n"
         "  package-type=deb\n"
         "  architecture=amd64\n"
         "  row=line 2\n"
         "library residue <=probable\n"
         "  name=old @54+3\n"
         "  version=1\n"
         "  package=old\n"
         "  package-type=deb\n"
         "  architecture=all\n"
         "  row=line 3\n"},
        {"rpm -qa",
         BYTES_("acme-1.0-2.x86_64\na-b-c-3-1.el9.noarch  Mon Jan 1 2024\ngpg-pubkey-abc-def\n"),
         "library referenced <=probable\n"
         "  name=acme @0+4\n"
         "  version=1.0-2\n"
         "  package=acme\n"
         "  package-type=rpm\n"
         "  architecture=x86_64\n"
         "  row=line 1\n"
         "library referenced <=probable\n"
         "  name=a-b-c @18+5\n"
         "  version=3-1.el9\n"
         "  package=a-b-c\n"
         "  package-type=rpm\n"
         "  architecture=noarch\n"
         "  row=line 2\n"
         "library referenced <=probable\n"
         "  name=gpg-pubkey @55+10\n"
         "  version=abc-def\n"
         "  package=gpg-pubkey\n"
         "  package-type=rpm\n"
         "  row=line 3\n"},
        {"rpm -qai", BYTES_(RPM_INFO),
         "library referenced <=probable\n"
         "  name=acme @14+4\n"
         "  version=1.0-2\n"
         "  architecture=x86_64\n"
         "  publisher=Acme Ltd\n"
         "  package=acme\n"
         "  package-type=rpm\n"
         "  row=line 9\n"
         "library referenced <=probable\n"
         "  name=bare @147+4\n"
         "  version=3-1\n"
         "  architecture=noarch\n"
         "  package=bare\n"
         "  package-type=rpm\n"
         "  row=line 12\n"},
        {"pacman -Qi",
         BYTES_("Name            : acme\nVersion         : 1-1\nPackager        : A <a@a.test>\n"),
         "application referenced <=probable\n"
         "  name=acme\n"
         "  product=acme\n"
         "  version=1-1\n"
         "  maintainer=A\n"
         "  package=acme\n"
         "  package-type=pacman\n"
         "  row=line 3\n"},
        {"pip freeze", BYTES_("# x\nAcme_Ui==1.0\n-e git+https://a.test/x\nother @ file:///x\n"),
         "library referenced <=probable\n"
         "  package=acme-ui @4+7\n"
         "  name=Acme_Ui\n"
         "  package-type=pypi\n"
         "  version=1.0\n"
         "  purl=pkg:pypi/acme-ui@1.0\n"
         "  row=line 2\n"
         "library referenced <=probable\n"
         "  package=other @41+5\n"
         "  name=other\n"
         "  package-type=pypi\n"
         "  purl=pkg:pypi/other\n"
         "  row=line 4\n"},
        {"pip list", BYTES_("Package Version\n------- -------\nacme    1.0\n"),
         "library referenced <=probable\n"
         "  package=acme @32+4\n"
         "  name=acme\n"
         "  package-type=pypi\n"
         "  version=1.0\n"
         "  purl=pkg:pypi/acme@1.0\n"
         "  row=line 3\n"},
        {"pip list in JSON", BYTES_("[{\"name\": \"acme\", \"version\": \"1.0\"}]"),
         "library referenced <=probable\n"
         "  package=acme\n"
         "  name=acme\n"
         "  package-type=pypi\n"
         "  version=1.0\n"
         "  purl=pkg:pypi/acme@1.0\n"},
        {"driverquery", BYTES_(DRIVERS),
         "device-driver referenced <=probable\n"
         "  name=acmeflt @137+7\n"
         "  driver=acmeflt\n"
         "  product=Acme Filter\n"
         "  row=line 4\n"},
        {"driverquery in CSV",
         BYTES_("\"Modulname\",\"Anzeigename\",\"Typ\",\"Datum\"\r\n\"acmeflt\",\"Acme, "
                "Filter\",\"Kernel\",\"\"\r\n"),
         "device-driver referenced <=probable\n"
         "  name=acmeflt @42+7\n"
         "  driver=acmeflt\n"
         "  product=Acme, Filter\n"
         "  row=line 2\n"},
        {"tasklist /svc", BYTES_(TASKS),
         "application referenced <=probable\n"
         "  name=System Idle Process @127+19\n"
         "  product=System Idle Process @127+19\n"
         "  process=System Idle Process\n"
         "  row=line 4\n"
         "application referenced <=probable\n"
         "  name=acme.exe @175+8\n"
         "  product=acme.exe @175+8\n"
         "  process=acme.exe\n"
         "  row=line 5\n"
         "service referenced <=probable\n"
         "  name=AcmeSvc @210+7\n"
         "  service=AcmeSvc\n"
         "  row=line 5\n"
         "service referenced <=probable\n"
         "  name=Other @219+5\n"
         "  service=Other\n"
         "  row=line 5\n"
         "service referenced <=probable\n"
         "  name=Third @262+5\n"
         "  service=Third\n"
         "  row=line 6\n"},
        {"tasklist in CSV",
         BYTES_("\"Abbildname\",\"PID\",\"Dienste\"\r\n\"acme.exe\",\"100\",\"AcmeSvc,Other\"\r\n"),
         "application referenced <=probable\n"
         "  name=acme.exe @31+8\n"
         "  product=acme.exe @31+8\n"
         "  process=acme.exe\n"
         "  row=line 2\n"
         "service referenced <=probable\n"
         "  name=AcmeSvc @48+7\n"
         "  service=AcmeSvc\n"
         "  row=line 2\n"
         "service referenced <=probable\n"
         "  name=Other @56+5\n"
         "  service=Other\n"
         "  row=line 2\n"},
        {"systeminfo", BYTES_(SYSTEM),
         "operating-system referenced <=probable\n"
         "  name=Microsoft Windows 10 Pro @68+24\n"
         "  product=Microsoft Windows 10 Pro @68+24\n"
         "  version=10.0.19045\n"
         "  manufacturer=Microsoft Corporation\n"
         "  row=line 2\n"
         "device referenced <=probable\n"
         "  name=Box 1 @497+5\n"
         "  product=Box 1 @497+5\n"
         "  manufacturer=Acme\n"
         "  row=line 13\n"
         "device referenced <=probable\n"
         "  name=Acme Network Adapter @745+20\n"
         "  product=Acme Network Adapter @745+20\n"
         "  device-name=Acme Network Adapter\n"
         "  row=line 19\n"},
        {"winget list", BYTES_(WINGET),
         "application referenced <=probable\n"
         "  name=测试 Acme @195+11\n"
         "  product=测试 Acme @195+11\n"
         "  version=1.0\n"
         "  package=Acme.Acme\n"
         "  package-type=winget\n"
         "  row=line 3\n"
         "application referenced <=probable\n"
         "  name=Other @284+5\n"
         "  product=Other @284+5\n"
         "  version=2\n"
         "  product-code={27534751-A4A0-48BD-B393-BC3BF28C876E}\n"
         "  row=line 4\n"},
        {"wmic", BYTES_(WMIC),
         "application referenced <=probable\n"
         "  name=Acme Thing @36+10\n"
         "  product=Acme Thing @36+10\n"
         "  version=1.0.0\n"
         "  publisher=Acme\n"
         "  row=line 2\n"},
        {"wmic as a list",
         BYTES_("\r\r\n\r\r\nName=Acme\r\r\nVendor=Acme Ltd\r\r\nVersion=1\r\r\n\r\r\n"),
         "application referenced <=probable\n"
         "  name=Acme @11+4\n"
         "  product=Acme @11+4\n"
         "  version=1\n"
         "  publisher=Acme Ltd\n"
         "  row=line 6\n"},
        {"wmic in CSV", BYTES_("\r\nNode,Name,Vendor,Version\r\nPC,Acme,Acme Ltd,1\r\n"),
         "application referenced <=probable\n"
         "  name=Acme @31+4\n"
         "  product=Acme @31+4\n"
         "  version=1\n"
         "  publisher=Acme Ltd\n"
         "  row=line 3\n"},
        {"Format-Table", BYTES_(POWERSHELL_TABLE),
         "application referenced <=probable\n"
         "  name=Acme @78+4\n"
         "  version=1.0\n"
         "  publisher=Acme Ltd\n"
         "  product=Acme\n"
         "  row=line 4\n"},
        {"Format-List", BYTES_(POWERSHELL_LIST),
         "application referenced <=probable\n"
         "  name=Acme @21+4\n"
         "  version=1.0\n"
         "  publisher=Acme Ltd\n"
         "  product=Acme\n"
         "  row=line 6\n"
         "application referenced <=probable\n"
         "  name=Second @95+6\n"
         "  version=2\n"
         "  product=Second\n"
         "  row=line 9\n"},
        {"osquery", BYTES_(OSQUERY),
         "application referenced <=probable\n"
         "  name=Acme\n"
         "  product=Acme\n"
         "  version=1.0\n"
         "  publisher=Acme Ltd\n"
         "  product-code={1}\n"
         "  path=/Program Files/Acme\n"
         "  row=line 1\n"
         "library referenced <=probable\n"
         "  name=acme\n"
         "  version=1\n"
         "  architecture=amd64\n"
         "  maintainer=A\n"
         "  package=acme\n"
         "  package-type=deb\n"
         "  row=line 2\n"
         "library referenced <=probable\n"
         "  name=acme\n"
         "  version=1-2\n"
         "  architecture=x86_64\n"
         "  package=acme\n"
         "  package-type=rpm\n"
         "  row=line 3\n"
         "service referenced <=probable\n"
         "  name=AcmeSvc\n"
         "  service=AcmeSvc\n"
         "  product=Acme Service\n"
         "  path=/acme.exe\n"
         "  row=line 4\n"
         "application referenced <=probable\n"
         "  name=x\n"
         "  product=x\n"
         "  version=1\n"
         "  extension-id=abcdef\n"
         "  row=line 5\n"
         "application referenced <=probable\n"
         "  name=Acme.app\n"
         "  product=Acme.app\n"
         "  bundle-id=test.acme\n"
         "  path=/Applications/Acme.app\n"
         "  row=line 6\n"},
        {"system_profiler", BYTES_(PROFILE),
         "application referenced <=probable\n"
         "  name=Acme Box @19+8\n"
         "  product=Acme Box @19+8\n"
         "  version=1.0\n"
         "  path=/Applications/Acme Box.app\n"
         "  [1] signature=unchecked\n"
         "  [1] signer-cn=Developer ID Application: Acme (ABCDE12345)\n"
         "  [1] team-id=ABCDE12345\n"
         "  row=line 10\n"
         "application referenced <=probable\n"
         "  name=Second @229+6\n"
         "  product=Second @229+6\n"
         "  version=2\n"
         "  row=line 12\n"},
        {"system_profiler -xml", BYTES_(PROFILE_LIST),
         "application referenced <=probable\n"
         "  name=Acme\n"
         "  product=Acme\n"
         "  version=1\n"
         "  [1] signature=unchecked\n"
         "  [1] signer-cn=Developer ID Application: Acme (ABCDE12345)\n"
         "  [1] team-id=ABCDE12345\n"
         "  row=line 1\n"},
        {"system_profiler -json", BYTES_(PROFILE_JSON),
         "application referenced <=probable\n"
         "  name=Acme\n"
         "  product=Acme\n"
         "  version=1\n"
         "  path=/Applications/Acme.app\n"
         "  [1] signature=unchecked\n"
         "  [1] signer-cn=Developer ID Application: Acme (ABCDE12345)\n"
         "  [1] team-id=ABCDE12345\n"
         "  row=line 1\n"},
        {"reg export", BYTES_(REGISTRY),
         "application referenced <=probable\n"
         "  name=Acme \"Box\"\n"
         "  version=1.0\n"
         "  product=Acme \"Box\"\n"
         "  publisher=Acme Ltd\n"
         "  path=/Program Files/Acme\n"
         "  product-code={1}\n"
         "  "
         "registry-key="
         "HKLM\\SOFTWARE\\WOW6432Node\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\{1}\n"
         "  row=HKLM\\SOFTWARE\\WOW6432Node\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\{1}\n"
         "device-driver referenced <=probable\n"
         "  name=acmeflt\n"
         "  product=acmeflt\n"
         "  command=C:\\a.sys\n"
         "  path=/a.sys\n"
         "  driver=acmeflt\n"
         "  row=HKLM\\SYSTEM\\CurrentControlSet\\Services\\acmeflt\n"
         "device-driver referenced <=probable\n"
         "  altitude=acmeflt:385000\n"
         "  row=HKLM\\SYSTEM\\CurrentControlSet\\Services\\acmeflt\\Instances\\a\n"
         "application referenced <=probable\n"
         "  name=Acme\n"
         "  product=Acme\n"
         "  registry-key=HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run\\Acme\n"
         "  command=\"C:\\Program Files\\Acme\\a.exe\" /tray\n"
         "  path=/Program Files/Acme/a.exe\n"
         "  row=HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run\n"},
        {"keys of vendors", BYTES_(VENDORS),
         "data referenced <=probable\n"
         "  registry-key=HKLM\\SOFTWARE\\Acme\n"
         "  registry-key=HKLM\\SOFTWARE\\Acme\\Box\n"
         "  row=HKLM\\SOFTWARE\\Acme\n"
         "data referenced <=probable\n"
         "  registry-key=HKCU\\Software\\Acme\n"
         "  row=HKCU\\Software\\Acme\n"
         "data referenced <=probable\n"
         "  registry-key=HKCR\\CLSID\\{2}\n"
         "  clsid={2}\n"
         "  row=HKCR\\CLSID\\{2}\n"},
        {"reg export in UTF-16", BYTES_(WIDE_REGISTRY),
         "data referenced <=probable\n"
         "  registry-key=HKCU\\Software\\Acme\n"
         "  row=HKCU\\Software\\Acme\n"},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_listing, NAMED, cases[i].bytes);
        if (spy.result != 0 || strcmp(spy.text.p, cases[i].answer) != 0)
            fail_msg("%s: %d %s\n%s", cases[i].why, spy.result, spy.err.text, spy.text.p);
        spy_clear(&spy);
    }
}

static void is_not_taken_in_by_other_texts(void **state)
{
    static const struct span texts[] = {
        BYTES_(""),
        BYTES_("a text\nabout acme-1.0-1.x86_64 and others\n"),
        BYTES_("acme-1.0-1.x86_64\nother-1.0-1.noarch\nand text\n"),
        BYTES_("[{\"name\": \"acme\", \"maintainer\": \"Acme\"}]"),
        BYTES_("\nA   B\n=== ===\na   b\n"),
        BYTES_("acme==1.0\nplain words\n"),
        BYTES_("\"x.exe\",\"y\"\n\"a.exe\",\"b\"\n"),
        BYTES_("Applications:\n  Acme:\n    Version: 7.0\n"),
        BYTES_("Name : a text\nthat goes on\n"),
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_listing, MET, texts[i]);
        if (spy.result != RECOG_NOT_MINE || spy.text.n)
            fail_msg("%zu: %d %s", i, spy.result, spy.text.p);
        spy_clear(&spy);
    }
}

static void says_what_it_does_not_know(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_listing, NAMED, BYTES("a text about things\n"));

    assert_int_equal(spy.result, -ERR_UNSUPPORTED);
    spy_clear(&spy);
}

static void survives_damage(void **state)
{
    static const struct span samples[] = {
        BYTES_(DPKG),     BYTES_(RPM_INFO),        BYTES_(DRIVERS), BYTES_(TASKS),
        BYTES_(SYSTEM),   BYTES_(WINGET),          BYTES_(WMIC),    BYTES_(POWERSHELL_TABLE),
        BYTES_(OSQUERY),  BYTES_(POWERSHELL_LIST), BYTES_(PROFILE), BYTES_(PROFILE_LIST),
        BYTES_(REGISTRY), BYTES_(PROFILE_JSON),    BYTES_(VENDORS),
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
        spy_contract(&recog_listing, NAMED, samples[i]);
        spy_contract(&recog_listing, MET, samples[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_each_format),
        cmocka_unit_test(is_not_taken_in_by_other_texts),
        cmocka_unit_test(says_what_it_does_not_know),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_listing", tests, NULL, NULL);
}
