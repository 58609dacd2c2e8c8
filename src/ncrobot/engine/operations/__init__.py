"""How each operation is carried out: one file per operation, one coroutine each."""

from ncrobot.engine.operations.dispatch import carry_out

__all__ = ["carry_out"]
