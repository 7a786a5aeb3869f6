#!/usr/bin/env python3
"""Prints the table in Tests/FetchTests/AddressRulesTests.swift: addresses at and beside the edges of every block that
Python's own ipaddress module knows, with what that module says of them. Needs nothing but Python (made with 3.11)."""

import ipaddress


def edges(network):
    first, last = int(network[0]), int(network[-1])
    kind = type(network[0])
    for number in (first - 1, first, last, last + 1):
        if 0 <= number < 2 ** network.max_prefixlen:
            yield kind(number)


def main():
    networks = []
    for constants in (ipaddress._IPv4Constants, ipaddress._IPv6Constants):
        for value in vars(constants).values():
            for network in value if isinstance(value, list) else [value]:
                if hasattr(network, "network_address"):
                    networks.append(network)
    seen = sorted({a for n in networks for a in edges(n)}, key=lambda a: (a.version, int(a)))
    for public in (True, False):
        print("public" if public else "not public")
        print(" ".join(str(a) for a in seen if (a.is_global and not a.is_multicast and not a.is_reserved) == public))


if __name__ == "__main__":
    main()
