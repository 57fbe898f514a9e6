/*
 * The driver API of Erlang/OTP 25 as a C header: everything a linked-in driver may use, in the binary layout of
 * x86-64 and other 64-bit Unix systems. A driver compiled with this header runs in erts_emu and in OTP 25, and one
 * compiled with OTP's own header runs in erts_emu. What the functions do is said in OTP's manual pages erl_driver(3erl)
 * and driver_entry(3erl), and, as measured, in docs/driver_api.md.
 */
#ifndef ERTS_EMU_ERL_DRIVER_H
#define ERTS_EMU_ERL_DRIVER_H
#define __ERL_DRIVER_H__

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#ifndef EXTERN
#  ifdef __cplusplus
#    define EXTERN extern "C"
#  else
#    define EXTERN extern
#  endif
#endif

/* --- versions, marker, flags --- */

#define ERL_DRV_EXTENDED_MARKER (0xfeeeeeed)
#define ERL_DRV_EXTENDED_MAJOR_VERSION 3
#define ERL_DRV_EXTENDED_MINOR_VERSION 3
#define ERL_DRV_MIN_REQUIRED_MAJOR_VERSION_ON_LOAD 2

#define ERL_DRV_FLAG_USE_PORT_LOCKING (1 << 0)
#define ERL_DRV_FLAG_SOFT_BUSY (1 << 1)
#define ERL_DRV_FLAG_NO_BUSY_MSGQ (1 << 2)
#define ERL_DRV_FLAG_USE_INIT_ACK (1 << 3)

/* --- scalars and handles --- */

typedef size_t ErlDrvSizeT;
typedef ssize_t ErlDrvSSizeT;
typedef unsigned long ErlDrvUInt;
typedef long ErlDrvSInt;
typedef unsigned long ErlDrvUInt64;
typedef long ErlDrvSInt64;
typedef ErlDrvUInt ErlDrvTermData;
typedef ErlDrvSInt64 ErlDrvTime;

typedef struct ErlDrvPort_s *ErlDrvPort;
typedef struct ErlDrvData_s *ErlDrvData;
typedef struct ErlDrvEvent_s *ErlDrvEvent;
typedef struct ErlDrvThreadData_s *ErlDrvThreadData;
typedef struct ErlDrvPDL_s *ErlDrvPDL;
typedef struct ErlDrvTid_s *ErlDrvTid;
typedef struct ErlDrvMutex_s ErlDrvMutex;
typedef struct ErlDrvCond_s ErlDrvCond;
typedef struct ErlDrvRWLock_s ErlDrvRWLock;
typedef int ErlDrvTSDKey;

typedef enum { ERL_DRV_SEC = 0, ERL_DRV_MSEC = 1, ERL_DRV_USEC = 2, ERL_DRV_NSEC = 3 } ErlDrvTimeUnit;
#define ERL_DRV_TIME_ERROR ((ErlDrvSInt64) (-9223372036854775807LL - 1))

/* What start returns instead of driver data. */
#define ERL_DRV_ERROR_GENERAL ((ErlDrvData) -1)
#define ERL_DRV_ERROR_ERRNO ((ErlDrvData) -2)
#define ERL_DRV_ERROR_BADARG ((ErlDrvData) -3)

/* --- structures --- */

#ifdef HAVE_SYS_UIO_H
#include <sys/uio.h>
typedef struct iovec SysIOVec;
#else
typedef struct { char *iov_base; size_t iov_len; } SysIOVec;
#endif

typedef struct erl_drv_binary {
    ErlDrvSInt orig_size;
    char orig_bytes[1];         /* orig_size bytes in fact */
} ErlDrvBinary;

typedef struct erl_io_vec {
    int vsize;
    ErlDrvSizeT size;
    SysIOVec *iov;
    ErlDrvBinary **binv;
} ErlIOVec;

typedef struct { unsigned char data[sizeof(void *) * 4]; } ErlDrvMonitor;
typedef struct { unsigned long megasecs, secs, microsecs; } ErlDrvNowData;
typedef struct { int suggested_stack_size; } ErlDrvThreadOpts;

