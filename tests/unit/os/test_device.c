// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "os/device.h"
#include "support/made_tree.h"

struct answer {
    struct buf text;
    size_t root; /* bytes of the tree's path, which is cut off */
};

static void write_value(struct buf *b, const char *name, struct sv value)
{
    if (value.n)
        buf_printf(b, " %s='%.*s'", name, (int)value.n, value.p);
}

static int write_device(void *to, const struct device *d, struct err *err)
{
    struct answer *a = to;
    struct buf *b = &a->text;

    (void)err;
    buf_printf(b, "%s", device_kind_text(d->kind));
    write_value(b, "place", sv_from(d->place, a->root));
    write_value(b, "vendor", d->vendor_id);
    write_value(b, "device", d->device_id);
    write_value(b, "subvendor", d->subsystem_vendor_id);
    write_value(b, "subdevice", d->subsystem_device_id);
    write_value(b, "class", d->class_id);
    write_value(b, "manufacturer", d->manufacturer);
    write_value(b, "product", d->product);
    write_value(b, "version", d->version);
    write_value(b, "driver", d->driver);
    write_value(b, "interface", d->interface);
    write_value(b, "address", d->address);
    buf_str(b, d->address_made_up && d->address.n ? " made-up\n" : "\n");
    return 0;
}

static void describe(struct made_tree *tree, struct answer *answer)
{
    struct err err = {0};

    answer->root = strlen(tree->path);
    buf_str(&answer->text, "");
    if (devices_each(tree->path, write_device, answer, &err) < 0)
        fail_msg("%s", err.text);
}

static void reads_pci_devices(void **state)
{
    struct made_tree t;
    struct answer a = {0};
    (void)state;

    made_tree_init(&t);
    made_file(&t, "devices/pci/0000:00:1f.0/vendor", "0x19e5\n");
    made_file(&t, "devices/pci/0000:00:1f.0/device", "0x1822\n");
    made_file(&t, "devices/pci/0000:00:1f.0/subsystem_vendor", "0x19e5\n");
    made_file(&t, "devices/pci/0000:00:1f.0/subsystem_device", "0xd129\n");
    made_file(&t, "devices/pci/0000:00:1f.0/class", "0x020000\n");
    made_link(&t, "devices/pci/0000:00:1f.0/driver", "../../../bus/pci/drivers/hinic");
    made_link(&t, "bus/pci/devices/0000:00:1f.0", "../../../devices/pci/0000:00:1f.0");
    made_link(&t, "bus/pci/devices/0000:00:ff.0", "../../../devices/pci/gone");
    describe(&t, &a);

    assert_string_equal(a.text.p,
                        "pci place='/bus/pci/devices/0000:00:1f.0' vendor='19e5' device='1822' "
                        "subvendor='19e5' subdevice='d129' class='020000' driver='hinic'\n");
    made_tree_clear(&t);
    buf_clear(&a.text);
}

static void reads_usb_devices_and_not_their_interfaces(void **state)
{
    struct made_tree t;
    struct answer a = {0};
    (void)state;

    made_tree_init(&t);
    made_file(&t, "bus/usb/devices/1-1/idVendor", "12d1\n");
    made_file(&t, "bus/usb/devices/1-1/idProduct", "1506\n");
    made_file(&t, "bus/usb/devices/1-1/manufacturer", "Acme Mobile\n");
    made_file(&t, "bus/usb/devices/1-1/product", "Modem\n");
    made_file(&t, "bus/usb/devices/1-1/serial", "SECRET\n");
    made_file(&t, "bus/usb/devices/1-1:1.0/idVendor", "12d1\n");
    describe(&t, &a);

    assert_string_equal(a.text.p, "usb place='/bus/usb/devices/1-1' vendor='12d1' device='1506' "
                                  "manufacturer='Acme Mobile' product='Modem'\n");
    made_tree_clear(&t);
    buf_clear(&a.text);
}

static void tells_a_makers_network_address_from_a_made_up_one(void **state)
{
    const struct {
        const char *why, *address, *assigned, *expected;
    } cases[] = {
        {"burnt in", "00:18:82:aa:bb:cc\n", "0\n", " address='00:18:82:aa:bb:cc'\n"},
        {"an old kernel", "00:18:82:aa:bb:cc\n", NULL, " address='00:18:82:aa:bb:cc'\n"},
        {"set by hand", "00:18:82:aa:bb:cc\n", "3\n", " address='00:18:82:aa:bb:cc' made-up\n"},
        {"local", "02:42:82:aa:bb:cc\n", "0\n", " address='02:42:82:aa:bb:cc' made-up\n"},
        {"loopback", "00:00:00:00:00:00\n", "0\n", "\n"},
        {"no Ethernet", "0a000002\n", "0\n", "\n"},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        auto_buf expected = {0};
        struct answer a = {0};
        struct made_tree t;

        made_tree_init(&t);
        made_file(&t, "class/net/eth0/address", cases[i].address);
        if (cases[i].assigned)
            made_file(&t, "class/net/eth0/addr_assign_type", cases[i].assigned);
        made_link(&t, "class/net/eth0/device/driver", "../../drivers/e1000e");
        describe(&t, &a);
        buf_printf(&expected, "network place='/class/net/eth0' driver='e1000e' interface='eth0'%s",
                   cases[i].expected);
        if (strcmp(a.text.p, expected.p) != 0)
            fail_msg("%s: %s", cases[i].why, a.text.p);
        made_tree_clear(&t);
        buf_clear(&a.text);
    }
}

static void reads_disks_and_what_the_firmware_says(void **state)
{
    struct made_tree t;
    struct answer a = {0};
    (void)state;

    made_tree_init(&t);
    made_file(&t, "block/sda/device/vendor", "ATA     \n");
    made_file(&t, "block/sda/device/model", "ACME SSD 512\n");
    made_file(&t, "block/sda/device/rev", "1.0\n");
    made_folder(&t, "block/loop0");
    made_file(&t, "class/dmi/id/sys_vendor", "Acme Technologies Co., Ltd.\n");
    made_file(&t, "class/dmi/id/product_name", "RH2288H V3\n");
    made_file(&t, "class/dmi/id/product_serial", "SECRET\n");
    made_file(&t, "class/dmi/id/bios_vendor", "Insyde\n");
    made_file(&t, "class/dmi/id/bios_version", "3.87\n");
    describe(&t, &a);

    assert_string_equal(a.text.p,
                        "disk place='/block/sda' manufacturer='ATA' product='ACME SSD 512' "
                        "version='1.0'\n"
                        "machine place='/class/dmi/id' manufacturer='Acme Technologies Co., Ltd.' "
                        "product='RH2288H V3'\n"
                        "firmware place='/class/dmi/id' manufacturer='Insyde' version='3.87'\n");
    made_tree_clear(&t);
    buf_clear(&a.text);
}

static void reads_the_devices_of_this_machine(void **state)
{
    struct answer a = {0};
    struct err err = {0};
    (void)state;

    if (devices_each("/sys", write_device, &a, &err) < 0)
        fail_msg("%s", err.text);
    buf_clear(&a.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_pci_devices),
        cmocka_unit_test(reads_usb_devices_and_not_their_interfaces),
        cmocka_unit_test(tells_a_makers_network_address_from_a_made_up_one),
        cmocka_unit_test(reads_disks_and_what_the_firmware_says),
        cmocka_unit_test(reads_the_devices_of_this_machine),
    };
    return cmocka_run_group_tests_name("device", tests, NULL, NULL);
}
