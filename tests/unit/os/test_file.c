// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "os/file.h"

/* A file of `n` bytes, each of which says where it stands. */
static int file_of(size_t n)
{
    int fd = memfd_create("file", MFD_CLOEXEC);

    assert_true(fd >= 0);
    for (size_t i = 0; i < n; i++) {
        uint8_t byte = (uint8_t)(i * 7 + i / 256);

        assert_int_equal(write(fd, &byte, 1), 1);
    }
    return fd;
}

static void a_file_begins_with_its_head(void **state)
{
    const size_t sizes[] = {0, 1, 4095, 4096, 4097, 8192, SOURCE_HEAD - 1, SOURCE_HEAD};
    uint8_t head[SOURCE_HEAD];
    struct err err;
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        auto_fd int fd = file_of(sizes[i]);
        struct file_source file;

        assert_int_equal(file_source_begin(&file, fd, head, &err), 0);
        assert_int_equal(file.source.head.n, sizes[i]);
        assert_int_equal(file.source.size, sizes[i]);
        assert_int_equal(file.bytes_read, sizes[i]);
        assert_false(file.short_read);
        for (size_t at = 0; at < sizes[i]; at++)
            assert_int_equal(file.source.head.p[at], (uint8_t)(at * 7 + at / 256));
    }
}

static void the_rest_of_a_long_file_is_read_when_it_is_asked_for(void **state)
{
    auto_fd int fd = file_of(SOURCE_HEAD + 100);
    uint8_t head[SOURCE_HEAD], rest[200];
    struct file_source file;
    struct err err;
    size_t got;
    (void)state;

    assert_int_equal(file_source_begin(&file, fd, head, &err), 0);
    assert_int_equal(file.source.size, SOURCE_HEAD);
    file.source.size = SOURCE_HEAD + 100;
    assert_int_equal(file.source.read_at(&file.source, SOURCE_HEAD, rest, 100, &got, &err), 0);
    assert_int_equal(got, 100);
    assert_int_equal(rest[99], (uint8_t)((SOURCE_HEAD + 99) * 7 + (SOURCE_HEAD + 99) / 256));
    assert_false(file.short_read);

    // It shrank after somebody had asked for its size.
    file.source.size += 100;
    assert_int_equal(file.source.read_at(&file.source, SOURCE_HEAD, rest, 200, &got, &err), 0);
    assert_int_equal(got, 100);
    assert_true(file.short_read);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_begins_with_its_head),
        cmocka_unit_test(the_rest_of_a_long_file_is_read_when_it_is_asked_for),
    };
    return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}