typedef struct {
    int driver_major_version, driver_minor_version;
    char *erts_version, *otp_release;
    int thread_support, smp_support, async_threads, scheduler_threads;
    int nif_major_version, nif_minor_version;
    int dirty_scheduler_support;
} ErlDrvSysInfo;

typedef struct erl_drv_entry {
    int (*init)(void);
    ErlDrvData (*start)(ErlDrvPort port, char *command);
    void (*stop)(ErlDrvData drv_data);
    void (*output)(ErlDrvData drv_data, char *buf, ErlDrvSizeT len);
    void (*ready_input)(ErlDrvData drv_data, ErlDrvEvent event);
    void (*ready_output)(ErlDrvData drv_data, ErlDrvEvent event);
    char *driver_name;
    void (*finish)(void);
    void *handle;
    ErlDrvSSizeT (*control)(ErlDrvData drv_data, unsigned int command, char *buf, ErlDrvSizeT len, char **rbuf,
                            ErlDrvSizeT rlen);
    void (*timeout)(ErlDrvData drv_data);
    void (*outputv)(ErlDrvData drv_data, ErlIOVec *ev);
    void (*ready_async)(ErlDrvData drv_data, ErlDrvThreadData thread_data);
    void (*flush)(ErlDrvData drv_data);
    ErlDrvSSizeT (*call)(ErlDrvData drv_data, unsigned int command, char *buf, ErlDrvSizeT len, char **rbuf,
                         ErlDrvSizeT rlen, unsigned int *flags);
    void (*unused_event_callback)(void);
    int extended_marker;
    int major_version;
    int minor_version;
    int driver_flags;
    void *handle2;
    void (*process_exit)(ErlDrvData drv_data, ErlDrvMonitor *monitor);
    void (*stop_select)(ErlDrvEvent event, void *reserved);
    void (*emergency_close)(ErlDrvData drv_data);       /* from version 3.2 on */
} ErlDrvEntry;

#if defined(__GNUC__)
#  define ERL_DRV_INIT_EXPORT __attribute__((visibility("default")))
#else
#  define ERL_DRV_INIT_EXPORT
#endif
#ifdef STATIC_ERLANG_DRIVER
#  define DRIVER_INIT(NAME) ErlDrvEntry *NAME##_driver_init(void); ErlDrvEntry *NAME##_driver_init(void)
#elif defined(__cplusplus)
#  define DRIVER_INIT(NAME) extern "C" ERL_DRV_INIT_EXPORT ErlDrvEntry *driver_init(void); \
    ErlDrvEntry *driver_init(void)
#else
#  define DRIVER_INIT(NAME) ERL_DRV_INIT_EXPORT ErlDrvEntry *driver_init(void); ErlDrvEntry *driver_init(void)
#endif

/* --- constants of functions and callbacks --- */

#define ERL_DRV_READ 1
#define ERL_DRV_WRITE 2
#define ERL_DRV_USE 4
#define ERL_DRV_USE_NO_CALLBACK (ERL_DRV_USE | 8)
#define DO_READ ERL_DRV_READ
#define DO_WRITE ERL_DRV_WRITE
#define PORT_CONTROL_FLAG_BINARY 1
#define PORT_CONTROL_FLAG_HEAVY 2
#define PORT_FLAG_BINARY 1
#define PORT_FLAG_LINE 2
#define DRIVER_CALL_KEEP_BUFFER 1
#define ERL_DRV_BUSY_MSGQ_DISABLED (~((ErlDrvSizeT) 0))
#define ERL_DRV_BUSY_MSGQ_READ_ONLY ((ErlDrvSizeT) 0)
#define ERL_DRV_BUSY_MSGQ_LIM_MAX (ERL_DRV_BUSY_MSGQ_DISABLED - 1)
#define ERL_DRV_BUSY_MSGQ_LIM_MIN ((ErlDrvSizeT) 1)

