#!/usr/bin/env python3
"""The cost of the guards: transfers per second of a node without and with limits, admission and cache.

The goal: a ratio of 0.95 (see node_variants.py for the method). Measured is what every transfer passes:
the rate limit of the whole node, set far above the load (an admin has no other limit), admission with a
single caller, and the cache's work per commit; nothing is read.

    tests/bench/guards_cost.py [BUILD_BIN_FOLDER] [--rounds 7] [--seconds 4] [--connections 64]
"""
import node_variants

VARIANTS = {
    "node_unguarded": {"BANK_RATE_LIMIT_PER_SECOND": "0", "BANK_ADMISSION_CONCURRENT": "0",
                       "BANK_CACHE_ENTRIES": "0"},
    "node_guarded": {"BANK_RATE_LIMIT_NODE_PER_SECOND": "10000000"},
}


def rounds(bins, options, count):
    """See node_variants.rounds."""
    return node_variants.rounds(bins, VARIANTS, options, count)


if __name__ == "__main__":
    node_variants.tell(__doc__.splitlines()[0], rounds)
