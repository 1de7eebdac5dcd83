// SPDX-License-Identifier: Apache-2.0
/*
 * Each kind of device has a folder with a link to every device of it; each attribute is a file of
 * one line. Formats: Documentation/ABI/testing/sysfs-bus-pci, sysfs-bus-usb, sysfs-class-net,
 * sysfs-firmware-dmi in the source of Linux.
 */
#include "os/device.h"

#include <fcntl.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "os/system_file.h"

enum {
    ARENA_MAX = 1 << 20,
    ASSIGNED_PERMANENT = 0, // addr_assign_type
    MAC_TEXT = 17,
    MAC_LOCAL_BIT = 2, // of the first byte: not given out by a maker
};

struct listing {
    int (*each)(void *to, const struct device *d, struct err *err);
    void *to;
    const char *sys;
    const char *folder; // below sys
    struct arena arena;
    struct buf line;
};

const char *device_kind_text(enum device_kind kind)
{
    static const char *const texts[] = {
        [DEVICE_PCI] = "pci",           [DEVICE_USB] = "usb",         [DEVICE_DISK] = "disk",
        [DEVICE_NETWORK] = "network",   [DEVICE_MACHINE] = "machine", [DEVICE_BOARD] = "board",
        [DEVICE_FIRMWARE] = "firmware",
    };

    return texts[kind];
}

static struct sv attribute(struct listing *l, int fd, const char *name)
{
    return arena_copy(&l->arena, system_line(fd, name, &l->line));
}

/* "0x8086" without the "0x". */
static struct sv id_attribute(struct listing *l, int fd, const char *name)
{
    struct sv value = attribute(l, fd, name);

    return sv_starts(value, SV("0x")) ? sv_from(value, 2) : value;
}

/* The last name of where a link leads: ".../drivers/e1000e". */
static struct sv link_name(struct listing *l, int fd, const char *name)
{
    struct sv target;
    size_t slash;

    buf_reset(&l->line);
    if (system_link(fd, name, &l->line, NULL) < 0)
        return (struct sv){0};
    target = buf_view(&l->line);
    slash = sv_find_last(target, '/');
    return arena_copy(&l->arena, slash == SIZE_MAX ? target : sv_from(target, slash + 1));
}

static struct sv place_of(struct listing *l, const char *name)
{
    return arena_printf(&l->arena, "%s/%s/%s", l->sys, l->folder, name);
}

static int each_pci(void *to, int folder_fd, const char *name, struct err *err)
{
    struct listing *l = to;
    struct device d = {.kind = DEVICE_PCI};
    auto_fd int fd = -1;

    arena_reset(&l->arena);
    if (system_open(folder_fd, name, &fd, NULL) < 0)
        return 0; // taken out meanwhile
    d.place = place_of(l, name);
    d.vendor_id = id_attribute(l, fd, "vendor");
    d.device_id = id_attribute(l, fd, "device");
    d.subsystem_vendor_id = id_attribute(l, fd, "subsystem_vendor");
    d.subsystem_device_id = id_attribute(l, fd, "subsystem_device");
    d.class_id = id_attribute(l, fd, "class");
    d.driver = link_name(l, fd, "driver");
    return d.vendor_id.n ? l->each(l->to, &d, err) : 0;
}

static int each_usb(void *to, int folder_fd, const char *name, struct err *err)
{
    struct listing *l = to;
    struct device d = {.kind = DEVICE_USB};
    auto_fd int fd = -1;

    arena_reset(&l->arena);
    // "1-1:1.0" is an interface of the device "1-1".
    if (strchr(name, ':') || system_open(folder_fd, name, &fd, NULL) < 0)
        return 0;
    d.place = place_of(l, name);
    d.vendor_id = attribute(l, fd, "idVendor");
    d.device_id = attribute(l, fd, "idProduct");
    d.manufacturer = attribute(l, fd, "manufacturer");
    d.product = attribute(l, fd, "product");
    d.version = attribute(l, fd, "bcdDevice");
    d.driver = link_name(l, fd, "driver");
    return d.vendor_id.n ? l->each(l->to, &d, err) : 0;
}