#define ERL_DRV_NIL ((ErlDrvTermData) 1)
#define ERL_DRV_ATOM ((ErlDrvTermData) 2)
#define ERL_DRV_INT ((ErlDrvTermData) 3)
#define ERL_DRV_PORT ((ErlDrvTermData) 4)
#define ERL_DRV_BINARY ((ErlDrvTermData) 5)
#define ERL_DRV_STRING ((ErlDrvTermData) 6)
#define ERL_DRV_TUPLE ((ErlDrvTermData) 7)
#define ERL_DRV_LIST ((ErlDrvTermData) 8)
#define ERL_DRV_STRING_CONS ((ErlDrvTermData) 9)
#define ERL_DRV_PID ((ErlDrvTermData) 10)
#define ERL_DRV_FLOAT ((ErlDrvTermData) 11)
#define ERL_DRV_EXT2TERM ((ErlDrvTermData) 12)
#define ERL_DRV_UINT ((ErlDrvTermData) 13)
#define ERL_DRV_BUF2BINARY ((ErlDrvTermData) 14)
#define ERL_DRV_INT64 ((ErlDrvTermData) 15)
#define ERL_DRV_UINT64 ((ErlDrvTermData) 16)
#define ERL_DRV_MAP ((ErlDrvTermData) 17)

/* --- output and terms --- */

EXTERN int driver_output(ErlDrvPort port, char *buf, ErlDrvSizeT len);
EXTERN int driver_output2(ErlDrvPort port, char *hbuf, ErlDrvSizeT hlen, char *buf, ErlDrvSizeT len);
EXTERN int driver_output_binary(ErlDrvPort port, char *hbuf, ErlDrvSizeT hlen, ErlDrvBinary *bin, ErlDrvSizeT offset,
                                ErlDrvSizeT len);
EXTERN int driver_outputv(ErlDrvPort port, char *hbuf, ErlDrvSizeT hlen, ErlIOVec *ev, ErlDrvSizeT skip);
EXTERN ErlDrvSizeT driver_vec_to_buf(ErlIOVec *ev, char *buf, ErlDrvSizeT len);
EXTERN int erl_drv_output_term(ErlDrvTermData port, ErlDrvTermData *spec, int n);
EXTERN int erl_drv_send_term(ErlDrvTermData port, ErlDrvTermData to, ErlDrvTermData *spec, int n);
EXTERN int driver_output_term(ErlDrvPort port, ErlDrvTermData *spec, int n);
EXTERN int driver_send_term(ErlDrvPort port, ErlDrvTermData to, ErlDrvTermData *spec, int n);

/* --- failure --- */

EXTERN int driver_failure_atom(ErlDrvPort port, char *string);
EXTERN int driver_failure_posix(ErlDrvPort port, int error);
EXTERN int driver_failure(ErlDrvPort port, int error);
EXTERN int driver_failure_eof(ErlDrvPort port);
EXTERN int driver_exit(ErlDrvPort port, int error);

/* --- memory and binaries --- */

EXTERN void *driver_alloc(ErlDrvSizeT size);
EXTERN void *driver_realloc(void *block, ErlDrvSizeT size);
EXTERN void driver_free(void *block);
EXTERN ErlDrvBinary *driver_alloc_binary(ErlDrvSizeT size);
EXTERN ErlDrvBinary *driver_realloc_binary(ErlDrvBinary *bin, ErlDrvSizeT size);
EXTERN void driver_free_binary(ErlDrvBinary *bin);
EXTERN ErlDrvSInt driver_binary_get_refc(ErlDrvBinary *bin);
EXTERN ErlDrvSInt driver_binary_inc_refc(ErlDrvBinary *bin);
EXTERN ErlDrvSInt driver_binary_dec_refc(ErlDrvBinary *bin);

/* --- the port's queue, and the lock that guards it --- */

