"""Optimizers of others, installed as extras: BayBE and Ax.

Their libraries need seconds to import and minutes to think, so they think in a process of their own
(:mod:`ncrobot.optimizers.apart`). Nothing of them is kept: each time they are built anew from what
was told.
"""