static int each_disk(void *to, int folder_fd, const char *name, struct err *err)
{
    struct listing *l = to;
    struct device d = {.kind = DEVICE_DISK};
    auto_fd int fd = -1;

    arena_reset(&l->arena);
    if (system_open(folder_fd, name, &fd, NULL) < 0)
        return 0;
    d.place = place_of(l, name);
    d.manufacturer = attribute(l, fd, "device/vendor");
    d.product = attribute(l, fd, "device/model");
    d.version = attribute(l, fd, "device/rev");
    if (d.version.n == 0)
        d.version = attribute(l, fd, "device/firmware_rev");
    d.driver = link_name(l, fd, "device/driver");
    // Loop devices, RAM disks and volumes have no model.
    return d.product.n ? l->each(l->to, &d, err) : 0;
}

/* Second digit of the first byte: 2, 6, a, e have the bit set. */
static bool is_local_address(struct sv address)
{
    const char *digits = "0123456789abcdef", *at;

    if (address.n != MAC_TEXT || address.p[1] == '\0')
        return true;
    at = strchr(digits, address.p[1]);
    return !at || ((at - digits) & MAC_LOCAL_BIT) != 0;
}

static int each_network(void *to, int folder_fd, const char *name, struct err *err)
{
    struct listing *l = to;
    struct device d = {.kind = DEVICE_NETWORK, .interface = sv_str(name)};
    auto_fd int fd = -1;
    uint64_t assigned;

    arena_reset(&l->arena);
    if (system_open(folder_fd, name, &fd, NULL) < 0)
        return 0;
    d.place = place_of(l, name);
    d.address = attribute(l, fd, "address");
    if (d.address.n != MAC_TEXT || sv_eq(d.address, SV("00:00:00:00:00:00")))
        d.address = (struct sv){0};
    d.address_made_up = is_local_address(d.address) ||
                        (sv_to_u64(attribute(l, fd, "addr_assign_type"), &assigned) &&
                         assigned != ASSIGNED_PERMANENT);
    d.driver = link_name(l, fd, "device/driver");
    return l->each(l->to, &d, err);
}

static int read_dmi(struct listing *l, struct err *err)
{
    static const struct {
        enum device_kind kind;
        const char *manufacturer, *product, *version;
    } parts[] = {
        {DEVICE_MACHINE, "sys_vendor", "product_name", "product_version"},
        {DEVICE_BOARD, "board_vendor", "board_name", "board_version"},
        {DEVICE_FIRMWARE, "bios_vendor", NULL, "bios_version"},
    };
    auto_buf path = BUF_INIT(4096);
    auto_fd int fd = -1;

    l->folder = "class/dmi";
    buf_printf(&path, "%s/class/dmi/id", l->sys);
    if (!buf_ok(&path) || system_open(AT_FDCWD, path.p, &fd, NULL) < 0)
        return 0; // a machine without DMI
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        struct device d = {.kind = parts[i].kind};

        arena_reset(&l->arena);
        d.place = place_of(l, "id");
        d.manufacturer = attribute(l, fd, parts[i].manufacturer);
        if (parts[i].product)
            d.product = attribute(l, fd, parts[i].product);
        d.version = attribute(l, fd, parts[i].version);
        if (d.manufacturer.n || d.product.n)
            TRY(l->each(l->to, &d, err));
    }
    return 0;
}

static int read_all(struct listing *l, struct err *err)
{
    static const struct {
        const char *folder;
        int (*each)(void *to, int folder_fd, const char *name, struct err *err);
    } kinds[] = {
        {"bus/pci/devices", each_pci},
        {"bus/usb/devices", each_usb},
        {"block", each_disk},
        {"class/net", each_network},
    };
    auto_buf path = BUF_INIT(4096);

    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        int result;

        l->folder = kinds[i].folder;
        buf_reset(&path);
        buf_printf(&path, "%s/%s", l->sys, l->folder);
        if (!buf_ok(&path))
            return ERR(err, ERR_LIMIT, "the path of sysfs is too long");
        result = system_each(AT_FDCWD, path.p, kinds[i].each, l, err);
        if (result < 0 && result != -ERR_GONE) // a machine without this bus
            return result;
    }
    return read_dmi(l, err);
}

int devices_each(const char *sys, int (*each)(void *to, const struct device *d, struct err *err),
                 void *to, struct err *err)
{
    struct listing l = {.each = each, .to = to, .sys = sys};
    int result;

    arena_init(&l.arena, ARENA_MAX);
    result = read_all(&l, err);
    arena_clear(&l.arena);
    buf_clear(&l.line);
    return result;
}
