"""One thread for the linear algebra of models.

Matrices of a few hundred rows gain nothing from more. On a busy computer threads of such short work
wait for each other in turn: a hundred times as long. And sums that threads share end in other last
digits, so that the suggestions of a seed would depend on the number of cores.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

# Their libraries have to be there when they are looked for.
import numpy as np  # noqa: F401
from scipy import linalg  # noqa: F401
from threadpoolctl import ThreadpoolController


@contextmanager
def one_thread() -> Iterator[None]:
    """Hold the linear algebra of this process to one thread, then give back what it had.

    It can be used as a decorator too.
    """
    with _pools().limit(limits=1, user_api="blas"):
        yield


@cache
def _pools() -> ThreadpoolController:
    return ThreadpoolController()
