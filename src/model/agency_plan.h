// SPDX-License-Identifier: Apache-2.0
/*
 * The plan that an agency gives to the authority of an order: the elements that the order asks for,
 * each answered by a person, by the plans of machines, or by both. Plain data in an arena: remedy/
 * puts it together, report/ writes it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "model/plan.h"

struct agency_line {
    struct sv label; /* "telephone"; or empty */
    struct sv text;
};

struct agency_element {
    struct sv id;    /* "a" */
    struct sv title; /* in a few words */
    struct sv asked; /* what the order asks for */
    struct sv key;   /* of the answer in the agency's file; empty when only plans answer */
    struct agency_line *lines;
    size_t line_count;
    bool missing; /* nobody answered */
};

struct agency_product {
    struct sv vendor, product, name;
    uint64_t endpoints;               /* machines that have it, each once */
    uint64_t found;                   /* findings of it, over all of them */
    uint64_t statuses[STATUS_COUNT_]; /* of these, by what becomes of them */
};

struct agency_plan {
    struct sv order, order_title, citation, url, authority, report_to;
    struct sv made; /* the day, "2017-11-12" */
    struct sv version;
    struct agency_element *elements;
    size_t element_count;
    size_t missing; /* of the elements */
    struct agency_product *products;
    size_t product_count;
    uint64_t endpoints; /* machines with any of them */
    uint64_t found;
    uint64_t statuses[STATUS_COUNT_];
    struct sv *plans; /* ids of those that it was made from */
    size_t plan_count;
};
