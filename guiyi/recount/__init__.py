"""复算 (counting again): what the papers come to, folded from the bytes of the records alone.

Nothing of the product is used here: no view, no decider, no type of a fact. Each module says what
differs; nothing said, it agrees.

`facts.py`      a fact as its bytes say it, in the order in which they became true
`books.py`      stores: accounts, pieces, value, and the report of a month
`purse.py`      what the pieces of one part of one store have cost
`counts.py`     stocktakes: what was counted, and what the books made of it
`claims.py`     travel claims: what was allowed, approved and paid, and each voucher
`notices.py`    notices against the letters that came
`clocks.py`     clocks: which were met, and which somebody was reminded of
`endings.py`    what is open at the end, and what happened on the way
`verdict.py`    each of the counts over the records of an installation
"""
