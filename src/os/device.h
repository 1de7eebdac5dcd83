// SPDX-License-Identifier: Apache-2.0
/*
 * The devices of the machine and who made them, from sysfs: PCI and USB devices, disks, network
 * interfaces, and the machine itself as its firmware describes it (DMI).
 *
 * Serial numbers are not read.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"

enum device_kind {
    DEVICE_PCI,
    DEVICE_USB,
    DEVICE_DISK,
    DEVICE_NETWORK,
    DEVICE_MACHINE,  /* the system as a whole */
    DEVICE_BOARD,    /* its main board */
    DEVICE_FIRMWARE, /* its BIOS */
};

struct device {
    enum device_kind kind;
    struct sv place;                /* the folder in sysfs, with `sys` in front */
    struct sv vendor_id, device_id; /* PCI and USB: 4 lower-case hexadecimal digits */
    struct sv subsystem_vendor_id, subsystem_device_id; /* PCI */
    struct sv class_id;                                 /* PCI: 6 digits */
    struct sv manufacturer, product, version;           /* in words */
    struct sv driver;                                   /* the kernel's driver that serves it */
    struct sv address;    /* network: MAC address, lower case; empty when it has none of its own */
    bool address_made_up; /* the MAC address is random or was set, and names no maker */
    struct sv interface;  /* network: "eth0" */
};

const char *device_kind_text(enum device_kind kind);

/* What a device holds is valid during the call; a failure of `each` ends the listing. */
int devices_each(const char *sys, int (*each)(void *to, const struct device *d, struct err *err),
                 void *to, struct err *err) MUST_USE;
