/*
 * Memory and driver binaries. No function here needs the interpreter lock, but to report misuse.
 *
 * Every block has a header in front, with who allocated it, and a guard behind. Blocks that were freed rest for a while
 * in a quarantine: a second free is then seen for what it is, and so is writing to memory that was given back.
 */
#include "bridge.h"

enum { LIVE = 0x4c495645, FREED = 0x46524545, HELD = 0x48454c44, BINARY = 0x42494e41, GUARD_SIZE = 8, QUARANTINE = 256,
       QUARANTINED_BYTES = 1024, LARGE = 64 * QUARANTINED_BYTES, LARGE_KNOWN = 16, OBJECTS = 1024 };
static const unsigned char guard[GUARD_SIZE] = {0xe5, 0x5e, 0xfa, 0xce, 0xe5, 0x5e, 0xfa, 0xce};
#define FREED_BYTE 0xdb

typedef struct Block {
    struct Block *previous, *next;
    Ledger *ledger;
    const char *callback;       /* in which it was allocated */
    size_t size;
    unsigned magic;
    unsigned kind;              /* BINARY, 0, or what kind of object of the API it is */
} Block;

static const char *const object_kinds[] = {NULL, "mutex", "rwlock", "condition", "thread"};
typedef struct { unsigned magic; char *name; } Named;           /* how all those objects begin */

/* What precedes the visible structure of a driver binary. */
typedef struct { unsigned magic; int lent; long references; } BinaryHead;   /* lent: the references of terms */

static Ledger no_driver = {.name = "a thread of no driver's", .references = 1};
static Block all = {&all, &all, NULL, NULL, 0, 0, 0};
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;       /* guards the list, the ledgers, and the quarantine */
static Block *resting[QUARANTINE];
static unsigned rests;

/* --- ledgers --- */

Ledger *ledger_new(const char *name)
{
    Ledger *ledger = calloc(1, sizeof *ledger);
    if (!ledger) return NULL;
    snprintf(ledger->name, sizeof ledger->name, "%s", name);
    ledger->references = 1;
    return ledger;
}

static void drop_reference(Ledger *ledger)      /* with the mutex */
{
    if (--ledger->references == 0) free(ledger);
}

void ledger_release(Ledger *ledger)
{
    pthread_mutex_lock(&mutex);
    drop_reference(ledger);
    pthread_mutex_unlock(&mutex);
}

/* Is it a binary that only terms refer to? Then it is in use, but no longer by the driver. */
static int is_only_lent(Block *block)
{
    BinaryHead *head = (BinaryHead *) (block + 1);
    return block->kind == BINARY && head->lent && head->lent == head->references;
}

typedef struct { const char *callback; unsigned kind; size_t size; char name[40]; } Entry;

static void note(Entry *entry, Block *block)
{
    *entry = (Entry) {block->callback, block->kind, block->size, ""};
    if (block->magic == HELD) {
        const char *name = ((Named *) (block + 1))->name;
        snprintf(entry->name, sizeof entry->name, "%s", name ? name : "");
    }
    if (block->kind == BINARY) entry->size -= sizeof(BinaryHead) + offsetof(ErlDrvBinary, orig_bytes);
}

/* What is in use, with the interpreter lock: blocks and binaries as (callback, kind, size), or else locks and threads as
 * (callback, kind, name). */
PyObject *ledger_report(Ledger *ledger, int objects)
{
    PyObject *list = PyList_New(0);
    Entry *entries;
    Block *block;
    long n = 0, i;
    pthread_mutex_lock(&mutex);
    entries = malloc((ledger->blocks ? ledger->blocks : 1) * sizeof *entries);
    for (block = all.next; entries && block != &all && n < ledger->blocks; block = block->next)
        if (block->ledger == ledger && (block->magic == HELD) == objects && !is_only_lent(block)) note(entries + n++, block);
    pthread_mutex_unlock(&mutex);
    for (i = 0; list && i < n; i++) {
        Entry *it = entries + i;
        PyObject *entry = objects ? Py_BuildValue("(sss)", it->callback, object_kinds[it->kind], it->name)
            : Py_BuildValue("(ssn)", it->callback, it->kind ? "binary" : "block", (Py_ssize_t) it->size);
        if (!entry || PyList_Append(list, entry) < 0) Py_CLEAR(list);
        Py_XDECREF(entry);
    }
    free(entries);
    return list;
}

