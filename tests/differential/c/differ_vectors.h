/* Output, binaries, vectors and the queue. */
#ifndef DIFFER_VECTORS_H
#define DIFFER_VECTORS_H

#include "differ_words.h"

/* A part "B:OFFSET:SIZE" of a binary of the port, cut to what it has. */
typedef struct {
    ErlDrvBinary *binary;
    size_t offset, size;
} Part;

static Part part_of(Run *run, const char *text)
{
    unsigned which = 0, offset = 0, size = 1u << 30;
    Part part = {NULL, 0, 0};
    sscanf(text, "%u:%u:%u", &which, &offset, &size);
    part.binary = run->p->binary[which % BINARIES];
    if (part.binary == NULL) return part;
    part.offset = offset > (size_t) part.binary->orig_size ? (size_t) part.binary->orig_size : offset;
    part.size = part.binary->orig_size - part.offset;
    if (size < part.size) part.size = size;
    return part;
}

static void expose(Run *run, ErlDrvBinary *binary)
{
    for (int i = 0; i < BINARIES; i++)
        if (binary && run->p->binary[i] == binary) run->p->exposed[i] = 1;
}

/* A vector of the words from *first* on: "@B:OFFSET:SIZE" is a part of a binary, everything else bytes. */
static ErlIOVec *vector_of(Run *run, int first, int only_binaries)
{
    int count = run->count > first ? run->count - first : 0;
    ErlIOVec *vector = (ErlIOVec *) reserve(run, sizeof *vector);
    vector->vsize = 0;
    vector->size = 0;
    vector->iov = (SysIOVec *) reserve(run, (count + 1) * sizeof *vector->iov);
    vector->binv = (ErlDrvBinary **) reserve(run, (count + 1) * sizeof *vector->binv);
    for (int i = first; i < run->count; i++) {
        SysIOVec *element = &vector->iov[vector->vsize];
        if (run->word[i][0] == '@') {
            Part part = part_of(run, run->word[i] + 1);
            if (part.binary == NULL) continue;
            expose(run, part.binary);
            element->iov_base = part.binary->orig_bytes + part.offset;
            element->iov_len = part.size;
            vector->binv[vector->vsize] = part.binary;
        } else if (!only_binaries) {
            Bytes bytes = bytes_of(run, run->word[i]);
            element->iov_base = bytes.at;
            element->iov_len = bytes.size;
            vector->binv[vector->vsize] = NULL;
        } else
            continue;
        vector->size += element->iov_len;
        vector->vsize++;
    }
    return vector;
}

/* Where an element without bytes begins says nothing: it need not even be an address. */
static void tell_vector(Run *run, const char *what, int count, SysIOVec *iov, ErlDrvBinary **binv, size_t size)
{
    char line[2000], room[200];
    int used = snprintf(line, sizeof line, "%zu in %d:", size, count);
    for (int i = 0; i < count && used < (int) sizeof line - 250; i++) {
        used += snprintf(line + used, sizeof line - used, " %zu", iov[i].iov_len);
        if (binv) {
            if (binv[i]) used += snprintf(line + used, sizeof line - used, "/%ld", (long) binv[i]->orig_size);
            else used += snprintf(line + used, sizeof line - used, "/-");
        }
        used += snprintf(line + used, sizeof line - used, ":%s",
                         iov[i].iov_len ? shown(room, sizeof room, iov[i].iov_base, iov[i].iov_len) : "-");
    }
    note(run->p->number, ' ', "  %s %s", what, line);
}

static void do_output(Run *run)
{
    Bytes data = bytes_of(run, word(run, 1));
    tell(run, "%d", driver_output(run->p->port, data.at, data.size));
}

static void do_output2(Run *run)
{
    Bytes header = bytes_of(run, word(run, 1)), data = bytes_of(run, word(run, 2));
    tell(run, "%d", driver_output2(run->p->port, header.at, header.size, data.at, data.size));
}

static void do_output_binary(Run *run)
{
    Bytes header = bytes_of(run, word(run, 1));
    Part part = part_of(run, word(run, 2));
    if (part.binary == NULL) {
        tell(run, "no binary");
        return;
    }
    expose(run, part.binary);
    tell(run, "%d",
         driver_output_binary(run->p->port, header.at, header.size, part.binary, part.offset, part.size));
}

/* driver_outputv and the queue's functions alter the vector that they are given: show it. */
static void tell_altered(Run *run, ErlIOVec *vector, long result)
{
    tell(run, "%ld", result);
    tell_vector(run, "given", vector->vsize, vector->iov, vector->binv, vector->size);
}

static void do_outputv(Run *run)
{
    Bytes header = bytes_of(run, word(run, 1));
    ErlIOVec *vector = vector_of(run, 3, 0);
    int result = driver_outputv(run->p->port, header.at, header.size, vector, number(run, 2, 0));
    tell_altered(run, vector, result);
}

