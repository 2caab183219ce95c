// SPDX-License-Identifier: BSD-2-Clause
// Kernel module of a Linux partition: /dev/bulkhead, by which programs make the calls of abi.h.
//
// A program names its message buffers by its own addresses, which mean nothing to the runtime: each
// message passes through memory of the kernel. All of it is ordinary cached memory on both sides.
// A call is one instruction and concerns the whole partition, so it does not matter on which
// processor it is made; what concerns one vcpu (its watchdog, its window) is not for a program.
#include <linux/arm-smccc.h>
#include <linux/capability.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pagemap.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "abi.h"
#include "hv_linux.h"
#include "hv_limits.h"

enum use {
    REFUSED,
    ANYBODY,       // who may open the device
    ADMINISTRATOR, // with CAP_SYS_ADMIN: what reaches beyond the program
    SENDS,         // buffer x2, length x3, read by the runtime
    RECEIVES,      // buffer x2, room x3, written by the runtime
};

static enum use use_of(u64 function)
{
    switch (function) {
    case HV_VERSION:
    case HV_GET_TIME:
    case HV_PARTITION_STATUS:
    case HV_WINDOW_STATUS:
    case HV_CONFIG_ID:
    case HV_PORT_OPEN:
    case HV_PORT_STATUS:
    case HV_SCHEDULE_FIND:
    case HV_SCHEDULE_STATUS:
    case HV_PARTITION_FIND:
    case HV_PARTITION_QUERY:
    case HV_EXECUTION_TIME:
    case HV_DOORBELL_OPEN:
    case HV_DOORBELL_RING:
        return ANYBODY;
    case HV_CONSOLE_WRITE:
    case HV_SET_PARTITION_MODE:
    case HV_RAISE_EVENT:
    case HV_SCHEDULE_SET:
    case HV_PARTITION_CONTROL:
    case HV_MODULE_END:
    case HV_LOG_STATUS:
    case HV_LOG_READ:
        return ADMINISTRATOR;
    case HV_SAMPLING_WRITE:
    case HV_QUEUING_SEND:
        return SENDS;
    case HV_SAMPLING_READ:
    case HV_QUEUING_RECEIVE:
        return RECEIVES;
    default: // those of the kernel itself, PSCI among them, and those of a later version
        return REFUSED;
    }
}

// Two processors in one port at once would make HV_NOT_AVAILABLE of a queue that is not empty.
static DEFINE_MUTEX(calling);

static void call(u64 x[10])
{
    struct arm_smccc_1_2_regs r = {};

    BUILD_BUG_ON(offsetofend(struct arm_smccc_1_2_regs, a9) != 10 * sizeof *x);
    memcpy(&r, x, 10 * sizeof *x);
    mutex_lock(&calling);
    arm_smccc_1_2_hvc(&r, &r);
    mutex_unlock(&calling);
    memcpy(x, &r, 10 * sizeof *x);
}

static void transfer(u64 x[10], bool sends)
{
    u64 address = x[2], length = x[3], part = min_t(u64, length, HV_MAX_MESSAGE);
    char __user *buffer = u64_to_user_ptr(address);
    void *message;

    if (sends && length > HV_MAX_MESSAGE) {
        x[0] = HV_INVALID_CONFIG; // no port has room for it
        return;
    }
    message = kmalloc(HV_MAX_MESSAGE, GFP_KERNEL_ACCOUNT);
    if (!message) {
        x[0] = HV_NOT_AVAILABLE;
        return;
    }
    // Before the call: what is received for a buffer that is none would be lost.
    if (sends ? copy_from_user(message, buffer, part) : fault_in_writeable(buffer, part)) {
        x[0] = HV_INVALID_PARAM;
    } else {
        x[2] = virt_to_phys(message);
        x[3] = part;
        call(x);
        if (x[0] == HV_OK && !sends && copy_to_user(buffer, message, min(x[1], part)))
            x[0] = HV_INVALID_PARAM;
    }
    if (x[0] != HV_OK || sends) { // else they are results; addresses of the kernel stay in it
        x[2] = address;
        x[3] = length;
    }
    kfree(message);
}

static long device_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
    void __user *registers = (void __user *)argument;
    enum use use;
    u64 x[10];

    if (command != HV_DEVICE_CALL)
        return -ENOTTY;
    if (copy_from_user(x, registers, sizeof x))
        return -EFAULT;
    use = use_of(x[0]);
    if (use == REFUSED)
        x[0] = HV_NOT_SUPPORTED;
    else if (use == ADMINISTRATOR && !capable(CAP_SYS_ADMIN))
        x[0] = HV_NOT_PERMITTED;
    else if (use == SENDS || use == RECEIVES)
        transfer(x, use == SENDS);
    else
        call(x);
    return copy_to_user(registers, x, sizeof x) ? -EFAULT : 0;
}

static const struct file_operations operations = {
    .owner = THIS_MODULE,
    .unlocked_ioctl = device_ioctl,
    .llseek = noop_llseek,
};

static struct miscdevice device = {
    .minor = MISC_DYNAMIC_MINOR,
    .name = "bulkhead",
    .fops = &operations,
    .mode = 0600, // whom the ports are for is for the administrator to say
};

static int __init bulkhead_init(void)
{
    struct arm_smccc_res uid;

    // Without a hypervisor HVC is undefined. With another one the identifier differs.
    if (arm_smccc_1_1_get_conduit() != SMCCC_CONDUIT_HVC)
        return -ENODEV;
    arm_smccc_1_1_hvc(ARM_SMCCC_VENDOR_HYP_CALL_UID_FUNC_ID, &uid);
    if (uid.a0 != HV_UID_0 || uid.a1 != HV_UID_1 || uid.a2 != HV_UID_2 || uid.a3 != HV_UID_3)
        return -ENODEV;
    return misc_register(&device);
}

static void __exit bulkhead_exit(void)
{
    misc_deregister(&device);
}

module_init(bulkhead_init);
module_exit(bulkhead_exit);
MODULE_DESCRIPTION("Calls of a Bulkhead partition for its programs");
MODULE_LICENSE("Dual BSD/GPL");
