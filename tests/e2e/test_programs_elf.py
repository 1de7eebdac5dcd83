# SPDX-License-Identifier: Apache-2.0
"""Linux programs made by gcc: what the recogniser says of each."""
import json
import struct
import zlib

import pytest

from programs import CODE, Parties, Party, recognise, run

KIT = """
int NET_DVR_Init(void) { return 1; }
static int NET_DVR_Secret(void) { return 2; }
int plain(void) { return NET_DVR_Secret(); }
"""


def compiled(folder, name, source, *flags):
    code = folder / "t.c"
    code.write_text(source)
    run("gcc", code, "-o", folder / name, *flags)
    return folder / name


def with_section(path, name, content, to=None):
    data = path.parent / "section"
    data.write_bytes(content)
    run("objcopy", "--add-section", f"{name}={data}", path, to or path)
    return to or path


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    folder = tmp_path_factory.mktemp("library")
    return compiled(folder, "libhcnetsdk.so", KIT, "-shared", "-fPIC", "-Wl,--no-as-needed,-soname,libhcnetsdk.so.6",
                    "-Wl,--build-id=0x0123456789abcdef")


def test_library(library):
    seen = recognise("elf", library)
    assert seen.code == 0 and seen.text.startswith("library present\n")
    assert seen.all("soname") == ["libhcnetsdk.so.6"]
    assert seen.all("build-id") == ["0123456789abcdef"]
    assert "libc.so.6" in seen.all("needed")
    assert "NET_DVR_Init" in seen.all("symbol")


def test_stripped_library_keeps_what_it_exports(library, tmp_path):
    run("strip", library, "-o", tmp_path / "t.so")
    assert recognise("elf", tmp_path / "t.so").all("symbol") == ["NET_DVR_Init"]


def test_program_that_embeds_a_kit(tmp_path, library):
    main = "int NET_DVR_Init(void); int main(void) { return NET_DVR_Init(); }"
    caller = compiled(tmp_path, "caller", main, library, "-s")
    seen = recognise("elf", caller)
    assert seen.text.startswith("application present\n")
    assert "libhcnetsdk.so.6" in seen.all("needed") and seen.all("symbol") == ["NET_DVR_Init"]
    embedding = compiled(tmp_path, "embedding", KIT + "int main(void) { return NET_DVR_Init(); }")
    assert set(recognise("elf", embedding).all("symbol")) == {"NET_DVR_Init", "NET_DVR_Secret"}
    stripped = compiled(tmp_path, "stripped", KIT + "int main(void) { return NET_DVR_Init(); }", "-s")
    assert recognise("elf", stripped).all("symbol") == []


def test_evidence_points_at_the_bytes(library):
    data = library.read_bytes()
    [line] = [x for x in recognise("elf", library).text.splitlines() if x.startswith("  soname=")]
    offset, length = map(int, line.split("@")[1].split("+"))
    assert data[offset:offset + length] == b"libhcnetsdk.so.6"


def test_static_program_and_position_independent_program(tmp_path):
    for flags in (["-static"], ["-static-pie"], ["-no-pie"], ["-pie"]):
        path = compiled(tmp_path, "t", "int main(void) { return 0; }", *flags)
        assert recognise("elf", path).text.startswith("application present\n"), flags


def test_debug_information_apart_is_read_without_error(tmp_path, library):
    run("objcopy", "--only-keep-debug", library, tmp_path / "t.debug")
    seen = recognise("elf", tmp_path / "t.debug")
    assert seen.code == 0 and seen.all("build-id") == ["0123456789abcdef"] and not seen.all("needed")


