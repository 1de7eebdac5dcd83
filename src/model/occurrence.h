// SPDX-License-Identifier: Apache-2.0
/*
 * A component at one place of one host: what a scan stores, and what matching reads.
 */
#pragma once

#include "model/component.h"

struct occurrence {
    struct component component;
    struct sv place;  /* encoded, see model/place.h */
    struct sv anchor; /* encoded: the place of installation; for what a package database or the
                         machine itself says, the root it describes ("/") */
    struct sv owner;  /* "deb:kesl": the package that owns the file; empty when nobody does */
    struct sv recogniser;
};
