"""Small programs on a thread layer, of which one can say how many interleavings they have."""

from __future__ import annotations


def together(layer, *functions):
    """Run each function on a thread of its own, and wait for all."""
    threads = [layer.spawn(f"t{number}", function) for number, function in enumerate(functions, 1)]
    for thread in threads:
        thread.join()


def steps(*counts):
    """One thread for each count, which takes so many steps that all others can see."""

    def program(layer):
        number = layer.atomic()
        together(layer, *[lambda n=n: [number.add_read(1) for _ in range(n)] for n in counts])

    return program


def locking(threads, times=1):
    """So many threads, which take and give back one lock so many times."""

    def program(layer):
        lock = layer.mutex("m")

        def work():
            for _ in range(times):
                lock.acquire()
                lock.release()

        together(layer, *[work] * threads)

    return program


def readers(count):
    """One thread writes, and *count* threads read."""

    def program(layer):
        x = layer.atomic()
        together(layer, lambda: x.set(1), *[x.read] * count)

    return program


def lastzero(count):
    """One thread searches the last zero of an array, *count* threads each make an element one more than its left."""

    def program(layer):
        array = [layer.atomic() for _ in range(count + 1)]

        def search():
            place = count
            while array[place].read() != 0:
                place -= 1

        together(layer, search, *[lambda j=j: array[j].set(array[j - 1].read() + 1) for j in range(1, count + 1)])

    return program


def indexer(count, size=128, messages=4):
    """*count* threads each put four messages into a hash table, at the next free place."""

    def program(layer):
        table = [layer.atomic() for _ in range(size)]

        def insert(thread):
            for message in range(1, messages + 1):
                value = message * 11 + thread
                place = value * 7 % size
                while table[place].cmpxchg(value, 0) != 0:
                    place = (place + 1) % size

        together(layer, *[lambda thread=thread: insert(thread) for thread in range(count)])

    return program