EXTERN int driver_enq(ErlDrvPort port, char *buf, ErlDrvSizeT len);
EXTERN int driver_pushq(ErlDrvPort port, char *buf, ErlDrvSizeT len);
EXTERN int driver_enq_bin(ErlDrvPort port, ErlDrvBinary *bin, ErlDrvSizeT offset, ErlDrvSizeT len);
EXTERN int driver_pushq_bin(ErlDrvPort port, ErlDrvBinary *bin, ErlDrvSizeT offset, ErlDrvSizeT len);
EXTERN int driver_enqv(ErlDrvPort port, ErlIOVec *ev, ErlDrvSizeT skip);
EXTERN int driver_pushqv(ErlDrvPort port, ErlIOVec *ev, ErlDrvSizeT skip);
EXTERN ErlDrvSizeT driver_deq(ErlDrvPort port, ErlDrvSizeT size);
EXTERN ErlDrvSizeT driver_sizeq(ErlDrvPort port);
EXTERN SysIOVec *driver_peekq(ErlDrvPort port, int *vlen);
EXTERN ErlDrvSizeT driver_peekqv(ErlDrvPort port, ErlIOVec *ev);
EXTERN ErlDrvPDL driver_pdl_create(ErlDrvPort port);
EXTERN void driver_pdl_lock(ErlDrvPDL pdl);
EXTERN void driver_pdl_unlock(ErlDrvPDL pdl);
EXTERN ErlDrvSInt driver_pdl_get_refc(ErlDrvPDL pdl);
EXTERN ErlDrvSInt driver_pdl_inc_refc(ErlDrvPDL pdl);
EXTERN ErlDrvSInt driver_pdl_dec_refc(ErlDrvPDL pdl);

/* --- timer, time, descriptors, jobs --- */

EXTERN int driver_set_timer(ErlDrvPort port, unsigned long milliseconds);
EXTERN int driver_cancel_timer(ErlDrvPort port);
EXTERN int driver_read_timer(ErlDrvPort port, unsigned long *time_left);
EXTERN ErlDrvTime erl_drv_monotonic_time(ErlDrvTimeUnit unit);
EXTERN ErlDrvTime erl_drv_time_offset(ErlDrvTimeUnit unit);
EXTERN ErlDrvTime erl_drv_convert_time_unit(ErlDrvTime value, ErlDrvTimeUnit from, ErlDrvTimeUnit to);
EXTERN int driver_get_now(ErlDrvNowData *now);
EXTERN int driver_select(ErlDrvPort port, ErlDrvEvent event, int mode, int on);
EXTERN long driver_async(ErlDrvPort port, unsigned int *key, void (*invoke)(void *), void *data,
                         void (*release)(void *));
EXTERN unsigned int driver_async_port_key(ErlDrvPort port);

/* --- attributes --- */

EXTERN const ErlDrvTermData driver_term_nil;
EXTERN void set_busy_port(ErlDrvPort port, int on);
EXTERN void erl_drv_busy_msgq_limits(ErlDrvPort port, ErlDrvSizeT *low, ErlDrvSizeT *high);
EXTERN void set_port_control_flags(ErlDrvPort port, int flags);
EXTERN int get_port_flags(ErlDrvPort port);
EXTERN ErlDrvTermData driver_mk_atom(char *string);
EXTERN ErlDrvTermData driver_mk_port(ErlDrvPort port);
EXTERN ErlDrvTermData driver_mk_term_nil(void);
EXTERN ErlDrvTermData driver_connected(ErlDrvPort port);
EXTERN ErlDrvTermData driver_caller(ErlDrvPort port);
EXTERN int driver_lock_driver(ErlDrvPort port);
EXTERN void erl_drv_set_os_pid(ErlDrvPort port, ErlDrvSInt pid);
EXTERN int erl_drv_consume_timeslice(ErlDrvPort port, int percent);

/* --- process monitors --- */

EXTERN int driver_monitor_process(ErlDrvPort port, ErlDrvTermData process, ErlDrvMonitor *monitor);
EXTERN int driver_demonitor_process(ErlDrvPort port, const ErlDrvMonitor *monitor);
EXTERN ErlDrvTermData driver_get_monitored_process(ErlDrvPort port, const ErlDrvMonitor *monitor);
EXTERN int driver_compare_monitors(const ErlDrvMonitor *monitor1, const ErlDrvMonitor *monitor2);

/* --- ports and drivers --- */