def test_package_note(tmp_path):
    note = json.dumps({"type": "deb", "name": "kesl", "version": "12.0", "osCpe": "cpe:/o:debian:debian_linux:12"})
    value = note.encode() + b"\0"
    value += bytes(-len(value) % 4)
    note = struct.pack("<III", 4, len(value), 0xcafe1a7e) + b"FDO\0" + value
    path = compiled(tmp_path, "t", f"""
        __attribute__((section(".note.package"), used, aligned(4)))
        static const unsigned char note[] = {{{",".join(map(str, note))}}};
        int main(void) {{ return 0; }}""")
    seen = recognise("elf", path)
    assert seen.all("package") == ["kesl"] and seen.all("package-type") == ["deb"]
    assert seen.all("version") == ["12.0"] and seen.all("cpe") == ["cpe:/o:debian:debian_linux:12"]


MODULES = (b"path\tgithub.com/acme/tool\nmod\tgithub.com/acme/tool\tv1.2.0\th1:a=\n"
           b"dep\tgithub.com/hashicorp/go-hclog\tv1.5.0\th1:b=\n"
           b"dep\tgithub.com/HuaweiCloud/sdk\tv0.1.0\n=>\tgithub.com/fork/sdk\tv0.2.0\th1:c=\n")


def counted(text):
    n, out = len(text), b""
    while n > 0x7f:
        out += bytes([n & 0x7f | 0x80])
        n >>= 7
    return out + bytes([n]) + text


def go_block():
    framed = b"0" * 16 + MODULES + b"1" * 16
    return b"\xff Go buildinf:\x08\x02" + bytes(16) + counted(b"go1.21.3") + counted(framed)


def check_go(seen):
    assert seen.components[0][0][2] == "application present"
    assert ("golang", "pkg:golang/github.com/acme/tool@v1.2.0") == (
        seen.all("package-type")[0], seen.all("purl")[0])
    assert [c[0][2] for c in seen.components[1:]] == ["library contained"] * 3
    assert seen.all("purl")[1:] == ["pkg:golang/github.com/hashicorp/go-hclog@v1.5.0",
                                    "pkg:golang/github.com/huaweicloud/sdk@v0.1.0",
                                    "pkg:golang/github.com/fork/sdk@v0.2.0"]


def test_go_modules(tmp_path):
    path = compiled(tmp_path, "t", "int main(void) { return 0; }")
    check_go(recognise("elf", with_section(path, ".go.buildinfo", go_block())))


def test_go_modules_behind_pointers(tmp_path):
    """Go before 1.18: the header points at strings, which point at their bytes."""
    framed = b"0" * 16 + MODULES + b"1" * 16
    text = "".join(f"\\x{b:02x}" for b in framed)
    path = compiled(tmp_path, "t", f"""
        static const char version[] = "go1.17", modules[] = "{text}";
        static const struct {{ const char *p; long n; }} strings[] = {{{{version, 6}}, {{modules, {len(framed)}}}}};
        __attribute__((section(".go.buildinfo,\\"aw\\"#"), aligned(16), used))
        const struct {{ unsigned char magic[16]; const void *version, *modules; }} block =
            {{{{0xff, ' ', 'G', 'o', ' ', 'b', 'u', 'i', 'l', 'd', 'i', 'n', 'f', ':', 8, 0}}, &strings[0], &strings[1]}};
        int main(void) {{ return 0; }}""", "-no-pie", "-fno-pic", "-w")
    check_go(recognise("elf", path))


def test_a_program_that_only_reads_go_programs(tmp_path):
    path = compiled(tmp_path, "t", "int main(void) { return 0; }")
    with_section(path, ".go.buildinfo", b"\xff Go buildinf:\x08\x02" + bytes(16) + counted(b"%s"))
    seen = recognise("elf", path)
    assert seen.code == 0 and not seen.all("package-type")