/* --- blocks --- */

static Block *block_of(void *memory) { return (Block *) memory - 1; }
static unsigned char *end_of(Block *block) { return (unsigned char *) (block + 1) + block->size; }

static void enlist(Block *block)
{
    Ledger *ledger = here && here->driver && here->driver->ledger ? here->driver->ledger : &no_driver;
    block->ledger = ledger;
    block->callback = here ? here->callback : "a thread of its own";
    pthread_mutex_lock(&mutex);
    block->previous = all.previous;
    block->next = &all;
    all.previous->next = block;
    all.previous = block;
    ledger->blocks++;
    ledger->references++;
    ledger->bytes += block->size;
    pthread_mutex_unlock(&mutex);
}

static void delist(Block *block)
{
    pthread_mutex_lock(&mutex);
    block->previous->next = block->next;
    block->next->previous = block->previous;
    block->ledger->blocks--;
    block->ledger->bytes -= block->size;
    drop_reference(block->ledger);
    pthread_mutex_unlock(&mutex);
}

/* Large blocks are freed at once: their pages are worth more to others. Of the last ones the places are known. */
static struct { void *memory; size_t size; const char *callback; } large[LARGE_KNOWN];     /* with the mutex */
static unsigned larges;

static void remember_large(Block *block)
{
    pthread_mutex_lock(&mutex);
    large[larges % LARGE_KNOWN].size = block->size;
    large[larges % LARGE_KNOWN].callback = block->callback;
    __atomic_store_n(&large[larges % LARGE_KNOWN].memory, (void *) (block + 1), __ATOMIC_RELEASE);
    __atomic_add_fetch(&larges, 1, __ATOMIC_RELEASE);
    pthread_mutex_unlock(&mutex);
}

static int is_large(const void *memory)
{
    int i;
    if (!__atomic_load_n(&larges, __ATOMIC_ACQUIRE)) return 0;
    for (i = 0; i < LARGE_KNOWN; i++) if (__atomic_load_n(&large[i].memory, __ATOMIC_RELAXED) == memory) return 1;
    return 0;
}

/* *memory* is in use again. */
static void forget_large(void *memory)
{
    int i;
    if (!is_large(memory)) return;
    pthread_mutex_lock(&mutex);
    for (i = 0; i < LARGE_KNOWN; i++) if (large[i].memory == memory) large[i].memory = NULL;
    pthread_mutex_unlock(&mutex);
}

/* Was this a large block? Then there may be no memory any more, and it is told. */
static int was_large(void *memory, const char *function)
{
    size_t size = 0;
    const char *callback = NULL;
    int i;
    if (!is_large(memory)) return 0;
    pthread_mutex_lock(&mutex);
    for (i = 0; i < LARGE_KNOWN; i++)
        if (large[i].memory == memory) {
            size = large[i].size;
            callback = large[i].callback;
        }
    pthread_mutex_unlock(&mutex);
    if (callback)
        misuse(function, "%s(%p): this block of %zu bytes, allocated in %s, was freed before", function, memory, size,
               callback);
    return callback != NULL;
}

static void *allocate(size_t size, unsigned kind)
{
    Block *block;
    if (size > (size_t) PTRDIFF_MAX - sizeof *block - GUARD_SIZE) return NULL;
    block = malloc(sizeof *block + size + GUARD_SIZE);
    if (!block) return NULL;
    block->size = size;
    block->magic = kind && kind != BINARY ? HELD : LIVE;
    block->kind = kind;
    if (block->magic == HELD) memset(block + 1, 0, size);
    memcpy(end_of(block), guard, GUARD_SIZE);
    enlist(block);
    forget_large(block + 1);
    return block + 1;
}

/* May this be a block? Then what lies before it is looked at. */
static int is_plausible(const void *memory) { return !IS_WILD(memory) && (uintptr_t) memory % 16 == 0; }