EXTERN ErlDrvPort driver_create_port(ErlDrvPort creator, ErlDrvTermData owner, char *name, ErlDrvData drv_data);
EXTERN void erl_drv_init_ack(ErlDrvPort port, ErlDrvData result);
EXTERN void add_driver_entry(ErlDrvEntry *entry);
EXTERN int remove_driver_entry(ErlDrvEntry *entry);

/* --- system, environment, libraries --- */

EXTERN void driver_system_info(ErlDrvSysInfo *info, size_t size);
EXTERN char *erl_errno_id(int error);
EXTERN int null_func(void);
EXTERN int erl_drv_putenv(const char *key, char *value);
EXTERN int erl_drv_getenv(const char *key, char *value, size_t *value_size);
EXTERN void *driver_dl_open(char *path);
EXTERN void *driver_dl_sym(void *handle, char *name);
EXTERN int driver_dl_close(void *handle);
EXTERN char *driver_dl_error(void);

/* --- threads --- */

EXTERN ErlDrvMutex *erl_drv_mutex_create(char *name);
EXTERN void erl_drv_mutex_destroy(ErlDrvMutex *mutex);
EXTERN int erl_drv_mutex_trylock(ErlDrvMutex *mutex);
EXTERN void erl_drv_mutex_lock(ErlDrvMutex *mutex);
EXTERN void erl_drv_mutex_unlock(ErlDrvMutex *mutex);
EXTERN char *erl_drv_mutex_name(ErlDrvMutex *mutex);
EXTERN ErlDrvCond *erl_drv_cond_create(char *name);
EXTERN void erl_drv_cond_destroy(ErlDrvCond *cond);
EXTERN void erl_drv_cond_signal(ErlDrvCond *cond);
EXTERN void erl_drv_cond_broadcast(ErlDrvCond *cond);
EXTERN void erl_drv_cond_wait(ErlDrvCond *cond, ErlDrvMutex *mutex);
EXTERN char *erl_drv_cond_name(ErlDrvCond *cond);
EXTERN ErlDrvRWLock *erl_drv_rwlock_create(char *name);
EXTERN void erl_drv_rwlock_destroy(ErlDrvRWLock *rwlock);
EXTERN int erl_drv_rwlock_tryrlock(ErlDrvRWLock *rwlock);
EXTERN void erl_drv_rwlock_rlock(ErlDrvRWLock *rwlock);
EXTERN void erl_drv_rwlock_runlock(ErlDrvRWLock *rwlock);
EXTERN int erl_drv_rwlock_tryrwlock(ErlDrvRWLock *rwlock);
EXTERN void erl_drv_rwlock_rwlock(ErlDrvRWLock *rwlock);
EXTERN void erl_drv_rwlock_rwunlock(ErlDrvRWLock *rwlock);
EXTERN char *erl_drv_rwlock_name(ErlDrvRWLock *rwlock);
EXTERN int erl_drv_tsd_key_create(char *name, ErlDrvTSDKey *key);
EXTERN void erl_drv_tsd_key_destroy(ErlDrvTSDKey key);
EXTERN void erl_drv_tsd_set(ErlDrvTSDKey key, void *data);
EXTERN void *erl_drv_tsd_get(ErlDrvTSDKey key);
EXTERN ErlDrvThreadOpts *erl_drv_thread_opts_create(char *name);
EXTERN void erl_drv_thread_opts_destroy(ErlDrvThreadOpts *opts);
EXTERN int erl_drv_thread_create(char *name, ErlDrvTid *tid, void *(*func)(void *), void *arg, ErlDrvThreadOpts *opts);
EXTERN int erl_drv_thread_join(ErlDrvTid tid, void **result);
EXTERN void erl_drv_thread_exit(void *result);
EXTERN ErlDrvTid erl_drv_thread_self(void);
EXTERN int erl_drv_equal_tids(ErlDrvTid tid1, ErlDrvTid tid2);
EXTERN char *erl_drv_thread_name(ErlDrvTid tid);

/* Declared for the sake of source code that mentions it; neither OTP nor erts_emu exports it. */
EXTERN void dtrace_drvport_str(ErlDrvPort port, char *port_buf);

#endif
