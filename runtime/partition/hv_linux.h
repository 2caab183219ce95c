// SPDX-License-Identifier: BSD-2-Clause
// libhv in a program of a Linux partition: a program cannot call the runtime itself, so the kernel
// does it for the program (linux/bulkhead.c). Part of hv.h; the kernel module reads the first half.
#ifndef BULKHEAD_HV_LINUX_H
#define BULKHEAD_HV_LINUX_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define HV_DEVICE      "/dev/bulkhead"
// Registers x0..x9 of a call, in and out. x0 brings each error that abi.h has a number for; errno
// is EFAULT when the registers themselves cannot be read or written.
#define HV_DEVICE_CALL _IOWR('B', 0, __u64[10])

#ifndef __KERNEL__
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

// One descriptor for the whole program, opened by its first call and never closed.
__attribute__((weak)) int hv_descriptor = -1;

static inline int hv_device(void)
{
    int have = __atomic_load_n(&hv_descriptor, __ATOMIC_RELAXED), opened;

    if (have >= 0)
        return have;
    opened = open(HV_DEVICE, O_RDWR | O_CLOEXEC);
    // Of two threads that make the first call, one keeps its descriptor.
    if (opened < 0 || __atomic_compare_exchange_n(&hv_descriptor, &have, opened, 0,
                                                  __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        return opened;
    close(opened);
    return have;
}

// Any hypercall that the kernel module lets through. Returns x0; HV_NOT_PERMITTED also when the
// program may not open the device, HV_NOT_SUPPORTED when there is none.
static inline int64_t hv_call(struct hv_registers *r)
{
    if (ioctl(hv_device(), HV_DEVICE_CALL, r->x) != 0)
        r->x[0] = (uint64_t)(errno == EACCES ? HV_NOT_PERMITTED : HV_NOT_SUPPORTED);
    return (int64_t)r->x[0];
}

#endif
#endif
