// SPDX-License-Identifier: Apache-2.0
#include "os/shared_object.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "os/program_id.h"

static void *load(const char *soname)
{
    program_id_note();
    return dlopen(soname, RTLD_LAZY | RTLD_LOCAL);
}

/* In the folders that the loader looks into; its cache of others may know more. */
static bool find_file(const char *soname, struct buf *ret_path)
{
    auto_free Dl_serinfo *folders = NULL;
    void *program = dlopen(NULL, RTLD_LAZY);
    Dl_serinfo size;
    bool found = false;

    if (program && dlinfo(program, RTLD_DI_SERINFOSIZE, &size) == 0 &&
        (folders = malloc(size.dls_size))) {
        *folders = size;
        if (dlinfo(program, RTLD_DI_SERINFO, folders) != 0)
            folders->dls_cnt = 0;
        for (unsigned i = 0; i < folders->dls_cnt && !found; i++) {
            buf_reset(ret_path);
            buf_printf(ret_path, "%s/%s", folders->dls_serpath[i].dls_name, soname);
            found = buf_ok(ret_path) && access(ret_path->p, R_OK) == 0;
        }
    }
    if (program)
        (void)dlclose(program); // which is never unloaded
    return found;
}

bool shared_object_find(const char *soname, struct buf *ret_path)
{
    char folder[PATH_MAX];
    void *library;

    if (find_file(soname, ret_path))
        return true;
    library = load(soname);
    if (!library || dlinfo(library, RTLD_DI_ORIGIN, folder) != 0)
        return false;
    buf_reset(ret_path);
    buf_printf(ret_path, "%s/%s", folder, soname);
    return buf_ok(ret_path);
}

int shared_object_load(const char *soname, const char *const names[], size_t count,
                       void *ret_functions, struct err *err)
{
    void *library = load(soname);
    uint8_t *to = ret_functions;

    if (!library)
        return ERR(err, ERR_UNSUPPORTED, "%s cannot be loaded: %s", soname, dlerror());
    for (size_t i = 0; i < count; i++) {
        void *function = dlsym(library, names[i]);

        if (!function)
            return ERR(err, ERR_UNSUPPORTED,
                       "%s has no function %s; it is another one than debar was built with", soname,
                       names[i]);
        memcpy(to + i * sizeof(function), &function, sizeof(function));
    }
    return 0;
}
