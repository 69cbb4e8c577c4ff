#!/usr/bin/env python3
"""What the guards cost: transfers a second of a node without limits, admission and cache, and with.

The goal: 0.95 (node_variants.py tells how it is measured). What is measured is what every transfer
passes: the limit of the node as a whole, far above what comes (the bench comes as an admin, whom no
other binds), the gate with a single caller, and what the cache does for each commit; nothing is read.

    tests/bench/guards_cost.py [BUILD_BIN_FOLDER] [--rounds 7] [--seconds 4] [--connections 64]
"""
import node_variants

VARIANTS = {
    "node_unguarded": {"BANK_RATE_LIMIT_PER_SECOND": "0", "BANK_ADMISSION_IN_WORK": "0",
                       "BANK_CACHE_ENTRIES": "0"},
    "node_guarded": {"BANK_RATE_LIMIT_NODE_PER_SECOND": "10000000"},
}


def rounds(bins, options, count):
    """See node_variants.rounds."""
    return node_variants.rounds(bins, VARIANTS, options, count)


if __name__ == "__main__":
    node_variants.tell(__doc__.splitlines()[0], rounds)
