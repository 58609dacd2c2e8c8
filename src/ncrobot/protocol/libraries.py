"""Libraries: a stock that stands on the deck in many vessels, of which each row draws one.

In the protocol it is one entry: all members are the same material at the same strength. The table
gets a column of the stock's name, whose words are the members. Compiler and auditor work with a
protocol in which the members that a table uses are stocks of their own.
"""

from __future__ import annotations

from collections.abc import Iterable

from ncrobot.protocol.choosing import Choice
from ncrobot.protocol.conditions_document import Condition
from ncrobot.protocol.document import Protocol
from ncrobot.protocol.stocks import Stock


def with_choices(protocol: Protocol) -> Protocol:
    """The protocol with a choice for each of its libraries, named as the stock."""
    found = {
        name: Choice(of=stock.library.members, default=stock.library.members[0])
        for name, stock in protocol.stocks.items()
        if stock.library is not None
    }
    if not found:
        return protocol
    return protocol.model_copy(update={"choices": {**protocol.choices, **found}})


def with_members(protocol: Protocol, rows: Iterable[Condition]) -> Protocol:
    """The protocol with a stock for each member of a library that some row draws."""
    libraries = [name for name, stock in protocol.stocks.items() if stock.library is not None]
    if not libraries:
        return protocol
    used = {(name, row.choices[name]) for row in rows for name in libraries}
    stocks: dict[str, Stock] = dict(protocol.stocks)
    for name in libraries:
        library = protocol.stocks[name].library
        for member in library.members if library is not None else ():
            if (name, member) in used:
                stocks[member_stock(name, member)] = protocol.stocks[name]
    return protocol.model_copy(update={"stocks": stocks})


def member_stock(stock: str, member: str) -> str:
    """The name of the stock that a member of a library is."""
    return f"{stock}_{member}"


def drawn_stock(protocol: Protocol, stock: str, row: Condition) -> str:
    """The stock that a row draws where a step names ``stock``: of a library, the row's member."""
    if protocol.stocks[stock].library is None:
        return stock
    return member_stock(stock, row.choices[stock])
