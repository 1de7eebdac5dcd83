// SPDX-License-Identifier: Apache-2.0
/*
 * What several commands share: the rules that --orders and --exceptions choose, the state folder,
 * and the outputs that -o asks for.
 */
#pragma once

#include "cli/command.h"
#include "match/matcher.h"
#include "order/rules.h"
#include "report/report.h"
#include "scan/result.h"
#include "store/store.h"

/* Option rows to put into a command's table. */
#define OPTION_ORDERS \
    { \
        "orders", 0, "A,B", \
            "only these orders: ids, or files ending in .yaml (default: all shipped)" \
    }
#define OPTION_EXCEPTIONS \
    { \
        "exceptions", 0, "FILE", "exceptions to apply; a file or a folder; may be repeated" \
    }
#define OPTION_STATE \
    { \
        "state", 0, "DIR", \
            "the store (default: /var/lib/debar for root, else $XDG_STATE_HOME/debar)" \
    }
#define OPTION_OUTPUT \
    { \
        "output", 'o', "FORMAT[=FILE]", \
            "text, json, jsonl, csv, html, table, cyclonedx; may be repeated" \
    }
#define OPTION_SCAN \
    { \
        "scan", 0, "ID", "which stored scan, by the beginning of its id (default: the newest)" \
    }

struct compiled_file;

struct session {
    struct compiled_file *compiled; /* NULL: none are kept */
    struct rules *rules;            /* the orders that were asked for, and every catalogue */
    struct matcher *matcher;        /* NULL unless asked for */
};

/* Load and check the rules; with `matcher`, compile them too. */
int session_open(const struct arguments *args, bool matcher, struct session *ret,
                 struct err *err) MUST_USE;
void session_close(struct session *s);

/* The state folder: --state, or the default. The text is in the arena. */
int state_folder(const struct arguments *args, struct arena *arena, const char **ret_folder,
                 struct err *err) MUST_USE;

/* Open the store to read, and choose the scan of --scan. */
int store_of(const struct arguments *args, struct arena *arena, struct store **ret_store,
             struct stored_scan *ret_scan, struct err *err) MUST_USE;

/* Write every -o (`otherwise` on stdout when there is none). A file is written beside and renamed.
 */
int write_outputs(const struct arguments *args, const char *otherwise, const struct scan_view *view,
                  struct err *err) MUST_USE;

/* Check the -o words before a scan takes its time. */
int check_outputs(const struct arguments *args, struct err *err) MUST_USE;

enum exit_code exit_of(enum verdict verdict);

bool colour_wanted(FILE *file);
unsigned terminal_columns(FILE *file); /* 0: not a terminal */
