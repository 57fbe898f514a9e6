"""The explorer: run a scenario on many schedules, and show the one that fails.

A *strategy* (one small module each) says which thread goes on at every step; ``layer`` are simulated threads that count
or record what threads do; ``engine`` runs schedule after schedule; ``shrink`` and ``report`` turn a failure into
something to read.
"""