static void do_vec_to_buf(Run *run)
{
    char shown_room[200];
    size_t size = (size_t) number(run, 1, 0) % 5000;
    char *target = reserve(run, size + 1);
    ErlIOVec *vector = vector_of(run, 2, 0);
    long copied = (long) driver_vec_to_buf(vector, target, size);
    tell(run, "%ld %s", copied, shown(shown_room, sizeof shown_room, target, copied < 0 ? 0 : copied));
}

static void do_bin(Run *run)
{
    int which = slot(word(run, 1), BINARIES);
    size_t size = (size_t) number(run, 2, 0) % 100000;
    Port *p = run->p;
    if (p->binary[which]) driver_free_binary(p->binary[which]);
    p->binary[which] = driver_alloc_binary(size);
    p->exposed[which] = 0;
    for (size_t i = 0; i < size; i++) p->binary[which]->orig_bytes[i] = 'a' + (i + which) % 26;
    tell(run, "%ld", (long) p->binary[which]->orig_size);
}

static void do_rebin(Run *run)
{
    int which = slot(word(run, 1), BINARIES);
    size_t size = (size_t) number(run, 2, 0) % 100000;
    Port *p = run->p;
    if (p->binary[which] && (p->exposed[which] || driver_binary_get_refc(p->binary[which]) != 1)) {
        tell(run, "shared");
        return;
    }
    size_t old = p->binary[which] ? p->binary[which]->orig_size : 0;
    p->binary[which] = driver_realloc_binary(p->binary[which], size);
    for (size_t i = old; i < size; i++) p->binary[which]->orig_bytes[i] = 'A' + i % 26;
    tell(run, "%ld", (long) p->binary[which]->orig_size);
}

static void do_freebin(Run *run)
{
    int which = slot(word(run, 1), BINARIES);
    driver_free_binary(run->p->binary[which]);
    run->p->binary[which] = NULL;
    run->p->exposed[which] = 0;
    tell(run, "ok");
}

static void do_refc(Run *run)
{
    int which = slot(word(run, 1), BINARIES);
    ErlDrvBinary *bin = run->p->binary[which];
    if (bin == NULL || run->p->exposed[which]) {
        tell(run, "%s", bin ? "shared" : "no binary");
        return;
    }
    long up = driver_binary_inc_refc(bin), down = driver_binary_dec_refc(bin);
    tell(run, "%ld %ld %ld", up, down, (long) driver_binary_get_refc(bin));
}

static void lock_queue(Run *run)
{
    if (run->p->pdl && !run->p->gone) driver_pdl_lock(run->p->pdl);
}

static void unlock_queue(Run *run)
{
    if (run->p->pdl && !run->p->gone) driver_pdl_unlock(run->p->pdl);
}

static void do_enq(Run *run)
{
    Bytes data = bytes_of(run, word(run, 1));
    lock_queue(run);
    int result = is(run->word[0], "enq") ? driver_enq(run->p->port, data.at, data.size)
                                         : driver_pushq(run->p->port, data.at, data.size);
    unlock_queue(run);
    tell(run, "%d", result);
}

static void do_enq_bin(Run *run)
{
    Part part = part_of(run, word(run, 1));
    if (part.binary == NULL) {
        tell(run, "no binary");
        return;
    }
    lock_queue(run);
    int result = is(run->word[0], "enq_bin")
                     ? driver_enq_bin(run->p->port, part.binary, part.offset, part.size)
                     : driver_pushq_bin(run->p->port, part.binary, part.offset, part.size);
    unlock_queue(run);
    tell(run, "%d", result);
}

static void do_enqv(Run *run)
{
    int enqueue = is(run->word[0], "enqv");
    ErlIOVec *vector = vector_of(run, 2, !enqueue);
    size_t skip = number(run, 1, 0);
    lock_queue(run);
    int result = enqueue ? driver_enqv(run->p->port, vector, skip) : driver_pushqv(run->p->port, vector, skip);
    unlock_queue(run);
    tell_altered(run, vector, result);
}

static void do_deq(Run *run)
{
    lock_queue(run);
    long result = (long) driver_deq(run->p->port, number(run, 1, 0));
    unlock_queue(run);
    tell(run, "%ld", result);
}

static void do_sizeq(Run *run)
{
    lock_queue(run);
    long result = (long) driver_sizeq(run->p->port);
    unlock_queue(run);
    tell(run, "%ld", result);
}

static void do_peekq(Run *run)
{
    int count = 4711;
    lock_queue(run);
    SysIOVec *iov = driver_peekq(run->p->port, &count);
    if (iov == NULL) tell(run, "null %d", count);
    else tell_vector(run, "peekq", count, iov, NULL, 0);
    unlock_queue(run);
}

static void do_peekqv(Run *run)
{
    ErlIOVec vector = {-7, 7, NULL, NULL};
    lock_queue(run);
    long result = (long) driver_peekqv(run->p->port, &vector);
    tell(run, "%ld %d %ld %s %s", result, vector.vsize, (long) vector.size, vector.iov ? "iov" : "null",
         vector.binv ? "binv" : "null");
    if (result > 0) tell_vector(run, "queue", vector.vsize, vector.iov, vector.binv, vector.size);
    unlock_queue(run);
}

#endif
