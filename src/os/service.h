// SPDX-License-Identifier: Apache-2.0
/*
 * The running machine's service manager, processes and kernel modules, as far as a removal has to
 * stop and start them. systemd is spoken to here only, through systemctl.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"

/* Whether systemd runs this machine. */
bool service_manager_runs(void);

/* Whether a unit is active, or about to be. */
bool service_is_active(struct sv unit);

/* Stop it and wait until it has stopped; one that does not run or does not exist is stopped. */
int service_stop(struct sv unit, struct err *err) MUST_USE;
int service_start(struct sv unit, struct err *err) MUST_USE;

/* Let the service manager read its units again. */
int service_reload(struct err *err) MUST_USE;

/* End a process whose program is the file with this device and inode (as statx gives them): ask it
 * to end, and after `patience_ms` make it. 0 also when it is gone or is something else by now. */
int service_end_process(uint32_t pid, uint64_t device, uint64_t inode, int patience_ms,
                        struct err *err) MUST_USE;

enum {
    SERVICE_MODULE_STAYS = 1, /* in use or not to be unloaded: until the next boot */
};

/* Take a module out of the kernel. 0 when it is out. */
int service_unload(struct sv module, struct err *err) MUST_USE;

/* The id that the kernel made for this boot; empty when it does not say. Borrowed from `room`. */
struct sv service_boot_id(char room[64]);