def test_crates_of_a_rust_program(tmp_path):
    crates = {"packages": [{"name": "adler", "version": "0.2.3", "source": "crates.io"},
                           {"name": "cc", "version": "1.0.0", "source": "crates.io", "kind": "build"},
                           {"name": "tool", "version": "0.1.0", "source": "local", "root": True}]}
    path = compiled(tmp_path, "t", "int main(void) { return 0; }")
    with_section(path, ".dep-v0", zlib.compress(json.dumps(crates).encode()))
    assert recognise("elf", path).all("purl") == ["pkg:cargo/adler@0.2.3", "pkg:cargo/tool@0.1.0"]
    with_section(path, ".dep-v1", b"")
    broken = compiled(tmp_path, "t", "int main(void) { return 0; }")
    assert recognise("elf", with_section(broken, ".dep-v0", b"not zlib")).code == 2


def test_crates_that_unpack_without_end(tmp_path):
    path = compiled(tmp_path, "t", "int main(void) { return 0; }")
    with_section(path, ".dep-v0", zlib.compress(b" " * (64 << 20)))
    seen = recognise("elf", path)
    assert seen.code == 2 and "MiB" in seen.text


MODULE = """
#define INFO(n, t) static const char n[] __attribute__((section(".modinfo"), used)) = t;
INFO(a, "name=kav_event_monitor") INFO(b, "author=AO Kaspersky Lab <support@kaspersky.com>") INFO(c, "license=GPL")
INFO(d, "description=Events") INFO(e, "version=12.0") INFO(f, "vermagic=6.1.0 SMP")
"""


def test_kernel_module(tmp_path):
    seen = recognise("elf", compiled(tmp_path, "t.ko", MODULE, "-c"))
    assert seen.text.startswith("device-driver present\n")
    assert seen.all("kernel-module") == ["kav_event_monitor"]
    assert seen.text.endswith("captured kernel-module=t\n")  # used where the module does not say
    assert seen.all("author") == ["AO Kaspersky Lab", "support@kaspersky.com"]
    assert seen.all("licence") == ["GPL"] and seen.all("version") == ["12.0"]
    assert seen.all("description") == ["Events"] and seen.all("status") == []
    assert seen.signatures() == [{"signature": "unsigned"}]
    seen = recognise("elf", compiled(tmp_path, "t.ko", MODULE + 'INFO(g, "intree=Y")', "-c"))
    assert seen.all("status") == ["in the kernel's tree"]


def test_signed_kernel_module(tmp_path):
    module = compiled(tmp_path, "t.ko", MODULE, "-c")
    parties = Parties(tmp_path)
    signer = Party(tmp_path, "signer", "/O=Acme/CN=Module Signer", parties.ca, CODE)

    def signed(*options):
        run("openssl", "cms", "-sign", "-binary", "-noattr", "-outform", "DER", "-signer", signer.certificate, "-inkey",
            signer.key, "-in", module, "-out", tmp_path / "p7", *options)
        pkcs7 = (tmp_path / "p7").read_bytes()
        trailer = struct.pack(">BBBBB3xI", 0, 4, 2, 0, 0, len(pkcs7))
        data = module.read_bytes() + pkcs7 + trailer + b"~Module signature appended~\n"
        (tmp_path / "s.ko").write_bytes(data)
        return tmp_path / "s.ko"

    trust = ["--trust-ca", parties.ca.certificate]
    [signature] = recognise("elf", signed(), *trust).signatures()
    assert (signature["signature"], signature["signer-o"]) == ("verified", "Acme")
    [signature] = recognise("elf", signed()).signatures()
    assert signature["signature"] == "untrusted"
    data = bytearray(signed().read_bytes())
    data[data.index(b"Events")] ^= 1
    (tmp_path / "s.ko").write_bytes(data)
    [signature] = recognise("elf", tmp_path / "s.ko", *trust).signatures()
    assert signature["signature"] == "broken"
    [signature] = recognise("elf", signed("-nocerts"), *trust).signatures()
    assert (signature["signature"], signature["signer-issuer"]) == ("unchecked", "Root of Tests")


def test_cut_file_is_not_read_whole(library, tmp_path):
    (tmp_path / "t.so").write_bytes(library.read_bytes()[:-100])
    assert recognise("elf", tmp_path / "t.so").code == 2
