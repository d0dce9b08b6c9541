/* Outcomes and faults, for programs outside the core. */
#ifndef HOLDFAST_STATUS_H
#define HOLDFAST_STATUS_H

#include "base/fault.h"
#include "base/status.h"

#endif
