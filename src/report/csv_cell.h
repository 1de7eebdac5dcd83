// SPDX-License-Identifier: Apache-2.0
/*
 * A cell of a CSV file (RFC 4180, UTF-8), in quotes.
 *
 * Spreadsheet programs run a cell that begins with one of = + - @, and some strip white space or
 * know the full-width forms of these; such a cell gets a ' in front, which they show as text.
 * https://owasp.org/www-community/attacks/CSV_Injection
 */
#pragma once

#include "report/report.h"

void csv_cell(struct sink *s, struct sv text);