/* Is this a block in use? If not, say what is wrong. */
static int is_live(void *memory, const char *function)
{
    Block *block = block_of(memory);
    if (was_large(memory, function)) return 0;
    if (is_plausible(memory) && block->magic == LIVE) {
        if (!memcmp(end_of(block), guard, GUARD_SIZE)) return 1;
        misuse(function, "%s(%p): the bytes behind this block of %zu, allocated in %s of driver %s, were written to",
               function, memory, block->size, block->callback, block->ledger->name);
        memcpy(end_of(block), guard, GUARD_SIZE);
        return 1;
    }
    if (is_plausible(memory) && block->magic == FREED)
        misuse(function, "%s(%p): this block of %zu bytes, allocated in %s, was freed before", function, memory,
               block->size, block->callback);
    else
        misuse(function, "%s(%p): that is no block of driver_alloc()", function, memory);
    return 0;
}

/* Take a block out of the quarantine; whoever wrote to it meanwhile is reported. */
static void put_to_end(Block *block)
{
    unsigned char *bytes = (unsigned char *) (block + 1);
    size_t i, watched = block->size < QUARANTINED_BYTES ? block->size : QUARANTINED_BYTES;
    for (i = 0; i < watched && bytes[i] == FREED_BYTE; i++) ;
    if (i < watched)
        misuse("driver_free", "byte %zu of a block of %zu, allocated in %s, was written to after driver_free()", i,
               block->size, block->callback);
    block->magic = 0;
    free(block);
}

