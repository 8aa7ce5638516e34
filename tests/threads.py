"""This room is for doing several things at once, each on a connection of its own."""

import threading

from django.db import connections


def at_once(work, count=8):
    """Run `work(number)` in `count` threads that start together; what they return or raise comes back."""
    gate, results, failures = threading.Barrier(count), [None] * count, []

    def run(number):
        try:
            gate.wait()
            results[number] = work(number)
        except Exception as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return results
