/*
 * Time of day: seconds and nanoseconds since 1970-01-01 00:00 UTC.
 *
 * In this version the calls declared here answer K_ENOTIMP.
 *
 * All return K_OK; K_EFAULT null pointer, or one that cannot be read or written. None blocks.
 */
#ifndef CHORUS_DATE_CHDATE_H
#define CHORUS_DATE_CHDATE_H

#include <exec/chTime.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Stores the time of day in *date. [univTime(2K)] */
int univTime(KnTimeVal *date);

/* Sets the time of day. K_EINVAL a malformed time; K_EPRIV. [univTimeSet(2K)] */
int univTimeSet(KnTimeVal *date);

/* Stores the smallest step of univTime in *resolution. [univTimeGetRes(2K)] */
int univTimeGetRes(KnTimeVal *resolution);

#ifdef __cplusplus
}
#endif

#endif