static void retire(void *memory)
{
    Block *block = block_of(memory), *oldest;
    unsigned live = LIVE;
    if (!__atomic_compare_exchange_n(&block->magic, &live, FREED, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
        misuse("driver_free", "two threads free a block of %zu bytes, allocated in %s, at once", block->size,
               block->callback);
        return;
    }
    delist(block);
    memset(memory, FREED_BYTE, block->size < QUARANTINED_BYTES ? block->size : QUARANTINED_BYTES);
    if (block->size > LARGE) {
        remember_large(block);
        free(block);
        return;
    }
    pthread_mutex_lock(&mutex);
    oldest = resting[rests % QUARANTINE];
    resting[rests++ % QUARANTINE] = block;
    pthread_mutex_unlock(&mutex);
    if (oldest) put_to_end(oldest);
}

/* An object that says itself that it is gone rests too, and then goes with *release*. */
void lay_to_rest(void *object, void (*release)(void *))
{
    static struct { void *object; void (*release)(void *); } laid[OBJECTS];
    static unsigned number;
    void *oldest;
    void (*its_release)(void *);
    unsigned place;
    pthread_mutex_lock(&mutex);
    place = number++ % OBJECTS;
    oldest = laid[place].object;
    its_release = laid[place].release;
    laid[place].object = object;
    laid[place].release = release;
    pthread_mutex_unlock(&mutex);
    if (oldest) its_release(oldest);
}

/* An object of the API: it stands in the ledger of the driver that makes it, and is no memory of the driver's. */
void *object_new(size_t size, unsigned kind)
{
    return allocate(size, kind);
}

/* The driver has given it back. */
void object_delist(void *object) { delist(block_of(object)); }
void object_free(void *object) { free(block_of(object)); }

void *driver_alloc(ErlDrvSizeT size)
{
    FAULT(NULL);
    return allocate(size, 0);
}

void driver_free(void *memory)
{
    if (memory && is_live(memory, __func__)) retire(memory);
}

static void *reallocate(void *memory, ErlDrvSizeT size)
{
    void *moved;
    Block *block;
    if (!memory) return allocate(size, 0);
    if (!is_live(memory, "driver_realloc")) return NULL;
    block = block_of(memory);
    moved = allocate(size, block->kind);
    if (!moved) return NULL;
    memcpy(moved, memory, block->size < size ? block->size : size);
    retire(memory);
    return moved;
}

void *driver_realloc(void *memory, ErlDrvSizeT size)
{
    FAULT(NULL);
    return reallocate(memory, size);
}

/* --- driver binaries --- */

#define VISIBLE offsetof(ErlDrvBinary, orig_bytes)

static BinaryHead *head_of(ErlDrvBinary *binary) { return (BinaryHead *) binary - 1; }

static ErlDrvBinary *new_binary(ErlDrvSizeT size)
{
    BinaryHead *head;
    ErlDrvBinary *binary;
    if (size > (ErlDrvSizeT) PTRDIFF_MAX - 4096) return NULL;
    head = allocate(sizeof *head + VISIBLE + size, BINARY);
    if (!head) return NULL;
    head->magic = BINARY;
    head->lent = 0;
    head->references = 1;
    binary = (ErlDrvBinary *) (head + 1);
    binary->orig_size = (ErlDrvSInt) size;
    return binary;
}

ErlDrvBinary *driver_alloc_binary(ErlDrvSizeT size)
{
    FAULT(NULL);
    return new_binary(size);
}

ErlDrvBinary *binary_from(const void *data, size_t length)
{
    ErlDrvBinary *binary = new_binary(length);
    if (binary && length) memcpy(binary->orig_bytes, data, length);
    return binary;
}

/* The binary, if it is one in use; else NULL. */
ErlDrvBinary *binary_check(ErlDrvBinary *binary, const char *function)
{
    (void) function;
    if (!is_plausible(binary) || is_large(head_of(binary)) || head_of(binary)->magic != BINARY
        || block_of(head_of(binary))->magic != LIVE) return NULL;
    return binary;
}

static BinaryHead *checked(ErlDrvBinary *binary, const char *function)
{
    if (binary_check(binary, function)) return head_of(binary);
    if (binary && was_large(head_of(binary), function)) return NULL;
    if (is_plausible(binary) && block_of(head_of(binary))->magic == FREED)
        misuse(function, "%s(%p): this driver binary, allocated in %s, was freed before", function, binary,
               block_of(head_of(binary))->callback);
    else
        misuse(function, "%s(%p): that is no driver binary", function, binary);
    return NULL;
}

ErlDrvBinary *driver_realloc_binary(ErlDrvBinary *binary, ErlDrvSizeT size)
{
    FAULT(NULL);
    BinaryHead *head;
    if (!binary) return new_binary(size);
    if (size > (ErlDrvSizeT) PTRDIFF_MAX - 4096 || !checked(binary, __func__)) return NULL;
    if (__atomic_load_n(&head_of(binary)->lent, __ATOMIC_ACQUIRE)) {      /* terms keep the old one */
        ErlDrvBinary *moved = new_binary(size);
        if (!moved) return NULL;
        memcpy(moved->orig_bytes, binary->orig_bytes, binary->orig_size < (ErlDrvSInt) size ? binary->orig_size : (ErlDrvSInt) size);
        driver_free_binary(binary);
        return moved;
    }
    head = reallocate(head_of(binary), sizeof *head + VISIBLE + size);
    if (!head) return NULL;
    binary = (ErlDrvBinary *) (head + 1);
    binary->orig_size = (ErlDrvSInt) size;
    return binary;
}

/* A term takes (1) or gives back (-1) a reference. */
void binary_lend(ErlDrvBinary *binary, int by)
{
    BinaryHead *head = head_of(binary);
    __atomic_add_fetch(&head->lent, by, __ATOMIC_ACQ_REL);
    if (__atomic_add_fetch(&head->references, by, __ATOMIC_ACQ_REL) <= 0) retire(head);
}

void driver_free_binary(ErlDrvBinary *binary)
{
    BinaryHead *head = binary ? checked(binary, __func__) : NULL;
    int lent = head ? __atomic_load_n(&head->lent, __ATOMIC_ACQUIRE) : 0;
    if (!head) return;
    if (lent && __atomic_load_n(&head->references, __ATOMIC_ACQUIRE) <= lent) {
        misuse(__func__, "%s(%p): only terms refer to this driver binary, allocated in %s: the driver has no reference left",
               __func__, binary, block_of(head)->callback);
        return;
    }
    if (__atomic_sub_fetch(&head->references, 1, __ATOMIC_ACQ_REL) > 0) return;
    if (is_live(head, __func__)) retire(head);
}

ErlDrvSInt driver_binary_get_refc(ErlDrvBinary *binary)
{
    BinaryHead *head = checked(binary, __func__);
    return head ? __atomic_load_n(&head->references, __ATOMIC_ACQUIRE) : 0;
}

ErlDrvSInt driver_binary_inc_refc(ErlDrvBinary *binary)
{
    BinaryHead *head = checked(binary, __func__);
    return head ? __atomic_add_fetch(&head->references, 1, __ATOMIC_ACQ_REL) : 0;
}

ErlDrvSInt driver_binary_dec_refc(ErlDrvBinary *binary)
{
    BinaryHead *head = checked(binary, __func__);
    return head ? __atomic_sub_fetch(&head->references, 1, __ATOMIC_ACQ_REL) : 0;
}
