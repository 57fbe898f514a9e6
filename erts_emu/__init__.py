"""A flight simulator for Erlang's linked-in (port) drivers."""
