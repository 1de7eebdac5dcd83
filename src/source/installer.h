// SPDX-License-Identifier: Apache-2.0
/*
 * What is in a package of Windows Installer: files and programs that stand in it as they are, and
 * cabinets, whose members are given the names that they get when they are installed.
 */
#pragma once

#include "source/entry_reader.h"

entry_opener installer_open;
