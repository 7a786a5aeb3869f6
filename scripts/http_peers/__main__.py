"""Tries the HTTP server with peers that were not written here. scripts/http_peers.sh starts this.

    http_peers [NAME…]

Names: curl, opinions, proxy, memory, wrk, slow; all of them by default, in this order.
"""

import shutil
import sys

import curl_peer
import memory
import proxied
import second_opinion
import slow_peers
import support
import throughput

PARTS = {
    "curl": curl_peer.run, "opinions": second_opinion.run, "proxy": proxied.run, "memory": memory.run,
    "wrk": throughput.run, "slow": slow_peers.run,
}


def main():
    names = sys.argv[1:] or list(PARTS)
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        sys.exit(f"there is no part called {' or '.join(unknown)}; there are {', '.join(PARTS)}")
    try:
        for name in names:
            PARTS[name]()
    finally:
        shutil.rmtree(support.FOLDER, ignore_errors=True)
    print(f"\n{support.checks} checks, {len(support.failures)} failed")
    for name in support.failures:
        print(f"   FAILED {name}")
    sys.exit(1 if support.failures else 0)


main()
